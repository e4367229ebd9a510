"""`ioc define`: a new version of a definition, drafted in the home for an editor."""

from __future__ import annotations

from datetime import date

import click
import yaml

from indicators.checked import SHIPPED
from ioc.catalogue import Indicator, load_catalogue
from ioc.errors import UsageError
from ioc_cli.check import EXAMPLES
from ioc_cli.context import Context

OPEN = {"vi": "CONFIRM", "en": "CONFIRM"}
HEAD = (
    "# Draft: correct what the new text changes (definition, formula, legal_basis, the expressions), say in `change` "
    "what is different.\n# Then correct {example} and run `ioc check`.\n"
)


@click.command()
@click.argument("indicator")
@click.option("--from", "since", required=True, type=click.DateTime(["%Y-%m-%d"]), help="First day of the new text.")
@click.pass_obj
def define(ctx: Context, indicator: str, since: object) -> None:
    """Draft the next version of a definition in HOME/catalogue, with its example, for you to edit."""
    overlay = ctx.home / "catalogue"
    catalogue = load_catalogue(SHIPPED, overlay)
    entry = catalogue.indicator(indicator)
    first = date.fromisoformat(str(since)[:10])
    if first <= entry.valid_from:
        raise UsageError(f"version {entry.version} of {indicator} is in force since {entry.valid_from}, not before")
    path = overlay / f"{indicator}.yaml"
    example = overlay / "examples" / f"{indicator}.yaml"
    for one in (path, example):
        if one.exists():
            raise UsageError(f"{one} exists already", remedy="edit it, or move it away")
    example.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD.format(example=example) + draft(entry, first), encoding="utf-8")
    given = EXAMPLES / example.name
    example.write_text(given.read_text(encoding="utf-8") if given.is_file() else "", encoding="utf-8")
    written = {"definition": str(path), "example": str(example), "version": entry.version + 1}
    ctx.emit(written, f"{path}\n{example}\nedit both, then `ioc check`")


def draft(entry: Indicator, first: date) -> str:
    """The definition as YAML, complete and without aliases, as its next version; `change` is left open."""
    plain = entry.model_dump(mode="json", exclude_defaults=True)
    plain |= {"version": entry.version + 1, "valid_from": first, "change": OPEN}
    plain.pop("valid_to", None)
    order = ["id", "version", "valid_from", "change", *(name for name in Indicator.model_fields if name in plain)]
    fields = {name: plain[name] for name in dict.fromkeys(order)}
    text = yaml.safe_dump([fields], allow_unicode=True, sort_keys=False, width=10_000, default_flow_style=None)
    return f"indicators:\n{text}"


COMMANDS = (define,)

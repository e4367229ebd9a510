"""`ioc covenant`, `ioc grace`: what a source promises on one page, and the reporting grace of cut-off units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from indicators.checked import load_checked
from ioc.errors import UsageError
from ioc.period import Period
from ioc.unit import UnitRegistry
from ioc.yamlfile import did_you_mean
from ioc_cli.context import Context
from ioc_cli.ingest import ask
from ioc_cli.measuring import overlay_of
from ioc_cli.read import LANG
from pipelines.covenant import covenant_of
from pipelines.grace import Grace, declare, load_graces, withdraw
from pipelines.mapping.source_file import load_sound_sources, with_mapped


@click.command()
@click.argument("source")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Write the page to this HTML file.")
@LANG
@click.pass_obj
def covenant(ctx: Context, source: str, out: Path | None, lang: str) -> None:
    """Print the data covenant of SOURCE as one A4 page (HTML), from the YAML the machine enforces."""
    from layouts.desk.covenant import covenant_page
    from layouts.words import load_words

    specs, aside = load_sound_sources(ctx.settings)
    for one in aside:
        if one.source == source:
            raise one.error
    if source not in specs:
        raise UsageError(f"unknown source '{source}'", remedy=did_you_mean(source, specs))
    body = covenant_of(specs[source], with_mapped(ctx.settings, specs).sources.get(source))
    now = datetime.now(UTC)
    registry = UnitRegistry.load(ctx.settings.province)
    place = next(row for row in registry.rows() if row["unit_code"] == ctx.settings.province)
    page = covenant_page(
        body,
        load_words(),
        lang,
        catalogue=load_checked(overlay=overlay_of(ctx.home)),
        period=Period.of(now.date(), "month"),
        province=str(place["name_en" if lang == "en" else "full_name"]),
        printed=now,
    )
    if out is not None:
        out.write_text(page, encoding="utf-8")
    ctx.emit({**body, "file": str(out) if out else None}, f"written to {out}" if out else page)


@click.group()
def grace() -> None:
    """Reporting grace of units cut off by storm or flood: declared, listed, taken back."""


@grace.command("list")
@click.pass_obj
def list_graces(ctx: Context) -> None:
    """List the declarations in force and past."""
    found = load_graces(ctx.home, UnitRegistry.load(ctx.settings.province))
    ctx.emit({"items": [plain(one) for one in found]}, "\n".join(line(one) for one in found) or "nothing is declared")


@grace.command("add")
@click.argument("units", nargs=-1, required=True)
@click.option("--from", "first", required=True, help="First day, e.g. 2026-09-18.")
@click.option("--to", "last", required=True, help="Last day.")
@click.option("--reason", required=True, help="Why, as it will be shown.")
@click.option("--by", required=True, help="Who declares it.")
@click.pass_obj
def add_grace(ctx: Context, units: tuple[str, ...], first: str, last: str, reason: str, by: str) -> None:
    """Declare that UNITS owe no report that falls due in these days; the numbers follow at once."""
    made = declare(
        ctx.home,
        UnitRegistry.load(ctx.settings.province),
        units=units,
        from_on=read_day(first),
        to_on=read_day(last),
        reason=reason,
        by=by,
        now=datetime.now(UTC),
    )
    ask(ctx, "publish", {})
    ctx.emit(plain(made), line(made))


@grace.command("remove")
@click.argument("grace_id")
@click.pass_obj
def remove_grace(ctx: Context, grace_id: str) -> None:
    """Take the declaration GRACE_ID back; what it excused counts again."""
    gone = withdraw(ctx.home, UnitRegistry.load(ctx.settings.province), grace_id)
    ask(ctx, "publish", {})
    ctx.emit(plain(gone), f"taken back: {line(gone)}")


def plain(one: Grace) -> dict[str, Any]:
    """A declaration for JSON."""
    return one.model_dump(mode="json", by_alias=True)


def line(one: Grace) -> str:
    """A declaration for people."""
    return f"{one.id}: {', '.join(one.units)} from {one.from_on} to {one.to_on}, {one.reason} ({one.declared_by})"


def read_day(text: str) -> date:
    """A day as written; UsageError when it cannot be read."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"cannot read the day {text!r}", remedy="write 2026-09-18") from None


COMMANDS: Sequence[click.Command] = (covenant, grace)

"""`ioc check` and `ioc indicators`: is everything that people edit in order, and what does the catalogue hold?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from indicators.checked import SHIPPED, faults, load_checked, notes
from indicators.example import disagreements, missing_examples
from indicators.orphans import Supply, orphans
from indicators.score import load_scorecard
from ioc.calendar import WorkCalendar
from ioc.catalogue import Indicator, ShippedCatalogue
from ioc.catalogue.load import load_with_origins
from ioc.errors import ConfigError, IocError
from ioc.settings import Settings
from ioc.words import Words
from ioc.yamlfile import load_yaml
from ioc_cli.catalogue_page import catalogue_page
from ioc_cli.context import Context
from pipelines.mapping.source_file import load_all_sources
from pipelines.spec import SourceSpec

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "indicators.md"
EXAMPLES = ROOT / "tests" / "examples"
COMMAND_PAGE = ROOT / "docs" / "cli.md"


@click.command()
@click.option("--write-docs", is_flag=True, help="Write docs/cli.md from the commands.")
@click.option("--notes", "with_notes", is_flag=True, help="Also list what a careful owner would mend.")
@click.pass_obj
def check(ctx: Context, write_docs: bool, with_notes: bool) -> None:
    """Check catalogue, targets, examples, sources, calendar, scorecards, words and docs; exit 1 on a fault."""
    from ioc_cli.reference import command_reference

    if write_docs:
        COMMAND_PAGE.write_text(command_reference(), encoding="utf-8")
    found = [str(fault) for fault in all_faults(ctx)]
    if COMMAND_PAGE.is_file() and COMMAND_PAGE.read_text(encoding="utf-8") != command_reference():
        found.append("docs/cli.md is not fresh; run `ioc check --write-docs`")
    extra = [] if found else list(notes(load_checked()))
    lines = [*found, *(extra if with_notes else [])]
    ctx.emit({"ok": not found, "faults": found, "notes": extra}, "\n".join(lines or ["all in order"]))
    if found:
        raise SystemExit(1)


def all_faults(ctx: Context) -> Iterator[IocError]:
    """Every fault of the files that people edit, in reading order."""
    overlay: Path | None = None
    try:
        overlay = ctx.home / "catalogue"
    except IocError as error:
        yield error
    try:
        loaded = load_with_origins(SHIPPED, overlay)
        wrong = list(faults(loaded))
        yield from wrong
        if not wrong:
            yield from orphans(loaded, supplies_of(ctx.settings))
            yield from example_faults(loaded, overlay)
        if PAGE.is_file() and PAGE.read_text(encoding="utf-8") != catalogue_page(load_with_origins(SHIPPED).catalogue):
            yield ConfigError("docs/indicators.md", None, "is not fresh", remedy="run `ioc indicators --write-docs`")
        yield from missing_words(loaded.catalogue.indicators.values())
    except IocError as error:
        yield error
    if overlay is not None:
        try:
            WorkCalendar.load(overlay.with_name("calendar.csv"))
        except IocError as error:
            yield error
    own = overlay.with_name("scorecards") if overlay is not None else None
    for path in [
        *sorted((ROOT / "indicators" / "scorecards").glob("*.yaml")),
        *sorted(own.glob("*.yaml") if own else []),
    ]:
        try:
            load_scorecard(path)
        except IocError as error:
            yield error


def supplies_of(settings: Settings) -> dict[str, Supply]:
    """What every dataset of every source fills: '<source>/<dataset>' -> its tables."""
    found = {}
    for spec in load_all_sources(settings).values():
        for name, dataset in spec.datasets.items():

            def error(message: str, *, remedy: str, spec: SourceSpec = spec, name: str = name) -> ConfigError:
                return load_yaml(spec.file).error(("datasets", name), message, remedy=remedy)

            found[f"{spec.id}/{name}"] = Supply(frozenset(dataset.into), dataset.use, spec.is_mapped, error)
    return found


def example_faults(loaded: ShippedCatalogue, overlay: Path | None) -> Iterator[IocError]:
    """Examples that are missing or do not hold: the shipped ones, and those of the home (`catalogue/examples`)."""
    if EXAMPLES.is_dir():
        shipped = load_with_origins(SHIPPED)
        yield from missing_examples(shipped, EXAMPLES, below=SHIPPED)
        yield from disagreements(shipped.catalogue, EXAMPLES)
    if overlay is not None and overlay.is_dir():
        yield from missing_examples(loaded, overlay / "examples", below=overlay)
        yield from disagreements(loaded.catalogue, overlay / "examples")


def missing_words(entries: Iterable[Indicator]) -> Iterator[IocError]:
    """Words in one language only, and count units without a word."""
    try:
        words = Words.load(sorted((ROOT / "layouts" / "words").glob("*.yaml")))
    except IocError as error:
        yield error
        return
    for entry in entries:
        base, _, key = entry.measure_unit.partition(":")
        if base == "count" and key and f"unit.{key}" not in words:
            message = f"{entry.id}: no word 'unit.{key}' for its measure unit"
            yield ConfigError("layouts/words", None, message, remedy=f"add unit.{key} in vi and en")


@click.command()
@click.option("--domain", default=None, help="Only one domain: procedures, reporting, traffic, digital.")
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", help="Language of the names.")
@click.option("--write-docs", is_flag=True, help="Write docs/indicators.md.")
@click.option("--check-docs", is_flag=True, help="Exit 1 when docs/indicators.md is not fresh.")
@click.pass_obj
def indicators(ctx: Context, domain: str | None, lang: str, write_docs: bool, check_docs: bool) -> None:
    """List the indicators of the catalogue with unit, direction, owner and basis."""
    catalogue = load_checked(SHIPPED, None if write_docs or check_docs else ctx.home / "catalogue")
    page = catalogue_page(catalogue)
    if write_docs:
        PAGE.write_text(page, encoding="utf-8")
    if check_docs and (not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page):
        raise ConfigError("docs/indicators.md", None, "is not fresh", remedy="run `ioc indicators --write-docs`")
    entries = [one for one in catalogue.indicators.values() if domain in (None, one.domain)]
    items = [
        {
            "id": one.id,
            "name": one.name.model_dump(),
            "domain": one.domain,
            "version": one.version,
            "measure_unit": one.measure_unit,
            "direction": one.direction,
            "kind": one.kind,
            "is_measured": one.is_measured,
            "levels": list(one.levels),
            "periods": list(one.periods),
            "slices": list(one.slices),
            "owner": one.owner.model_dump(),
            "legal_basis": one.legal_basis.model_dump(),
            "sources": list(catalogue.dataset_of(one).sources),
            "roll_up": one.roll_up,
            "is_additive": one.is_additive,
            "carry_forward": one.carry_forward,
        }
        for one in entries
    ]
    lines = [f"{one.id:<38} {one.name.text(lang)} [{one.measure_unit}]" for one in entries]
    kinds = Counter(one.kind for one in entries)
    own = [one for one in entries if one.kind != "external"]
    counts = {
        "own": len(own),
        "measured": sum(one.is_measured for one in own),  # computed from records, not filed or entered as published
        "external": kinds["external"],
        "by_kind": dict(sorted(kinds.items())),
    }
    lines.append(f"{len(own)} own numbers, {counts['measured']} measured from records; {kinds['external']} published")
    ctx.emit({"items": items, "count": len(items), "counts": counts}, "\n".join(lines))


COMMANDS = (check, indicators)

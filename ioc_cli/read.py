"""Commands that read the published copy: get, explain, sources."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from indicators.answer import answer, catalogue_of, describe, find_indicator, find_level
from indicators.compare import MODES, Mode, compare
from indicators.concordance import observe_today
from indicators.explain import explain
from indicators.workdays import absent_years
from ioc.calendar import WorkCalendar
from ioc.catalogue import Catalogue, Indicator
from ioc.errors import UsageError
from ioc.period import Period
from ioc.published import Reader
from ioc.store import AppStore, Run
from ioc.words import format_age, format_datetime, format_ratio, format_value
from ioc_cli.context import Context

LANG = click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", help="Language of the text.")
UNIT = click.option("--unit", default=None, help="Unit code; the province when left out.")
PERIOD = click.option("--period", required=True, help="Period key: 2026-06, 2026-Q2, 2026-06.ytd ...")
AS_OF = click.option("--as-of", "as_of", default=None, help="As known at this instant, e.g. 2026-07-01T00:00:00Z.")
SLICE = click.option("--slice", "part", default="", help="One part, as DIMENSION=VALUE.")


COMPARE = click.option(
    "--compare", "mode", type=click.Choice(MODES), default=None, help="Compare: the period before, last year, Tết."
)
SHARES = ("exact", "unassigned")
BASIS = click.option(
    "--basis", type=click.Choice(["as_then", "today"]), default="as_then", help="Boundaries of the time, or today's."
)


@click.command()
@click.argument("indicator")
@UNIT
@PERIOD
@AS_OF
@SLICE
@COMPARE
@BASIS
@LANG
@click.pass_obj
def get(
    ctx: Context,
    indicator: str,
    unit: str | None,
    period: str,
    as_of: str | None,
    part: str,
    mode: Mode | None,
    basis: str,
    lang: str,
) -> None:
    """Print one number with its n/N, state, status, target and origin; with --compare against another period."""
    dim, value = read_slice(part)
    with ctx.publication().reader(as_of=read_instant(as_of)) as reader:
        catalogue = catalogue_of(reader)
        entry = find_indicator(catalogue, indicator)
        code = unit or reader.version.province
        found = (
            today_answer(reader, catalogue, entry, code, period)
            if basis == "today" and not dim
            else answer(reader, catalogue, indicator, code, period, slice_dim=dim, slice_value=value)
        )
        compared = None
        if mode is not None:
            calendar = WorkCalendar.load(ctx.home / "calendar.csv")
            compared = compare(
                reader, catalogue, indicator, code, period, mode=mode, calendar=calendar, slice_dim=dim,
                slice_value=value,
            ).to_dict()  # fmt: skip
        precision = entry.precision
    absent = absent_years(entry, found["state"], Period.parse(period), WorkCalendar.load(ctx.home / "calendar.csv"))
    shown = format_value(found["value"], found["measure_unit"], precision, lang, found["comparator"])
    lines = [
        f"{found['name'][lang]} | {found['unit']} | {found['period']}",
        f"{shown}  ({format_ratio(found['numerator'], found['denominator'], lang)})"
        if found["denominator"] is not None
        else shown,
        f"state {found['state']}, quality {found['quality']}, status {found['status']}",
        f"target {found['target']['text'][lang]}" if found["target"] else "no target",
        f"data as of {found['data_as_of']}, known at {found['known_at']}, "
        f"from {', '.join(found.get('sources') or [found['source']])}, run {found['run']}",
    ]
    if absent:
        found["absent_years"] = list(absent)
        years = ", ".join(map(str, absent))
        lines.append(
            f"the working-day calendar has no {years}: add its days off to calendar.csv in the home, then `ioc rebuild`"
        )
    if "exact_share" in found:
        shares = (
            format_value(_percent(found[name]), "percent", 1, lang) for name in ("exact_share", "unassigned_share")
        )
        lines.append("today's boundaries: {} converted exactly, {} of the province unassigned".format(*shares))
    if compared is not None:
        found["comparison"] = compared
        lines += compared["sentences"][lang]
    ctx.emit(found, "\n".join(lines))


def today_answer(reader: Reader, catalogue: Catalogue, entry: Indicator, unit: str, period: str) -> dict[str, Any]:
    """The number on today's boundaries, with the share that was converted exactly."""
    level = find_level(reader, unit)
    today = observe_today(reader, catalogue, entry.id, unit, period)
    plain = describe(catalogue, entry, today.observation, level)
    return {**plain, "basis": "today", "exact_share": today.exact_share, "unassigned_share": today.unassigned_share}


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100


@click.command(name="explain")
@click.argument("indicator")
@UNIT
@PERIOD
@AS_OF
@SLICE
@LANG
@click.pass_obj
def explain_number(
    ctx: Context, indicator: str, unit: str | None, period: str, as_of: str | None, part: str, lang: str
) -> None:
    """Print the card of a number: definition, formula, legal basis, sources, files, coverage, records."""
    dim, value = read_slice(part)
    with ctx.publication().reader(as_of=read_instant(as_of)) as reader:
        catalogue = catalogue_of(reader)
        code = unit or reader.version.province
        find_level(reader, code, find_indicator(catalogue, indicator))
        card = explain(
            reader,
            catalogue,
            indicator,
            code,
            period,
            slice_dim=dim,
            slice_value=value,
            now=datetime.now(UTC),
            calendar=WorkCalendar.load(ctx.home / "calendar.csv"),
        ).to_dict()
    ctx.emit(card, card_text(card, lang))


def card_text(card: dict[str, Any], lang: str) -> str:
    """The card for people, one fact a line."""
    seen = card["observation"] or {}
    shown = format_value(seen.get("value"), card["measure_unit"], card["precision"], lang, seen.get("comparator", "="))
    ratio = format_ratio(seen.get("numerator"), seen.get("denominator"), lang)
    lines = [
        f"{card['name'][lang]} ({card['indicator']}, version {card['version']})",
        f"{card['unit'][lang]} | {card['period'][lang]}",
        f"{shown}  {ratio if seen.get('denominator') is not None else ''}".rstrip(),
        f"state {card['state']}, status {card['status']}, freshness {card['freshness']['level']}",
        f"definition: {card['definition'][lang]}",
        f"formula: {card['formula'][lang]}",
        f"legal basis: {card['legal_basis']['text']} ({card['legal_basis']['status']})",
        f"owner: {card['owner']['office'][lang]}; {card['owner']['contact'][lang]}",
        f"target: {card['target']['text'][lang]}" if card["target"] else "target: none",
        f"coverage: {card['coverage']['with_values']} of {card['coverage']['declared']} units",
        *(
            f"source: {one['source']}/{one['dataset']}, complete through {one['complete_through']}"
            for one in card["sources"]
        ),
        *(f"file: {one['path']} sha256 {one['sha256']}" for one in card["files"]),
        *(f"compared: {line}" for one in card["comparisons"] for line in one["sentences"][lang]),
        *(
            f"restated {one['known_at']}: {one['before']:g} -> {one['after']:g} (late {one['late']:g}, corrected "
            f"{one['corrected']:g}, definition {one['definition']:g}, boundary {one['boundary']:g})"
            for one in card["restatements"]
        ),
        f"run: {seen.get('run_id', '')}",
        f"records: /api/v1/records?{card['records']}",
        "",
        card["sql"],
    ]
    return "\n".join(lines)


@click.command()
@LANG
@click.pass_obj
def sources(ctx: Context, lang: str) -> None:
    """List the sources: how far each has come, its rows, those refused of the last load, those held back."""
    now = datetime.now(UTC)
    with ctx.publication().reader() as reader:
        states = reader.sources()
    last = last_runs(ctx)
    items = [
        {
            "source": one.source,
            "dataset": one.dataset,
            "complete_through": _iso(one.complete_through),
            "last_success_at": _iso(one.last_success_at),
            "rows_total": one.rows_total,
            "rows_in": one.rows_in,
            "rows_good": one.rows_good,
            "rows_refused": one.rows_refused,
            "rows_duplicate": one.rows_duplicate,
            "quarantined": one.quarantined,
        }
        for one in states
    ]
    lines = [
        f"{run.source}: the last run {run.status} at {format_datetime(run.ended_at or run.started_at, lang)}: "
        f"{run.message or 'no reason given'}"
        for run in last
        if run.status not in ("ok", "running")
    ]
    for one in states:
        reach = "-" if one.complete_through is None else format_datetime(one.complete_through, lang)
        age = "" if one.complete_through is None else f" ({format_age(now - one.complete_through, lang)})"
        lines.append(
            f"{one.source}/{one.dataset}: {reach}{age}; {one.rows_total or 0} rows, "
            f"{one.rows_refused or 0} refused of the last load, {one.quarantined} held back"
        )
    runs = [
        {"source": run.source, "status": run.status, "started_at": _iso(run.started_at), "message": run.message}
        for run in last
    ]
    ctx.emit({"items": items, "last_runs": runs}, "\n".join(lines) or "no source has delivered yet")


def last_runs(ctx: Context) -> list[Run]:
    """The last reading of every configured source, by name; comparisons and backfills are none."""
    store = AppStore.open(ctx.home)
    try:
        found = ((run for run in store.runs(name, 50) if run.kind == "pull") for name in sorted(ctx.settings.sources))
        return [run for runs in found for run in [next(runs, None)] if run is not None]
    finally:
        store.close()


def read_slice(text: str) -> tuple[str, str]:
    """'channel=online' as dimension and value; ('', '') when empty."""
    if not text:
        return "", ""
    dim, sign, value = text.partition("=")
    if not sign or not dim:
        raise UsageError(f"cannot read the slice {text!r}", remedy="write channel=online")
    return dim, value


def read_instant(text: str | None) -> datetime | None:
    """An aware instant out of ISO text; UsageError when it has no zone."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"cannot read --as-of {text!r}", remedy="write 2026-07-01T00:00:00Z") from None
    if moment.tzinfo is None:
        raise UsageError(f"--as-of {text!r} has no time zone", remedy="add Z or +07:00")
    return moment.astimezone(UTC)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


COMMANDS = (get, explain_number, sources)

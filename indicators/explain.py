"""Every number explains itself: the card of one observation, out of the published version alone."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from urllib.parse import urlencode

from indicators.card import Card, Delivery, LandedFile
from indicators.compare import Comparison, Mode, compare
from indicators.concordance import Today, observe_today
from indicators.double import by_other_definitions
from indicators.figure import unit_elsewhere
from indicators.measure.external import ELSEWHERE
from indicators.record import filter_of, number_sql
from indicators.restate import restatements
from ioc.calendar import WorkCalendar
from ioc.catalogue import Catalogue, Indicator
from ioc.errors import UsageError
from ioc.period import Period
from ioc.published import Reader
from ioc.status import Workdays, freshness, judge
from ioc.value import Observation

__all__ = ["Card", "explain"]


def explain(
    reader: Reader,
    catalogue: Catalogue,
    indicator: str,
    unit: str,
    period: str,
    *,
    slice_dim: str = "",
    slice_value: str = "",
    basis: str = "as_then",
    now: datetime,
    calendar: Workdays | None = None,
) -> Card:
    """The card of a number. `now` is the viewer's moment, for age and freshness only. With basis 'today' a number
    of before the present boundaries is shown on them as well (`today`).

    Raises UsageError for an unknown indicator or unit, PeriodError for a period key that cannot be read.
    """
    entry = catalogue.indicator(indicator)
    parsed = Period.parse(period)
    place = next((row for row in reader.units() if row.unit_code == unit), None)
    if place is None and entry.kind == "external":
        place = unit_elsewhere(reader, entry.id, unit)
    if place is None:
        raise UsageError(f"no unit {unit!r}", remedy="use a code such as 51, 21289 or H48.01")
    part = {"slice_dim": slice_dim, "slice_value": slice_value}
    observation = reader.observation(entry.id, unit, parsed.key, **part)
    if observation is not None and observation.version in {one.version for one in catalogue.versions_of(entry.id)}:
        entry = catalogue.definition(entry.id, observation.version)  # the definition it was measured with
    target = catalogue.target_for(entry.id, unit, place.unit_level, parsed)
    sources = _sources(reader, catalogue, entry)
    reach = _slowest(catalogue, entry, sources)
    sql, files = _sql_and_files(reader, catalogue, entry, observation)
    level = reader.level(entry.id, place.unit_level, parsed.key)
    query = {"indicator": entry.id, "unit": unit, "period": parsed.key}
    today = _today(reader, catalogue, observation, basis)
    return Card(
        entry,
        {
            "code": place.unit_code,
            "level": place.unit_level,
            "vi": place.full_name,
            "en": place.name_en,
            "duty_contact": place.duty_contact,
        },
        parsed,
        observation,
        judge(observation, entry, target),
        freshness(reach, entry.freshness, now, calendar, parsed),
        target,
        sql,
        sources,
        files,
        sum(1 for one in level if one.state in ("value", "zero")),
        len(level),
        reader.observation(entry.id, unit, parsed.previous().key, **part),
        reader.observation(entry.id, unit, parsed.same_last_year().key, **part),
        _versions(reader, entry, unit, parsed, part),
        urlencode({**query, **({key: value for key, value in part.items() if value})}),
        catalogue.versions_of(entry.id),
        _comparisons(reader, catalogue, observation, calendar),
        () if observation is None else tuple(restatements(reader, catalogue, observation, today=today)),
        today,
        by_other_definitions(reader, catalogue, [observation]).get(parsed.key, ()) if observation is not None else (),
    )


def _sources(reader: Reader, catalogue: Catalogue, entry: Indicator) -> tuple[Delivery, ...]:
    wanted = catalogue.dataset_of(entry).sources
    return tuple(
        Delivery(one.source, one.dataset, one.complete_through, one.last_success_at)
        for one in reader.sources()
        if one.source in wanted or f"{one.source}/{one.dataset.replace('-', '_')}" in wanted
    )


def _slowest(catalogue: Catalogue, entry: Indicator, sources: tuple[Delivery, ...]) -> Delivery | None:
    reached = [one for one in sources if one.complete_through is not None]
    if not reached or (len(reached) < len(sources) and catalogue.dataset_of(entry).complete_when == "all"):
        return sources[0] if sources and not reached else (reached[0] if reached else None)
    chosen = max if catalogue.dataset_of(entry).complete_when == "any" else min
    return chosen(reached, key=lambda one: (one.complete_through is not None, one.complete_through))


def _sql_and_files(
    reader: Reader, catalogue: Catalogue, entry: Indicator, observation: Observation | None
) -> tuple[str, tuple[LandedFile, ...]]:
    if observation is None:
        return "", ()
    dataset = catalogue.dataset_of(entry)
    if entry.is_measured:
        found = filter_of(catalogue, entry, observation)
        sql = number_sql(found)
        where, params = f"{found.condition}{found.latest}", []
        table = found.table
    elif entry.reported is not None:
        sql = (
            f"SELECT value, numerator, denominator, comparator FROM {dataset.table}\n"
            f"WHERE field_code = '{entry.reported.field}' AND unit_code = '{observation.unit}'"
        )
        table, where, params = (
            dataset.table,
            f"field_code = ? /*scope {dataset.unit}*/",
            [entry.reported.field],
        )
    elif entry.parts is not None:
        return "\n".join(
            f"{side}: {part.sign:+d} * {part.of}.{part.takes} ({part.at})" for side, part in entry.parts.terms()
        ), ()
    elif entry.kind == "external":
        sql = f"SELECT value, comparator, document_ref FROM {dataset.table} WHERE figure_code = '{entry.id}'"
        table, where, params = dataset.table, "figure_code = ? AND unit_code = ? AND period = ?", [
            entry.id, observation.unit, observation.period
        ]  # fmt: skip
    else:
        return "", ()
    rows = reader.select(
        f"""SELECT load_id, source, dataset, landed_path, sha256, loaded_at FROM ops.load_ledger
        WHERE load_id IN (SELECT DISTINCT load_id FROM (SELECT load_id FROM {table} WHERE {where}))
        ORDER BY loaded_at DESC, load_id LIMIT 5""",
        params,
    )
    return sql.replace(f" /*scope {dataset.unit}*/", ""), tuple(
        LandedFile(
            str(row["load_id"]),
            str(row["source"]),
            str(row["dataset"]),
            str(row["landed_path"]),
            str(row["sha256"]),
            row["loaded_at"] if isinstance(row["loaded_at"], datetime) else None,
        )
        for row in rows
    )


def _versions(reader: Reader, entry: Indicator, unit: str, period: Period, part: dict[str, str]) -> int:
    """How many values this number has had so far (1: never restated)."""
    rows = reader.select(
        "SELECT count(*) AS known FROM mart.observation_vintage WHERE indicator = ? AND unit = ? AND period = ? "
        "AND slice_dim = ? AND slice_value = ? /*scope unit*/",
        [entry.id, unit, period.key, part["slice_dim"], part["slice_value"]],
    )
    return int(str(rows[0]["known"]))


def _comparisons(
    reader: Reader, catalogue: Catalogue, item: Observation | None, calendar: Workdays | None
) -> tuple[Comparison, ...]:
    """With the period before and the same period last year, each with its words or the reason why not."""
    if item is None or item.unit_level == ELSEWHERE:
        return ()  # what others published is quoted, not compared
    days = calendar if isinstance(calendar, WorkCalendar) else _shipped_calendar()
    modes: tuple[Mode, ...] = ("previous", "last_year")
    return tuple(
        compare(
            reader, catalogue, item.indicator, item.unit, item.period, mode=mode, calendar=days,
            slice_dim=item.slice_dim, slice_value=item.slice_value,
        )
        for mode in modes
    )  # fmt: skip


def _today(reader: Reader, catalogue: Catalogue, item: Observation | None, basis: str) -> Today | None:
    if basis != "today" or item is None or item.slice_dim:
        return None
    try:
        return observe_today(reader, catalogue, item.indicator, item.unit, item.period, version=item.version)
    except UsageError:
        return None  # not a number of people's communes: the card says nothing about maps


@lru_cache(maxsize=1)
def _shipped_calendar() -> WorkCalendar:
    return WorkCalendar.load()

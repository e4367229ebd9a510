"""One measurement: every indicator of the catalogue, written to mart.observation, changes kept as vintages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from indicators.measure.cells import OBSERVATION_COLUMNS, listed, quote
from indicators.measure.clock import Cursor, DatasetClock, fill_axes, read_clock, rows_of, stored
from indicators.measure.flow import measure_pass
from indicators.measure.mark import count_cells, mark_of
from indicators.measure.plan import compile_indicator, plan_passes, stocks_of
from indicators.measure.reported import measure_reported
from indicators.measure.stock import measure_stock
from ioc.catalogue import Catalogue, Indicator

_REPORTED = "reported"  # ready-made numbers are read together, whatever their datasets
_KEY = "indicator, version, unit, period, basis, view, slice_dim, slice_value"


@dataclass(frozen=True)
class MeasureResult:
    """What a measurement did: cells written, vintages appended, indicators measured.

    `marks` by dataset: what its cells rest on and how many they are; to be handed to the next measurement.
    """

    observations: int
    vintages: int
    indicators: int
    marks: Mapping[str, tuple[str, int]] = field(default_factory=dict)


def measure(
    cursor: Cursor,
    catalogue: Catalogue,
    *,
    now: datetime,
    run_id: str,
    periods_from: date | None = None,
    data_as_of: datetime | None = None,
    marks: Mapping[str, tuple[str, int]] | None = None,
    history_from: date | None = None,
) -> MeasureResult:
    """Measure every indicator from the core tables; the caller holds the transaction (`warehouse.transaction()`).

    `now` (aware UTC) bounds the periods and tells missing from not due; open and overdue are judged at each
    dataset's own `data_as_of` (ops.source_state; the argument stands in where no source has a state). Periods
    begin with `periods_from` where given, else with the first whole month of each dataset, at most two years
    before 1 January of this year, or from `history_from` on.
    The same tables and the same `now` give the same rows. External observations stay untouched.
    `marks` are those of an earlier measurement of the same warehouse: a dataset whose mark is still the same keeps
    its cells (and their run); all others are measured anew. The numbers are those of a whole measurement.
    """
    floor = periods_from or history_from or date(now.year - 2, 1, 1)
    province = fill_axes(cursor, catalogue, floor=floor, now=now)
    cursor.execute("CREATE OR REPLACE TEMP TABLE fresh AS FROM mart.observation LIMIT 0")
    defined = [*catalogue.indicators.values(), *catalogue.earlier]
    compiled = [compile_indicator(catalogue, one) for one in defined if one.is_measured]
    clocks: dict[str, DatasetClock] = {}

    def clock(name: str) -> DatasetClock:
        if name not in clocks:
            dataset = catalogue.datasets[name]
            clocks[name] = read_clock(
                cursor, dataset, now=now, data_as_of=data_as_of, floor=floor, is_given=periods_from is not None
            )
        return clocks[name]

    reported = [one for one in defined if one.kind == "reported"]
    groups: dict[str, list[Indicator]] = {}
    for item in compiled:
        groups.setdefault(item.indicator.dataset, []).append(item.indicator)
    if reported:
        groups[_REPORTED] = reported
    found: dict[str, str] = {}
    same: set[str] = set()
    for name, members in groups.items() if marks is not None else ():
        key = members[0].dataset
        found[name] = mark_of(
            cursor,
            catalogue.datasets[key],
            members,
            clock(key),
            floor=floor,
            is_given=periods_from is not None,
            now=now,
        )
        if (found[name], count_cells(cursor, [one.id for one in members])) == (marks or {}).get(name):
            same.add(name)

    for one in plan_passes(compiled):
        if one.dataset not in same:
            measure_pass(cursor, catalogue, one, clock(one.dataset), province=province, now=now, run_id=run_id)
    for item in stocks_of(compiled):
        name = item.indicator.dataset
        if name not in same:
            measure_stock(cursor, catalogue, item, clock(name), province=province, now=now, run_id=run_id)
    if reported and _REPORTED not in same:
        first = clock(reported[0].dataset)
        measure_reported(
            cursor, catalogue, reported, first, floor=floor, is_given=periods_from is not None, now=now, run_id=run_id
        )
    kept = ["", *(one.id for one in catalogue.indicators.values() if one.kind in ("score", "external", "combined"))]
    standing = [one.id for name in sorted(same) for one in groups[name]]
    replaced = f"provenance <> 'external' AND indicator NOT IN ({listed([*kept, *standing])})"
    result = write_fresh(cursor, replaced, len(compiled) + len(reported) - len(standing), standing=standing)
    counts = {name: count_cells(cursor, [one.id for one in groups[name]]) for name in found}
    return replace(result, marks={name: (found[name], counts[name]) for name in found})


def observe_scores(
    cursor: Cursor, catalogue: Catalogue, *, scorecard: str, indicator: str, now: datetime, run_id: str
) -> MeasureResult:
    """Turn the root nodes of a scorecard in mart.score into observations of an indicator of kind 'score'.

    Run after scoring, in the caller's transaction. Unscored units become missing; levels and periods follow
    the scores. The value is the score out of `max_score`, kept as n/N.
    """
    definition = catalogue.indicator(indicator)
    floor = date(now.year - 2, 1, 1)
    fill_axes(cursor, catalogue, floor=floor, now=now)
    cursor.execute("CREATE OR REPLACE TEMP TABLE fresh AS FROM mart.observation LIMIT 0")
    cursor.execute(f"""INSERT INTO fresh
        SELECT {quote(indicator)}, {definition.version}, s.unit, u.level, p.period, p.kind, p.period_start,
          p.period_end, 'as_then', 'official', '', '',
          CASE WHEN s.score IS NOT NULL THEN s.score END, s.score, s.max_score, '=',
          CASE WHEN s.score IS NULL THEN 'missing' WHEN s.score = 0 THEN 'zero' ELSE 'value' END,
          'provisional', 'measured', least(p.ends_at, s.known_at), s.known_at, s.known_at,
          {quote(scorecard)}, {quote(run_id)}
        FROM mart.score s JOIN axis_unit u USING (unit) JOIN axis_period p USING (period)
        WHERE s.scorecard = {quote(scorecard)} AND s.parent IS NULL AND s.layer IS DISTINCT FROM 'parallel'
          AND u.level IN ({listed(definition.levels)}) AND p.kind IN ({listed(definition.periods)})
        QUALIFY row_number() OVER (PARTITION BY s.unit, s.period ORDER BY s.known_at DESC, s.edition DESC) = 1""")
    return write_fresh(cursor, f"indicator = {quote(indicator)}", 1, now=now)


def write_fresh(
    cursor: Cursor, replaced: str, indicators: int, *, now: datetime | None = None, standing: Sequence[str] = ()
) -> MeasureResult:
    """Append what changed to the vintages, then replace the observations.

    A change without a newer input of its own (a row moved to another unit) is known when the newest input of
    the whole measurement landed (that of `standing` indicators too, which keep their cells), so that reading as of
    an earlier instant still gives the earlier value.
    """
    known = f"indicator IN ({listed(['', *standing])}) AND provenance <> 'external'"
    held = f"SELECT known_at FROM mart.observation WHERE {known}"
    newest = rows_of(cursor, f"SELECT max(known_at) FROM (SELECT known_at FROM fresh UNION ALL {held})")[0][0]
    columns = ", ".join(f"f.{name.strip()}" for name in OBSERVATION_COLUMNS.split(","))
    moment = "CASE WHEN o.known_at IS NULL OR f.known_at > o.known_at THEN f.known_at ELSE greatest(o.known_at, ?) END"
    stand_in = newest if newest is not None else (stored(now) if now is not None else None)
    vintages = cursor.execute(
        f"""INSERT INTO mart.observation_vintage SELECT {columns.replace("f.known_at", moment)}
        FROM fresh f LEFT JOIN (SELECT * FROM mart.observation WHERE {replaced}) o USING ({_KEY})
        WHERE o.state IS NULL OR o.state <> f.state OR o.value IS DISTINCT FROM f.value
          OR o.numerator IS DISTINCT FROM f.numerator OR o.denominator IS DISTINCT FROM f.denominator
          OR o.comparator IS DISTINCT FROM f.comparator""",
        [stand_in],
    ).fetchone()[0]
    cursor.execute(f"DELETE FROM mart.observation WHERE {replaced}")
    count = cursor.execute(f"INSERT INTO mart.observation SELECT {OBSERVATION_COLUMNS} FROM fresh").fetchone()[0]
    return MeasureResult(int(count), int(vintages), indicators)

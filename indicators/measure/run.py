"""One measurement: every indicator of the catalogue, written to mart.observation, changes kept as vintages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from indicators.measure.cells import OBSERVATION_COLUMNS, listed, quote
from indicators.measure.clock import Cursor, DatasetClock, fill_axes, read_clock, rows_of, stored
from indicators.measure.flow import measure_pass
from indicators.measure.plan import compile_indicator, plan_passes, stocks_of
from indicators.measure.reported import measure_reported
from indicators.measure.stock import measure_stock
from ioc.catalogue import Catalogue

_KEY = "indicator, version, unit, period, basis, view, slice_dim, slice_value"


@dataclass(frozen=True)
class MeasureResult:
    """What a measurement did: cells written, vintages appended, indicators measured."""

    observations: int
    vintages: int
    indicators: int


def measure(
    cursor: Cursor,
    catalogue: Catalogue,
    *,
    now: datetime,
    run_id: str,
    periods_from: date | None = None,
    data_as_of: datetime | None = None,
) -> MeasureResult:
    """Measure every indicator from the core tables; the caller holds the transaction (`warehouse.transaction()`).

    `now` (aware UTC) bounds the periods and tells missing from not due; open and overdue are judged at each
    dataset's own `data_as_of` (ops.source_state; the argument stands in where no source has a state). Periods
    begin with `periods_from` where given, else with the first whole month of each dataset, at most two years
    before 1 January of this year.
    The same tables and the same `now` give the same rows. External observations stay untouched.
    """
    floor = periods_from or date(now.year - 2, 1, 1)
    province = fill_axes(cursor, catalogue, floor=floor, now=now)
    cursor.execute("CREATE OR REPLACE TEMP TABLE fresh AS FROM mart.observation LIMIT 0")
    compiled = [compile_indicator(catalogue, one) for one in catalogue.indicators.values() if one.is_measured]
    clocks: dict[str, DatasetClock] = {}

    def clock(name: str) -> DatasetClock:
        if name not in clocks:
            dataset = catalogue.datasets[name]
            clocks[name] = read_clock(
                cursor, dataset, now=now, data_as_of=data_as_of, floor=floor, is_given=periods_from is not None
            )
        return clocks[name]

    for one in plan_passes(compiled):
        measure_pass(cursor, catalogue, one, clock(one.dataset), province=province, now=now, run_id=run_id)
    for item in stocks_of(compiled):
        measure_stock(cursor, catalogue, item, clock(item.indicator.dataset), province=province, now=now, run_id=run_id)
    reported = [one for one in catalogue.indicators.values() if one.kind == "reported"]
    if reported:
        first = clock(reported[0].dataset)
        measure_reported(
            cursor, reported, first, floor=floor, is_given=periods_from is not None, now=now, run_id=run_id
        )
    kept = ["", *(one.id for one in catalogue.indicators.values() if one.kind in ("score", "external"))]
    replaced = f"provenance <> 'external' AND indicator NOT IN ({listed(kept)})"
    return _write(cursor, replaced, len(compiled) + len(reported))


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
        WHERE s.scorecard = {quote(scorecard)} AND s.parent IS NULL
          AND u.level IN ({listed(definition.levels)}) AND p.kind IN ({listed(definition.periods)})
        QUALIFY row_number() OVER (PARTITION BY s.unit, s.period ORDER BY s.known_at DESC, s.edition DESC) = 1""")
    return _write(cursor, f"indicator = {quote(indicator)}", 1, now=now)


def _write(cursor: Cursor, replaced: str, indicators: int, *, now: datetime | None = None) -> MeasureResult:
    """Append what changed to the vintages, then replace the observations.

    A change without a newer input of its own (a row moved to another unit) is known when the newest input of
    the whole measurement landed, so that reading as of an earlier instant still gives the earlier value.
    """
    newest = rows_of(cursor, "SELECT max(known_at) FROM fresh")[0][0]
    changed = f"""FROM fresh f LEFT JOIN (SELECT * FROM mart.observation WHERE {replaced}) o USING ({_KEY})
        WHERE o.state IS NULL OR o.state <> f.state OR o.value IS DISTINCT FROM f.value
          OR o.numerator IS DISTINCT FROM f.numerator OR o.denominator IS DISTINCT FROM f.denominator
          OR o.comparator IS DISTINCT FROM f.comparator"""
    columns = ", ".join(f"f.{name.strip()}" for name in OBSERVATION_COLUMNS.split(","))
    moment = "CASE WHEN o.known_at IS NULL OR f.known_at > o.known_at THEN f.known_at ELSE greatest(o.known_at, ?) END"
    vintages = rows_of(cursor, f"SELECT count(*) {changed}")[0][0]
    stand_in = newest if newest is not None else (stored(now) if now is not None else None)
    cursor.execute(
        f"INSERT INTO mart.observation_vintage SELECT {columns.replace('f.known_at', moment)} {changed}",
        [stand_in],
    )
    cursor.execute(f"DELETE FROM mart.observation WHERE {replaced}")
    cursor.execute(f"INSERT INTO mart.observation SELECT {OBSERVATION_COLUMNS} FROM fresh")
    count = rows_of(cursor, "SELECT count(*) FROM fresh")[0][0]
    return MeasureResult(int(count), int(vintages), indicators)

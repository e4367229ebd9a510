"""One measurement: every indicator of the catalogue, written to mart.observation, changes kept as vintages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypedDict

from indicators.measure.cells import OBSERVATION_COLUMNS, listed, quote
from indicators.measure.clock import Cursor, DatasetClock, fill_axes, fill_readings, read_clock, rows_of, stored
from indicators.measure.flow import measure_pass
from indicators.measure.mark import (
    FULL,
    PART,
    SAME,
    Mark,
    Task,
    choose_task,
    count_cells,
    pairs_sql,
    read_mark,
    write_marks,
)
from indicators.measure.month_sum import forget_sums
from indicators.measure.plan import Compiled, compile_indicator, plan_passes, stocks_of
from indicators.measure.reported import measure_reported
from indicators.measure.scope import drop_past, is_turned, scope_flow, scope_stock, set_clocks
from indicators.measure.stock import measure_stock
from ioc.catalogue import Catalogue, Indicator

_REPORTED = "reported"  # ready-made numbers are read together, whatever their datasets
_KEY = "indicator, version, unit, period, basis, view, slice_dim, slice_value"


@dataclass(frozen=True)
class MeasureResult:
    """What a measurement did: cells written, vintages appended, indicators of which cells were measured."""

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
    history_from: date | None = None,
    resume: bool = False,
) -> MeasureResult:
    """Measure every indicator from the core tables; the caller holds the transaction (`warehouse.transaction()`).

    `now` (aware UTC) bounds the periods and tells missing from not due; open and overdue are judged at each
    dataset's own `data_as_of` (ops.source_state; the argument stands in where no source has a state). Periods
    begin with `periods_from` where given, else with the first whole month of each dataset, at most two years
    before 1 January of this year, or from `history_from` on.
    The same tables and the same `now` give the same rows. External observations stay untouched.
    `resume` goes on from the last measurement (ops.measured, ops.touched): only cells that may have changed are
    measured again; the numbers are those of a whole measurement, and the other cells keep the run that made them.
    """
    floor = periods_from or history_from or date(now.year - 2, 1, 1)
    is_given = periods_from is not None
    province = fill_axes(cursor, catalogue, floor=floor, now=now)
    cursor.execute("CREATE OR REPLACE TEMP TABLE fresh AS FROM mart.observation LIMIT 0")
    cursor.execute("CREATE OR REPLACE TEMP TABLE redone AS SELECT indicator, version, unit, period FROM fresh")
    groups, standing_cells = _groups(catalogue), count_cells(cursor)
    marks: dict[str, Mark] = {}
    standing: list[Indicator] = []
    done = 0
    for name, group in groups.items():
        dataset = catalogue.datasets[group.members[0].dataset]
        fill_readings(cursor, dataset)
        clock = read_clock(cursor, dataset, now=now, data_as_of=data_as_of, floor=floor, is_given=is_given)
        cells = sum(standing_cells.get((one.id, one.version), 0) for one in group.members)
        mark = read_mark(cursor, dataset, group.members, clock, floor=floor, is_given=is_given, now=now, cells=cells)
        is_reported = name == _REPORTED
        task = choose_task(cursor, name, dataset, mark, is_reported=is_reported) if resume else Task(FULL)
        marks[name] = mark
        if task.mode != FULL:
            standing += group.members
            if task.is_moved(clock):
                set_clocks(cursor, group.members, clock)
        if task.mode == SAME:
            continue
        if is_reported:
            measure_reported(
                cursor, catalogue, group.members, clock, floor=floor, is_given=is_given, now=now, run_id=run_id
            )
            done += len(group.members)
            continue
        whole: Whole = {"province": province, "now": now, "run_id": run_id}
        done += _measure_group(cursor, catalogue, group, clock, task, mark, whole)
    replaced = f"NOT ({pairs_sql(standing)}) OR (indicator, version, unit, period) IN (SELECT * FROM redone)"
    kept = ["", *(one.id for one in catalogue.indicators.values() if one.kind in ("score", "external", "combined"))]
    scope = f"provenance <> 'external' AND indicator NOT IN ({listed(kept)}) AND ({replaced})"
    result = write_fresh(cursor, scope, done, standing=standing)
    written = count_cells(cursor)
    for name, group in groups.items():
        cells = sum(written.get((one.id, one.version), 0) for one in group.members)
        marks[name] = replace(marks[name], cells=cells)
    write_marks(cursor, marks)
    return result


class Whole(TypedDict):
    """What every part of a measurement shares."""

    province: str
    now: datetime
    run_id: str


@dataclass
class _Group:
    """The indicators of one dataset (or all ready-made ones), with what is read for them."""

    members: list[Indicator] = field(default_factory=list)
    compiled: list[Compiled] = field(default_factory=list)


def _groups(catalogue: Catalogue) -> dict[str, _Group]:
    groups: dict[str, _Group] = {}
    for one in [*catalogue.indicators.values(), *catalogue.earlier]:
        if one.is_measured:
            group = groups.setdefault(one.dataset, _Group())
            group.compiled.append(compile_indicator(catalogue, one))
            group.members.append(one)
        elif one.kind == "reported":
            groups.setdefault(_REPORTED, _Group()).members.append(one)
    return groups


def _measure_group(
    cursor: Cursor, catalogue: Catalogue, group: _Group, clock: DatasetClock, task: Task, mark: Mark, whole: Whole
) -> int:
    """Measure a dataset, whole or in part; returns of how many indicators cells were measured."""
    scoped = task.mode == PART
    turned = scoped and task.since is not None and is_turned(cursor, task.since, mark)
    dataset_name, province = group.members[0].dataset, whole["province"]
    dataset = catalogue.datasets[dataset_name]
    if scoped:
        drop_past(cursor, group.members)
    else:
        forget_sums(cursor, dataset_name)
    done: set[tuple[str, int]] = set()
    for one in plan_passes(group.compiled):
        members = [member.indicator for member in one.members]
        if not scoped or scope_flow(
            cursor, dataset, one.moment, members, clock, task, turned=turned, province=province
        ):
            measure_pass(cursor, catalogue, one, clock, scoped=scoped, **whole)
            done |= {(member.id, member.version) for member in members}
    for item in stocks_of(group.compiled):
        moments = [node for node in (item.enters, item.leaves) if node is not None]
        if not scoped or scope_stock(cursor, dataset, moments, clock, task, turned=turned, province=province):
            measure_stock(cursor, catalogue, item, clock, task=task, **whole)
            done.add((item.indicator.id, item.indicator.version))
    return len(done)


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
    cursor: Cursor, replaced: str, indicators: int, *, now: datetime | None = None, standing: Sequence[Indicator] = ()
) -> MeasureResult:
    """Append what changed to the vintages, then replace the observations.

    A change without a newer input of its own (a row moved to another unit) is known when the newest input of
    the whole measurement landed (that of the `standing` cells which stay too), so that reading as of an earlier
    instant still gives the earlier value.
    """
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE gone AS SELECT rowid AS place FROM mart.observation WHERE {replaced}")
    held = f"{pairs_sql(list(standing))} AND provenance <> 'external' AND rowid NOT IN (FROM gone)"
    newest = rows_of(
        cursor,
        "SELECT max(known_at) FROM (SELECT known_at FROM fresh UNION ALL "
        f"SELECT known_at FROM mart.observation WHERE {held})",
    )[0][0]
    columns = ", ".join(f"f.{name.strip()}" for name in OBSERVATION_COLUMNS.split(","))
    moment = "CASE WHEN o.known_at IS NULL OR f.known_at > o.known_at THEN f.known_at ELSE greatest(o.known_at, ?) END"
    stand_in = newest if newest is not None else (stored(now) if now is not None else None)
    vintages = cursor.execute(
        f"""INSERT INTO mart.observation_vintage SELECT {columns.replace("f.known_at", moment)}
        FROM fresh f LEFT JOIN (SELECT * FROM mart.observation WHERE rowid IN (FROM gone)) o USING ({_KEY})
        WHERE o.state IS NULL OR o.state <> f.state OR o.value IS DISTINCT FROM f.value
          OR o.numerator IS DISTINCT FROM f.numerator OR o.denominator IS DISTINCT FROM f.denominator
          OR o.comparator IS DISTINCT FROM f.comparator""",
        [stand_in],
    ).fetchone()[0]
    cursor.execute("DELETE FROM mart.observation WHERE rowid IN (FROM gone)")
    count = cursor.execute(f"INSERT INTO mart.observation SELECT {OBSERVATION_COLUMNS} FROM fresh").fetchone()[0]
    return MeasureResult(int(count), int(vintages), indicators)

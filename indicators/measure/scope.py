"""Which cells of a dataset to measure again: `scope_cell(unit, period)`, for one moment at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from indicators.expression import Node, columns_in, row_sql
from indicators.measure.cells import instant_sql, listed, quote
from indicators.measure.clock import Cursor, DatasetClock, local_day, rows_of
from indicators.measure.mark import Mark, Task, pairs_sql
from ioc.catalogue import Dataset, Indicator

ALL_MONTHS = "FROM axis_month"
SCOPED_MONTHS = "FROM axis_month SEMI JOIN scope_cell USING (period)"
ALL_DAYS = "FROM axis_day"
SCOPED_DAYS = "FROM axis_day SEMI JOIN scope_cell USING (period)"


def day_sql(moment: Node) -> str:
    """The local day of a date or timestamp (Asia/Ho_Chi_Minh is UTC+7 without summer time)."""
    text = row_sql(moment)
    return text if moment.type == "date" else f"CAST({text} + INTERVAL 7 HOUR AS DATE)"


def reached_sql(moment: Node, as_of: datetime) -> str:
    """Whether the moment lies before `as_of`: what is dated later has not happened yet."""
    text = row_sql(moment)
    if moment.type == "date":
        return f"{text} <= DATE '{local_day(as_of - timedelta(microseconds=1))}'"
    return f"{text} < {instant_sql(as_of)}"


def is_turned(cursor: Cursor, since: Mark, mark: Mark) -> bool:
    """Whether a period began or ended, a day went by, or data became overdue between two measurements."""
    if (since.measured_on, since.behind) != (mark.measured_on, mark.behind):
        return True
    low, high = (f"TIMESTAMP '{moment}'" for moment in (since.data_as_of, mark.data_as_of))
    periods = f"(ends_at > {low} AND ends_at <= {high}) OR (starts_at >= {low} AND starts_at <= {high})"
    wheres = [] if low == high else [periods]
    if (
        since.settled_at is not None and mark.settled_at is not None
    ):  # a reading beyond the end of a period, maybe empty
        wheres.append(f"(ends_at > TIMESTAMP '{since.settled_at}' AND ends_at <= TIMESTAMP '{mark.settled_at}')")
    found = rows_of(cursor, f"SELECT count(*) FROM axis_period WHERE {' OR '.join(wheres) or 'false'}")
    return bool(found[0][0])


def scope_flow(
    cursor: Cursor,
    dataset: Dataset,
    moment: Node,
    members: Sequence[Indicator],
    clock: DatasetClock,
    task: Task,
    *,
    turned: bool,
    province: str,
) -> bool:
    """Fill scope_cell for indicators counted by `moment`; False when there is nothing to measure."""
    assert task.since is not None
    _touched_months(cursor, dataset, moment)
    if task.is_moved(clock):
        old = reached_sql(moment, task.since.data_as_of)
        cursor.execute(f"""INSERT INTO scope_month
            SELECT DISTINCT "{dataset.unit}", CAST(date_trunc('month', {day_sql(moment)}) AS DATE)
            FROM {dataset.table} WHERE {reached_sql(moment, clock.data_as_of)} AND NOT ({old})""")
    is_new = bool(rows_of(cursor, "SELECT count(*) FROM scope_month")[0][0])
    if not (is_new or turned or task.is_touched):
        return False
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE scope_cell AS
        WITH period AS (
          SELECT m.unit, a.period FROM scope_month m JOIN axis_month a USING (month)
          UNION SELECT m.unit, d.period FROM scope_month m
          JOIN axis_day d ON CAST(date_trunc('month', d.day) AS DATE) = m.month
        ) FROM period UNION SELECT {quote(province)}, period FROM period UNION {_open_cells(task.since)}""")
    present = [one for one in members if one.applies_to != "all"]
    if present:
        reached = reached_sql(moment, clock.data_as_of)
        seen = f'SELECT DISTINCT "{dataset.unit}" AS unit FROM {dataset.table} WHERE {reached}'
        known = f"SELECT unit FROM mart.observation WHERE {pairs_sql(present)} AND state <> 'not_applicable'"
        cursor.execute(f"""INSERT INTO scope_cell
            SELECT u.unit, p.period FROM (SELECT DISTINCT unit FROM scope_month) u CROSS JOIN axis_period p
            WHERE (u.unit NOT IN ({known}) OR u.unit NOT IN ({seen}))
              AND (u.unit, p.period) NOT IN (SELECT (unit, period) FROM scope_cell)""")
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE seen_unit AS {seen}")
        cursor.execute("INSERT INTO seen_unit VALUES (?)", [province])
    return True


def scope_stock(
    cursor: Cursor,
    dataset: Dataset,
    moments: Sequence[Node],
    clock: DatasetClock,
    task: Task,
    *,
    turned: bool,
    province: str,
) -> bool:
    """Fill scope_cell for a stock: a row that changed counts from the month it entered; open periods always."""
    assert task.since is not None
    if not (turned or task.is_touched or task.is_moved(clock)):
        return False
    _touched_months(cursor, dataset, *moments)
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE scope_cell AS
        WITH earliest AS (
          SELECT unit, min(month) AS month FROM scope_month GROUP BY unit
          UNION ALL SELECT {quote(province)}, min(month) FROM scope_month
        )
        SELECT unit, period FROM earliest JOIN axis_period p ON p.period_end >= month
        UNION {_open_cells(task.since)}""")
    return True


def _touched_months(cursor: Cursor, dataset: Dataset, *moments: Node) -> None:
    """`scope_month(unit, month)`: what the loads since the last measurement touched, by these moments."""
    names = sorted(set[str]().union(*(columns_in(moment) for moment in moments)))
    is_plain = len(names) == len(moments) and all(row_sql(moment).strip('"') in names for moment in moments)
    shifts = "(0)" if is_plain else "(-1), (0), (1)"  # an expression may move a date into the next month
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE scope_month AS
        SELECT DISTINCT unit_code AS unit, CAST(month + to_months(CAST(shift AS INTEGER)) AS DATE) AS month
        FROM ops.touched CROSS JOIN (VALUES {shifts}) s(shift)
        WHERE table_name = {quote(dataset.table)} AND column_name IN ({listed(names)})""")


def _open_cells(since: Mark) -> str:
    """SQL of the cells of periods that were not over, or not known to be, at the last measurement."""
    assert since.settled_at is not None
    horizon = min(since.data_as_of, since.settled_at)
    return f"SELECT u.unit, p.period FROM axis_unit u CROSS JOIN axis_period p WHERE p.ends_at > TIMESTAMP '{horizon}'"


def set_clocks(cursor: Cursor, members: Sequence[Indicator], clock: DatasetClock) -> None:
    """Give the cells that stay the clock of this measurement: they are known to hold up to it."""
    moment = instant_sql(clock.data_as_of)
    cursor.execute(f"""UPDATE mart.observation SET data_as_of = {moment},
        as_of = least(CAST(period_end + 1 AS TIMESTAMP) - INTERVAL 7 HOUR, {moment})
        WHERE {pairs_sql(members)} AND provenance <> 'external'""")


def drop_past(cursor: Cursor, members: Sequence[Indicator]) -> None:
    """Days and weeks that are not kept any more go from the observations."""
    cursor.execute(f"""INSERT INTO redone SELECT DISTINCT indicator, version, unit, period FROM mart.observation
        WHERE {pairs_sql(members)} AND provenance <> 'external' AND period NOT IN (SELECT period FROM axis_period)""")

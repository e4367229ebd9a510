"""Stocks: what is open at a moment, from the events of entering and leaving.

A stock measured in part begins with the sums of the months before the first that changed (`measure.month_sum`).
"""

from __future__ import annotations

from datetime import date, datetime

from indicators.expression import Aggregate, aggregate_sql, row_sql, total_sql
from indicators.measure.cells import add_cells, instant_sql, listed, quote
from indicators.measure.clock import Cursor, DatasetClock, local_day, rows_of
from indicators.measure.mark import PART, Task
from indicators.measure.month_sum import has_sums, keep_sums, recipe_of, since_sql, sums_sql
from indicators.measure.plan import Compiled
from indicators.measure.scope import reached_sql
from ioc.catalogue import Catalogue


def measure_stock(
    cursor: Cursor,
    catalogue: Catalogue,
    item: Compiled,
    clock: DatasetClock,
    *,
    province: str,
    now: datetime,
    run_id: str,
    task: Task,
) -> None:
    """Add the cells of one stock: the running sum of events up to min(period end, data as of).

    A row is in the stock from its entering moment until its leaving moment; one that leaves before it enters
    (settled before it was due) never is. The stock of the province is that of all rows.
    In part (`task`) only the cells of scope_cell are added.
    """
    assert item.enters is not None
    assert item.leaves is not None
    dataset, scoped = catalogue.dataset_of(item.indicator), task.mode == PART
    moments = (item.enters, item.leaves)
    enters, leaves = row_sql(item.enters), row_sql(item.leaves)
    names: dict[Aggregate, str] = {}
    for aggregate in item.aggregates():
        names.setdefault(aggregate, f"m{len(names)}")
    changes = [f"{aggregate_sql(aggregate, sign='step')} AS {name}" for aggregate, name in names.items()]
    where = f"AND {row_sql(item.where)}" if item.where is not None else ""
    kept = sorted(item.columns() | {dataset.unit, "known_at"})
    columns = ", ".join(f'"{name}"' for name in kept)
    moment = "moment" if item.enters.type == "date" else "CAST(moment + INTERVAL 7 HOUR AS DATE)"
    reached_in = reached_sql(item.enters, clock.data_as_of)
    reached_out = reached_sql(item.leaves, clock.data_as_of)
    recipe = recipe_of(dataset, kept, enters, leaves, where, changes)
    first = _first_month(cursor, item, task) if scoped and has_sums(cursor, recipe) else None
    since_in, since_out = ("", "") if first is None else (f"AND {since_sql(node, first)}" for node in moments)
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE changes AS
        WITH scope AS (
          SELECT {columns}, {enters} AS entering, {leaves} AS leaving FROM {dataset.table}
          WHERE {enters} IS NOT NULL {where}
        ), event AS (
          SELECT {columns}, entering AS moment, 1 AS step FROM scope
          WHERE (leaving IS NULL OR leaving > entering) AND {reached_in} {since_in}
          UNION ALL
          SELECT {columns}, leaving, -1 FROM scope WHERE leaving > entering AND {reached_out} {since_out}
        )
        SELECT CASE WHEN grouping("{dataset.unit}") = 1 THEN {quote(province)} ELSE "{dataset.unit}" END AS unit,
          {moment} AS day, max(known_at) AS known, {", ".join(changes)}
        FROM event GROUP BY GROUPING SETS (("{dataset.unit}", {moment}), ({moment}))
        HAVING grouping("{dataset.unit}") = 1 OR "{dataset.unit}" <> {quote(province)}""")
    _use_months(cursor, item.indicator.dataset, recipe, list(names.values()), first)
    running = ", ".join(f"sum({name}) OVER one AS {name}" for name in names.values())
    nothing = ", ".join(f"0 AS {name}" for name in names.values())
    top = total_sql(item.numerator, names)
    bottom = "NULL" if item.denominator is None else total_sql(item.denominator, names)
    held = "1" if item.denominator is None else "CASE WHEN events > 0 THEN 1 ELSE 0 END"
    wanted = "AND (u.unit, p.period) IN (SELECT (unit, period) FROM scope_cell)" if scoped else ""
    # Marks at the period ends stand among the events and read the running sums: an ASOF join loops here.
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE held AS
        WITH mark AS (
          SELECT unit, day, known, {", ".join(names.values())}, 1 AS events, NULL AS period, false AS is_reached
          FROM changes
          UNION ALL
          SELECT u.unit, p.period_end, NULL, {nothing}, 0, p.period, p.starts_at < {instant_sql(clock.data_as_of)}
          FROM axis_unit u CROSS JOIN axis_period p
          WHERE p.kind IN ({listed(item.indicator.periods)}) AND u.level IN ({listed(item.indicator.levels)}) {wanted}
        ), standing AS (
          SELECT unit, period, is_reached, max(known) OVER one AS known, sum(events) OVER one AS events, {running}
          FROM mark WINDOW one AS (PARTITION BY unit ORDER BY day)
        )
        SELECT unit, period, '' AS slice_value, {top} AS n, {bottom} AS d,
          CASE WHEN is_reached THEN {held} ELSE 0 END AS rows_seen, known
        FROM standing WHERE period IS NOT NULL""")
    span = catalogue.measured_span(item.indicator)
    add_cells(
        cursor,
        item.indicator,
        clock,
        "FROM held",
        span=span,
        province=province,
        now=now,
        run_id=run_id,
        scoped=scoped,
    )


def _first_month(cursor: Cursor, item: Compiled, task: Task) -> date:
    """The first month of which events have to be read: one that changed, one of a day or week to be measured, or that
    of the last reading, after which more has happened."""
    assert task.since is not None
    found = rows_of(
        cursor,
        f"""SELECT min(month) FROM scope_month UNION ALL
        SELECT min(CAST(date_trunc('month', period_end) AS DATE)) FROM axis_period SEMI JOIN scope_cell USING (period)
        WHERE period_end <> last_day(period_end) AND kind IN ({listed(item.indicator.periods)})""",
    )
    months: list[date] = [row[0] for row in found if row[0] is not None]
    return min([local_day(task.since.data_as_of).replace(day=1), *months])


def _use_months(cursor: Cursor, dataset: str, recipe: str, names: list[str], first: date | None) -> None:
    """Keep the sums of the months in `changes`, and add to it those kept of the months before `first`."""
    sums = ", ".join(f"sum({name}) AS {name}" for name in names)
    months = f"""SELECT unit, CAST(date_trunc('month', day) AS DATE) AS month, '' AS slice_value, max(known) AS known,
        {sums} FROM changes GROUP BY ALL"""
    keep_sums(cursor, dataset, recipe, names, months, "true" if first is None else f"month >= DATE '{first}'")
    if first is not None:
        cursor.execute(f"""INSERT INTO changes SELECT unit, last_day(month), known, {", ".join(names)}
            FROM ({sums_sql(recipe, names)}) WHERE month < DATE '{first}'""")

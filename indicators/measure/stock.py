"""Stocks: what is open at a moment, from the events of entering and leaving."""

from __future__ import annotations

from datetime import datetime

from indicators.expression import Aggregate, aggregate_sql, row_sql, total_sql
from indicators.measure.cells import add_cells, quote
from indicators.measure.clock import Cursor, DatasetClock
from indicators.measure.flow import reached_sql
from indicators.measure.plan import Compiled
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
) -> None:
    """Add the cells of one stock: the running sum of events up to min(period end, data as of).

    A row is in the stock from its entering moment until its leaving moment; one that leaves before it enters
    (settled before it was due) never is. The stock of the province is that of all rows.
    """
    assert item.enters is not None
    assert item.leaves is not None
    dataset = catalogue.dataset_of(item.indicator)
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
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE changes AS
        WITH scope AS (
          SELECT {columns}, {enters} AS entering, {leaves} AS leaving FROM {dataset.table}
          WHERE {enters} IS NOT NULL {where}
        ), event AS (
          SELECT {columns}, entering AS moment, 1 AS step FROM scope
          WHERE (leaving IS NULL OR leaving > entering) AND {reached_in}
          UNION ALL
          SELECT {columns}, leaving, -1 FROM scope WHERE leaving > entering AND {reached_out}
        )
        SELECT CASE WHEN grouping("{dataset.unit}") = 1 THEN {quote(province)} ELSE "{dataset.unit}" END AS unit,
          {moment} AS day, max(known_at) AS known, {", ".join(changes)}
        FROM event GROUP BY GROUPING SETS (("{dataset.unit}", {moment}), ({moment}))
        HAVING grouping("{dataset.unit}") = 1 OR "{dataset.unit}" <> {quote(province)}""")
    running = ", ".join(f"sum({name}) OVER one AS {name}" for name in names.values())
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE standing AS
        SELECT unit, day, max(known) OVER one AS known, {running} FROM changes
        WINDOW one AS (PARTITION BY unit ORDER BY day)""")
    top = total_sql(item.numerator, names)
    bottom = "NULL" if item.denominator is None else total_sql(item.denominator, names)
    totals = f"""SELECT c.unit, c.period, '' AS slice_value, {top} AS n, {bottom} AS d,
          CASE WHEN c.is_reached THEN 1 ELSE 0 END AS rows_seen, s.known
        FROM (SELECT u.unit, p.period, p.period_end, p.starts_at < {_instant(clock)} AS is_reached
              FROM axis_unit u CROSS JOIN axis_period p
              WHERE p.kind IN ({", ".join(quote(kind) for kind in item.indicator.periods)})) c
        ASOF LEFT JOIN standing s ON s.unit = c.unit AND c.period_end >= s.day"""
    if item.denominator is None:
        add_cells(cursor, item.indicator, clock, totals, province=province, now=now, run_id=run_id)
    else:
        held = totals.replace("CASE WHEN c.is_reached THEN 1 ELSE 0 END", "0 + (s.unit IS NOT NULL)::INTEGER")
        add_cells(cursor, item.indicator, clock, held, province=province, now=now, run_id=run_id)


def _instant(clock: DatasetClock) -> str:
    from indicators.measure.cells import instant_sql

    return instant_sql(clock.data_as_of)

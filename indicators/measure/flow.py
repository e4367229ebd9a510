"""Flows (what happened in a period) and snapshots (the latest count in a period): one pass, then rollups.

A pass in part reads the rows of the months that changed and takes the sums of the others from the last measurement
(`indicators.measure.month_sum`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from indicators.expression import Aggregate, Node, aggregate_sql, total_sql
from indicators.measure.cells import add_cells, quote
from indicators.measure.clock import RECENT_DAYS, Cursor, DatasetClock, rows_of
from indicators.measure.month_sum import has_sums, keep_sums, listed_months, recipe_of, sums_sql, within_sql
from indicators.measure.plan import Compiled, Pass
from indicators.measure.scope import ALL_DAYS, ALL_MONTHS, SCOPED_DAYS, SCOPED_MONTHS, day_sql, reached_sql
from ioc.catalogue import Catalogue

CHANGED = "SELECT DISTINCT month FROM scope_month"
DAILY = "SELECT CAST(date_trunc('month', day) AS DATE) AS month FROM axis_day SEMI JOIN scope_cell USING (period)"
NEEDED = f"SELECT month FROM axis_month SEMI JOIN scope_cell USING (period) UNION {DAILY}"


def measure_pass(
    cursor: Cursor,
    catalogue: Catalogue,
    one: Pass,
    clock: DatasetClock,
    *,
    province: str,
    now: datetime,
    run_id: str,
    scoped: bool = False,
) -> None:
    """Read the dataset once, group by unit and day, roll up to months and periods, add every member's cells.

    `scoped`: only the cells of scope_cell (see `indicators.measure.scope`), out of the months they need.
    """
    dataset = catalogue.datasets[one.dataset]
    columns: dict[tuple[Node | None, Aggregate | None], str] = {}
    for member in one.members:
        for aggregate in [None, *member.aggregates()]:
            columns.setdefault((member.where, aggregate), f"m{len(columns)}")
    chosen = [
        f"{aggregate_sql(aggregate or Aggregate('count', None, None), where)} AS {name}"
        for (where, aggregate), name in columns.items()
    ]
    parent = f'"{dataset.parent}"' if dataset.parent else "NULL"
    slice_sql = f"coalesce(\"{one.slice_dim}\", '')" if one.slice_dim else "''"
    names = list(columns.values())
    has_days = not one.slice_dim and any(set(RECENT_DAYS) & set(item.indicator.periods) for item in one.members)
    recipe = recipe_of(one.dataset, dataset.table, dataset.unit, one.moment, one.slice_dim, chosen)
    is_kept = not one.is_snapshot and dataset.parent is None
    months: list[date] | None = None  # all of them
    if scoped and (one.is_snapshot or has_sums(cursor, recipe)):
        wanted = NEEDED if one.is_snapshot else f"{CHANGED} UNION {DAILY}" if has_days else CHANGED
        months = [row[0] for row in rows_of(cursor, wanted)]
    within = "" if months is None else f"AND {within_sql(one.moment, months)}"
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE by_day AS
        SELECT "{dataset.unit}" AS unit, CAST({parent} AS VARCHAR) AS parent, {day_sql(one.moment)} AS day,
          {slice_sql} AS slice_value,
          max(known_at) AS known, {", ".join(chosen)}
        FROM {dataset.table} WHERE {reached_sql(one.moment, clock.data_as_of)} {within} GROUP BY ALL""")
    if not one.slice_dim and not scoped:
        cursor.execute("CREATE OR REPLACE TEMP TABLE seen_unit AS SELECT DISTINCT unit FROM by_day")
        cursor.execute("INSERT INTO seen_unit SELECT DISTINCT parent FROM by_day WHERE parent IS NOT NULL")
        cursor.execute("INSERT INTO seen_unit VALUES (?)", [province])
    if one.is_snapshot:
        counts = {name: columns[(where, None)] for (where, _), name in columns.items()}
        _roll_snapshots(cursor, counts, province, scoped=scoped)
    else:
        _add_months(cursor, names)
        if is_kept:
            renewed = "true" if months is None else listed_months(months)
            keep_sums(cursor, one.dataset, recipe, names, "FROM by_month", renewed)
        if months is not None:
            kept = sums_sql(recipe, names)
            cursor.execute(
                f"CREATE OR REPLACE TEMP TABLE by_month AS SELECT *, CAST(NULL AS VARCHAR) AS parent FROM ({kept})"
            )
        has_parents = dataset.parent is not None
        _roll_flows(
            cursor,
            names,
            province,
            has_days=has_days,
            sliced=bool(one.slice_dim),
            has_parents=has_parents,
            scoped=scoped,
        )
    for member in one.members:
        add_cells(
            cursor,
            member.indicator,
            clock,
            totals_sql(member, columns),
            span=catalogue.measured_span(member.indicator),
            province=province,
            now=now,
            run_id=run_id,
            slice_dim=one.slice_dim,
            scoped=scoped,
        )


def totals_sql(member: Compiled, columns: dict[tuple[Node | None, Aggregate | None], str]) -> str:
    """The member's n and d out of the rolled-up columns."""
    names = {aggregate: columns[(member.where, aggregate)] for aggregate in member.aggregates()}
    bottom = "NULL" if member.denominator is None else total_sql(member.denominator, names)
    return (
        f"SELECT unit, period, slice_value, {total_sql(member.numerator, names)} AS n, {bottom} AS d, "
        f"{columns[(member.where, None)]} AS rows_seen, known FROM rolled"
    )


def _add_months(cursor: Cursor, names: Sequence[str]) -> None:
    """Days to months: by_month(unit, parent, month, slice_value, known, names...)."""
    sums = ", ".join(f"sum({name}) AS {name}" for name in names)
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE by_month AS
        SELECT unit, parent, CAST(date_trunc('month', day) AS DATE) AS month, slice_value, max(known) AS known, {sums}
        FROM by_day GROUP BY ALL""")


def _roll_flows(
    cursor: Cursor, names: list[str], province: str, *, has_days: bool, sliced: bool, has_parents: bool, scoped: bool
) -> None:
    """Months (and days) to periods; the province adds all rows, also those of closed offices, a parent its own."""
    sums = ", ".join(f"sum({name}) AS {name}" for name in names)
    month_axis, day_axis = (SCOPED_MONTHS, SCOPED_DAYS) if scoped else (ALL_MONTHS, ALL_DAYS)
    days = (
        f"""
        UNION ALL
        SELECT unit, parent, a.period, slice_value, known, {", ".join(names)}
        FROM by_day JOIN ({day_axis}) a USING (day)"""
        if has_days
        else ""
    )
    above = ", (parent, period, slice_value)" if has_parents else ""
    sets = "((period, slice_value))" if sliced else f"((unit, period, slice_value){above}, (period, slice_value))"
    if sliced:
        unit, own = quote(province), ""
    else:
        parent, is_parent = ("parent", "grouping(parent) = 0") if has_parents else ("''", "false")
        unit = f"CASE WHEN grouping(unit) = 0 THEN unit WHEN {is_parent} THEN {parent} ELSE {quote(province)} END"
        own = f"HAVING grouping(unit) = 1 OR unit <> {quote(province)}"
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE rolled AS
        SELECT {unit} AS unit, period, slice_value, max(known) AS known, {sums}
        FROM (SELECT unit, parent, a.period, slice_value, known, {", ".join(names)}
              FROM by_month JOIN ({month_axis}) a USING (month)
              {days}) GROUP BY GROUPING SETS {sets} {own}""")


def _roll_snapshots(cursor: Cursor, names: dict[str, str], province: str, *, scoped: bool) -> None:
    """Of each unit its latest count within the period; the province adds its units' latest counts.

    `names` maps an aggregate's column to the one that counts the rows in its scope on that day.
    """
    latest = ", ".join(
        f"arg_max(coalesce({name}, 0), day) FILTER (WHERE {seen} > 0) AS {name}" for name, seen in names.items()
    )
    sums = ", ".join(f"sum({name}) AS {name}" for name in names)
    month_axis, day_axis = (SCOPED_MONTHS, SCOPED_DAYS) if scoped else (ALL_MONTHS, ALL_DAYS)
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE latest AS
        SELECT unit, period, max(known) AS known, {latest} FROM (
          SELECT d.*, a.period FROM by_day d
          JOIN ({month_axis}) a ON a.month = CAST(date_trunc('month', d.day) AS DATE)
          UNION ALL SELECT d.*, a.period FROM by_day d JOIN ({day_axis}) a USING (day))
        GROUP BY unit, period""")
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE rolled AS
        SELECT CASE WHEN grouping(unit) = 1 THEN {quote(province)} ELSE unit END AS unit, period, '' AS slice_value,
          max(known) AS known, {sums}
        FROM latest GROUP BY GROUPING SETS ((unit, period), (period))
        HAVING grouping(unit) = 1 OR unit <> {quote(province)}""")

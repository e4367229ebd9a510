"""From totals to observations: the dense grid of units and periods, and the state of every cell (DECISIONS 5)."""

from __future__ import annotations

from datetime import date, datetime

from indicators.measure.clock import Cursor, DatasetClock, is_behind, local_day, stored
from ioc.catalogue import Indicator

OBSERVATION_COLUMNS = (
    "indicator, version, unit, unit_level, period, period_kind, period_start, period_end, basis, view, slice_dim,"
    " slice_value, value, numerator, denominator, comparator, state, quality, provenance, as_of, data_as_of,"
    " known_at, source, run_id"
)


def quote(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def instant_sql(instant: datetime) -> str:
    """An instant as an SQL literal (UTC, without zone)."""
    return f"TIMESTAMP '{stored(instant).isoformat(sep=' ')}'"


def listed(texts: tuple[str, ...] | list[str]) -> str:
    """Texts as the inside of an SQL IN list."""
    return ", ".join(quote(text) for text in texts)


def span_sql(span: tuple[date | None, date | None]) -> str:
    """The conditions on p.period_end of a definition that has a neighbour."""
    first, last = span
    after = "" if first is None else f" AND p.period_end >= DATE '{first}'"
    return after + ("" if last is None else f" AND p.period_end <= DATE '{last}'")


def add_cells(
    cursor: Cursor,
    indicator: Indicator,
    clock: DatasetClock,
    totals: str,
    *,
    span: tuple[date | None, date | None] = (None, None),
    province: str,
    now: datetime,
    run_id: str,
    slice_dim: str = "",
    scoped: bool = False,
) -> None:
    """Append the observations of one indicator to the temporary table `fresh`.

    `totals` is SQL of (unit, period, slice_value, n, d, rows_seen, known): a row per unit and period that has
    records. Whole numbers are dense: a cell without records becomes zero, missing, not_due or not_applicable;
    parts (slices) exist only where there are records. `span`: the first and last period end this definition is
    measured for, where it follows or precedes another one. `scoped`: the cells of scope_cell only; they are noted
    in `redone`, since they replace what stands there.

    A cell without records is known since the first reading that went beyond its period (axis_reading).
    """
    if scoped and not slice_dim:
        cursor.execute(
            f"INSERT INTO redone SELECT {quote(indicator.id)}, {indicator.version}, unit, period FROM scope_cell"
        )
    wanted = "AND (u.unit, p.period) IN (SELECT (unit, period) FROM scope_cell)" if scoped else ""
    first_day = clock.first_day or date(9999, 1, 1)  # a dataset that never held a row has no history yet
    ratio = indicator.denominator is not None
    behind = is_behind(indicator, clock.data_as_of, now)
    today_ends = f"DATE '{local_day(now)}'"
    as_of, newest = instant_sql(clock.data_as_of), instant_sql(clock.known_at or clock.data_as_of)
    silent = "'missing'" if indicator.absent == "missing" else "'not_applicable'" if ratio else "'zero'"
    waiting = "'missing'" if behind else "'not_due'"
    open_state = "'zero'" if indicator.absent == "zero" and not ratio else waiting
    if ratio and indicator.absent == "zero":
        open_state = "'not_due'"
    present = (
        "" if indicator.applies_to == "all" else "WHEN c.unit NOT IN (SELECT unit FROM seen_unit) THEN 'not_applicable'"
    )
    excused = (
        "WHEN (c.unit, c.period) IN (SELECT (unit, period) FROM axis_grace) THEN 'not_due'"
        if indicator.storm_grace
        else ""
    )
    empty = "t.d IS NULL OR t.d = 0" if ratio else "false"
    value = f"t.n * {indicator.scale} / nullif(t.d, 0)" if ratio else "t.n"
    join = "JOIN" if slice_dim else "LEFT JOIN"
    cursor.execute(f"""
        INSERT INTO fresh
        WITH cell AS (
          SELECT u.unit, u.level, u.valid_from, p.*,
            {as_of} >= p.ends_at AS is_whole, {as_of} > p.starts_at AS is_reached,
            p.period_end < {today_ends} AS is_over
          FROM axis_unit u CROSS JOIN (FROM axis_period LEFT JOIN axis_settled USING (ends_at)) p
          WHERE u.level IN ({listed(indicator.levels)}) AND p.kind IN ({listed(indicator.periods)})
            AND (p.period_start >= DATE '{first_day}') {span_sql(span)}
            AND (u.valid_to IS NULL OR u.valid_to >= p.period_start) {wanted}
        ), judged AS (
          SELECT c.*, t.n, t.d, t.known, t.slice_value, t.rows_seen, CASE
            WHEN coalesce(t.rows_seen, 0) > 0 AND NOT ({empty}) THEN CASE WHEN t.n = 0 THEN 'zero' ELSE 'value' END
            {present}
            {excused}
            WHEN coalesce(t.rows_seen, 0) = 0 AND c.valid_from > c.period_end THEN 'not_applicable'
            WHEN NOT c.is_reached THEN CASE WHEN c.is_over THEN 'missing' ELSE {waiting} END
            WHEN coalesce(t.rows_seen, 0) > 0 THEN CASE WHEN c.is_whole THEN 'not_applicable' ELSE 'not_due' END
            WHEN c.is_whole THEN {silent}
            ELSE {open_state} END AS state
          FROM cell c {join} ({totals}) t ON t.unit = c.unit AND t.period = c.period
        )
        SELECT {quote(indicator.id)}, {indicator.version}, unit, level, period, kind, period_start, period_end,
          'as_then', 'official', {quote(slice_dim)}, coalesce(slice_value, ''),
          CASE state WHEN 'value' THEN {value.replace("t.", "")} WHEN 'zero' THEN 0.0 END,
          CASE WHEN state IN ('value', 'zero') THEN coalesce(n, 0.0)
            WHEN state = 'not_applicable' AND rows_seen > 0 AND d IS NOT NULL THEN n END,
          CASE WHEN state IN ('value', 'zero') OR (state = 'not_applicable' AND rows_seen > 0) THEN d END, '=', state,
          CASE WHEN is_whole THEN 'final' ELSE 'provisional' END, 'measured',
          least(ends_at, {as_of}), {as_of}, coalesce(known, settled_at, {newest}),
          {quote(clock.sources)}, {quote(run_id)}
        FROM judged""")

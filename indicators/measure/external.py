"""Published figures of others, and our own earlier ones, as observations: copied with comparator, never computed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from indicators.measure.cells import listed, quote
from indicators.measure.clock import Cursor, as_utc, end_instant, fill_axes, load_table, rows_of, stored
from indicators.measure.run import MeasureResult, write_fresh
from ioc.catalogue import Catalogue
from ioc.errors import PeriodError
from ioc.period import Period

ELSEWHERE = "elsewhere"  # the level of a unit that is not ours: another province, its communes, the country
_COLUMNS = (
    "indicator version unit unit_level period period_kind period_start period_end value numerator denominator "
    "comparator state as_of known_at source"
)


def observe_external(cursor: Cursor, catalogue: Catalogue, *, now: datetime, run_id: str) -> MeasureResult:
    """Write the observations of every indicator of kind 'external' from core.official_figure.

    Run in the transaction of `measure`. A figure of an unknown code stays in core and becomes no observation; the
    source's own figures never change by measuring (DECISIONS 17).
    """
    entries = {one.id: one for one in catalogue.indicators.values() if one.kind == "external"}
    fill_axes(cursor, catalogue, floor=date(now.year - 2, 1, 1), now=now)
    cursor.execute("CREATE OR REPLACE TEMP TABLE fresh AS FROM mart.observation LIMIT 0")
    levels = dict(rows_of(cursor, "SELECT unit, level FROM axis_unit"))
    found: list[tuple[Any, ...]] = []
    for code, unit, key, value, top, bottom, comparator, stated, known, source in rows_of(
        cursor,
        f"""SELECT figure_code, unit_code, period, value, numerator, denominator, coalesce(comparator, '='), stated_on,
              known_at, source
            FROM core.official_figure WHERE figure_code IN ({listed(["", *entries])}) AND value IS NOT NULL
            ORDER BY ALL""",
    ):
        try:
            period = Period.parse(key)
        except PeriodError:
            continue  # the contract refuses such keys; one that slipped in can belong to no period
        entry = catalogue.definition_for(code, period)
        day = stated or period.end
        as_of = min(stored(end_instant(Period.of(day, "day"))), stored(now))
        found.append(
            (code, str(entry.version), unit, levels.get(unit, ELSEWHERE), period.key, period.kind, period.start,
             period.end, value, top, bottom, comparator, "zero" if value == 0 else "value", as_of,
             known or stored(as_utc(now)), source)
        )  # fmt: skip
    load_table(cursor, "external_cell", _COLUMNS, found)
    cursor.execute(
        f"""INSERT INTO fresh SELECT indicator, CAST(version AS INTEGER), unit, unit_level, period, period_kind,
             period_start, period_end, 'as_then', 'official', '', '', value, numerator, denominator, comparator, state,
             'final', 'external', as_of, as_of, known_at, source, {quote(run_id)}
           FROM external_cell"""
    )
    replaced = f"provenance = 'external' AND indicator IN ({listed(['', *entries])})"
    return write_fresh(cursor, replaced, len(entries), now=now)

"""Combined numbers: sums of the numerators and denominators of others, cell by cell, after those are measured."""

from __future__ import annotations

from datetime import date, datetime

from indicators.measure.cells import listed, quote
from indicators.measure.clock import Cursor, fill_axes
from indicators.measure.run import MeasureResult, write_fresh
from ioc.catalogue import Catalogue, Indicator
from ioc.catalogue.combined import Part

_WHOLE = "o.slice_dim = '' AND o.basis = 'as_then' AND o.view = 'official'"


def observe_combined(cursor: Cursor, catalogue: Catalogue, *, now: datetime, run_id: str) -> MeasureResult:
    """Write the observations of every indicator of kind 'combined'; run in the transaction of `measure`, after it.

    A term that is missing or not due makes the whole missing or not due; with a denominator, a term of which
    nothing happened (0 of 0) counts as nothing. The opening stock of the first month of history is unknown.
    """
    entries = [one for one in catalogue.indicators.values() if one.kind == "combined"]
    fill_axes(cursor, catalogue, floor=date(now.year - 2, 1, 1), now=now)
    cursor.execute("CREATE OR REPLACE TEMP TABLE fresh AS FROM mart.observation LIMIT 0")
    for entry in entries:
        _add(cursor, catalogue, entry, run_id)
    return write_fresh(cursor, f"indicator IN ({listed(['', *(one.id for one in entries)])})", len(entries), now=now)


def _add(cursor: Cursor, catalogue: Catalogue, entry: Indicator, run_id: str) -> None:
    assert entry.parts is not None
    terms = entry.parts.terms()
    ratio = bool(entry.parts.denominator)
    asked = " UNION ALL ".join(_term(catalogue, side, part, ratio) for side, part in terms)
    base = next((part for _, part in terms if part.at == "period"), terms[0][1])
    source = catalogue.indicator(base.of)
    value = f"n * {entry.scale} / d" if ratio else "n"
    nothing = "d IS NULL OR d = 0" if ratio else "false"
    cursor.execute(f"""
        INSERT INTO fresh
        WITH term AS ({asked}), total AS (
          SELECT unit, period, sum(sign * counted) FILTER (WHERE side = 'numerator') AS n,
            sum(sign * counted) FILTER (WHERE side = 'denominator') AS d, count(counted) AS have,
            bool_or(state = 'missing') AS is_missing, bool_or(state = 'not_due') AS is_waiting,
            bool_or(quality <> 'final') AS is_provisional, max(known_at) AS known, min(as_of) AS as_of,
            min(data_as_of) AS data_as_of
          FROM term GROUP BY unit, period
        ), judged AS (
          SELECT o.unit, o.unit_level, o.period, o.period_kind, o.period_start, o.period_end, o.source, t.*
            EXCLUDE (unit, period),
            CASE WHEN t.is_missing THEN 'missing' WHEN t.is_waiting THEN 'not_due'
              WHEN t.have < {len(terms)} OR {nothing} THEN 'not_applicable'
              WHEN t.n = 0 THEN 'zero' ELSE 'value' END AS state
          FROM {_newest(catalogue, source)} o JOIN total t ON t.unit = o.unit AND t.period = o.period
          WHERE {_WHOLE} AND o.unit_level IN ({listed(entry.levels)}) AND o.period_kind IN ({listed(entry.periods)})
        )
        SELECT {quote(entry.id)}, {entry.version}, unit, unit_level, period, period_kind, period_start, period_end,
          'as_then', 'official', '', '', CASE state WHEN 'value' THEN {value} WHEN 'zero' THEN 0.0 END,
          CASE WHEN state IN ('value', 'zero') THEN n END,
          {"CASE WHEN state IN ('value', 'zero') THEN d END" if ratio else "NULL"}, '=', state,
          CASE WHEN is_provisional THEN 'provisional' ELSE 'final' END, 'measured', as_of, data_as_of, known,
          source, {quote(run_id)}
        FROM judged""")


def _term(catalogue: Catalogue, side: str, part: Part, ratio: bool) -> str:
    """SQL of (side, sign, unit, period, counted, state, ...) of one term for every period it is asked in."""
    of = catalogue.indicator(part.of)
    rest = "0.0" if ratio else "NULL"
    counted = (
        f"CASE WHEN o.state IN ('value', 'zero') THEN coalesce(o.{part.takes}, 0.0) "
        f"WHEN o.state = 'not_applicable' THEN {rest} END"
    )
    opening = "JOIN axis_period p ON o.period_kind = 'month' AND o.period_end = p.period_start - 1"
    period, join = ("p.period", opening) if part.at == "opening" else ("o.period", "")
    return f"""SELECT {quote(side)} AS side, {part.sign} AS sign, o.unit, {period} AS period, {counted} AS counted,
        o.state, o.quality, o.known_at, {"NULL" if part.at == "opening" else "o.as_of"} AS as_of, o.data_as_of
        FROM {_newest(catalogue, of)} o {join} WHERE {_WHOLE}"""


def _newest(catalogue: Catalogue, of: Indicator) -> str:
    """The observations of a term as a table: by its definition, or by the newest where it had several."""
    rows = f"SELECT * FROM mart.observation WHERE indicator = {quote(of.id)}"
    if len(catalogue.versions_of(of.id)) == 1:
        return f"({rows} AND version = {of.version})"
    cell = "unit, period, basis, view, slice_dim, slice_value"
    return f"({rows} QUALIFY version = max(version) OVER (PARTITION BY {cell}))"

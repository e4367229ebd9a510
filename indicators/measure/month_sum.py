"""The sums of whole months, kept from one measurement to the next (ops.month_sum).

A refresh needs the sums of a year, but its rows changed in a month or two. Every pass keeps what it added up by unit
and month; the next one reads the rows of the months that changed and takes the rest from here. The sums hold as long
as the mark of their dataset does (`indicators.measure.mark`); a whole measurement writes them anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta

from indicators.expression import Node, row_sql
from indicators.measure.clock import Cursor, rows_of

_EXACT = "DECIMAL(38, 6)"


def recipe_of(*parts: object) -> str:
    """The name of a pass by all that its sums depend on: table, unit column, dates, conditions, aggregates."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def has_sums(cursor: Cursor, recipe: str) -> bool:
    """Whether the sums of a pass were kept."""
    return bool(rows_of(cursor, "SELECT 1 FROM ops.month_sum WHERE recipe = ? LIMIT 1", [recipe]))


def forget_sums(cursor: Cursor, dataset: str) -> None:
    """Drop the sums of a dataset that is measured whole: its definitions may have changed."""
    cursor.execute("DELETE FROM ops.month_sum WHERE dataset = ?", [dataset])


def keep_sums(cursor: Cursor, dataset: str, recipe: str, names: Sequence[str], source: str, renewed: str) -> None:
    """Keep the rows of `source` (SQL of unit, month, slice_value, known and the columns `names`) in place of those of
    the months that meet the condition `renewed`."""
    cursor.execute(f"DELETE FROM ops.month_sum WHERE recipe = ? AND {renewed}", [recipe])
    sums = ", ".join(f"CAST({name} AS {_EXACT})" for name in names)
    cursor.execute(
        f"INSERT INTO ops.month_sum SELECT ?, ?, unit, month, slice_value, known, [{sums}] FROM ({source})",
        [dataset, recipe],
    )


def sums_sql(recipe: str, names: Sequence[str]) -> str:
    """SQL of (unit, month, slice_value, known, names...) of the kept sums of a pass."""
    sums = ", ".join(f"sums[{place}] AS {name}" for place, name in enumerate(names, 1))
    return f"SELECT unit, month, slice_value, known, {sums} FROM ops.month_sum WHERE recipe = '{recipe}'"


def listed_months(months: Sequence[date]) -> str:
    """The condition on ops.month_sum that a row is of one of these months."""
    days = ", ".join(f"DATE '{month}'" for month in months)
    return f"month IN ({days})" if days else "false"


def within_sql(moment: Node, months: Sequence[date]) -> str:
    """The condition that a date or timestamp lies in one of the local months, as ranges of the bare column: blocks of
    rows that hold none of them are skipped."""
    text, found = row_sql(moment), sorted(set(months))
    spans: list[tuple[date, date]] = []
    for month in found:
        after = next_month(month)
        if spans and spans[-1][1] == month:
            spans[-1] = (spans[-1][0], after)
        else:
            spans.append((month, after))
    if not spans:
        return "false"
    low, high = since_sql(moment, spans[0][0]), f"{text} < {_begin(moment, spans[-1][1])}"
    ranges = " OR ".join(f"({since_sql(moment, first)} AND {text} < {_begin(moment, end)})" for first, end in spans)
    return f"{low} AND {high}" if len(spans) == 1 else f"{low} AND {high} AND ({ranges})"


def since_sql(moment: Node, day: date) -> str:
    """The condition that a date or timestamp lies on the local day or after it."""
    return f"{row_sql(moment)} >= {_begin(moment, day)}"


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month + timedelta(days=32)).replace(day=1)


def _begin(moment: Node, day: date) -> str:
    """The first instant of a local day in the type of the moment."""
    if moment.type == "date":
        return f"DATE '{day}'"
    return f"TIMESTAMP '{day} 00:00:00' - INTERVAL 7 HOUR"

"""Compiles expression trees to DuckDB SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from indicators.expression.tree import (
    Aggregate,
    Calculation,
    Column,
    Comparison,
    DayAfter,
    Extreme,
    Literal,
    Logic,
    Member,
    Missing,
    Node,
    Not,
    Total,
)

EXACT = "DECIMAL(18, 6)"  # sums of decimals do not depend on the order of rows or threads


def row_sql(node: Node) -> str:
    """SQL of a value or condition of one row; columns stand quoted and bare."""
    if isinstance(node, Column):
        return f'"{node.name}"'
    if isinstance(node, Literal):
        return literal_sql(node.value)
    if isinstance(node, Comparison):
        sign = {"==": "=", "!=": "<>"}.get(node.sign, node.sign)
        return f"({row_sql(node.left)} {sign} {row_sql(node.right)})"
    if isinstance(node, Logic):
        return "(" + f" {node.word.upper()} ".join(row_sql(part) for part in node.parts) + ")"
    if isinstance(node, Not):
        if isinstance(node.inner, Missing):
            return f"({row_sql(node.inner.inner)} IS NOT NULL)"
        return f"(NOT {row_sql(node.inner)})"
    if isinstance(node, Missing):
        return f"({row_sql(node.inner)} IS NULL)"
    if isinstance(node, Member):
        return f"({row_sql(node.inner)} IN ({', '.join(literal_sql(value) for value in node.values)}))"
    if isinstance(node, Calculation):
        left, right = (f"CAST({row_sql(side)} AS DOUBLE)" for side in (node.left, node.right))
        return f"({left} / nullif({right}, 0))" if node.sign == "/" else f"({left} {node.sign} {right})"
    if isinstance(node, Extreme):
        left, right = row_sql(node.left), row_sql(node.right)
        sign = ">=" if node.word == "latest" else "<="
        known = f"{left} IS NOT NULL AND {right} IS NOT NULL"
        return f"(CASE WHEN {left} {sign} {right} THEN {left} WHEN {known} THEN {right} END)"
    if isinstance(node, DayAfter):
        return f"({row_sql(node.inner)} + 1)"
    assert_never(node)


def literal_sql(value: float | str | bool) -> str:
    """A plain value as an SQL literal."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(int(value)) if value == int(value) else f"CAST({value!r} AS DOUBLE)"


def aggregate_sql(aggregate: Aggregate, where: Node | None = None, *, sign: str | None = None) -> str:
    """SQL of a count or sum over the rows of the group where `where` and the condition hold.

    With `sign` (a column of +1 and -1) rows that leave are taken off: the running stock.
    """
    conditions = [row_sql(part) for part in (where, aggregate.condition) if part is not None]
    if aggregate.inner is None:
        inner = "count(*)" if sign is None else f"sum({sign})"
    else:
        exact = f"CAST({row_sql(aggregate.inner)} AS {EXACT})"
        inner = f"sum({exact})" if sign is None else f"sum({sign} * {exact})"
    return f"{inner} FILTER (WHERE {' AND '.join(conditions)})" if conditions else inner


def total_sql(total: Total, names: Mapping[Aggregate, str]) -> str:
    """SQL of a total over columns that already hold the aggregates (`names`)."""
    if isinstance(total, Aggregate):
        return f"CAST(coalesce({names[total]}, 0) AS DOUBLE)"
    if isinstance(total, (int, float)):
        return f"CAST({total!r} AS DOUBLE)"
    return f"({total_sql(total.left, names)} {total.sign} {total_sql(total.right, names)})"

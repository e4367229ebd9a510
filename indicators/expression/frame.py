"""Evaluates expression trees on pandas frames: the second road to every number, apart from the SQL."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any, assert_never

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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

Series = Any  # pandas ships no types
Mask = NDArray[np.bool_]
Chosen = Mask | NDArray[np.intp]
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CALCULATE: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def condition_holds(frame: pd.DataFrame, node: Node | None) -> Series:
    """A plain True/False series: unknown does not hold."""
    if node is None:
        return pd.Series(True, index=frame.index)
    return row_values(frame, node).fillna(False).astype(bool)


def row_values(frame: pd.DataFrame, node: Node) -> Series:
    """The value of every row; conditions as nullable booleans, numbers as doubles with NaN for missing."""
    if isinstance(node, Column):
        return _typed(frame[node.name], node.type)
    if isinstance(node, Literal):
        kind = {"number": "float64", "boolean": "boolean"}.get(node.type, object)
        return pd.Series([node.value] * len(frame), index=frame.index, dtype=kind)
    if isinstance(node, Comparison):
        left, right = row_values(frame, node.left), row_values(frame, node.right)
        unknown = left.isna() | right.isna()
        if node.type == "boolean" and node.left.type in ("text", "boolean"):
            left, right = left.astype(object).where(~unknown, ""), right.astype(object).where(~unknown, "")
        return _COMPARE[node.sign](left, right).astype("boolean").mask(unknown)
    if isinstance(node, Logic):
        parts = [row_values(frame, part) for part in node.parts]
        result = parts[0]
        for part in parts[1:]:
            result = result & part if node.word == "and" else result | part
        return result
    if isinstance(node, Not):
        return ~row_values(frame, node.inner)
    if isinstance(node, Missing):
        return row_values(frame, node.inner).isna().astype("boolean")
    if isinstance(node, Member):
        inner = row_values(frame, node.inner)
        return inner.isin(list(node.values)).astype("boolean").mask(inner.isna())
    if isinstance(node, Calculation):
        left, right = row_values(frame, node.left), row_values(frame, node.right)
        if node.sign == "/":
            right = right.where(right != 0, np.nan)
        return _CALCULATE[node.sign](left, right)
    if isinstance(node, Extreme):
        left, right = row_values(frame, node.left), row_values(frame, node.right)
        chosen = left.where(left >= right if node.word == "latest" else left <= right, right)
        return chosen.mask(left.isna() | right.isna())
    if isinstance(node, DayAfter):
        return row_values(frame, node.inner) + pd.Timedelta(days=1)
    assert_never(node)


def total_value(frame: pd.DataFrame, total: Total) -> float:
    """A total over all rows of the frame; sums are added as exact millionths."""
    return prepare_total(frame, total)(np.ones(len(frame), dtype=bool))


def prepare_total(frame: pd.DataFrame, total: Total) -> Callable[[Chosen], float]:
    """A total over chosen rows of the frame (a mask over its rows, or their places): what each row counts is worked
    out once."""
    if isinstance(total, (int, float)):
        constant = float(total)
        return lambda chosen: constant
    if isinstance(total, Aggregate):
        everyone = np.ones(len(frame), dtype=bool)
        counted = everyone if total.condition is None else condition_holds(frame, total.condition).to_numpy(dtype=bool)
        if total.inner is None:
            return lambda chosen: float(np.count_nonzero(counted[chosen]))
        values = row_values(frame, total.inner).to_numpy(dtype="float64", na_value=np.nan)
        values = np.where(counted & ~np.isnan(values), values, 0.0)
        millionths = np.sign(values) * np.floor(np.abs(values) * 1e6 + 0.5)  # halves away from zero
        return lambda chosen: float(Fraction(_add_whole(millionths[chosen]), 1_000_000))
    left, right, calculate = prepare_total(frame, total.left), prepare_total(frame, total.right), _CALCULATE[total.sign]
    return lambda chosen: float(calculate(left(chosen), right(chosen)))


def _add_whole(numbers: NDArray[np.float64]) -> int:
    """The exact sum of doubles that are whole numbers."""
    if np.abs(numbers).sum() < 2.0**62:  # no partial sum leaves the 64 bits
        return int(numbers.astype("int64").sum())
    return sum(int(part) for part in numbers)


def _typed(column: Series, kind: str) -> Series:
    if kind == "number":
        numbers: Series = pd.to_numeric(column, errors="coerce")
        return numbers.astype("float64")
    if kind == "boolean":
        return column.astype("boolean")
    if kind in ("date", "timestamp"):
        moments: Series = pd.to_datetime(column)
        return moments.astype("datetime64[us]")
    return column.astype(object).where(column.notna(), None)

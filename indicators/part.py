"""The parts of a combined number: each term with the number it is taken from, one step from its own records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ioc.catalogue import Indicator
from ioc.catalogue.combined import Part
from ioc.period import Period

COLUMNS = ("side", "part", "takes", "sign", "unit_code", "period", "value", "state")


@dataclass(frozen=True)
class Total:
    """The terms as rows, and what they add up to: numerator, denominator and value."""

    rows: list[dict[str, object]]
    numerator: float | None
    denominator: float | None
    value: float | None


def period_of(part: Part, period: Period) -> Period:
    """The period a term is read in: the number's own, or the month that ends before it begins."""
    return Period.of(period.start - timedelta(days=1), "month") if part.at == "opening" else period


def add_parts(entry: Indicator, unit: str, period: Period, read: Callable[[str, str, str], Any]) -> Total:
    """The terms of a combined number added again; `read(indicator, unit, period)` gives what an observation holds.

    With a denominator a term of which nothing happened counts as nothing; a term that is missing makes all missing.
    """
    assert entry.parts is not None
    sums: dict[str, float | None] = {"numerator": 0.0, "denominator": 0.0 if entry.parts.denominator else None}
    rows: list[dict[str, object]] = []
    for side, part in entry.parts.terms():
        when = period_of(part, period)
        seen = read(part.of, unit, when.key)
        state = "not_applicable" if seen is None else seen.state
        counted: float | None = None
        if state in ("value", "zero"):
            counted = getattr(seen, part.takes) or 0.0
        elif state == "not_applicable" and entry.parts.denominator:
            counted = 0.0
        total = sums[side]
        sums[side] = None if counted is None or total is None else total + part.sign * counted
        rows.append(
            {"side": side, "part": part.of, "takes": part.takes, "sign": part.sign, "unit_code": unit,
             "period": when.key, "value": counted, "state": state}
        )  # fmt: skip
    top, bottom = sums["numerator"], sums["denominator"]
    if top is None or (entry.parts.denominator and not bottom):
        return Total(rows, top, bottom, None)
    return Total(rows, top, bottom, top * entry.scale / bottom if bottom else top)

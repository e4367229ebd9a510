"""Cumulative (lũy kế) and period values, both ways (METHODS 5.5)."""

from __future__ import annotations

from collections.abc import Sequence


def period_values(cumulative: Sequence[float | None]) -> list[float | None]:
    """Values of each period out of those since the year began, in order.

    A fall is a revision of what was reported before: it comes out negative and is kept ([120, 260, 255] gives
    [120, 140, -5]). After a gap the next value cannot be told apart from the gap and is None.
    """
    found: list[float | None] = []
    before: float | None = 0.0
    for value in cumulative:
        found.append(None if value is None or before is None else _exact(value - before))
        before = value
    return found


def cumulative_values(periods: Sequence[float | None]) -> list[float | None]:
    """Values since the year began out of those of each period; from the first gap on unknown."""
    found: list[float | None] = []
    total: float | None = 0.0
    for value in periods:
        total = None if value is None or total is None else _exact(total + value)
        found.append(total)
    return found


def revisions(cumulative: Sequence[float | None]) -> list[int]:
    """Positions at which a cumulative value fell: an earlier one was too high."""
    return [place for place, value in enumerate(period_values(cumulative)) if value is not None and value < 0]


def _exact(value: float) -> float:
    """Filed values have at most six decimals; binary noise of the difference is not theirs."""
    return round(value * 1_000_000) / 1_000_000

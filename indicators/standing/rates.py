"""The rates behind a score: shrunk, with their interval, and where they lie in the funnel (METHODS 2.9)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indicators.score import Scorecard, ScoreTable
from indicators.score.posterior import counts_of
from indicators.score.small_numbers import may_rank, overdispersed_limits, shrink_rates, wilson

LIMITS = (0.95, 0.998)


@dataclass(frozen=True, slots=True)
class Rate:
    """k of n of one ratio criterion of a unit: raw, shrunk towards the province, Wilson 95 %, place in the funnel.

    `funnel`: inside | low | high (beyond the 95 % limits that allow for real spread) | far_low | far_high (99.8 %).
    `publication`: rank | grey (10 to 29 cases) | no_rank (fewer than 10).
    """

    unit: str
    node: str
    k: float
    n: float
    rate: float
    shrunk: float
    low: float
    high: float
    funnel: str
    publication: str


def rates_of(card: Scorecard, table: ScoreTable) -> list[Rate]:
    """The rates of every unit with at least one case, criterion by criterion."""
    found: list[Rate] = []
    for criterion in card.criteria():
        counts = counts_of(table, criterion)
        if counts is None or not (counts[1] > 0).any():
            continue
        k, n = counts
        known = np.flatnonzero(n > 0)
        shrunk = shrink_rates(k[known], n[known])
        flags = funnel_flags(k[known], n[known])
        for place, row in enumerate(known.tolist()):
            top, bottom = float(k[row]), float(n[row])
            low, high = wilson(top, bottom)
            found.append(
                Rate(
                    table.units[row], criterion.id, top, bottom, top / bottom, float(shrunk[place]), low, high,
                    flags[place], may_rank(bottom),
                )
            )  # fmt: skip
    return found


def funnel_flags(k: np.ndarray, n: np.ndarray) -> list[str]:
    """Where each rate lies against limits that allow for real spread between units."""
    rate = k / n
    flags = ["inside"] * len(rate)
    if len(rate) < 3 or rate.min() == rate.max():
        return flags
    for level, prefix in zip(LIMITS, ("", "far_"), strict=True):
        low, high, _ = overdispersed_limits(k, n, level)
        for row in range(len(rate)):
            if rate[row] < low[row]:
                flags[row] = f"{prefix}low"
            elif rate[row] > high[row]:
                flags[row] = f"{prefix}high"
    return flags

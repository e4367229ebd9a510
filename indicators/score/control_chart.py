"""Signal or noise over time: XmR and p charts (METHODS 5.1)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

MR_LIMIT = 3.267
SIGMA = 2.66


@dataclass(frozen=True, slots=True)
class Limits:
    """Centre and natural limits of a series."""

    mean: float
    low: float
    high: float


def xmr_limits(values: Sequence[float], *, screened: bool = True) -> Limits:
    """mean -/+ 2.66 mean|MR|; when screened, moving ranges >= 3.267 mean MR are dropped once and
    re-averaged."""
    ranges = [abs(b - a) for a, b in itertools.pairwise(values)]
    mean_range = fmean(ranges)
    if screened:
        kept = [r for r in ranges if r < MR_LIMIT * mean_range]
        mean_range = fmean(kept) if kept else mean_range
    mean = fmean(values)
    return Limits(mean, mean - SIGMA * mean_range, mean + SIGMA * mean_range)


def p_limits(p0: float, n: float, *, sigma_z: float = 1.0) -> Limits:
    """p0 -/+ 3 sqrt(p0 q0/n); with large n multiply by Laney's sigma_z."""
    spread = 3 * sigma_z * math.sqrt(p0 * (1 - p0) / n)
    return Limits(p0, max(0.0, p0 - spread), min(1.0, p0 + spread))


def laney_sigma(k: Sequence[float], n: Sequence[float]) -> float:
    """sigma_z = mean|MR(z)|/1.128 of the standardised rates."""
    p0 = sum(k) / sum(n)
    z = [(a / b - p0) / math.sqrt(p0 * (1 - p0) / b) for a, b in zip(k, n, strict=True)]
    return fmean(abs(b - a) for a, b in itertools.pairwise(z)) / 1.128


def runs_of_trend(values: Sequence[float], length: int = 7) -> list[int]:
    """Positions at which `length` values in a row have risen, or fallen, without a pause."""
    fired, up, down = [], 1, 1
    for position in range(1, len(values)):
        up = up + 1 if values[position] > values[position - 1] else 1
        down = down + 1 if values[position] < values[position - 1] else 1
        if max(up, down) >= length:
            fired.append(position)
    return fired


def runs_beside_mean(values: Sequence[float], mean: float, length: int = 7) -> list[int]:
    """Positions at which `length` values in a row lie on one side of the mean."""
    fired, run, side = [], 0, 0
    for position, value in enumerate(values):
        here = (value > mean) - (value < mean)
        run = run + 1 if here == side and here != 0 else (1 if here else 0)
        side = here
        if run >= length:
            fired.append(position)
    return fired


def near_limit(values: Sequence[float], limits: Limits) -> list[int]:
    """Positions at which two of three values lie beyond two thirds of the limit on one side."""
    fired = []
    for position in range(2, len(values)):
        window = values[position - 2 : position + 1]
        high = sum(v > limits.mean + (limits.high - limits.mean) * 2 / 3 for v in window)
        low = sum(v < limits.mean - (limits.mean - limits.low) * 2 / 3 for v in window)
        if max(high, low) >= 2:
            fired.append(position)
    return fired


def outside(values: Sequence[float], limits: Limits) -> list[int]:
    return [i for i, v in enumerate(values) if v < limits.low or v > limits.high]

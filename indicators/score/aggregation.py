"""Bring children up to their parent: weighted means that say what they do with gaps (METHODS 2.6)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FLOOR = 1.0


def arithmetic_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return math.fsum(w * x for w, x in zip(weights, values, strict=True)) / math.fsum(weights)


def geometric_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    """exp(sum w ln x / sum w); x > 0."""
    return math.exp(math.fsum(w * math.log(x) for w, x in zip(weights, values, strict=True)) / math.fsum(weights))


def harmonic_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return math.fsum(weights) / math.fsum(w / x for w, x in zip(weights, values, strict=True))


def general_mean(values: Sequence[float], weights: Sequence[float], power: float) -> float:
    """(sum w x^p / sum w)^(1/p); p -> 0 is the geometric mean."""
    if power == 0:
        return geometric_mean(values, weights)
    mean = math.fsum(w * math.pow(x, power) for w, x in zip(weights, values, strict=True)) / math.fsum(weights)
    return math.pow(mean, 1 / power)


def weighted_median(values: Sequence[float], weights: Sequence[float]) -> float:
    """Lowest value at which half of the weight is reached (mean of two when it is reached exactly)."""
    pairs = sorted(zip(values, weights, strict=True))
    half, seen = math.fsum(weights) / 2, 0.0
    for position, (value, weight) in enumerate(pairs):
        seen += weight
        if math.isclose(seen, half) and position + 1 < len(pairs):
            return (value + pairs[position + 1][0]) / 2
        if seen > half:
            return value
    return pairs[-1][0]


def aggregate(
    values: Floats, weights: Floats, function: str, availability: float, floor: float = FLOOR
) -> tuple[Floats, int]:
    """Parent values for units x children; NaN children are left out and the weights re-normalised.

    That equals filling the gap with the mean of the others, so a parent is NaN when fewer than
    `availability` of
    its children are there. Returns the parent column and the number of cells floored for a geometric mean.
    """
    present = ~np.isnan(values)
    enough = present.sum(axis=1) >= availability * values.shape[1] - 1e-12
    enough &= present.any(axis=1)
    floored = 0
    if function in ("geometric", "harmonic"):
        low = present & (values <= 0)
        floored = int(low.sum())
        values = np.where(low, floor, values)
    mean = {
        "arithmetic": arithmetic_mean,
        "geometric": geometric_mean,
        "harmonic": harmonic_mean,
        "median": weighted_median,
    }[function]
    result = np.full(len(values), np.nan)
    for row in np.flatnonzero(enough):
        kept = present[row]
        result[row] = mean(values[row, kept].tolist(), weights[kept].tolist())
    return result, floored


def aggregate_fast(values: Floats, weights: Floats, function: str, floor: float = FLOOR) -> Floats:
    """The same means by matrix product for simulation: children x units (x draws) and weights children (x
    draws).

    values: units x children; weights: children x draws; gives units x draws. Gaps re-normalise the weights.
    """
    present = ~np.isnan(values)
    mass = present.astype(np.float64) @ weights
    if function == "geometric":
        logs = np.log(np.where(present, np.where(values <= 0, floor, values), 1.0))
        return np.asarray(np.exp((logs @ weights) / mass))
    if function == "harmonic":
        inverse = np.where(present, 1.0 / np.where(values <= 0, floor, values), 0.0)
        return np.asarray(mass / (inverse @ weights))
    return np.asarray((np.where(present, values, 0.0) @ weights) / mass)


def outranking_matrix(values: Floats, weights: Floats) -> Floats:
    """m[i, j] = weight share of the indicators on which unit i is above unit j, half a share when equal."""
    above = (values[:, None, :] > values[None, :, :]).astype(np.float64)
    equal = (values[:, None, :] == values[None, :, :]).astype(np.float64)
    matrix = (above + 0.5 * equal) @ (weights / weights.sum())
    np.fill_diagonal(matrix, 0.0)
    return np.asarray(matrix)


def dominance_pairs(matrix: Floats) -> int:
    """Pairs in which one unit is above the other on every indicator (robust to any weights)."""
    return int((matrix >= 1.0 - 1e-12).sum())

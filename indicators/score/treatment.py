"""Outliers and gaps, analytical layer only; every changed cell is flagged (METHODS 2.5)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def skewness(values: Floats) -> float:
    """G1 = sqrt(n) S3 / S2^1.5 * sqrt(n(n-1))/(n-2); NaN without spread."""
    x = values[~np.isnan(values)]
    n = len(x)
    deviations = x - x.mean() if n else x
    s2 = float((deviations**2).sum())
    if n < 3 or s2 == 0:
        return math.nan
    return math.sqrt(n) * float((deviations**3).sum()) / math.pow(s2, 1.5) * math.sqrt(n * (n - 1)) / (n - 2)


def kurtosis(values: Floats) -> float:
    """G2 = ((n+1)(r-3)+6)(n-1)/((n-2)(n-3)), r = n S4 / S2^2; NaN without spread."""
    x = values[~np.isnan(values)]
    n = len(x)
    deviations = x - x.mean() if n else x
    s2 = float((deviations**2).sum())
    if n < 4 or s2 == 0:
        return math.nan
    r = n * float((deviations**4).sum()) / s2**2
    return ((n + 1) * (r - 3) + 6) * (n - 1) / ((n - 2) * (n - 3))


def passes(values: Floats, skew: float = 2.0, kurt: float = 3.5) -> bool:
    """A column is fit when |skew| < skew or kurtosis < kurt; one without spread has no outlier."""
    g1, g2 = skewness(values), kurtosis(values)
    return math.isnan(g1) or math.isnan(g2) or abs(g1) < skew or g2 < kurt


def winsorise(values: Floats, most: int, skew: float = 2.0, kurt: float = 3.5) -> tuple[Floats, int, int]:
    """Pull the extreme on the skewed side to the next value until the column passes, at most `most` points.

    Returns the column and the number of points changed at the low and at the high end.
    """
    x = values.copy()
    low, high = np.zeros(len(x), dtype=bool), np.zeros(len(x), dtype=bool)
    steps = 0
    while steps < most and not passes(x, skew, kurt):
        if skewness(x) > 0:
            extreme = x == np.nanmax(x)
            x[extreme] = np.nanmax(x[~extreme])
            high |= extreme
        else:
            extreme = x == np.nanmin(x)
            x[extreme] = np.nanmin(x[~extreme])
            low |= extreme
        steps += 1
    return x, int(low.sum()), int(high.sum())


def log_shift(values: Floats) -> Floats:
    """log(x - min + 0.01 (max - min))."""
    bottom, top = np.nanmin(values), np.nanmax(values)
    return np.asarray(np.log(values - bottom + 0.01 * (top - bottom)))


def treat(values: Floats, most: int = 5, skew: float = 2.0, kurt: float = 3.5) -> tuple[Floats, str, int]:
    """Treat one column: unchanged, winsorised, or logged from the original. Returns column, what was done,
    points."""
    if passes(values, skew, kurt):
        return values, "none", 0
    pulled, low, high = winsorise(values, most, skew, kurt)
    if passes(pulled, skew, kurt):
        return pulled, "winsorised", low + high
    return log_shift(values), "log", 0


def impute(values: Floats, method: str = "mean", groups: list[str] | None = None) -> tuple[Floats, NDArray[np.bool_]]:
    """Fill NaN per column with the group's mean or median (the column's when the group has none); flags
    the fills."""
    filled = values.copy()
    gaps = np.isnan(values)
    for column in np.flatnonzero(gaps.any(axis=0)):
        for row in np.flatnonzero(gaps[:, column]):
            peers = values[:, column]
            if groups is not None:
                same = peers[np.array([g == groups[row] for g in groups])]
                peers = same if (~np.isnan(same)).any() else peers
            present = [float(v) for v in peers[~np.isnan(peers)]]
            if present:
                middle = math.fsum(present) / len(present) if method == "mean" else float(np.median(present))
                filled[row, column] = middle
    return filled, gaps & ~np.isnan(filled)

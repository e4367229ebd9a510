"""Put indicators on one scale (METHODS 2.4). Arrays are units x indicators, NaN = missing, floats only
here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from indicators.score.exact import significant

Floats = NDArray[np.float64]


def min_max(values: Floats, low: float = 0.0, high: float = 100.0) -> Floats:
    """(y - min)/(max - min) * (high - low) + low per column; a column without spread becomes NaN."""
    bottom, top = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    spread = np.where(top > bottom, top - bottom, np.nan)
    return np.asarray((values - bottom) / spread * (high - low) + low)


def z_score(values: Floats, mean: float = 0.0, sd: float = 1.0) -> Floats:
    """mean + sd * (y - column mean)/column sd, sd with n - 1."""
    spread = np.nanstd(values, axis=0, ddof=1)
    spread = np.where(spread > 0, spread, np.nan)
    return np.asarray(mean + sd * (values - np.nanmean(values, axis=0)) / spread)


def ascending_rank(values: Floats) -> Floats:
    """Rank 1 = lowest, ties share the lower rank ("min"), NaN stays NaN."""
    result = np.full(values.shape, np.nan)
    for column in range(values.shape[1]):
        present = ~np.isnan(values[:, column])
        cells = np.array([significant(v) for v in values[present, column]])
        result[present, column] = np.searchsorted(np.sort(cells), cells, side="left") + 1
    return result


def borda(values: Floats) -> Floats:
    return ascending_rank(values) - 1


def percentile_rank(values: Floats) -> Floats:
    """(rank - 1)/(n - 1), n = units with a value."""
    return np.asarray((ascending_rank(values) - 1) / (np.sum(~np.isnan(values), axis=0) - 1))


def goalposts(
    values: Floats,
    low: Floats,
    high: Floats,
    scale: float = 1.0,
    direction: Floats | float = 1.0,
    truncate: bool = True,
) -> Floats:
    """(x - low)/(high - low), or (x - high)/(low - high) when lower is better; held within 0 and 1; times
    scale."""
    up = (values - low) / (high - low)
    down = (values - high) / (low - high)
    share = np.where(np.asarray(direction) > 0, up, down)
    return np.asarray(scale * (np.clip(share, 0.0, 1.0) if truncate else share))


def distance_to_target(values: Floats, target: Floats, direction: Floats | float = 1.0, cap: bool = True) -> Floats:
    """(x - min)/(target - min), or (max - x)/(max - target) when lower is better; at most 1 when capped."""
    bottom, top = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    share = np.where(np.asarray(direction) > 0, (values - bottom) / (target - bottom), (top - values) / (top - target))
    return np.asarray(np.minimum(1.0, share) if cap else share)


def fraction_of_max(values: Floats) -> Floats:
    return np.asarray(values / np.nanmax(values, axis=0))


def distance_to_reference(values: Floats, reference: Floats) -> Floats:
    """1 - (ref - x)/(ref - min): 1 at the reference unit, 0 at the lowest."""
    return np.asarray(1.0 - (reference - values) / (reference - np.nanmin(values, axis=0)))


def scaled(values: Floats, low: float, high: float, factor: float) -> Floats:
    return np.asarray((values - low) / (high - low) * factor)

"""Small denominators: intervals, funnels and shrinkage, so that 12 of 12 does not beat 2,576 of 2,800
(METHODS 2.9)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

Floats = NDArray[np.float64]


def z_value(level: float) -> float:
    """Two-sided normal quantile of a confidence level: 0.95 -> 1.959964."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(k: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson interval of a proportion k/n: [2k + z^2 -/+ z sqrt(z^2 + 4k(1 - k/n))] / (2(n + z^2))."""
    z = z_value(level)
    middle, spread = 2 * k + z * z, z * math.sqrt(z * z + 4 * k * (1 - k / n))
    low, high = (middle - spread) / (2 * (n + z * z)), (middle + spread) / (2 * (n + z * z))
    return max(0.0, low), min(1.0, high)


def byar(k: float, level: float = 0.95) -> tuple[float, float]:
    """Byar's interval of a count."""
    z = z_value(level)
    low = k * (1 - 1 / (9 * k) - z / (3 * math.sqrt(k))) ** 3 if k > 0 else 0.0
    return low, (k + 1) * (1 - 1 / (9 * (k + 1)) + z / (3 * math.sqrt(k + 1))) ** 3


def funnel_limits(p0: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Where a unit of size n lies by chance around p0: p0 -/+ z sqrt(p0(1 - p0)/n), held within 0 and 1."""
    spread = z_value(level) * math.sqrt(p0 * (1 - p0) / n)
    return max(0.0, p0 - spread), min(1.0, p0 + spread)


def poisson_funnel_limits(expected: float, level: float = 0.95) -> tuple[float, float]:
    """Exact Poisson limits of observed/expected: chi-square quantiles on 2E and 2(E + 1) degrees of
    freedom."""
    tail = (1 - level) / 2
    low = float(gammaincinv(expected, tail)) if expected > 0 else 0.0
    return low / expected, float(gammaincinv(expected + 1, 1 - tail)) / expected


@dataclass(frozen=True, slots=True)
class BetaPrior:
    """A beta distribution of rates: mean p, and M "prior cases"."""

    p: float
    m: float

    @property
    def alpha(self) -> float:
        return self.p * self.m

    @property
    def beta(self) -> float:
        return (1 - self.p) * self.m


def fit_beta(k: Floats, n: Floats) -> BetaPrior:
    """Beta-binomial moments; rho close to 0 means that the units hardly differ and shrink to the mean."""
    kept = n > 0
    k, n = k[kept], n[kept]
    total = float(n.sum())
    if total == 0:
        return BetaPrior(0.5, 2.0)
    p, count = float(k.sum()) / total, len(n)
    if p in (0.0, 1.0) or count < 3:
        return BetaPrior(min(max(p, 1e-9), 1 - 1e-9), 1e6)
    s = float((n * (k / n - p) ** 2).sum())
    room = total - float((n**2).sum()) / total - (count - 1)
    if room <= 0:  # one case a unit says nothing about the spread between units: a prior worth one case
        return BetaPrior(p, 1.0)
    rho = (s / (p * (1 - p)) - (count - 1)) / room
    rho = min(max(1e-6, rho), 1 - 1e-6)
    return BetaPrior(p, 1 / rho - 1)


def shrink_rates(k: Floats, n: Floats) -> Floats:
    """Empirical-Bayes rates (k + alpha)/(n + M)."""
    prior = fit_beta(k, n)
    return np.asarray((k + prior.alpha) / (n + prior.m))


def shrink_poisson(events: Floats, base: Floats) -> Floats:
    """Marshall's (1991) empirical-Bayes rates of counts over a base population."""
    rate = events / base
    mean = float(events.sum() / base.sum())
    variance = float((base * (rate - mean) ** 2).sum() / base.sum())
    between = max(0.0, variance - mean / float(base.mean()))
    weight = between / (between + mean / base)
    return np.asarray(weight * rate + (1 - weight) * mean)


def james_stein(values: Floats, variance: float) -> tuple[float, float, Floats]:
    """Efron and Morris: mean, c = 1 - (k - 3) s^2 / sum (y - mean)^2, and mean + c (y - mean)."""
    mean = float(values.mean())
    c = 1 - (len(values) - 3) * variance / float(((values - mean) ** 2).sum())
    return mean, c, np.asarray(mean + c * (values - mean))


def rankability(between: float, errors: Floats) -> float:
    """tau^2/(tau^2 + median se^2) (Lingsma et al. 2009): below 0.5 show bands, not places."""
    return between / (between + float(np.median(errors**2)))


def overdispersed_limits(k: Floats, n: Floats, level: float = 0.95) -> tuple[Floats, Floats, float]:
    """Funnel limits that allow for real spread between units (Spiegelhalter); returns low, high and tau^2."""
    total = float(k.sum() / n.sum())
    y0, y, s = math.asin(math.sqrt(total)), np.arcsin(np.sqrt(k / n)), 1 / (2 * np.sqrt(n))
    scores = (y - y0) / s
    scores = np.clip(scores, np.quantile(scores, 0.1), np.quantile(scores, 0.9))
    phi, w, count = float((scores**2).mean()), 1 / s**2, len(n)
    tau2 = max(0.0, (count * phi - (count - 1)) / float(w.sum() - (w**2).sum() / w.sum()))
    spread = z_value(level) * np.sqrt(s**2 + tau2)
    low, high = np.clip(y0 - spread, 0, math.pi / 2), np.clip(y0 + spread, 0, math.pi / 2)
    return np.sin(low) ** 2, np.sin(high) ** 2, tau2


def may_rank(n: float) -> str:
    """Publication rule: fewer than 10 cases no rank; 10 to 29 rank in grey with its interval."""
    return "no_rank" if n < 10 else "grey" if n < 30 else "rank"

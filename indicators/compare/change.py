"""How much a number changed, and whether that is more than chance (METHODS 5.6, 6.2)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ioc.catalogue import Indicator
from ioc.words import round_half_up, significant

SURE = 1.281552  # one-sided 90 %: below it a sentence says "about the same"
ALARM = 3.890592  # two-sided 1 in 10,000: 96 communes x 50 numbers then cry wolf less than once (METHODS 5.2)
FEW = 30  # below so many cases a percentage of change says nothing (METHODS 5.6)
POINT_UNITS = ("percent", "points", "index", "per_1000", "km_h", "minutes", "days")


@dataclass(frozen=True, slots=True)
class Amount:
    """One side of a comparison as counted: value, n and N, working days, and the totals of its working days."""

    value: float
    numerator: float | None = None
    denominator: float | None = None
    working_days: int | None = None
    daily: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """`by`: difference in measure units after the allowance for working days; `percent`: of the base, None where it
    says nothing; `direction`: up, down, even; `is_alarm`: beyond 3.89 standard errors; `z`: None without a basis for
    chance (then only rounding decides)."""

    by: float
    percent: float | None
    direction: str
    is_alarm: bool
    z: float | None
    expected: float  # the base as it would be with the working days of the current window


def change_of(indicator: Indicator, now: Amount, base: Amount) -> Change:
    """The change from base to now.

    Additive flows (counts, sums) are brought to equal working days first; rates, means and stocks are taken as they
    are. Rates carry binomial error, counts the spread of their days against each other (never below Poisson).
    """
    additive = indicator.kind in ("count", "sum")
    factor = 1.0
    if additive and now.working_days and base.working_days:
        factor = now.working_days / base.working_days
    expected = base.value * factor
    by = significant(now.value - expected) if now.value != expected else 0.0
    few = additive and min(base.value, now.value) < FEW
    percent = None
    if indicator.measure_unit.partition(":")[0] not in POINT_UNITS and expected > 0 and not few:
        percent = significant((now.value / expected - 1) * 100)
    error = _standard_error(indicator, now, base, factor)
    z = None if error is None else by / error if error > 0 else math.copysign(math.inf, by) if by else 0.0
    rounded = round_half_up(by, indicator.precision) == 0
    is_even = rounded or (z is not None and abs(z) < SURE)
    direction = "even" if is_even else "up" if by > 0 else "down"
    return Change(by, percent, direction, not is_even and z is not None and abs(z) >= ALARM, z, expected)


def _standard_error(indicator: Indicator, now: Amount, base: Amount, factor: float) -> float | None:
    if indicator.kind in ("ratio", "stock_ratio") and now.denominator and base.denominator:
        parts = [_share_variance(side) for side in (now, base)]
        return math.sqrt(sum(parts)) * indicator.scale
    if indicator.kind == "count" or (indicator.kind == "sum" and (now.daily or base.daily)):
        chance = now.value + factor * factor * base.value  # Poisson: no count can be steadier
        return math.sqrt(max(chance, _paired_variance(now.daily, base.daily, factor)))
    if indicator.kind == "stock":
        return math.sqrt(max(now.value, 0) + max(base.value, 0))
    return None


def _share_variance(side: Amount) -> float:
    """Binomial variance of a share, with the two pseudo-counts of Agresti and Coull so that 0 % and 100 % keep one."""
    assert side.denominator
    n = side.denominator + 4
    p = ((side.numerator or 0.0) + 2) / n
    return p * (1 - p) / n


def _paired_variance(now: Sequence[float], base: Sequence[float], factor: float) -> float:
    """Variance of the sum of differences, day against day in order: a rhythm that both sides share drops out."""
    pairs = [one - factor * other for one, other in zip(now, base, strict=False)]
    if len(pairs) < 5:
        return 0.0
    mean = math.fsum(pairs) / len(pairs)
    return math.fsum((one - mean) ** 2 for one in pairs) / (len(pairs) - 1) * len(pairs)

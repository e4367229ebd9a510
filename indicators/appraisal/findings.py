"""Communes that stand out among their peers and communes that over-claim; the rules of docs/scorecards.md.

Each finding is a question to the commune, not a verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from indicators.appraisal.claims import Claim
from indicators.standing.peers import Peers

BOUND = 5.0  # robust standard deviations
OVER_CLAIM = 0.05  # share of the claimed points that was not verified
LEAST_CELLS = 5
_SCALE = 1.4826  # median absolute deviation -> standard deviation of a normal


@dataclass(frozen=True, slots=True)
class Finding:
    """kind: strong | weak | over_claim; `value` as measured, `bound` where it begins to count, `deviation` robust."""

    unit: str
    kind: str
    value: float
    bound: float
    deviation: float


@dataclass(frozen=True, slots=True)
class OverClaim:
    """Claims of a commune or of a criterion over its verified cells."""

    name: str
    cells: int
    claimed: float
    over: float

    @property
    def ratio(self) -> float:
        """sum(max(0, s - v)) / sum(s)."""
        return self.over / self.claimed if self.claimed else 0.0


def over_claims(claims: Sequence[Claim], key: str) -> list[OverClaim]:
    """Over-claims by `unit` or by `criterion`, over verified cells."""
    found: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.verified is not None and claim.self_value is not None:
            found.setdefault(getattr(claim, key), []).append(claim)
    return [
        OverClaim(name, len(cells), sum(c.self_value or 0.0 for c in cells), sum(c.over_claim for c in cells))
        for name, cells in sorted(found.items())
    ]


def robust_spread(values: np.ndarray) -> float:
    """1.4826 times the median absolute deviation."""
    return float(_SCALE * np.median(np.abs(values - np.median(values)))) if len(values) else 0.0


def find(claims: Sequence[Claim], peers: Mapping[str, Peers]) -> list[Finding]:
    """The findings of one period."""
    means: dict[str, list[float]] = {}
    for claim in claims:
        value = claim.counts
        if value is not None:
            means.setdefault(claim.unit, []).append(value)
    level = {unit: float(np.mean(values)) for unit, values in means.items() if len(values) >= LEAST_CELLS}
    return [*stand_outs(level, peers), *over_claimers(over_claims(claims, "unit"))]


def stand_outs(level: Mapping[str, float], peers: Mapping[str, Peers]) -> list[Finding]:
    """Units further than five spreads from the median of their peers.

    What is found no longer counts for medians and spread, and the rest is looked at again until nothing new is
    found: several extreme communes would otherwise widen the spread and hide one another (masking).
    """
    found: dict[str, Finding] = {}
    while True:
        rest = [unit for unit in level if unit not in found]
        middle = {unit: middle_of(unit, level, peers, set(rest)) for unit in level}
        spread = robust_spread(np.array([level[unit] - middle[unit] for unit in rest]))
        fresh = [unit for unit in rest if spread > 0 and abs(level[unit] - middle[unit]) > BOUND * spread]
        for unit in fresh:
            gap = level[unit] - middle[unit]
            kind, side = ("strong", 1) if gap > 0 else ("weak", -1)
            found[unit] = Finding(unit, kind, level[unit], middle[unit] + side * BOUND * spread, gap / spread)
        if not fresh:
            return [found[unit] for unit in sorted(found)]


def middle_of(unit: str, level: Mapping[str, float], peers: Mapping[str, Peers], counted: set[str]) -> float:
    """Median of a unit's peers among those that count; of all that count where no peer does."""
    group = [level[peer] for peer in peers[unit].units if peer in counted] if unit in peers else []
    return float(np.median(group or [level[one] for one in counted]))


def over_claimers(claimed: Sequence[OverClaim]) -> list[Finding]:
    """Communes whose over-claim ratio is above 5 % and above their own limit of the funnel.

    The limit allows for the size of what is claimed: an honest error of a point weighs more in the ratio of a commune
    that claims little. It lies where a cell would be over-claimed by the median of all plus five spreads.
    """
    known = [one for one in claimed if one.cells >= LEAST_CELLS and one.claimed > 0]
    if not known:
        return []
    errors = np.array([one.over / one.cells for one in known])
    middle, spread = float(np.median(errors)), robust_spread(errors)
    found = []
    for one, error in zip(known, errors.tolist(), strict=True):
        bound = max(OVER_CLAIM, (middle + BOUND * spread) * one.cells / one.claimed)
        if one.ratio > bound:
            found.append(
                Finding(one.name, "over_claim", one.ratio, bound, (error - middle) / spread if spread else float("inf"))
            )
    return found

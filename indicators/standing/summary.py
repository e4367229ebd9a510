"""The floor beside the mean, and whether places can be told apart at all (METHODS 2.8, 2.9)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indicators.score.small_numbers import rankability
from indicators.score.uncertainty import RankIntervals
from indicators.standing.peers import Place

STABLE = 0.8  # share of units that stay within the places of their tier under other weights


@dataclass(frozen=True, slots=True)
class Measure:
    """One number about the whole province and how many units it rests on."""

    name: str
    value: float
    units: int


def floors(scores: Mapping[str, float], places: Sequence[Place]) -> list[Measure]:
    """Mean by unit and by population, the worst tenth, islands and mountains, the lowest and the spread."""
    if not scores:
        return []
    values = sorted(scores.values())
    found = [
        Measure("mean", math.fsum(values) / len(values), len(values)),
        Measure("lowest", values[0], 1),
        Measure("highest", values[-1], 1),
        Measure("spread", float(np.std(values, ddof=1)) if len(values) > 1 else 0.0, len(values)),
    ]
    tenth = values[: max(1, round(len(values) / 10))]
    found.append(Measure("worst_tenth", math.fsum(tenth) / len(tenth), len(tenth)))
    people = {p.unit: p.population for p in places if p.population is not None and p.unit in scores}
    if people:
        total = math.fsum(people.values())
        mean = math.fsum(scores[unit] * count for unit, count in people.items()) / total
        found.append(Measure("by_population", mean, len(people)))
    for terrain in ("island", "mountain"):
        members = [scores[p.unit] for p in places if p.terrain == terrain and p.unit in scores]
        if members:
            found.append(Measure(terrain, math.fsum(members) / len(members), len(members)))
    return found


def tell_apart(scores: Mapping[str, float], errors: Mapping[str, float]) -> Measure | None:
    """Rankability: the share of the spread between units that is not sampling noise; below 0.5 show bands."""
    units = [unit for unit in scores if unit in errors]
    if len(units) < 3:
        return None
    values = np.array([scores[unit] for unit in units])
    noise = np.array([errors[unit] for unit in units])
    between = max(0.0, float(values.var(ddof=1)) - float((noise**2).mean()))
    value = rankability(between, noise) if between or noise.any() else 0.0
    return Measure("rankability", value, len(units))


WEIGHT_SPREAD = 0.20  # how far each weight is moved to see whether tiers hold


def tier_stability(intervals: RankIntervals, tiers: Sequence[int | None], ranks: NDArray[np.int32]) -> float:
    """Share of (draw, unit) in which a unit keeps a place within its tier; `ranks` are draws over weights alone."""
    bounds: dict[int, tuple[int, int]] = {}
    for tier, rank in zip(tiers, intervals.nominal, strict=True):
        if tier is not None and rank is not None:
            low, high = bounds.get(tier, (rank, rank))
            bounds[tier] = (min(low, rank), max(high, rank))
    kept = [
        ((ranks[:, place] >= bounds[tier][0]) & (ranks[:, place] <= bounds[tier][1])).mean()
        for place, tier in enumerate(tiers)
        if tier is not None
    ]
    return float(np.mean(kept)) if kept else 0.0

"""Places while verification runs: pending values drawn from how far claims held before (METHODS 2.7).

For a pending cell v = s * rho, rho ~ Beta(k r, k (1 - r)); r is the criterion's mean of verified over claimed, moved
towards the commune's own record as far as that record is long; k by moments. The queue puts first what would settle
most: the variance of the commune's rank that knowing the cell removes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indicators.appraisal.claims import Claim
from indicators.score.ranking import rank_draws, rank_scores

Floats = NDArray[np.float64]
DRAWS = 2000
BINS = 10
OWN_RECORD = 5.0  # verified cells after which a commune's own record weighs as much as the criterion's


@dataclass(frozen=True, slots=True)
class Pending:
    """A cell that waits: expected value, and the rank variance of its commune that verifying it would settle."""

    claim: Claim
    expected: float
    impact: float
    place: int  # in the queue, 1 first


@dataclass(frozen=True, slots=True)
class Provisional:
    """Places of a period by commune: by claim, by what is verified (pending earns nothing), and as expected."""

    units: tuple[str, ...]
    self_score: Floats
    self_rank: list[int | None]
    verified_score: Floats
    verified_rank: list[int | None]
    expected_score: Floats
    expected_rank: Floats
    low: Floats
    high: Floats
    queue: list[Pending]


def draw_provisional(
    claims: Sequence[Claim],
    units: Sequence[str],
    criteria: Sequence[str],
    history: Sequence[Claim],
    *,
    seed: int,
    draws: int = DRAWS,
) -> Provisional:
    """Provisional places of one period. A criterion is worth 100 / criteria points; what was never claimed earns 0.

    `history` are verified claims of this and earlier periods.
    """
    row, column = {unit: i for i, unit in enumerate(units)}, {name: i for i, name in enumerate(criteria)}
    claimed, counted = np.zeros((len(units), len(criteria))), np.zeros((len(units), len(criteria)))
    waiting: list[Claim] = []
    for claim in claims:
        at = row[claim.unit], column[claim.criterion]
        claimed[at] = claim.self_value or 0.0
        value = claim.counts
        if value is not None:
            counted[at] = value
        elif claim.self_value:
            waiting.append(claim)
    share = 1 / max(1, len(criteria))
    base = counted.sum(axis=1) * share
    rng = np.random.Generator(np.random.PCG64(seed))
    habits, records = claim_habits(history), unit_records(history)
    scores = np.broadcast_to(base, (draws, len(units))).copy()
    cells = np.empty((draws, len(waiting)))
    for place, claim in enumerate(waiting):
        mean, k = habit_of(claim, habits, records)
        cells[:, place] = (claim.self_value or 0.0) * rng.beta(k * mean, k * (1 - mean), draws)
        scores[:, row[claim.unit]] += cells[:, place] * share
    ranks = rank_draws(scores)
    impacts = [settled_variance(cells[:, i], ranks[:, row[claim.unit]]) for i, claim in enumerate(waiting)]
    order = sorted(range(len(waiting)), key=lambda i: (-impacts[i], waiting[i].unit, waiting[i].criterion))
    queue = [Pending(waiting[i], float(cells[:, i].mean()), impacts[i], n) for n, i in enumerate(order, start=1)]
    own, verified = claimed.sum(axis=1) * share, base
    return Provisional(
        tuple(units), own, rank_scores(own.tolist())[0], verified, rank_scores(verified.tolist())[0],
        np.asarray(scores.mean(axis=0)), np.asarray(ranks.mean(axis=0)), np.quantile(ranks, 0.05, axis=0),
        np.quantile(ranks, 0.95, axis=0), queue,
    )  # fmt: skip


def claim_habits(history: Sequence[Claim]) -> dict[str, tuple[float, float]]:
    """Mean and concentration k of verified over claimed, by criterion; '' is all criteria together."""
    ratios: dict[str, list[float]] = {"": []}
    for claim in history:
        if claim.verified is not None and claim.self_value:
            ratio = min(1.0, claim.verified / claim.self_value)
            ratios.setdefault(claim.criterion, []).append(ratio)
            ratios[""].append(ratio)
    return {name: moments(np.array(values)) for name, values in ratios.items() if len(values) >= 2}


def moments(ratios: Floats) -> tuple[float, float]:
    """Mean and k = r (1 - r) / variance - 1 of a beta distribution, held within what can be drawn."""
    mean = float(np.clip(ratios.mean(), 0.01, 0.99))
    variance = float(ratios.var(ddof=1))
    k = mean * (1 - mean) / variance - 1 if variance > 0 else 500.0
    return mean, float(np.clip(k, 2.0, 500.0))


def unit_records(history: Sequence[Claim]) -> dict[str, tuple[float, int]]:
    """Mean ratio of verified to claimed of each commune, and the number of cells it rests on."""
    found: dict[str, list[float]] = {}
    for claim in history:
        if claim.verified is not None and claim.self_value:
            found.setdefault(claim.unit, []).append(min(1.0, claim.verified / claim.self_value))
    return {unit: (float(np.mean(values)), len(values)) for unit, values in found.items()}


def habit_of(
    claim: Claim, habits: Mapping[str, tuple[float, float]], records: Mapping[str, tuple[float, int]]
) -> tuple[float, float]:
    """Mean and k for one pending cell; without any history a claim is expected to hold at 90 %, loosely."""
    mean, k = habits.get(claim.criterion) or habits.get("") or (0.9, 10.0)
    everyone = (habits.get("") or (mean, k))[0]
    own, cells = records.get(claim.unit, (everyone, 0))
    weight = cells / (cells + OWN_RECORD)
    return float(np.clip(mean * (1 + weight * (own / everyone - 1)), 0.01, 0.99)), k


def settled_variance(cell: Floats, ranks: NDArray[np.int32]) -> float:
    """Between-tenths variance of the ranks when draws are grouped by the cell's value, less what chance would give."""
    groups = np.array_split(ranks[np.argsort(cell, kind="stable")].astype(np.float64), BINS)
    sizes = np.array([len(group) for group in groups])
    means = np.array([group.mean() for group in groups])
    within = float(sum(((group - mean) ** 2).sum() for group, mean in zip(groups, means, strict=True)))
    total = float(sizes.sum())
    between = float((sizes * (means - ranks.mean()) ** 2).sum()) / total
    noise = within / max(1.0, total - len(groups)) * (len(groups) - 1) / total
    return max(0.0, between - noise)

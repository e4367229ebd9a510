"""How sure is a rank: draws of what could as well have been, and what they say (METHODS 2.8).

The official rank is never altered by any of this; it is annotated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indicators.score.official import Setting, Totals, declared_core, lost_to_rescaling, score_tree
from indicators.score.posterior import Draws, Floats, Posterior, posteriors
from indicators.score.ranking import rank_draws, rank_scores
from indicators.score.scorecard import Criterion, Group, NotScored, declared_maximum

CHUNK = 100
THREADS = 2
BETA_CELLS = 20_000_000


@dataclass(slots=True)
class RankIntervals:
    """Ranks of all draws (draws x units) beside the nominal rank."""

    units: list[str]
    nominal: list[int | None]
    ranks: NDArray[np.int32]

    def interval(self, low: float = 0.05, high: float = 0.95) -> tuple[Floats, Floats]:
        """Quantiles of each unit's rank."""
        lower, upper = np.quantile(self.ranks, [low, high], axis=0)
        return lower, upper

    def mean(self) -> Floats:
        return np.asarray(self.ranks.mean(axis=0))

    def median(self) -> Floats:
        return np.asarray(np.median(self.ranks, axis=0))

    def top(self, k: int) -> Floats:
        """Probability of a place among the first k."""
        return np.asarray((self.ranks <= k).mean(axis=0))

    def above(self, unit: int, other: int) -> float:
        """Probability that one unit stands strictly above another, half of the ties counted."""
        a, b = self.ranks[:, unit], self.ranks[:, other]
        return float((a < b).mean() + 0.5 * (a == b).mean())

    def order(self) -> list[int]:
        """Positions of the ranked units, best nominal rank first."""
        ranked = [(rank, i) for i, rank in enumerate(self.nominal) if rank is not None]
        return [i for _, i in sorted(ranked)]

    def tiers(self, confidence: float = 0.95) -> list[int | None]:
        """Tier of each unit: a new tier begins at the first unit that its tier's leader beats with
        confidence."""
        tiers: list[int | None] = [None] * len(self.units)
        leader, tier = -1, 0
        for position in self.order():
            if leader < 0 or self.above(leader, position) >= confidence:
                leader, tier = position, tier + 1
            tiers[position] = tier
        return tiers

    def flipping_pairs(self, share: float = 0.25, window: int = 5) -> list[tuple[str, str, float]]:
        """Pairs at most `window` places apart whose order is reversed in at least `share` of the draws."""
        order = self.order()
        ranks = self.ranks[:, order]
        found: list[tuple[int, int, float]] = []
        for step in range(1, min(window, len(order) - 1) + 1):
            first, second = ranks[:, :-step], ranks[:, step:]
            reversed_share = (second < first).mean(axis=0) + 0.5 * (second == first).mean(axis=0)
            reversing = np.flatnonzero(reversed_share >= share).tolist()
            found += [(i, i + step, float(reversed_share[i])) for i in reversing]
        return [(self.units[order[i]], self.units[order[j]], much) for i, j, much in sorted(found)]


@dataclass(slots=True)
class Basis:
    """What all draws of one table start from: nominal totals, fixed points, posteriors of ratio cells, rescaling."""

    setting: Setting
    totals: Totals
    fixed: dict[str, Draws]
    sampled: dict[str, Posterior]
    factor: Draws


def lay_basis(setting: Setting, groups: Sequence[str] | None = None) -> Basis:
    """Score the tree and fit the priors (of each peer group where `groups` names one per unit) once for many draws."""
    totals = score_tree(setting)
    fixed = {name: np.array([p.value() for p in column.points], np.float32) for name, column in totals.nodes.items()}
    criteria = {c.id: c for c in setting.card.criteria()}
    sampled = posteriors(setting, criteria, totals.nodes, groups)
    return Basis(setting, totals, fixed, sampled, rescale_factors(setting, totals))


def draw_ranks(
    on: Setting | Basis, *, seed: int, draws: int = 2000, sampling: bool = True, weight_spread: float = 0.25
) -> RankIntervals:
    """Rank intervals of a rubric: ratio cells from their posterior, points scaled by +-`weight_spread`.

    A ratio cell k of n is drawn from Beta(alpha + k, beta + n - k) with the moments prior of its peer group; beyond
    20 million draws a normal with the same mean and variance, held within 0 and 1, takes its place. Cells without a
    count (a checklist, an appraiser's points) and step bands stay as they are. `seed` makes the draws repeatable.
    """
    basis = on if isinstance(on, Basis) else lay_basis(on)
    draw = prepare_draws(basis, seed, draws, sampling, weight_spread)
    units = basis.setting.table.units
    ranks = np.empty((draws, len(units)), dtype=np.int32)

    def draw_chunk(start: int) -> None:
        count = min(CHUNK, draws - start)
        ranks[start : start + count] = rank_draws(draw(start, count))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(draw_chunk, range(0, draws, CHUNK)))
    nominal, _ = rank_scores([t.value() for t in basis.totals.total])
    return RankIntervals(units, nominal, ranks)


def draw_errors(on: Setting | Basis, *, seed: int, draws: int = 400) -> tuple[Floats, Floats]:
    """Mean and standard deviation (points) of every unit's score under sampling, weights left as they are."""
    basis = on if isinstance(on, Basis) else lay_basis(on)
    draw = prepare_draws(basis, seed, draws, True, 0.0)
    chunks = [draw(start, min(CHUNK, draws - start)) for start in range(0, draws, CHUNK)]
    scores = np.concatenate(chunks).astype(np.float64)
    return np.asarray(scores.mean(axis=0)), np.asarray(scores.std(axis=0, ddof=1))


def prepare_draws(
    basis: Basis, seed: int, draws: int, sampling: bool, weight_spread: float
) -> Callable[[int, int], Draws]:
    """A function (first draw, count) -> scores, draws x units."""
    table, card = basis.setting.table, basis.setting.card
    names = [c.id for c in card.criteria()]
    sampled = basis.sampled if sampling else {}
    use_beta = draws * len(table.units) * max(1, len(sampled)) <= BETA_CELLS

    def draw(start: int, count: int) -> Draws:
        # a stream per chunk: the same draws whatever the number of threads
        rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, start])))
        noise = {name: rng.uniform(1 - weight_spread, 1 + weight_spread, count).astype(np.float32) for name in names}
        core = np.zeros((count, len(table.units)), dtype=np.float32)
        other = np.zeros_like(core)
        for node in card.nodes:
            if isinstance(node, NotScored):
                continue
            points = draw_node(node, basis.fixed, sampled, noise, rng, count, use_beta)
            role = node.role if isinstance(node, Group) else "core"
            if role == "core":
                core += points
            else:
                other += -points if role == "malus" else points
        return core * basis.factor + other

    return draw


def rescale_factors(setting: Setting, totals: Totals) -> Draws:
    """What the core of each unit is multiplied by because some criteria do not apply to it; 1 for most."""
    full = declared_core(setting.card).value()
    lost = lost_to_rescaling(setting.card, totals.nodes, len(totals.total))
    return np.array(
        [full / (full - gone.value()) if again else 1.0 for again, gone in zip(totals.rescaled, lost, strict=True)],
        np.float32,
    )


def draw_node(
    node: Group | Criterion,
    fixed: dict[str, Draws],
    sampled: dict[str, Posterior],
    noise: dict[str, Draws],
    rng: np.random.Generator,
    count: int,
    use_beta: bool,
) -> Draws:
    """Points of a node, draws x units."""
    if isinstance(node, Criterion):
        points = np.broadcast_to(fixed[node.id], (count, len(fixed[node.id])))
        if node.id in sampled:
            points = draw_points(sampled[node.id], fixed[node.id], rng, count, use_beta)
            points *= noise[node.id][:, None]
            return points
        return np.asarray(points * noise[node.id][:, None], dtype=np.float32)
    parts = [
        draw_node(child, fixed, sampled, noise, rng, count, use_beta)
        for child in node.children
        if not isinstance(child, NotScored)
    ]
    total = parts[0]
    for part in parts[1:]:
        total = np.maximum(total, part) if node.mode == "highest" else total + part
    if node.cap is None:
        return total
    # the cap moves with the weights below it: a heavier criterion must not be cut back to the old ceiling
    nominal = sum(declared_maximum(child).value() for child in node.children)
    drawn = np.sum([weighed(child, noise, count) for child in node.children], axis=0)
    cap = np.float32(node.cap.value()) * (drawn / np.float32(nominal) if nominal else np.ones(count, np.float32))
    return np.asarray(np.minimum(total, cap[:, None]), np.float32)


def weighed(node: Group | Criterion | NotScored, noise: dict[str, Draws], count: int) -> Draws:
    """Maximum points of a node under the drawn weights, one per draw."""
    if isinstance(node, Criterion):
        return np.asarray(noise[node.id] * np.float32(node.maximum().value()), np.float32)
    if isinstance(node, NotScored):
        return np.zeros(count, np.float32)
    parts = np.stack([weighed(child, noise, count) for child in node.children])
    return np.asarray(parts.max(axis=0) if node.mode == "highest" else parts.sum(axis=0), np.float32)


def draw_points(posterior: Posterior, fixed: Draws, rng: np.random.Generator, count: int, use_beta: bool) -> Draws:
    size = (count, len(fixed))
    rates: NDArray[Any]
    if use_beta:
        rates = rng.beta(posterior.alpha, posterior.beta, size)
    else:
        normal = rng.standard_normal(size, dtype=np.float32)
        normal *= posterior.sd
        normal += posterior.mean
        rates = np.clip(normal, np.float32(0), np.float32(1))
    if posterior.criterion.complement:
        rates = 1 - rates
    assert posterior.criterion.form is not None
    points = posterior.criterion.form.curve(rates).astype(np.float32, copy=False)
    return points if posterior.known.all() else np.where(posterior.known, points, fixed)


def is_real_move(score0: float, error0: float, score1: float, error1: float, confidence: float = 0.95) -> bool:
    """Mover test: a rise is real only if P(score1 > score0) under sampling exceeds the confidence."""
    from statistics import NormalDist

    spread = (error0**2 + error1**2) ** 0.5
    if spread == 0:
        return score1 > score0
    return NormalDist().cdf((score1 - score0) / spread) > confidence


def expected_rank(scores: Floats, errors: Floats) -> Floats:
    """ER = 1 + sum of P(theta_v > theta_u), independent normal errors (Lingsma et al. 2009)."""
    from scipy.special import ndtr

    spread = np.sqrt(errors[:, None] ** 2 + errors[None, :] ** 2)
    difference = scores[None, :] - scores[:, None]
    above = np.where(spread > 0, ndtr(difference / np.where(spread > 0, spread, 1.0)), difference > 0)
    np.fill_diagonal(above, 0.0)
    return np.asarray(1.0 + above.sum(axis=1))

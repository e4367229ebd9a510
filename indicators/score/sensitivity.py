"""How far an index depends on its recipe: replays with other choices, and Sobol indices (METHODS 2.8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indicators.score.aggregation import FLOOR
from indicators.score.analytical import build_tree, read_raw, run_recipe
from indicators.score.ranking import rank_draws, rank_scores
from indicators.score.recipe import Aggregate, Normalise, Recipe, Step, Treat
from indicators.score.scorecard import Scorecard
from indicators.score.table import ScoreTable
from indicators.score.uncertainty import RankIntervals

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Choices:
    """What may vary: points winsorised, normalisations, weight noise at heights, aggregation functions."""

    winsorised: tuple[int, ...] = (1, 2, 3, 4, 5)
    normalisations: tuple[Normalise, ...] = (
        Normalise(step="normalise", method="minmax", low=1, high=100),
        Normalise(step="normalise", method="zscore", mean=10, sd=2),
    )
    functions: tuple[str, ...] = ("arithmetic", "geometric")
    weight_spread: float = 0.25
    heights: tuple[int, ...] = (2, 3)
    noises: int = 2000


class Replayer:
    """Ranks of many recipes on one table; each (winsorised, normalisation) pair is computed once."""

    def __init__(self, card: Scorecard, table: ScoreTable, choices: Choices, *, seed: int, period: str | None = None):
        assert card.recipe is not None
        self.tree, self.choices, self.units = build_tree(card), choices, table.units
        raw = read_raw(self.tree, table, period)
        self.data = {
            (w, m): run_recipe(self.tree, vary(card.recipe, wins, norm), table, period, raw=raw).layers["normalised"]
            for w, wins in enumerate(choices.winsorised)
            for m, norm in enumerate(choices.normalisations)
        }
        nominal = run_recipe(self.tree, card.recipe, table, period, raw=raw).columns[self.tree.parents[-1].id]
        self.nominal, _ = rank_scores([None if np.isnan(v) else float(v) for v in nominal])
        rng = np.random.default_rng(seed)
        spread = choices.weight_spread
        self.noise = {
            p.id: rng.uniform(1 - spread, 1 + spread, (len(p.children), choices.noises))
            for p in self.tree.parents
            if p.height in choices.heights
        }

    def ranks(self, uniforms: Floats) -> NDArray[np.int32]:
        """Ranks (draws x units) for rows of four uniforms: winsorising, normalisation, weights,
        aggregation."""
        c = self.choices
        w = pick(uniforms[:, 0], len(c.winsorised))
        m = pick(uniforms[:, 1], len(c.normalisations))
        noise = pick(uniforms[:, 2], c.noises)
        f = pick(uniforms[:, 3], len(c.functions))
        scores = np.empty((len(uniforms), len(self.units)))
        for key, data in self.data.items():
            for position, function in enumerate(c.functions):
                rows = np.flatnonzero((w == key[0]) & (m == key[1]) & (f == position))
                if len(rows):
                    scores[rows] = self.index(data, function, noise[rows]).T
        return rank_draws(scores)

    def index(self, data: Floats, function: str, noise: Ints) -> Floats:
        """Index, units x draws."""
        columns: dict[str, Floats] = {leaf.id: data[:, [i]] for i, leaf in enumerate(self.tree.leaves)}
        for parent in self.tree.parents:
            weights = parent.weights[:, None] * np.ones((1, 1))
            if parent.id in self.noise:
                weights = parent.weights[:, None] * self.noise[parent.id][:, noise]
            columns[parent.id] = blend([columns[child] for child in parent.children], weights, function)
        return columns[self.tree.parents[-1].id]


def blend(children: list[Floats], weights: Floats, function: str) -> Floats:
    """Weighted mean over children of units x draws (or units x 1); gaps re-normalise the weights."""
    total: Floats = np.zeros((1, 1))
    mass: Floats = np.zeros((1, 1))
    for child, weight in zip(children, weights, strict=True):
        present = ~np.isnan(child)
        values = np.where(present, child, 0.0)
        if function == "geometric":
            values = np.where(present, np.log(np.where(child > 0, child, FLOOR)), 0.0)
        total = total + values * weight
        mass = mass + present * weight
    mean = np.divide(total, mass, out=np.full(np.broadcast(total, mass).shape, np.nan), where=mass > 0)
    return np.asarray(np.exp(mean) if function == "geometric" else mean)


def vary(recipe: Recipe, winsorised: int, normalise: Normalise) -> Recipe:
    steps: list[Step] = []
    for step in recipe:
        if isinstance(step, Treat):
            steps.append(step.model_copy(update={"max_winsorised": winsorised}))
        elif isinstance(step, Normalise):
            steps.append(normalise)
        elif isinstance(step, Aggregate):
            steps.append(step.model_copy(update={"functions": ("arithmetic",)}))
        else:
            steps.append(step)
    return tuple(steps)


def pick(uniform: Floats, count: int) -> Ints:
    return np.minimum((uniform * count).astype(np.int64), count - 1)


def recipe_intervals(
    card: Scorecard,
    table: ScoreTable,
    choices: Choices,
    *,
    seed: int,
    draws: int = 2000,
    period: str | None = None,
) -> RankIntervals:
    """Rank intervals over the choices of a recipe."""
    replayer = Replayer(card, table, choices, seed=seed, period=period)
    rng = np.random.default_rng(seed + 1)
    return RankIntervals(table.units, replayer.nominal, replayer.ranks(rng.uniform(size=(draws, 4))))


@dataclass(frozen=True, slots=True)
class Sobol:
    """First-order and total-effect indices, one per factor."""

    first: tuple[float, ...]
    total: tuple[float, ...]


def sobol(function: Callable[[Floats], Floats], factors: int, n: int, *, seed: int) -> Sobol:
    """Saltelli/Jansen estimators from N(d + 2) runs: S_i = mean(yB (yAB_i - yA))/V, ST_i = sum (yA -
    yAB_i)^2/(2NV)."""
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(size=(n, factors)), rng.uniform(size=(n, factors))
    ya, yb = function(a), function(b)
    variance = float(np.concatenate([ya, yb]).var())
    first, total = [], []
    for i in range(factors):
        mixed = a.copy()
        mixed[:, i] = b[:, i]
        y = function(mixed)
        first.append(float((yb * (y - ya)).mean()) / variance)
        total.append(float(((ya - y) ** 2).sum()) / (2 * n * variance))
    return Sobol(tuple(first), tuple(total))


def recipe_sobol(
    card: Scorecard,
    table: ScoreTable,
    choices: Choices,
    *,
    seed: int,
    n: int = 500,
    period: str | None = None,
) -> dict[str, tuple[float, float]]:
    """Share of the mean absolute rank shift owed to each choice: factor -> (first order, total effect)."""
    replayer = Replayer(card, table, choices, seed=seed, period=period)
    nominal = np.array([np.nan if r is None else r for r in replayer.nominal])

    def shift(uniforms: Floats) -> Floats:
        return np.asarray(np.nanmean(np.abs(replayer.ranks(uniforms) - nominal), axis=1))

    indices = sobol(shift, 4, n, seed=seed)
    names = ("winsorising", "normalisation", "weights", "aggregation")
    return {name: (s, t) for name, s, t in zip(names, indices.first, indices.total, strict=True)}

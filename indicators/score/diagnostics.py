"""Is the index coherent: what weighs how much, what moves with what, what would change without a part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from indicators.score.aggregation import aggregate
from indicators.score.analytical import Stages, Tree
from indicators.score.ranking import rank_scores
from indicators.score.recipe import Aggregate, Recipe

Floats = NDArray[np.float64]


def effective_weights(tree: Tree) -> dict[str, float]:
    """Product over the path of w / sum of the siblings' w; the indicators' weights add to 1."""
    weights = {tree.parents[-1].id: 1.0}
    for parent in reversed(tree.parents):
        for child, weight in zip(parent.children, parent.weights, strict=True):
            weights[child] = weights[parent.id] * float(weight) / float(parent.weights.sum())
    return weights


def correlations(stages: Stages, tree: Tree) -> dict[tuple[str, str], float]:
    """Pearson correlation of each child with its parent: equal weights are not equal importance."""
    result = {}
    for parent in tree.parents:
        for child in parent.children:
            a, b = stages.columns[parent.id], stages.columns[child]
            both = ~np.isnan(a) & ~np.isnan(b)
            result[parent.id, child] = float(np.corrcoef(a[both], b[both])[0, 1])
    return result


def cronbach_alpha(values: Floats) -> float:
    """Internal consistency of the children of one node, complete rows only."""
    rows = values[~np.isnan(values).any(axis=1)]
    k = rows.shape[1]
    return float(k / (k - 1) * (1 - rows.var(axis=0, ddof=1).sum() / rows.sum(axis=1).var(ddof=1)))


def reaggregate(tree: Tree, data: Floats, step: Aggregate) -> Floats:
    """Index of normalised data: units x indicators -> units."""
    columns = {leaf.id: data[:, i] for i, leaf in enumerate(tree.leaves)}
    for parent in tree.parents:
        children = np.column_stack([columns[child] for child in parent.children])
        function = parent.function or step.functions[min(parent.height, len(step.functions)) - 1]
        columns[parent.id], _ = aggregate(children, parent.weights, function, step.availability.value())
    return columns[tree.parents[-1].id]


def without_node(tree: Tree, node: str) -> Tree:
    """The tree with a node's weight set to zero (siblings re-normalise)."""
    parents = []
    for parent in tree.parents:
        weights = parent.weights.copy()
        for position, child in enumerate(parent.children):
            if child == node:
                weights[position] = 0.0
        parents.append(replace(parent, weights=weights))
    return replace(tree, parents=parents)


def removal_shift(tree: Tree, stages: Stages, recipe: Recipe, node: str) -> float:
    """Mean absolute rank shift when a node is left out (a pillar, an indicator)."""
    step = next(s for s in recipe if isinstance(s, Aggregate))
    data = stages.layers["normalised"]
    nominal = stages.columns[tree.parents[-1].id]
    changed = reaggregate(without_node(tree, node), data, step)
    return mean_shift(nominal, changed)


def mean_shift(before: Floats, after: Floats) -> float:
    ranks0, _ = rank_scores([float(v) for v in before])
    ranks1, _ = rank_scores([float(v) for v in after])
    pairs = zip(ranks0, ranks1, strict=True)
    return float(np.mean([abs(a - b) for a, b in pairs if a is not None and b is not None]))

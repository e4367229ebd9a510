"""The analytical layer: replay a recipe from raw columns to an index, or score a rubric on shrunken rates.

Its numbers stand beside the official ones and are never mixed with them (METHODS 0.3).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from indicators.score import normalisation, treatment
from indicators.score.aggregation import aggregate
from indicators.score.exact import ZERO, Exact, parse_exact
from indicators.score.faults import ScoreError
from indicators.score.official import Setting
from indicators.score.quantity import fill
from indicators.score.ranking import rank_scores
from indicators.score.recipe import Aggregate, Denominate, Impute, Normalise, Recipe, Treat
from indicators.score.result import NodeColumn, Note, ScoreResult, UnitScore
from indicators.score.scorecard import Criterion, Group, NotScored, Policies, Scorecard
from indicators.score.small_numbers import shrink_rates
from indicators.score.table import Input, ScoreTable

Floats = NDArray[np.float64]
MIN_GROUP = 15


@dataclass(slots=True)
class Parent:
    """One inner node: its children, their nominal weights and its height above the indicators."""

    id: str
    children: tuple[str, ...]
    weights: Floats
    height: int
    function: str | None


@dataclass(slots=True)
class Tree:
    """The tree as arrays: leaves in file order, parents bottom-up, the last one is the index."""

    leaves: list[Criterion]
    parents: list[Parent]
    directions: Floats


@dataclass(slots=True)
class Stages:
    """Every layer of data a recipe produced, and what it had to remark."""

    layers: dict[str, Floats] = field(default_factory=dict)
    columns: dict[str, Floats] = field(default_factory=dict)
    treated: dict[str, tuple[str, int]] = field(default_factory=dict)
    imputed: NDArray[np.bool_] | None = None
    notes: list[Note] = field(default_factory=list)


def build_tree(card: Scorecard) -> Tree:
    """Arrays of an analytical scorecard. It needs exactly one root group."""
    roots = [node for node in card.nodes if not isinstance(node, NotScored)]
    if len(roots) != 1 or not isinstance(roots[0], Group):
        raise ScoreError(f"{card.key()}: an analytical scorecard has one root group", remedy="put the nodes under it")
    parents: list[Parent] = []

    def visit(group: Group) -> int:
        height, kept = 0, [c for c in group.children if not isinstance(c, NotScored)]
        for child in kept:
            height = max(height, visit(child) if isinstance(child, Group) else 0)
        weights = np.array([c.weight.value() if c.weight else 1.0 for c in kept])
        parents.append(Parent(group.id, tuple(c.id for c in kept), weights, height + 1, group.aggregate))
        return height + 1

    visit(roots[0])
    leaves = card.criteria()
    return Tree(leaves, parents, np.array([1.0 if leaf.direction == "up" else -1.0 for leaf in leaves]))


def read_raw(tree: Tree, table: ScoreTable, period: str | None) -> Floats:
    raw = np.column_stack([table.floats(fill(leaf.source(), period)) for leaf in tree.leaves])
    for position, leaf in enumerate(tree.leaves):
        if leaf.transform == "log":
            if (raw[:, position] <= 0).any():
                raise ScoreError(f"{leaf.id} takes a logarithm but has values at or below zero")
            raw[:, position] = np.log(raw[:, position])
    return raw


def run_recipe(tree: Tree, recipe: Recipe, table: ScoreTable, period: str | None, raw: Floats | None = None) -> Stages:
    """Replay the steps; `raw` may be given when many recipes are replayed on one table."""
    stages = Stages()
    data = read_raw(tree, table, period) if raw is None else raw
    stages.layers["raw"] = data
    floor = 1.0
    for step in recipe:
        if isinstance(step, Denominate):
            data = denominate(tree, data, table, period)
            stages.layers["denominated"] = data
        elif isinstance(step, Impute):
            groups = table.attributes.get(step.group) if step.group else None
            if step.group and groups is None:
                raise ScoreError(f"the table has no group column {step.group!r}")
            data, stages.imputed = treatment.impute(data, step.method, groups)
            stages.layers["imputed"] = data
            stages.notes.append(Note("imputed", {"count": str(int(stages.imputed.sum())), "method": step.method}))
        elif isinstance(step, Treat):
            columns = []
            for position, leaf in enumerate(tree.leaves):
                treat = treatment.treat(data[:, position], step.max_winsorised, step.skew, step.kurtosis)
                columns.append(treat[0])
                stages.treated[leaf.id] = treat[1:]
            data = np.column_stack(columns)
            stages.layers["treated"] = data
        elif isinstance(step, Normalise):
            data = normalise(tree, data, step, table)
            floor = (step.high if step.method == "minmax" else step.scale if step.method == "goalposts" else 100) / 100
            stages.layers["normalised"] = data
            for position in np.flatnonzero(np.isnan(data).all(axis=0)).tolist():
                stages.notes.append(Note("no_spread", {"input": tree.leaves[position].id}))
        else:
            aggregate_tree(tree, data, step, stages, floor)
    if not stages.columns:
        raise ScoreError("the recipe has no aggregate step", remedy="end it with `- step: aggregate`")
    return stages


def denominate(tree: Tree, data: Floats, table: ScoreTable, period: str | None) -> Floats:
    result = data.copy()
    for position, leaf in enumerate(tree.leaves):
        if leaf.per:
            result[:, position] = data[:, position] / table.floats(fill(leaf.per, period))
    return result


def normalise(tree: Tree, data: Floats, step: Normalise, table: ScoreTable) -> Floats:
    """One method for all indicators; direction is applied first (goalposts and targets carry their own)."""
    turned = data * tree.directions
    if step.method == "minmax":
        return normalisation.min_max(turned, step.low, step.high)
    if step.method == "zscore":
        return normalisation.z_score(turned, step.mean, step.sd)
    if step.method == "rank":
        return normalisation.ascending_rank(turned)
    if step.method == "borda":
        return normalisation.borda(turned)
    if step.method == "percentile_rank":
        return normalisation.percentile_rank(turned)
    if step.method == "fraction_of_max":
        return normalisation.fraction_of_max(turned)
    if step.method == "distance_to_reference":
        row = {code: i for i, code in enumerate(table.units)}.get(step.reference or "")
        if row is None:
            raise ScoreError(f"reference unit {step.reference!r} is not in the table")
        return normalisation.distance_to_reference(turned, turned[row])
    if step.method == "distance_to_target":
        targets = np.array([number(leaf.target, leaf, "target") for leaf in tree.leaves])
        return normalisation.distance_to_target(data, targets, tree.directions, step.cap)
    posts = [leaf.goalposts or (None, None) for leaf in tree.leaves]
    low = np.array([number(post[0], leaf, "goalposts") for post, leaf in zip(posts, tree.leaves, strict=True)])
    high = np.array([number(post[1], leaf, "goalposts") for post, leaf in zip(posts, tree.leaves, strict=True)])
    return normalisation.goalposts(data, low, high, step.scale, tree.directions, step.cap)


def number(value: Exact | None, leaf: Criterion, key: str) -> float:
    if value is None:
        raise ScoreError(f"criterion {leaf.id} has no {key}", remedy=f"the recipe needs {key} for every criterion")
    return float(np.log(value.value())) if leaf.transform == "log" else value.value()


def aggregate_tree(tree: Tree, data: Floats, step: Aggregate, stages: Stages, floor: float) -> None:
    for position, leaf in enumerate(tree.leaves):
        stages.columns[leaf.id] = data[:, position]
    floored = 0
    for parent in tree.parents:
        children = np.column_stack([stages.columns[child] for child in parent.children])
        function = parent.function or step.functions[min(parent.height, len(step.functions)) - 1]
        stages.columns[parent.id], low = aggregate(children, parent.weights, function, step.availability.value(), floor)
        floored += low
    if floored:
        stages.notes.append(Note("floored", {"count": str(floored), "floor": f"{floor:g}"}))


def score_recipe(card: Scorecard, table: ScoreTable, period: str | None) -> ScoreResult:
    """Run the recipe of an analytical scorecard and rank on the root."""
    tree = build_tree(card)
    assert card.recipe is not None
    stages = run_recipe(tree, card.recipe, table, period)
    root = stages.columns[tree.parents[-1].id]
    scores = [None if np.isnan(v) else float(v) for v in root]
    ranks, ties = rank_scores(scores)
    units = [
        UnitScore(
            code,
            table.names[row],
            table.levels[row],
            scores[row],
            None if scores[row] is None else Exact(*root[row].item().as_integer_ratio()),
            0.0,
            ranks[row],
            tuple(table.units[m] for m in ties[row]),
            None,
            False,
            () if scores[row] is not None else (Note("not_enough_data"),),
        )
        for row, code in enumerate(table.units)
    ]
    flags = stages.imputed
    nodes = {}
    for name, column in stages.columns.items():
        missing = np.isnan(column)
        states = ["missing" if m else "reported" for m in missing]
        nodes[name] = NodeColumn(
            [ZERO if m else Exact(*v.as_integer_ratio()) for v, m in zip(column.tolist(), missing, strict=True)],
            [ZERO] * len(units),
            states,
        )
    if flags is not None:
        for position, leaf in enumerate(tree.leaves):
            states = nodes[leaf.id].states
            nodes[leaf.id].states = ["imputed" if f else s for f, s in zip(flags[:, position], states, strict=True)]
    rows = {code: row for row, code in enumerate(table.units)}
    signs = dict.fromkeys(stages.columns, 1)
    return ScoreResult(
        card,
        "analytical",
        period,
        "",
        "",
        units,
        nodes,
        rows,
        signs,
        stages.notes,
        {"stages": stages, "tree": tree},
    )


def shrink_setting(setting: Setting) -> Setting:
    """A rubric on empirical-Bayes rates; gaps rescale the rest, and too many gaps mean no place.

    Rates shrink towards their peer group when it has at least 15 units, else towards all (METHODS 2.9).
    """
    card, table = setting.card, setting.table
    inputs = dict(table.inputs)
    groups = table.attributes.get(card.table.groups[0]) if card.table.groups else None
    for criterion in card.criteria():
        name = criterion.source()
        column = inputs.get(name)
        if criterion.numerator is not None or column is None or column.tops is None or column.bottoms is None:
            continue
        shrunk = shrink_column(column, groups)
        states = [column.state(row).replace("missing", "not_applicable") for row in range(len(shrunk))]
        inputs[name] = Input(list(shrunk), states=states)
    policies = Policies(
        not_reported="zero",
        not_applicable="reduce_and_rescale",
        off_level=card.policies.off_level,
        pending="self",
        availability=Exact(2, 3),
    )
    quiet = card.model_copy(update={"policies": policies, "tie_break": ()})
    return Setting(quiet, replace(table, inputs=inputs), setting.period, setting.period_kind)


def shrink_column(column: Input, groups: list[str] | None) -> list[object]:
    assert column.tops is not None
    assert column.bottoms is not None
    count = len(column.tops)
    usable = [row for row in range(count) if column.state(row) in ("value", "pending")]
    tops = np.array([parse_exact(column.tops[r]).value() if r in set(usable) else 0.0 for r in range(count)])
    bottoms = np.array([parse_exact(column.bottoms[r]).value() if r in set(usable) else 0.0 for r in range(count)])
    rates = shrink_rates(tops, bottoms)
    for group in sorted(set(groups or [])):
        members = np.array([g == group for g in groups or []])
        if (members & (bottoms > 0)).sum() >= MIN_GROUP:
            rates[members] = shrink_rates(tops[members], bottoms[members])
    return [Exact(*float(rates[row]).as_integer_ratio()) if bottoms[row] > 0 else None for row in range(count)]

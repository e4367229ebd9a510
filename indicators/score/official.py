"""The official layer: points by the book on exact values, no statistics (METHODS 0.3; DECISIONS 16, 20).

Silence never pays: what is not reported earns nothing, a malus not reported counts in full, and only a
*confirmed* "does not apply" may lower the maximum.
"""

from __future__ import annotations

from dataclasses import dataclass

from indicators.score.cell import Setting, score_criterion
from indicators.score.exact import (
    ZERO,
    Exact,
    add,
    compare,
    divide,
    greater,
    lesser,
    multiply,
    round_half_up,
    subtract,
    sum_exact,
)
from indicators.score.faults import ScoreError
from indicators.score.result import NodeColumn
from indicators.score.scorecard import Criterion, Group, NotScored, Scorecard, declared_maximum

__all__ = ["Setting", "Totals", "score_tree"]


@dataclass(slots=True)
class Totals:
    """The tree evaluated: every node, and per unit the total, its core, and what rescaling did."""

    nodes: dict[str, NodeColumn]
    signs: dict[str, int]
    total: list[Exact]
    core: list[Exact]
    available: list[Exact]
    rescaled: list[bool]


def score_tree(setting: Setting) -> Totals:
    """Evaluate the whole tree for every unit of the table."""
    nodes: dict[str, NodeColumn] = {}
    signs: dict[str, int] = {}
    parts: dict[str, list[NodeColumn]] = {"core": [], "bonus": [], "malus": []}
    for node in setting.card.nodes:
        if isinstance(node, NotScored):
            continue
        role = node.role if isinstance(node, Group) else "core"
        column = evaluate(node, setting, nodes, signs, malus=role == "malus")
        parts[role].append(column)
    count = len(setting.table.units)
    base = total_of(parts["core"], count)
    full = declared_core(setting.card)
    lost = lost_to_rescaling(setting.card, nodes, count)
    core, rescaled = [], []
    for row in range(count):
        points, gone = base.points[row], lost[row]
        applies = gone[0] > 0 and compare(gone, full) < 0
        core.append(multiply(points, divide(full, subtract(full, gone))) if applies else points)
        rescaled.append(applies)
    bonus, malus = total_of(parts["bonus"], count), total_of(parts["malus"], count)
    decimals = setting.card.rounding.total
    total = [subtract(add(core[row], bonus.points[row]), malus.points[row]) for row in range(count)]
    if decimals is not None:
        total = [round_half_up(t, decimals) for t in total]
    available = [full if rescaled[row] else base.available[row] for row in range(count)]
    return Totals(nodes, signs, total, core, available, rescaled)


def total_of(columns: list[NodeColumn], count: int) -> NodeColumn:
    """Sum of several columns; a maximum that is the same for every unit is added once."""
    if not columns:
        return NodeColumn([ZERO] * count, [ZERO] * count, [])
    points = [sum_exact(row) for row in zip(*(c.points for c in columns), strict=True)]
    if all(c.available.count(c.available[0]) == count for c in columns):
        available = [sum_exact(c.available[0] for c in columns)] * count
    else:
        available = [sum_exact(row) for row in zip(*(c.available for c in columns), strict=True)]
    return NodeColumn(points, available, [])


def declared_core(card: Scorecard) -> Exact:
    total = ZERO
    for node in card.nodes:
        if not isinstance(node, NotScored) and (isinstance(node, Criterion) or node.role == "core"):
            total = add(total, declared_maximum(node))
    return total


def lost_to_rescaling(card: Scorecard, nodes: dict[str, NodeColumn], count: int) -> list[Exact]:
    """Maximum points of the core criteria that do not apply and whose policy rescales the rest."""
    lost = [ZERO] * count
    core_roots = {n.id for n in card.nodes if not isinstance(n, Group) or n.role == "core"}
    for node, path in card.walk():
        if not isinstance(node, Criterion) or (path or (node.id,))[0] not in core_roots:
            continue
        policy = node.not_applicable or card.policies.not_applicable
        states = nodes[node.id].states
        for row in range(count):
            rescales = states[row] in ("not_applicable", "not_due") and policy == "reduce_and_rescale"
            if rescales or (states[row] == "off_level" and card.policies.off_level == "reduce_and_rescale"):
                lost[row] = add(lost[row], node.maximum())
    return lost


def evaluate(
    node: Group | Criterion,
    setting: Setting,
    nodes: dict[str, NodeColumn],
    signs: dict[str, int],
    *,
    malus: bool,
) -> NodeColumn:
    signs[node.id] = -1 if malus else 1
    if isinstance(node, Criterion):
        column = score_criterion(node, setting, malus=malus)
    else:
        children = []
        for child in node.children:
            if isinstance(child, NotScored):
                continue
            if isinstance(child, Group) and child.role not in (node.role, "core"):
                raise ScoreError(
                    f"group {child.id} has role {child.role} inside {node.id}",
                    remedy="move it to the top level",
                )
            children.append(evaluate(child, setting, nodes, signs, malus=malus))
        column = combine_children(node, children, len(setting.table.units))
        decimals = node.rounding if node.rounding is not None else setting.card.rounding.group
        if decimals is not None:
            column.points = [round_half_up(p, decimals) for p in column.points]
    nodes[node.id] = column
    return column


def combine_children(node: Group, children: list[NodeColumn], count: int) -> NodeColumn:
    """Sum or highest of the children, held at the group's cap."""
    if node.mode == "highest":
        points, available = [ZERO] * count, [ZERO] * count
        for child in children:
            points = [greater(a, b) for a, b in zip(points, child.points, strict=True)]
            available = [greater(a, b) for a, b in zip(available, child.available, strict=True)]
    else:
        column = total_of(children, count)
        points, available = column.points, column.available
    if node.cap is not None:
        cap = node.cap
        points = [lesser(cap, p) for p in points]
        available = [lesser(cap, a) for a in available]
    return NodeColumn(points, available, ["group"] * count)

"""The official layer: points by the book on exact values, no statistics (METHODS 0.3; DECISIONS 16, 20).

Silence never pays: what is not reported earns nothing, a malus not reported counts in full, and only a
*confirmed* "does not apply" may lower the maximum.
"""

from __future__ import annotations

from dataclasses import dataclass

from indicators.score.exact import (
    ONE,
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
from indicators.score.forms import Checklist, Choice, Given
from indicators.score.forms_linear import Increments
from indicators.score.quantity import fill, measure
from indicators.score.result import NodeColumn
from indicators.score.scorecard import Criterion, Group, NotScored, Scorecard, declared_maximum
from indicators.score.table import Numbers, ScoreTable

REDUCES = ("reduce_max", "reduce_and_rescale")


@dataclass(slots=True)
class Setting:
    """What stays the same while one table is scored."""

    card: Scorecard
    table: ScoreTable
    period: str | None
    period_kind: str


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


def score_criterion(criterion: Criterion, setting: Setting, *, malus: bool) -> NodeColumn:
    """Points of one criterion for every unit, rounded where the scorecard says so."""
    form = criterion.form
    if form is None:
        raise ScoreError(f"criterion {criterion.id} has no form", remedy="the official layer needs form and params")
    if form.kind == "penalty" and not malus:
        raise ScoreError(f"criterion {criterion.id} is a penalty outside a malus group")
    table, count = setting.table, len(setting.table.units)
    maximum = criterion.maximum()
    if form.kind == "information":
        return NodeColumn([ZERO] * count, [ZERO] * count, ["information"] * count)
    found, earned = earn(criterion, setting)
    policies = setting.card.policies
    not_applicable = criterion.not_applicable or policies.not_applicable
    points, available, states = earned, [maximum] * count, ["reported"] * count
    plain = not criterion.levels and found.count("value") == count
    for row in () if plain else range(count):
        state = found[row]
        if criterion.levels and table.levels[row] and table.levels[row] not in criterion.levels:
            state = "off_level"
        cell = settle(state, earned[row], maximum, criterion, not_applicable, setting, malus)
        points[row], available[row], states[row] = cell
    decimals = criterion.rounding if criterion.rounding is not None else setting.card.rounding.criterion
    if decimals is not None:
        points = [round_half_up(p, decimals) for p in points]
    return NodeColumn(points, available, states)


def settle(
    state: str,
    earned: Exact,
    maximum: Exact,
    criterion: Criterion,
    not_applicable: str,
    setting: Setting,
    malus: bool,
) -> tuple[Exact, Exact, str]:
    """Points, points available and the state to show, for one cell."""
    policies = setting.card.policies
    if state == "value" or (state == "pending" and policies.pending == "self"):
        return earned, maximum, "reported" if state == "value" else "pending"
    if state == "off_level":
        return without(policies.off_level, maximum, malus, "off_level")
    if state == "zero_denominator":
        rule = criterion.zero_denominator
        if rule == "not_applicable":
            return without(not_applicable, maximum, malus, "zero_denominator")
        if rule != "missing":
            return (maximum if rule == "full" else ZERO), maximum, "zero_denominator"
        state = "missing"
    if state == "not_applicable":
        if malus:
            return ZERO, maximum, "not_applicable"
        if not_applicable == "zero":
            return ZERO, maximum, "not_applicable_refused"
        return without(not_applicable, maximum, malus, "not_applicable")
    if state == "not_due":
        return ZERO, ZERO, "not_due"
    if malus:
        return maximum, maximum, "malus_withheld"
    return ZERO, maximum, {"missing": "not_reported"}.get(state, state)


def without(policy: str, maximum: Exact, malus: bool, state: str) -> tuple[Exact, Exact, str]:
    """A criterion that does not apply: full points, a lower maximum, or nothing."""
    if malus:
        return ZERO, maximum, state
    if policy == "award_max":
        return maximum, maximum, state
    return ZERO, (ZERO if policy in REDUCES else maximum), state


def earn(criterion: Criterion, setting: Setting) -> tuple[list[str], list[Exact]]:
    """State and earned points of every unit before any policy."""
    form, table = criterion.form, setting.table
    if isinstance(form, (Choice, Checklist)):
        texts, states = table.texts(fill(str(criterion.value or criterion.source()), setting.period))
        return states, [
            named(form, text, state, criterion, table.units[row])
            for row, (text, state) in enumerate(zip(texts, states, strict=True))
        ]
    numbers = measure(criterion, table, setting.period, setting.period_kind)
    assert form is not None
    if isinstance(form, Increments) and (form.start_from or form.level_factor):
        return earn_increments(criterion, form, numbers, setting)
    points_of = form.points
    if not isinstance(form, Given) and numbers.states.count("value") == len(numbers.states):
        return numbers.states, [points_of(value) for value in numbers.values]
    earned = []
    for row, (value, state) in enumerate(zip(numbers.values, numbers.states, strict=True)):
        if state not in {"value", "pending"}:
            earned.append(ZERO)
            continue
        points = points_of(value)
        if isinstance(form, Given) and (points[0] < 0 or compare(points, form.max) > 0):
            raise ScoreError(
                f"unit {table.units[row]}, {criterion.id}: {value.value():g} points of {form.max.value():g}",
                remedy="points given must lie between 0 and the maximum",
            )
        earned.append(points)
    return numbers.states, earned


def named(form: Choice | Checklist, text: str, state: str, criterion: Criterion, unit: str) -> Exact:
    if state not in ("value", "pending"):
        return ZERO
    options = form.options if isinstance(form, Choice) else form.items
    words = (
        [text] if isinstance(form, Choice) else [w.strip() for w in text.split(";") if w.strip() not in ("", "none")]
    )
    for word in words:
        if word not in options:
            raise ScoreError(
                f"unit {unit}, {criterion.id}: unknown outcome {word!r}",
                remedy=f"known: {', '.join(options)}",
            )
    return form.options[text] if isinstance(form, Choice) else form.points_of(sorted(set(words)))


def earn_increments(
    criterion: Criterion, form: Increments, numbers: Numbers, setting: Setting
) -> tuple[list[str], list[Exact]]:
    """Increments whose start depends on the unit: a published mean, or a lower level for a class of units."""
    table, count = setting.table, len(numbers.values)
    values, states = numbers.values, numbers.states
    starts, start_states = [form.start or ZERO] * count, ["value"] * count
    if form.start_from:
        reference = table.numbers(fill(form.start_from, setting.period), percent=criterion.unit == "%")
        starts, start_states = reference.values, reference.states
    factors, steps = [ONE] * count, [form.step] * count
    if form.level_factor:
        member = table.numbers(form.level_factor.input)
        for row in range(count):
            if member.states[row] == "value" and member.values[row][0] > 0:
                factors[row] = form.level_factor.factor
                if form.level_factor.scale_step:
                    steps[row] = multiply(form.step, form.level_factor.factor)
    out_states, earned = [], []
    for row in range(count):
        known = states[row] in ("value", "pending") and start_states[row] == "value"
        start = multiply(starts[row], factors[row])
        earned.append(form.points_from(values[row], start, steps[row]) if known else ZERO)
        out_states.append(states[row] if known or states[row] not in ("value", "pending") else "missing")
    return out_states, earned

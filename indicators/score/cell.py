"""One criterion of the official layer: from what a unit reported to points, and what silence costs.

What is not reported earns nothing, a malus not reported counts in full (DECISIONS 20).
"""

from __future__ import annotations

from dataclasses import dataclass

from indicators.score.exact import ONE, ZERO, Exact, compare, multiply, round_half_up
from indicators.score.faults import ScoreError
from indicators.score.forms import Checklist, Choice, Given
from indicators.score.forms_linear import Increments
from indicators.score.quantity import fill, measure
from indicators.score.result import NodeColumn
from indicators.score.scorecard import Criterion, Scorecard
from indicators.score.table import Numbers, ScoreTable

REDUCES = ("reduce_max", "reduce_and_rescale")


@dataclass(slots=True)
class Setting:
    """What stays the same while one table is scored."""

    card: Scorecard
    table: ScoreTable
    period: str | None
    period_kind: str


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

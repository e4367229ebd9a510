"""From the inputs of the table to the one number (or text) a criterion scores."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from indicators.score.exact import (
    ONE,
    ZERO,
    Exact,
    add,
    divide,
    greater,
    lesser,
    multiply,
    parse_exact,
    subtract,
)
from indicators.score.faults import NotExactError, ScoreError
from indicators.score.scorecard import Criterion, Operation
from indicators.score.table import Numbers, ScoreTable

FOLD: dict[str, Callable[[Exact, Exact], Exact]] = {
    "max": greater,
    "min": lesser,
    "sum": add,
    "minus": subtract,
    "times": multiply,
    "divide": divide,
}
WORST_FIRST = ("rejected", "missing", "zero_denominator", "not_due", "not_applicable", "pending", "value")


def fill(template: str, period: str | None) -> str:
    """Input names may carry `{period}`: one recipe serves le_1990 and le_2022."""
    if "{period}" in template:
        if period is None:
            raise ScoreError(f"input {template!r} needs a period", remedy="say --period")
        return template.replace("{period}", period)
    return template


def inputs_of(quantity: str | Operation, period: str | None) -> list[str]:
    """Names of the table's columns that a quantity reads."""
    if isinstance(quantity, Operation):
        return [name for arg in quantity.args for name in inputs_of(arg, period)]
    return [] if literal(quantity) else [fill(quantity, period)]


def literal(quantity: str) -> Exact | None:
    try:
        return parse_exact(quantity)
    except NotExactError:
        return None


def resolve(
    quantity: str | Operation,
    table: ScoreTable,
    period: str | None,
    period_kind: str,
    *,
    percent: bool = False,
) -> Numbers:
    """Evaluate a quantity for every unit; a missing argument makes the result missing, never smaller."""
    if isinstance(quantity, str):
        constant = literal(quantity)
        if constant is not None:
            return Numbers([constant] * len(table.units), ["value"] * len(table.units))
        return table.numbers(fill(quantity, period), percent=percent)
    if quantity.op == "by_period":
        if period_kind not in quantity.divisors:
            raise ScoreError(
                f"no divisor for a period of kind {period_kind!r}",
                remedy=f"known: {', '.join(quantity.divisors)}",
            )
        base = resolve(quantity.args[0], table, period, period_kind)
        return Numbers([divide(v, quantity.divisors[period_kind]) for v in base.values], base.states)
    columns = [resolve(arg, table, period, period_kind) for arg in quantity.args]
    values, states = [], []
    for row in range(len(table.units)):
        state = combine(column.states[row] for column in columns)
        value = ZERO
        if state in ("value", "pending"):
            try:
                value = reduce(FOLD[quantity.op], [column.values[row] for column in columns])
            except NotExactError:
                state = "zero_denominator"
        values.append(value)
        states.append(state)
    return Numbers(values, states)


def combine(states: object) -> str:
    present = set(states)  # type: ignore[call-overload]
    return next(state for state in WORST_FIRST if state in present)


def measure(criterion: Criterion, table: ScoreTable, period: str | None, period_kind: str) -> Numbers:
    """The exact value of a criterion for every unit, complement and denominator chain applied."""
    if criterion.numerator is not None and criterion.denominator is not None:
        numbers = ratio(criterion, table, period, period_kind)
    else:
        quantity = criterion.value if criterion.value is not None else criterion.source()
        numbers = resolve(quantity, table, period, period_kind, percent=criterion.unit == "%")
    if criterion.complement:
        numbers = Numbers([subtract(ONE, value) for value in numbers.values], numbers.states)
    return numbers


def ratio(criterion: Criterion, table: ScoreTable, period: str | None, period_kind: str) -> Numbers:
    """Numerator over the first denominator of the chain that is reported and above zero (F10).

    A denominator that is *not reported* stops the chain: a unit must not reach a kinder denominator by
    silence.
    """
    assert criterion.numerator is not None
    assert criterion.denominator is not None
    top = resolve(criterion.numerator, table, period, period_kind)
    bottoms = [resolve(quantity, table, period, period_kind) for quantity in criterion.denominator]
    values, states = [], []
    for row in range(len(table.units)):
        state, value, pending = "zero_denominator", ZERO, top.states[row] == "pending"
        for bottom in bottoms:
            pending = pending or bottom.states[row] == "pending"
            if bottom.states[row] not in ("value", "pending"):
                state = bottom.states[row]
                break
            if bottom.values[row][0] > 0:
                state = combine((top.states[row], bottom.states[row]))
                if state in ("value", "pending"):
                    value = divide(top.values[row], bottom.values[row])
                break
        if state == "zero_denominator" and top.states[row] not in ("value", "pending"):
            state = top.states[row]
        values.append(value)
        states.append("pending" if state == "value" and pending else state)
    return Numbers(values, states)


def columns_of(criterion: Criterion, period: str | None) -> list[str]:
    """Every column a criterion reads, for checking the table and for the data hash."""
    quantities: list[str | Operation] = []
    if criterion.numerator is not None and criterion.denominator is not None:
        quantities = [criterion.numerator, *criterion.denominator]
    elif criterion.form is None or criterion.form.kind != "information":
        quantities = [criterion.value if criterion.value is not None else criterion.source()]
    names = [name for quantity in quantities for name in inputs_of(quantity, period)]
    form = criterion.form
    if form is not None and form.kind == "increments":
        names += [fill(form.start_from, period)] if form.start_from else []
        names += [form.level_factor.input] if form.level_factor else []
    if criterion.per:
        names.append(fill(criterion.per, period))
    return names

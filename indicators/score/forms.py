"""Scoring forms: how one measured value becomes points (METHODS 2.4; DOMAIN 10, forms F1 to F18).

Every numeric form has two faces. `points` takes an exact value and returns exact points: the official score
uses nothing else. `curve` takes an array of floats: uncertainty draws and the simulator use it, never a rank
that somebody will be shown as official.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from indicators.score.exact import (
    ONE,
    ZERO,
    Exact,
    ExactNumber,
    add,
    compare,
    divide,
    greater,
    lesser,
    make,
    multiply,
)
from indicators.score.form import HOLDS_ARRAY, Floats, Form, Operator, Strict, holds
from indicators.score.forms_linear import BandLinear, Goalposts, Increments, Piecewise


class Ratio(Form):
    """F1: max * r, with r held within 0 and 1."""

    kind: Literal["ratio"]
    max: ExactNumber

    def maximum(self) -> Exact:
        return self.max

    def points(self, value: Exact) -> Exact:
        num, den = value
        if num <= 0:
            return ZERO
        return self.max if num >= den else make(self.max[0] * num, self.max[1] * den)

    def curve(self, values: Floats) -> Floats:
        return np.asarray(self.max.value() * np.clip(values, 0.0, 1.0))


class RatioToTarget(Form):
    """F2: max * min(1, r / target): full points at the target (rubric.threshold of METHODS 2.4)."""

    kind: Literal["ratio_to_target"]
    max: ExactNumber
    target: ExactNumber

    def maximum(self) -> Exact:
        return self.max

    def points(self, value: Exact) -> Exact:
        return multiply(self.max, lesser(ONE, divide(greater(ZERO, value), self.target)))

    def curve(self, values: Floats) -> Floats:
        return np.asarray(self.max.value() * np.clip(values / self.target.value(), 0.0, 1.0))


class Step(Strict):
    """One line of a step table; written `[">=", "80%", 6]`."""

    op: Operator
    bound: ExactNumber
    points: ExactNumber


def read_step(value: Any) -> Any:
    if isinstance(value, list) and len(value) == 3:
        return {"op": value[0], "bound": value[1], "points": value[2]}
    return value


class Steps(Form):
    """F3: the first line that holds, read from the top, gives the points; else `default`."""

    kind: Literal["steps"]
    steps: tuple[Annotated[Step, BeforeValidator(read_step)], ...] = Field(min_length=1)
    default: ExactNumber = ZERO

    def maximum(self) -> Exact:
        best = self.default
        for step in self.steps:
            best = greater(best, step.points)
        return best

    def points(self, value: Exact) -> Exact:
        for step in self.steps:
            if holds(value, step.op, step.bound):
                return step.points
        return self.default

    def curve(self, values: Floats) -> Floats:
        tests = [HOLDS_ARRAY[step.op](values, step.bound.value()) for step in self.steps]
        return np.select(tests, [step.points.value() for step in self.steps], self.default.value())


class RankPoints(Form):
    """F6: points by place; `[[10, 3], [20, 2], [null, 1]]` = first ten, next ten, the others."""

    kind: Literal["rank_points"]
    places: tuple[tuple[ExactNumber | None, ExactNumber], ...] = Field(min_length=1)

    def maximum(self) -> Exact:
        best = self.places[0][1]
        for _, points in self.places:
            best = greater(best, points)
        return best

    def points(self, value: Exact) -> Exact:
        for last, points in self.places:
            if last is None or compare(value, last) <= 0:
                return points
        return ZERO


class Met(Form):
    """F5: all or nothing; the value is 1 (met) or 0."""

    kind: Literal["met"]
    max: ExactNumber

    def maximum(self) -> Exact:
        return self.max

    def points(self, value: Exact) -> Exact:
        return self.max if compare(value, ONE) >= 0 else ZERO


class Choice(Form):
    """F5: one of several named outcomes, each with its points (full, half, none)."""

    kind: Literal["choice"]
    takes: ClassVar[str] = "text"
    options: dict[str, ExactNumber] = Field(min_length=1)

    def maximum(self) -> Exact:
        best = ZERO
        for points in self.options.values():
            best = greater(best, points)
        return best


class Checklist(Form):
    """Sum of the points of the conditions met, at most `max`; the cell lists them, separated by `;`."""

    kind: Literal["checklist"]
    takes: ClassVar[str] = "list"
    items: dict[str, ExactNumber] = Field(min_length=1)
    max: ExactNumber

    def maximum(self) -> Exact:
        return self.max

    def points_of(self, met: list[str]) -> Exact:
        total = ZERO
        for name in met:
            total = add(total, self.items[name])
        return lesser(self.max, total)


class Penalty(Form):
    """Points lost: `per` for each occurrence, at most `max`. Only inside a malus."""

    kind: Literal["penalty"]
    per: ExactNumber
    max: ExactNumber

    def maximum(self) -> Exact:
        return self.max

    def points(self, value: Exact) -> Exact:
        return lesser(self.max, multiply(self.per, greater(ZERO, value)))

    def curve(self, values: Floats) -> Floats:
        return np.asarray(np.minimum(self.max.value(), self.per.value() * np.maximum(0.0, values)))


class Given(Form):
    """Points entered by an appraiser or taken from a published result, between 0 and max."""

    kind: Literal["given"]
    max: ExactNumber

    def maximum(self) -> Exact:
        return self.max

    def points(self, value: Exact) -> Exact:
        return value

    def curve(self, values: Floats) -> Floats:
        return values


class Information(Form):
    """F18: shown, worth nothing."""

    kind: Literal["information"]

    def maximum(self) -> Exact:
        return ZERO

    def points(self, value: Exact) -> Exact:
        return ZERO

    def curve(self, values: Floats) -> Floats:
        return np.zeros_like(values)


AnyForm = Annotated[
    Ratio
    | RatioToTarget
    | Steps
    | Piecewise
    | Increments
    | RankPoints
    | BandLinear
    | Goalposts
    | Met
    | Choice
    | Checklist
    | Penalty
    | Given
    | Information,
    Field(discriminator="kind"),
]

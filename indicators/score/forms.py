"""Scoring forms: how one measured value becomes points (METHODS 2.4; DOMAIN 10, forms F1 to F18).

Every numeric form has two faces. `points` takes an exact value and returns exact points: the official score
uses nothing else. `curve` takes an array of floats: uncertainty draws and the simulator use it, never a rank
that somebody will be shown as official.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

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
    subtract,
)

Floats = NDArray[np.float64]
Operator = Literal[">=", ">", "<=", "<", "=="]


class Strict(BaseModel):
    """Unknown keys are errors: a misspelt parameter must not silently change a score."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def holds(value: Exact, operator: str, bound: Exact) -> bool:
    """Compare exactly: `holds(Exact(799, 1000), ">=", Exact(4, 5))` is False."""
    sign = compare(value, bound)
    if operator == ">=":
        return sign >= 0
    if operator == ">":
        return sign > 0
    if operator == "<=":
        return sign <= 0
    if operator == "<":
        return sign < 0
    return sign == 0


HOLDS_ARRAY = {
    ">=": np.greater_equal,
    ">": np.greater,
    "<=": np.less_equal,
    "<": np.less,
    "==": np.equal,
}


class Form(Strict):
    """Common face of all forms; `maximum` is what a unit can earn (or lose, in a malus)."""

    takes: ClassVar[str] = "number"

    def maximum(self) -> Exact:
        raise NotImplementedError

    def points(self, value: Exact) -> Exact:
        raise NotImplementedError

    def curve(self, values: Floats) -> Floats:
        """Points for many float values; the default walks the exact form."""
        return np.array(
            [self.points(Exact(*float(v).as_integer_ratio())).value() for v in values.ravel()]
        ).reshape(values.shape)


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


class Piecewise(Form):
    """Linear between knots `[x, points]`, constant beyond the first and the last knot."""

    kind: Literal["piecewise"]
    knots: tuple[tuple[ExactNumber, ExactNumber], ...] = Field(min_length=2)

    @model_validator(mode="after")
    def check_order(self) -> Piecewise:
        for (left, _), (right, _) in zip(self.knots, self.knots[1:], strict=False):
            if compare(left, right) >= 0:
                raise ValueError("knots must rise from left to right")
        return self

    def maximum(self) -> Exact:
        best = self.knots[0][1]
        for _, points in self.knots:
            best = greater(best, points)
        return best

    def points(self, value: Exact) -> Exact:
        if compare(value, self.knots[0][0]) <= 0:
            return self.knots[0][1]
        for (x0, y0), (x1, y1) in zip(self.knots, self.knots[1:], strict=False):
            if compare(value, x1) <= 0:
                share = divide(subtract(value, x0), subtract(x1, x0))
                return add(y0, multiply(share, subtract(y1, y0)))
        return self.knots[-1][1]

    def curve(self, values: Floats) -> Floats:
        return np.interp(values, [x.value() for x, _ in self.knots], [y.value() for _, y in self.knots])


class LevelFactor(Strict):
    """A class of units that applies a share of the start level ("miền núi áp dụng mức 75%")."""

    input: str
    factor: ExactNumber
    scale_step: bool = False


class Increments(Form):
    """F4: `base` up to `start`, then `increment` for each `step`, pro rata, to `cap` (Decree 307/2025 Art.
    4.3).

    `start` is fixed or read from the table (`start_from`, the province's or the nation's published mean).
    `floor`: short of it the unit earns `below`. `full_at`: [value, points] beats everything (budget
    balanced).
    """

    kind: Literal["increments"]
    base: ExactNumber
    start: ExactNumber | None = None
    start_from: str | None = None
    step: ExactNumber
    increment: ExactNumber
    cap: ExactNumber
    direction: Literal["up", "down"] = "up"
    floor: ExactNumber | None = None
    below: ExactNumber = ZERO
    full_at: tuple[ExactNumber, ExactNumber] | None = None
    level_factor: LevelFactor | None = None

    @model_validator(mode="after")
    def check_start(self) -> Increments:
        if (self.start is None) == (self.start_from is None):
            raise ValueError("give exactly one of start (a number) and start_from (an input of the table)")
        return self

    def maximum(self) -> Exact:
        return greater(self.cap, self.full_at[1]) if self.full_at else self.cap

    def points_from(self, value: Exact, start: Exact, step: Exact) -> Exact:
        if self.full_at and holds(value, ">=", self.full_at[0]):
            return self.full_at[1]
        if self.floor is not None:
            beyond = compare(value, self.floor)
            if (beyond < 0) if self.direction == "up" else (beyond > 0):
                return self.below
        excess = subtract(value, start) if self.direction == "up" else subtract(start, value)
        if excess[0] <= 0:
            return self.base
        return lesser(self.cap, add(self.base, multiply(self.increment, divide(excess, step))))

    def points(self, value: Exact) -> Exact:
        return self.points_from(value, self.start or ZERO, self.step)

    def curve(self, values: Floats) -> Floats:
        start = self.start.value() if self.start else 0.0
        sign = 1.0 if self.direction == "up" else -1.0
        excess = np.maximum(0.0, sign * (values - start))
        score = np.minimum(
            self.cap.value(), self.base.value() + self.increment.value() * excess / self.step.value()
        )
        if self.floor is not None:
            score = np.where(sign * (values - self.floor.value()) < 0, self.below.value(), score)
        if self.full_at:
            score = np.where(values >= self.full_at[0].value(), self.full_at[1].value(), score)
        return np.asarray(score)


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


class BandLinear(Form):
    """F8: nothing below `lower`, max * r / full inside the band, max from `full` on."""

    kind: Literal["band_linear"]
    max: ExactNumber
    lower: ExactNumber
    full: ExactNumber

    def maximum(self) -> Exact:
        return self.max

    def points(self, value: Exact) -> Exact:
        if compare(value, self.lower) < 0:
            return ZERO
        return multiply(self.max, lesser(ONE, divide(value, self.full)))

    def curve(self, values: Floats) -> Floats:
        scaled = self.max.value() * np.clip(values / self.full.value(), 0.0, 1.0)
        return np.asarray(np.where(values < self.lower.value(), 0.0, scaled))


class Goalposts(Form):
    """max * (x - low)/(high - low), held within 0 and max; reversed when direction is down."""

    kind: Literal["goalposts"]
    max: ExactNumber
    low: ExactNumber
    high: ExactNumber
    direction: Literal["up", "down"] = "up"

    def maximum(self) -> Exact:
        return self.max

    def points(self, value: Exact) -> Exact:
        distance = subtract(value, self.low) if self.direction == "up" else subtract(self.high, value)
        share = divide(distance, subtract(self.high, self.low))
        return multiply(self.max, lesser(ONE, greater(ZERO, share)))

    def curve(self, values: Floats) -> Floats:
        low, high = self.low.value(), self.high.value()
        share = (values - low) / (high - low) if self.direction == "up" else (high - values) / (high - low)
        return np.asarray(self.max.value() * np.clip(share, 0.0, 1.0))


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

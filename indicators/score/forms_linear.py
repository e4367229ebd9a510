"""Forms that rise or fall in straight lines: increments, knots, bands and goalposts."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, model_validator

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
    multiply,
    subtract,
)
from indicators.score.form import Floats, Form, Strict, holds


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
        score = np.minimum(self.cap.value(), self.base.value() + self.increment.value() * excess / self.step.value())
        if self.floor is not None:
            score = np.where(sign * (values - self.floor.value()) < 0, self.below.value(), score)
        if self.full_at:
            score = np.where(values >= self.full_at[0].value(), self.full_at[1].value(), score)
        return np.asarray(score)


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

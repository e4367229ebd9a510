"""The policies of a scorecard: classes, ties, rounding, what silence costs, how a foreign table is read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from indicators.score.exact import ZERO, ExactNumber
from indicators.score.form import Operator, Strict
from indicators.score.node import LegalStatus, NotApplicable, Text


class Condition(Strict):
    """One test on an input of the table, an attribute of the unit or a part of the score."""

    input: str | None = None
    attribute: str | None = None
    part: str | None = None
    score: Literal["total", "core"] | None = None
    op: Operator | None = None
    bound: ExactNumber | None = None
    among: tuple[str, ...] = ()

    @model_validator(mode="after")
    def check_subject(self) -> Condition:
        if sum(x is not None for x in (self.input, self.attribute, self.part, self.score)) != 1:
            raise ValueError("a condition tests exactly one of input, attribute, part, score")
        if (self.attribute is not None) != bool(self.among):
            raise ValueError("an attribute is tested with among: [...], anything else with op and bound")
        if self.attribute is None and (self.op is None or self.bound is None):
            raise ValueError("op and bound are needed")
        return self


class Band(Strict):
    """A class reached from `min` on; `when` are further conditions (all must hold)."""

    id: str
    name: Text
    min: ExactNumber | None = None
    when: tuple[Condition, ...] = ()


class BandOverride(Strict):
    """Conditions that settle the class whatever the points say."""

    band: str
    when: tuple[Condition, ...] = Field(min_length=1)
    reason: Text


class Bands(Strict):
    """The first band whose minimum and conditions hold, read from the top; overrides come first."""

    legal_status: LegalStatus = "unverified"
    of: tuple[Band, ...] = Field(min_length=1)
    overrides: tuple[BandOverride, ...] = ()


class TieBreak(Strict):
    """One link of the chain that orders equal scores; what remains equal shares a rank (or goes to a
    vote)."""

    input: str | None = None
    part: str | None = None
    order: Literal["high", "low"] = "high"


class Policies(Strict):
    """What happens where the data do not give a plain value (DECISIONS 20)."""

    not_reported: Literal["zero", "unranked"] = "zero"
    not_applicable: NotApplicable = "zero"
    off_level: NotApplicable = "award_max"
    pending: Literal["zero", "self"] = "zero"
    availability: ExactNumber = ZERO


class Rounding(Strict):
    """Decimals at each stage; null = exact. Mode is half up, on decimals, never on binary floats."""

    mode: Literal["half_up"] = "half_up"
    criterion: int | None = None
    group: int | None = None
    total: int | None = None


class Scale(Strict):
    """How the points are shown: 700 of 1,000 points as 0.7000."""

    divisor: ExactNumber
    decimals: int


class RowFilter(Strict):
    """Keep the rows of a foreign table where the column is filled, or does not start with a text."""

    column: str
    filled: bool = False
    not_prefix: str | None = None


class TableShape(Strict):
    """How to read a table that was not made for us: its columns and its encoding."""

    unit: str = "unit_code"
    name: str | None = None
    level: str | None = None
    groups: tuple[str, ...] = ()
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    rows: tuple[RowFilter, ...] = ()

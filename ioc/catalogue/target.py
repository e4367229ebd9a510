"""What was promised: dated targets per unit, flat, in step with the year, or on a path of years."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from ioc.catalogue.entry import Entry, ExactDecimal, LocalText
from ioc.period import Period


class Target(Entry):
    """One promise: dated, per unit, level or all units ('*'), with the exact text beside the number.

    `path` flat: the same value at any time. year: a year's target reached month by month, so that June is judged by
    6/12 of it (METHODS 5.3, linear). years: a straight way from `start_value` on `valid_from` to `value` on
    `reach_on` ("0.75 by 2030"); from then on the value itself. Where nobody said where the way begins, `start_value`
    is left out: the promise is shown and judged from `reach_on` on only. `watch` replaces the indicator's band of
    "watch" for this unit and these dates. `promised` is filled by `due_at`: the value at the end of the way.
    """

    indicator: str
    unit: str = "*"
    valid_from: date
    valid_to: date | None = None
    operator: Literal[">=", ">", "<=", "<", "="]
    value: ExactDecimal
    path: Literal["flat", "year", "years"] = "flat"
    start_value: ExactDecimal | None = None
    reach_on: date | None = None
    watch: ExactDecimal | None = Field(default=None, ge=0)
    promised: ExactDecimal | None = None
    text: LocalText
    basis: str
    status: Literal["official", "provincial", "unverified"] = "provincial"

    @model_validator(mode="after")
    def check(self) -> Target:
        """A path of years needs the day it arrives; the others have neither beginning nor end."""
        if self.promised is not None:
            raise ValueError("promised is computed; write value")
        if self.path == "years" and self.reach_on is None:
            raise ValueError("path 'years' needs reach_on, and start_value where it is known")
        if self.path != "years" and (self.start_value is not None or self.reach_on is not None):
            raise ValueError("start_value and reach_on belong to path 'years'")
        if self.reach_on is not None and self.reach_on <= self.valid_from:
            raise ValueError(f"reach_on {self.reach_on} is not after valid_from {self.valid_from}")
        return self

    def awaits(self, day: date) -> bool:
        """Whether nothing is due by that day yet: a way of years that nobody said the beginning of."""
        return self.start_value is None and self.reach_on is not None and day < self.reach_on

    def due_at(self, period: Period) -> Target:
        """The target with the value that is due at the end of a period, and the whole promise beside it."""
        if self.path == "year":
            return self.model_copy(update={"value": self.value * period.end.month / 12, "promised": self.value})
        if self.path == "years" and self.start_value is not None and self.reach_on is not None:
            whole = (self.reach_on - self.valid_from).days
            gone = min(max((period.end - self.valid_from).days, 0), whole)
            value = self.start_value + (self.value - self.start_value) * Decimal(gone) / Decimal(whole)
            return self.model_copy(update={"value": value, "promised": self.value})
        return self

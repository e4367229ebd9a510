"""Numbers made of numbers: what an indicator of kind 'combined' adds up."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ioc.catalogue.entry import Entry


class Part(Entry):
    """One term: the numerator (for a count, the count itself) or denominator of another indicator.

    `at` opening takes what stood at the end of the month before the period begins: the opening stock.
    """

    of: str
    takes: Literal["numerator", "denominator"] = "numerator"
    sign: Literal[1, -1] = 1
    at: Literal["period", "opening"] = "period"


class Parts(Entry):
    """The terms above and below the line; without `denominator` the value is the sum itself."""

    numerator: tuple[Part, ...] = Field(min_length=1)
    denominator: tuple[Part, ...] = ()

    def terms(self) -> tuple[tuple[str, Part], ...]:
        """Every term with its side."""
        above = tuple(("numerator", part) for part in self.numerator)
        return above + tuple(("denominator", part) for part in self.denominator)

"""What every entry of the catalogue is made of: texts in two languages, owners, exact numbers, deadlines."""

from __future__ import annotations

import difflib
import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

_DURATION = re.compile(r"(\d+)(m|h|d|wd)")

# Targets keep the decimals of their text: "0.75" is compared as 3/4, never as a binary fraction.
ExactDecimal = Annotated[
    Decimal,
    BeforeValidator(lambda value: Decimal(str(value)) if isinstance(value, (int, float, str)) else value),
    PlainSerializer(str, return_type=str),
]


def parse_duration(text: str) -> timedelta:
    """'15m', '2h', '1d' as a span; 'wd' (working days) counts as days here, the calendar refines it."""
    match = _DURATION.fullmatch(text.removeprefix("+"))
    if not match:
        raise ValueError(f"cannot read the duration {text!r}; write 15m, 2h, 1d or 3wd")
    amount, unit = int(match[1]), match[2]
    return {"m": timedelta(minutes=1), "h": timedelta(hours=1)}.get(unit, timedelta(days=1)) * amount


class Entry(BaseModel):
    """Everything in the catalogue is frozen and refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LocalText(Entry):
    """A text in both languages of the product."""

    vi: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def text(self, lang: str) -> str:
        """The text in 'vi' or 'en'."""
        return self.en if lang == "en" else self.vi


class LegalBasis(Entry):
    """Decision and article, and how sure we are of it: official, the province's own rule, unverified."""

    text: str = Field(min_length=1)
    status: Literal["official", "provincial", "unverified"]


class Owner(Entry):
    """The office that answers for the definition, and whom to call, by position."""

    office: LocalText
    contact: LocalText


class Bands(Entry):
    """How far from the target a value is still 'watch' (measure units); low and high for direction 'band'."""

    watch: ExactDecimal = Field(ge=0)
    low: ExactDecimal | None = None
    high: ExactDecimal | None = None


class FreshnessRule(Entry):
    """When data must have come: '+15m', '+1d 17:00' (next day 17:00), '+1wd 17:00' (next working day)."""

    due: str
    grace: str = "0m"

    @model_validator(mode="after")
    def check(self) -> FreshnessRule:
        """Refuse what cannot be read."""
        span, _, clock = self.due.partition(" ")
        parse_duration(span)
        parse_duration(self.grace)
        if clock and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", clock):
            raise ValueError(f"cannot read the time of day {clock!r}; write it as 17:00")
        return self


def suggest(key: str, known: Any) -> str:
    """'; did you mean ...?' for a near miss, else nothing."""
    near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""

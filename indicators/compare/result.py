"""What a comparison found: the two sides, the change, or the reason why there is none."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, get_args

from indicators.compare.change import Change
from ioc.catalogue import Indicator
from ioc.period import Period

Mode = Literal["previous", "last_year", "tet"]
MODES: tuple[str, ...] = get_args(Mode)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: its period, the days really counted, and the number."""

    period: str
    first: date
    last: date
    working_days: int | None
    value: float
    numerator: float | None
    denominator: float | None
    version: int


@dataclass(frozen=True, slots=True)
class Reason:
    """A word key with its parameters: a note to the comparison, or why there is none."""

    key: str
    given: dict[str, Any]


@dataclass(frozen=True)
class Comparison:
    """`change` is None when the two may not be compared; `refused` then says why.

    `notes` are what the reader must know; `by_old` is the pair by the replaced definition where both were measured.
    """

    indicator: Indicator
    unit: str
    mode: Mode
    period: Period
    base_period: Period
    now: Side | None = None
    base: Side | None = None
    change: Change | None = None
    refused: Reason | None = None
    notes: tuple[Reason, ...] = ()
    by_old: tuple[Side, Side] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values with the sentences in both languages."""
        from indicators.compare.sentence import sentences

        def side(one: Side | None) -> dict[str, Any] | None:
            return None if one is None else {**asdict(one), "first": str(one.first), "last": str(one.last)}

        return {
            "indicator": self.indicator.id,
            "unit": self.unit,
            "mode": self.mode,
            "period": self.period.key,
            "base_period": self.base_period.key,
            "comparable": self.change is not None,
            "now": side(self.now),
            "base": side(self.base),
            "change": None if self.change is None else _finite(asdict(self.change)),
            "refused": None if self.refused is None else self.refused.key,
            "notes": [note.key for note in self.notes],
            "by_old_definition": None if self.by_old is None else [side(one) for one in self.by_old],
            "sentences": {lang: sentences(self, lang) for lang in ("vi", "en")},
        }


def _finite(plain: dict[str, Any]) -> dict[str, Any]:
    z = plain["z"]
    return {**plain, "z": None if z is None or abs(z) == float("inf") else z}

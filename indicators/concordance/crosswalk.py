"""The crosswalk from former units to present ones: shares that always add up to the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from ioc.errors import UnknownUnitError, UsageError
from ioc.unit import Succession, UnitRegistry


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a former unit that went to a present one; `is_estimated`: no share was known, split equally."""

    unit: str
    share: Fraction
    is_exact: bool
    is_estimated: bool


@dataclass(frozen=True, slots=True)
class Converted:
    """n and N of a present unit out of former ones, exactly; `exact_share` of N (of n without N) needed no split."""

    numerator: Fraction
    denominator: Fraction | None
    exact_share: Fraction | None
    is_estimated: bool

    @property
    def ratio(self) -> Fraction | None:
        """n/N, None without a denominator: rates are recomputed, never averaged."""
        return self.numerator / self.denominator if self.denominator else None


class Crosswalk:
    """Former code -> parts. Raises UsageError for shares that do not add up to one."""

    def __init__(self, steps: Mapping[str, Iterable[Succession]]) -> None:
        self._parts = {old: _shares(old, list(found)) for old, found in steps.items()}

    @classmethod
    def of(cls, registry: UnitRegistry, codes: Iterable[str]) -> Crosswalk:
        """The crosswalk of these former codes; UnknownUnitError for one that never was."""
        return cls({code: registry.successors(code) for code in codes})

    def parts(self, old: str) -> tuple[Part, ...]:
        """Where a former unit went."""
        found = self._parts.get(old)
        if found is None:
            raise UnknownUnitError(f"no succession of the former unit {old!r}", remedy="add it to the succession table")
        return found

    def divided(self) -> dict[str, tuple[Part, ...]]:
        """Only the former units that were divided."""
        return {old: parts for old, parts in self._parts.items() if len(parts) > 1}

    def convert(self, counts: Mapping[str, tuple[float, float | None]]) -> dict[str, Converted]:
        """n and N of the present units; their sums are those of the former ones, to the last digit."""
        tops: dict[str, Fraction] = {}
        bottoms: dict[str, Fraction] = {}
        whole: dict[str, Fraction] = {}
        weighed: dict[str, Fraction] = {}
        guessed: set[str] = set()
        for old, (top, bottom) in counts.items():
            mass = Fraction(top if bottom is None else bottom)
            for part in self.parts(old):
                tops[part.unit] = tops.get(part.unit, Fraction(0)) + Fraction(top) * part.share
                if bottom is not None:
                    bottoms[part.unit] = bottoms.get(part.unit, Fraction(0)) + Fraction(bottom) * part.share
                weighed[part.unit] = weighed.get(part.unit, Fraction(0)) + mass * part.share
                if part.is_exact:
                    whole[part.unit] = whole.get(part.unit, Fraction(0)) + mass * part.share
                if part.is_estimated:
                    guessed.add(part.unit)
        return {
            unit: Converted(
                tops[unit],
                bottoms.get(unit),
                whole.get(unit, Fraction(0)) / weighed[unit] if weighed[unit] else None,
                unit in guessed,
            )
            for unit in sorted(tops)
        }


def _shares(old: str, steps: list[Succession]) -> tuple[Part, ...]:
    """Known weights as they are; what is left is split equally among the parts without one, and marked."""
    known = sum((Fraction(str(step.weight)) for step in steps if step.weight is not None), Fraction(0))
    unknown = sum(step.weight is None for step in steps)
    left = 1 - known
    if left < 0 or (left and not unknown):
        message = f"the shares of the former unit {old} add up to {float(known):g}, not to 1"
        raise UsageError(message, remedy="correct its weights in the succession table, or leave them empty")
    return tuple(
        Part(
            step.new_code,
            left / unknown if step.weight is None else Fraction(str(step.weight)),
            step.is_exact and len(steps) == 1,
            step.weight is None,
        )
        for step in steps
    )

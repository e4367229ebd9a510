"""A published figure with its paper: who said it, when, in which document, by which method; nothing is recomputed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from indicators.measure.external import ELSEWHERE
from ioc.catalogue import Catalogue
from ioc.published import Unit


class Source(Protocol):
    """The part of a Reader that figures need."""

    def select(self, sql: str, params: Any = ...) -> list[dict[str, object]]: ...


@dataclass(frozen=True)
class Figure:
    """One row of the register of published figures; `claim_grade` A to D for before/after claims (METHODS 4.5)."""

    figure_code: str
    unit_code: str
    unit_name: str
    period: str
    value: float
    numerator: float | None
    denominator: float | None
    comparator: str
    status_text: str | None
    valid_from: date | None
    valid_to: date | None
    stated_on: date | None
    publisher: str
    document_ref: str
    method: str | None
    claim_grade: str | None


_COLUMNS = tuple(Figure.__dataclass_fields__)


def figures(source: Source, indicators: list[str], *, without: Collection[str] = ()) -> list[Figure]:
    """All figures of these indicators, newest statement last; those of units in `without` are left out."""
    if not indicators:
        return []
    rows = source.select(
        f"SELECT {', '.join(_COLUMNS)} FROM core.official_figure WHERE list_contains(?, figure_code) "
        "AND NOT list_contains(?, unit_code) ORDER BY figure_code, stated_on, unit_code, period",
        [indicators, sorted(without)],
    )
    return [Figure(**{name: row[name] for name in _COLUMNS}) for row in rows]  # type: ignore[arg-type]


def quoting(catalogue: Catalogue, indicator: str) -> list[str]:
    """The external indicators that stand beside an own one."""
    return [one.id for one in catalogue.indicators.values() if one.quotes == indicator]


def unit_elsewhere(source: Source, indicator: str, code: str) -> Unit | None:
    """A unit that is not ours (another province, its communes, the country), as the register names it; else None."""
    named = [figure.unit_name for figure in figures(source, [indicator]) if figure.unit_code == code]
    if not named:
        return None
    empty: dict[str, Any] = dict.fromkeys(Unit.__dataclass_fields__)
    own = {"unit_code": code, "unit_kind": ELSEWHERE, "unit_level": ELSEWHERE, "measured_as": code}
    names = dict.fromkeys(("name", "full_name", "name_en"), named[-1])
    return Unit(**{**empty, **own, **names, "unit_type": "", "is_invented": False})

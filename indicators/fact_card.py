"""The card of a number that is no observation: a rank, a gap, a count of units, of loads, of dossiers, a try."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from indicators.score import Scorecard
from ioc.calendar import WorkCalendar
from ioc.catalogue import Catalogue
from ioc.period import Period
from ioc.published import Reader

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Input:
    """One criterion behind the number: points of points, and the observation it rests on."""

    node: str
    name: Mapping[str, str]
    indicator: str | None
    points: float | None
    available: float | None
    state: str | None
    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None


@dataclass(frozen=True)
class Again:
    """What counting again gave, beside what is published. `same_recipe`: edition and every input are the same."""

    counted: list[Any]
    published: list[Any]
    agrees: bool
    same_recipe: bool


@dataclass(frozen=True)
class Listed:
    """What the number was counted from: cells by column, one row a unit, criterion or refused row.

    A cell of the column `unit` is a unit's code; `card` is no column but the key of the row's own card, where it has
    one. Numbers are in the measure of `indicator` (plain numbers where it is empty). `total` rows there are in all.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    total: int
    indicator: str = ""


@dataclass(frozen=True)
class Question:
    """Which number beside the observations is asked for, and what it may be counted from."""

    reader: Reader
    catalogue: Catalogue
    calendar: WorkCalendar
    fact: str
    unit: str
    period: Period
    part: str
    edition: str = ""


@dataclass(frozen=True)
class Counted:
    """What a number was found to be. `records` is the query of its record list; `again` counts it another way."""

    numbers: Mapping[str, Any]
    listed: Listed | None = None
    records: str = ""
    again: Callable[[], Again] | None = None
    card: Scorecard | None = None
    known_at: datetime | None = None
    run_id: str = ""
    part_name: Mapping[str, str] | None = None


@dataclass(frozen=True)
class FactCard:
    """All that is known about one such number. `numbers` holds its parts by their column."""

    fact: str
    unit: str
    period: Period
    part: str
    part_name: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]  # name, definition, method: vi, en
    source: str
    numbers: Mapping[str, Any]
    edition: Mapping[str, Any]
    recipe_hash: str
    draws: int | None
    seed: int | None
    known_at: datetime | None
    run_id: str
    version: int
    data_as_of: datetime | None
    inputs: tuple[Input, ...] = field(default=())
    again: Again | None = None
    listed: Listed | None = None
    records: str = ""
    is_countable: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the API."""
        plain: dict[str, Any] = _plain(asdict(self) | {"period": self.period.key})
        return plain


def compare_again(counted: Sequence[Any], published: Sequence[Any], *, same_recipe: bool = True) -> Again:
    """Both sides of a second count, agreeing to nine decimals."""
    pairs = zip(counted, published, strict=True)
    return Again(list(counted), list(published), all(_same(a, b) for a, b in pairs), same_recipe)


def _same(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is b
    return abs(float(a) - float(b)) <= TOLERANCE


TOLERANCE = 1e-9


def _plain(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [_plain(value) for value in node]
    return node.isoformat() if isinstance(node, (date, datetime)) else node

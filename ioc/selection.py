"""What a viewer looks at, and its one home: the query string of the address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Self, cast, get_args
from urllib.parse import parse_qsl, urlencode

from ioc.errors import UsageError
from ioc.period import Period

Lang = Literal["vi", "en"]
Compare = Literal["", "previous", "last_year", "tet"]
Basis = Literal["", "today"]
Engine = Literal["", "second"]
_UNIT = re.compile(r"[0-9]{2}|[0-9]{5}|[A-Z][0-9]{2}(\.[A-Z0-9]{1,5}){1,5}|[0-9.]{6,12}[A-Z][0-9]{2}")
_INDICATOR = re.compile(r"[a-z]+\.[a-z][a-z0-9_]*")
_WORD = re.compile(r"-?[a-z_0-9.]{1,60}")
_CARD = re.compile(r"[^|]{1,80}(\|[^|]{1,80}){2,3}(\|[^|]{1,240})?")


@dataclass(frozen=True, slots=True)
class Selection:
    """Unit, period and view of one page; every field but `unit` and `period` may be empty.

    `basis` today puts numbers of before the present boundaries on them; `engine` second counts the number of the open
    card again. `card` is `<indicator>|<unit>|<period>` with an optional `|<slice_dim>|<slice_value>`; `sort` a column
    name, with a minus for falling order.
    """

    unit: str
    period: str
    lang: Lang = "vi"
    compare: Compare = ""
    indicator: str = ""
    card: str = ""
    sort: str = ""
    basis: Basis = ""
    engine: Engine = ""

    @classmethod
    def parse(cls, query: str | Mapping[str, str], *, unit: str, period: str, lang: Lang = "vi") -> Self:
        """Read a query string ('?unit=51&period=2026-09'); what is absent takes the given default.

        Keys of other readers (page numbers, freeze) are left alone. A value that cannot be right (a broken
        period key, a unit of impossible form) raises UsageError or PeriodError, it is never guessed.
        """
        given = dict(parse_qsl(query.lstrip("?"))) if isinstance(query, str) else dict(query)
        chosen: dict[str, Any] = {"unit": unit, "period": period, "lang": lang}
        known = {field.name for field in fields(cls)}
        chosen |= {key: value.strip() for key, value in given.items() if key in known and value.strip()}
        selection = cls(**chosen)
        selection.check()
        return selection

    def check(self) -> None:
        """Refuse what no page can show."""
        Period.parse(self.period)
        _require("unit", self.unit, _UNIT, "51, 21289 or H48.01")
        if self.lang not in get_args(Lang):
            raise UsageError(f"unknown language {self.lang!r}", remedy="use lang=vi or lang=en")
        if self.compare not in get_args(Compare):
            raise UsageError(f"unknown comparison {self.compare!r}", remedy="use compare=previous, last_year or tet")
        if self.basis not in get_args(Basis):
            raise UsageError(f"unknown basis {self.basis!r}", remedy="use basis=today, or leave it out")
        if self.engine not in get_args(Engine):
            raise UsageError(f"unknown engine {self.engine!r}", remedy="use engine=second, or leave it out")
        for key, value, form, example in (
            ("indicator", self.indicator, _INDICATOR, "procedures.on_time"),
            ("sort", self.sort, _WORD, "-value"),
            ("card", self.card, _CARD, "procedures.on_time|51|2026-09"),
        ):
            if value:
                _require(key, value, form, example)

    def with_(self, **changes: str) -> Self:
        """The same view with some fields changed; checked."""
        changed = replace(self, **cast(Any, changes))
        changed.check()
        return changed

    def to_query(self, *, defaults: Selection | None = None) -> str:
        """The query string without '?', in a fixed order; fields equal to the defaults are left out."""
        pairs = []
        for field in fields(self):
            value = getattr(self, field.name)
            if value and (defaults is None or value != getattr(defaults, field.name)):
                pairs.append((field.name, value))
        return urlencode(pairs)

    def card_parts(self) -> tuple[str, str, str, str, str] | None:
        """indicator, unit, period, slice_dim, slice_value of the open card, None when no card is open."""
        if not self.card:
            return None
        parts = [*self.card.split("|"), "", ""][:5]
        return parts[0], parts[1], parts[2], parts[3], parts[4]


def _require(key: str, value: str, form: re.Pattern[str], example: str) -> None:
    if not form.fullmatch(value):
        raise UsageError(f"cannot read {key}={value!r}", remedy=f"write it like {key}={example}")

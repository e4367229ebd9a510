"""What the blocks of a page draw from: one Reader, one selection, one moment; every question is asked once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote_plus

from ioc.catalogue import Catalogue, FreshnessRule, Indicator, Target
from ioc.errors import UnknownUnitError
from ioc.period import Period
from ioc.published import Reader, SourceState, Unit
from ioc.selection import Selection
from ioc.status import Freshness, Status, Workdays, freshness, judge
from ioc.value import Observation
from ioc.words import Words, fold
from layouts import address
from layouts.facts import KeptCounts
from layouts.theme import LIGHT, Theme

LOCAL = timezone(timedelta(hours=7))
SERIES = Path(__file__).with_name("series.sql")
SAMPLE = "any|card|key"
HISTORY = 25  # two years and the month before: the trend and its previous year
# Where a number has no such period: the nearest kinds, in the order a reader would accept them.
NEAREST = {
    "day": ("month",), "week": ("month",), "month": ("ytd", "quarter", "year"), "ytd": ("month", "quarter", "year"),
    "quarter": ("month", "ytd", "year"), "half": ("quarter", "month", "ytd"),
    "nine_months": ("quarter", "month", "ytd"),
    "year": ("quarter", "month", "ytd"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One number with all that its card needs; `unit` and `period` are the ones really shown."""

    indicator: Indicator
    unit: str
    level: str
    period: Period
    observation: Observation | None
    target: Target | None
    status: Status
    freshness: Freshness
    series: tuple[Observation, ...]
    compared: Observation | None  # the number of the comparison period


class View:
    """The questions of the blocks, answered from one published version."""

    theme: Theme = LIGHT

    def __init__(
        self,
        reader: Reader,
        catalogue: Catalogue,
        selection: Selection,
        *,
        words: Words,
        now: datetime,
        geo: Mapping[str, Any],
        path: str,
        defaults: Selection,
        keys: Mapping[str, Sequence[str]],
        calendar: Workdays | None = None,
        extra: Mapping[str, str] | None = None,
        counts: KeptCounts | None = None,
    ) -> None:
        self.reader = reader
        self.catalogue = catalogue
        self.selection = selection
        self.words = words
        self.now = now
        self.geo = geo
        self.path = path
        self.defaults = defaults
        self._keys = keys
        self.calendar = calendar
        self.extra = dict(extra or {})
        self._counts = counts or KeptCounts()
        self.lang: str = selection.lang
        self.period = Period.parse(selection.period)
        self._asked: dict[tuple[Any, ...], Any] = {}

    @property
    def key(self) -> str:
        """What the page shows apart from an open card: version and query."""
        query = self.selection.with_(card="", engine="").to_query()
        return "&".join(
            [
                str(self.reader.version.id),
                query,
                *(f"{name}={text}" for name, text in sorted(self.extra.items())),
            ]
        )

    def word(self, key: str, **params: object) -> str:
        """A text in the viewer's language."""
        return self.words(key, self.lang, **params)

    def link(self, path: str | None = None, **changes: str) -> str:
        """The address of this view with some fields changed ('' clears one); a card keeps the page's own keys too."""
        if path is None and list(changes) == ["card"] and changes["card"]:
            # a page has thousands of these
            return self._card_form.replace(quote_plus(SAMPLE), quote_plus(changes["card"]), 1)
        selection = self.selection.with_(**{"card": "", "engine": "", **changes})
        found = address.href(path or self.path, selection, self.defaults)
        return address.extended(found, self.extra) if path is None and "card" in changes else found

    @cached_property
    def _card_form(self) -> str:
        """The address of this view with a card open, SAMPLE in the place of its key."""
        found = address.href(self.path, self.selection.with_(card=SAMPLE, engine=""), self.defaults)
        return address.extended(found, self.extra)

    def card_link(self, item: Observation) -> str:
        """The address that opens the card of a number over this page."""
        return self.link(card=address.card_key(item))

    def keys_of(self, kind: str) -> Sequence[str]:
        """The period keys of a kind that have numbers, newest last."""
        return self._keys.get(kind, ())

    @cached_property
    def units(self) -> dict[str, Unit]:
        """The units a viewer may choose, by code: the province, its communes and departments in being."""
        kinds = ("province", "commune", "department")
        return {
            unit.unit_code: unit for unit in self.reader.units() if unit.unit_kind in kinds and unit.valid_to is None
        }

    @cached_property
    def unit(self) -> Unit:
        """The chosen unit; UnknownUnitError when the province has none of that code."""
        found = self.units.get(self.selection.unit)
        if found is None:
            raise UnknownUnitError(f"unknown unit code {self.selection.unit!r}", remedy="choose a unit from the list")
        return found

    @cached_property
    def province(self) -> Unit:
        """The province of this copy."""
        return self.units[self.reader.version.province]

    @property
    def place_name(self) -> str:
        """The province without its kind, in the letters of the viewer's language."""
        name = self.province.name
        return " ".join(word.capitalize() for word in fold(name).split()) if self.lang == "en" else name

    def name(self, code: str) -> str:
        """How a unit is called in the viewer's language."""
        unit = self.units.get(code)
        if unit is None:
            return code
        return unit.name_en if self.lang == "en" else unit.full_name

    @cached_property
    def names(self) -> dict[str, str]:
        """All names by code."""
        return {code: self.name(code) for code in self.units}

    def members(self, level: str) -> list[str]:
        """All unit codes of a level."""
        return sorted(code for code, unit in self.units.items() if unit.unit_kind == level)

    def level_of(self, indicator: Indicator) -> str:
        """The level that lists of this number compare: departments beside a department, else communes."""
        wanted = "department" if self.unit.unit_kind == "department" else "commune"
        if wanted in indicator.levels:
            return wanted
        return next((level for level in ("commune", "department") if level in indicator.levels), "province")

    def period_for(self, indicator: Indicator, kind: str = "") -> Period:
        """The selected period, or the last one of a kind this number has that ends no later."""
        if not kind and self.period.kind in indicator.periods:
            return self.period
        wanted = (kind,) if kind in indicator.periods else NEAREST.get(self.period.kind, ())
        found = next((one for one in wanted if one in indicator.periods), indicator.periods[0])
        return self._last_of(found)

    def _last_of(self, kind: str) -> Period:
        end = self.period.end
        if kind == "nine_months" and end.month > 9:
            return Period.parse(f"{end.year}-9M")
        period = Period.of(end, kind)
        return period.previous() if period.end > end and kind != "ytd" else period

    def shown_unit(self, indicator: Indicator) -> tuple[str, str]:
        """The chosen unit and its level, or the province where the number stops at it."""
        if self.unit.unit_kind in indicator.levels:
            return self.unit.unit_code, self.unit.unit_kind
        return self.province.unit_code, "province"

    def told(self, key: str, kind: str = "") -> Told:
        """The number of the chosen unit and period with its target, status, age and history."""
        return self.once(("told", key, kind), lambda: self._tell(key, kind))

    def _tell(self, key: str, kind: str) -> Told:
        indicator = self.catalogue.indicator(key)
        unit, level = self.shown_unit(indicator)
        period = self.period_for(indicator, kind)
        series = self.series(key, unit, period)
        shown = series[-1] if series and series[-1].period == period.key else None
        target = self.catalogue.target_for(key, unit, level, period)
        compared = self.compared_period(period)
        return Told(
            indicator, unit, level, period, shown, target, judge(shown, indicator, target),
            self.fresh(indicator, period), tuple(series),
            next((item for item in series if compared is not None and item.period == compared.key), None),
        )  # fmt: skip

    def prepare(self, keys: Collection[str]) -> None:
        """Read the histories that cards of these numbers will ask for, with one query a unit and kind of period."""
        if self.reader.as_of is not None:
            return
        groups: dict[tuple[str, str], list[tuple[str, Period]]] = {}
        for key in keys:
            indicator = self.catalogue.indicators.get(key)
            if indicator is not None:
                period = self.period_for(indicator)
                groups.setdefault((self.shown_unit(indicator)[0], period.kind), []).append((key, period))
        for (unit, kind), members in groups.items():
            names = [key for key, _ in members]
            end = max(period.end for _, period in members)
            found: dict[str, dict[str, Observation]] = {key: {} for key in names}
            for row in self.reader.select(SERIES.read_text(encoding="utf-8"), [names, unit, kind, end]):
                item = Observation(**cast(Any, row))
                found[item.indicator][item.period] = item  # rows come by version: the newer definition counts
            for key, period in members:
                items = [item for item in found[key].values() if item.period_end <= period.end]
                self._asked["series", key, unit, period.key] = items[-HISTORY:]

    def counted(self, key: tuple[Any, ...], count: Callable[[], Any]) -> Any:
        """What `count` gives, counted once a version for all who may see all of it as it stands."""
        if self.reader.as_of is not None or self.reader.scope.units is not None:
            return count()
        return self._counts.of(key, count)

    def compared_period(self, period: Period) -> Period | None:
        """The period of the chosen comparison; the same period last year where none is chosen."""
        return period.previous() if self.selection.compare == "previous" else period.same_last_year()

    def series(self, key: str, unit: str, period: Period) -> list[Observation]:
        """Two years of a number up to a period, oldest first."""
        return self.once(
            ("series", key, unit, period.key),
            lambda: self.reader.series(key, unit, period.kind, last=period.key, count=HISTORY),
        )

    def everyone(self, key: str, level: str, period: str) -> list[Observation]:
        """The number of every unit of a level."""
        return self.once(("level", key, level, period), lambda: self.reader.level(key, level, period))

    def statuses(self, items: Sequence[Observation]) -> dict[str, Status]:
        """Status of each unit's number."""
        return {item.unit: self.judged(item) for item in items}

    def judged(self, item: Observation) -> Status:
        """Status of one number against the target of its unit and period."""
        indicator = self.catalogue.indicator(item.indicator)
        target = self.catalogue.target_for(item.indicator, item.unit, item.unit_level, Period.parse(item.period))
        return judge(item, indicator, target)

    @cached_property
    def sources(self) -> list[SourceState]:
        """How far every source has come."""
        return self.reader.sources()

    def states(self, indicator: Indicator) -> list[SourceState]:
        """The states of the sources a number is made of."""
        wanted = self.catalogue.dataset_of(indicator).sources
        return [
            one
            for one in self.sources
            if one.source in wanted or f"{one.source}/{one.dataset.replace('-', '_')}" in wanted
        ]

    def fresh(self, indicator: Indicator, period: Period) -> Freshness:
        """Freshness of a period's number by the slowest source, or the fastest where sources fill one table in turn."""
        known = [state for state in self.states(indicator) if state.complete_through is not None]
        choose = max if self.catalogue.dataset_of(indicator).complete_when == "any" else min
        reach = choose(known, key=lambda state: state.complete_through or self.now, default=None)
        return freshness(reach, indicator.freshness, self.now, self.calendar, period)

    def fresh_of(self, state: SourceState | None, rule: FreshnessRule | None) -> Freshness:
        """Freshness of one source under a rule."""
        return freshness(state, rule, self.now, self.calendar)

    def once(self, key: tuple[Any, ...], ask: Callable[[], Any]) -> Any:
        """What `ask` gives, asked for once while a page is drawn."""
        if key not in self._asked:
            self._asked[key] = ask()
        return self._asked[key]

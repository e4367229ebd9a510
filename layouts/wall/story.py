"""What a scene tells: the numbers read once from one version, judged, with the lead chosen. Draws nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ioc.catalogue import Catalogue, Indicator, Target
from ioc.period import Period
from ioc.published import Reader, SourceState
from ioc.status import Freshness, Status, Workdays, freshness, judge
from ioc.value import Observation
from layouts.charts.junction import junction_name
from layouts.charts.numeral import SHOWN
from layouts.charts.tally import tally
from layouts.wall.scenes import LED, Scene, Tile

LOCAL = timezone(timedelta(hours=7))
MONTHS = 12
JUNCTION_NAMES = Path(__file__).with_name("junction_names.sql")
_NEED = {"bad": 3, "watch": 2, "unknown": 1, "good": 0}


@dataclass(frozen=True, slots=True)
class Told:
    """One number with all that its card needs. `series` ends with the shown period."""

    tile: Tile
    indicator: Indicator
    observation: Observation | None
    period: Period | None
    target: Target | None
    status: Status
    freshness: Freshness
    series: tuple[Observation, ...]
    last_year: Observation | None


@dataclass(frozen=True, slots=True)
class Story:
    """One scene with its numbers. `level` holds every commune (or slice) of the lead, judged in
    `statuses`."""

    scene: Scene
    tiles: tuple[Told, ...]
    lead: Told
    level: tuple[Observation, ...]
    statuses: Mapping[str, Status]
    rows: tuple[tuple[str, tuple[Observation, ...]], ...]  # slices: name and series, for the heatmap
    counts: Mapping[str, int]
    names: Mapping[str, str]


class Teller:
    """Reads stories from one Reader; keeps what several scenes ask for (sources, names, numbers)."""

    def __init__(
        self, reader: Reader, catalogue: Catalogue, now: datetime, lang: str, *, calendar: Workdays | None = None
    ) -> None:
        self.reader = reader
        self.calendar = calendar
        self.catalogue = catalogue
        self.now = now
        self.lang = lang
        self.province = reader.version.province
        self._today = reader.version.published_at.astimezone(LOCAL).date()
        self._sources = {(state.source, state.dataset): state for state in reader.sources()}
        self._told: dict[Tile, Told] = {}
        self.names = unit_names(reader, lang)
        self.communes = sorted(
            unit.unit_code for unit in reader.units() if unit.unit_kind == "commune" and unit.valid_to is None
        )

    def tell(self, scene: Scene) -> Story:
        """The story of a scene; tiles whose indicator the catalogue does not hold are left out."""
        tiles = [self.told(tile) for tile in scene.tiles if tile.indicator in self.catalogue.indicators]
        lead = self._lead(scene, tiles)
        rows: tuple[tuple[str, tuple[Observation, ...]], ...] = ()
        names = self.names
        if scene.slice_dim and lead.period is not None:
            level = self.reader.slices(lead.indicator.id, self.province, lead.period.key, scene.slice_dim)
            names = {**names, **self._slice_names(scene.slice_dim)}
            rows = self._rows(scene, lead, level, names)
            statuses = {item.slice_value: self._judge(item, lead.indicator) for item in level}
            level = [_as_unit(item) for item in level]
            everyone: Sequence[str] = sorted(statuses)
        else:
            key = lead.period.key if lead.period else ""
            level = self.reader.level(lead.indicator.id, "commune", key) if key else []
            statuses = {item.unit: self._judge(item, lead.indicator) for item in level}
            everyone = self.communes or sorted(statuses)
        counts = tally(everyone, level, statuses)
        return Story(scene, tuple(tiles), lead, tuple(level), statuses, rows, counts, names)

    def told(self, tile: Tile) -> Told:
        """One number of the province: newest closed period that is due, judged, with its history."""
        if tile in self._told:
            return self._told[tile]
        indicator = self.catalogue.indicator(tile.indicator)
        kind = tile.kind if tile.kind in indicator.periods else indicator.periods[0]
        series = self.reader.series(indicator.id, self.province, kind, count=3 * MONTHS + 1)
        closed = [item for item in series if item.period_end < self._today and item.state != "not_due"]
        shown = closed[-1] if closed else (series[-1] if series else None)
        period = Period.parse(shown.period) if shown is not None else None
        until = [item for item in series if shown is not None and item.period_end <= shown.period_end]
        before = period.same_last_year().key if period is not None else ""
        target = self._target(indicator, self.province, "province", period) if period is not None else None
        told = Told(
            tile,
            indicator,
            shown,
            period,
            target,
            judge(shown, indicator, target),
            self._freshness(indicator),
            tuple(until),
            next((item for item in series if item.period == before), None),
        )
        self._told[tile] = told
        return told

    def plan(self, told: Told, periods: Sequence[Period]) -> list[float | None]:
        """The target in force in each period, in measure units."""
        found = [self._target(told.indicator, self.province, "province", period) for period in periods]
        return [float(target.value) if target is not None else None for target in found]

    def _target(self, indicator: Indicator, unit: str, level: str, period: Period) -> Target | None:
        return self.catalogue.target_for(indicator.id, unit, level, period)

    def _judge(self, item: Observation, indicator: Indicator) -> Status:
        period = Period.parse(item.period)
        return judge(item, indicator, self._target(indicator, item.unit, item.unit_level, period))

    def _lead(self, scene: Scene, tiles: Sequence[Told]) -> Told:
        if scene.lead:
            return next(told for told in tiles if told.indicator.id == scene.lead)
        mapped = [told for told in tiles if "commune" in told.indicator.levels]
        if not any(told.status.level == "bad" for told in mapped):
            # Unless it is off track, the story of another scene is not told twice.
            mapped = [told for told in mapped if told.indicator.id not in LED] or mapped

        def need(told: Told) -> tuple[int, float]:
            aim = abs(float(told.target.value)) if told.target is not None and told.target.value else 1.0
            return _NEED[told.status.level], abs(told.status.delta or 0.0) / aim

        return max(mapped, key=need)

    def _freshness(self, indicator: Indicator) -> Freshness:
        """Of the source that is furthest behind among those the number is made of."""
        states = [
            state
            for name in self.catalogue.dataset_of(indicator).sources
            for state in self._states(name)
            if state.last_success_at is not None
        ]
        if not states:
            return freshness(None, indicator.freshness, self.now, self.calendar)
        oldest = min(states, key=lambda state: state.complete_through or self.now)
        return freshness(oldest, indicator.freshness, self.now, self.calendar)

    def _states(self, name: str) -> list[SourceState]:
        source, _, dataset = name.partition("/")
        return [state for (key, part), state in self._sources.items() if key == source and dataset in ("", part)]

    def _rows(
        self, scene: Scene, lead: Told, level: Sequence[Observation], names: Mapping[str, str]
    ) -> tuple[tuple[str, tuple[Observation, ...]], ...]:
        kind = lead.period.kind if lead.period else lead.tile.kind
        last = lead.period.key if lead.period else None
        found = []
        for item in sorted(level, key=lambda item: (-(item.value or 0.0), item.slice_value)):
            series = self.reader.series(
                lead.indicator.id, self.province, kind, last=last, count=MONTHS,
                slice_dim=scene.slice_dim, slice_value=item.slice_value,
            )  # fmt: skip
            found.append((names.get(item.slice_value, item.slice_value), tuple(series)))
        return tuple(found)

    def _slice_names(self, slice_dim: str) -> dict[str, str]:
        if slice_dim != "junction_code":
            return {}
        rows = self.reader.select(JUNCTION_NAMES.read_text(encoding="utf-8"))
        return {str(row["code"]): junction_name(str(row["name"]), self.lang) for row in rows}


def _as_unit(item: Observation) -> Observation:
    """A part in the place of a unit, so that lists treat both alike."""
    return replace(item, unit=item.slice_value)


def unit_names(reader: Reader, lang: str) -> dict[str, str]:
    """Display names by code; English names where the viewer reads English."""
    return {unit.unit_code: unit.name_en if lang == "en" else unit.full_name for unit in reader.units()}


def trend_periods(told: Told) -> list[Period]:
    """The periods of the trend: the running year to its end for cumulative numbers, else the last twelve."""
    if told.period is None:
        return []
    if told.period.kind == "ytd":
        return [Period.parse(f"{told.period.year}-{month:02d}.ytd") for month in range(1, 13)]
    return [told.period.shift(step) for step in range(1 - MONTHS, 1)]


def aligned(series: Sequence[Observation], periods: Sequence[Period]) -> list[Observation | None]:
    """The series laid along the periods."""
    by_key = {item.period: item for item in series}
    return [by_key.get(period.key) for period in periods]


def values(items: Sequence[Observation | None]) -> list[float | None]:
    """Values where there is something to show."""
    return [item.value if item is not None and item.state in SHOWN else None for item in items]

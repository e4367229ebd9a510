"""Recomputes one number: its own rows, its own period and unit logic, its own states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from indicators.expression import parse_moment
from indicators.part import add_parts
from indicators.second.counted import SEVEN, Counted, Mask, Moments, Places, local_days
from indicators.second.reported import recompute_reported
from indicators.second.tables import Tables
from ioc.catalogue import Catalogue, Indicator, parse_duration
from ioc.errors import UsageError
from ioc.period import Period
from ioc.status import due_at


@dataclass(frozen=True)
class Recomputed:
    """What the second engine says about a number."""

    value: float | None
    numerator: float | None
    denominator: float | None
    state: str


@dataclass(frozen=True)
class _Window:
    """The period in days and instants, and how far the data reach into it."""

    first: pd.Timestamp
    last: pd.Timestamp
    begins: pd.Timestamp
    ends: pd.Timestamp
    reach: pd.Timestamp
    is_over: bool

    @classmethod
    def of(cls, period: Period, reach: pd.Timestamp, now: datetime) -> _Window:
        first, last = pd.Timestamp(period.start), pd.Timestamp(period.end)
        today = (pd.Timestamp(now).tz_convert("UTC").tz_localize(None) + SEVEN).normalize()
        return cls(first, last, first - SEVEN, last + pd.Timedelta(days=1) - SEVEN, reach, last < today)


def recompute(
    tables: Tables,
    catalogue: Catalogue,
    indicator: str,
    unit: str,
    period: str,
    *,
    now: datetime,
    slice_dim: str = "",
    slice_value: str = "",
    version: int | None = None,
) -> Recomputed:
    """Value, numerator, denominator and state of one number, from the frames alone; by an earlier definition
    where its `version` is given.

    `now` is the moment of the measurement to compare with (it tells missing from not due). Units are codes of
    core.unit; the province takes all rows. Raises UsageError for an unknown indicator, PeriodError for a key.
    """
    entry = catalogue.indicator(indicator) if version is None else catalogue.definition(indicator, version)
    dataset = catalogue.dataset_of(entry)
    row = tables.unit(unit)
    parsed = Period.parse(period)
    if entry.kind == "combined":
        return _recompute_combined(tables, catalogue, entry, unit, parsed, now)
    if entry.kind == "external":
        raise UsageError(f"{entry.id} is entered as published", remedy="its document stands in its records")
    if entry.kind == "reported":
        return Recomputed(*recompute_reported(tables, entry, unit, row, parsed, now=now))
    asked = ("window", entry.dataset, period, now)
    if asked not in tables.kept:
        tables.kept[asked] = _Window.of(parsed, tables.reach(dataset, now), now)
    window: _Window = tables.kept[asked]
    column = dataset.parent if row["unit_level"] == "source" and dataset.parent else dataset.unit
    own = None if row["unit_level"] == "province" else unit
    # two versions of a definition may count other things of the same rows: what they count is part of the key
    texts = (entry.where, entry.period_by, entry.numerator, entry.denominator, entry.enters_on, entry.leaves_on)
    counted: Counted = tables.keep(
        (entry.id, entry.kind, texts, now),
        "counted",
        lambda: Counted.of(entry, dataset, tables.frames[entry.dataset], window.reach),
    )
    places = counted.places(column, own, slice_dim, slice_value)
    ever = _ever_seen(tables, entry, column, unit, window, row["unit_level"])
    if counted.span is not None:
        standing = places[_is_standing(counted, places, window)]
        return _judge(entry, counted, standing, window, row, now, seen=entry.kind == "stock", ever=ever)
    days = counted.days[places]
    inside = (days >= window.first.to_datetime64()) & (days <= window.last.to_datetime64())
    if entry.kind == "snapshot":
        inside = _latest_of_each(counted.numbered(dataset.unit)[places], days, inside)
    found = _judge(entry, counted, places[inside], window, row, now, seen=bool(inside.any()), ever=ever)
    if entry.storm_grace and ever and found.state not in ("value", "zero") and _is_excused(tables, unit, window):
        return Recomputed(None, None, None, "not_due")
    return found


def _is_excused(tables: Tables, unit: str, window: _Window) -> bool:
    """Whether a declared grace of the unit touches the period."""
    own = tables.grace[tables.grace["unit_code"] == unit]
    return bool(
        ((pd.to_datetime(own["from_on"]) <= window.last) & (pd.to_datetime(own["to_on"]) >= window.first)).any()
    )


def _recompute_combined(
    tables: Tables, catalogue: Catalogue, entry: Indicator, unit: str, period: Period, now: datetime
) -> Recomputed:
    """The terms recomputed one by one, then added; the opening of the first month of history is unknown."""
    assert entry.parts is not None
    dataset = catalogue.dataset_of(entry)
    begins = pd.Timestamp(tables.frames[entry.dataset][dataset.history_by].min())
    whole = begins.replace(day=1) if begins.day <= 7 else begins.replace(day=1) + pd.DateOffset(months=1)
    floor = max(whole, pd.Timestamp(now.year - 2, 1, 1))
    states: list[str] = []

    def read(of: str, code: str, key: str) -> Recomputed | None:
        if pd.Timestamp(Period.parse(key).start) < floor:
            states.append("not_applicable")
            return None
        asked = ("term", of, code, key, now)
        if asked not in tables.kept:  # several combined numbers share their terms
            version = catalogue.definition_for(of, Period.parse(key)).version
            tables.kept[asked] = recompute(tables, catalogue, of, code, key, now=now, version=version)
        seen: Recomputed = tables.kept[asked]
        states.append(seen.state)
        return seen

    total = add_parts(entry, unit, period, read)
    for word in ("missing", "not_due"):
        if word in states:
            return Recomputed(None, None, None, word)
    if total.value is None:
        return Recomputed(None, None, None, "not_applicable")
    bottom = total.denominator if entry.parts.denominator else None
    return Recomputed(total.value, total.numerator, bottom, "zero" if total.numerator == 0 else "value")


def _is_standing(counted: Counted, places: Places, window: _Window) -> Mask:
    """Whether each row is in the stock at min(period end, reach); a missing moment compares as false."""
    assert counted.span is not None
    entering, leaving = (moments[places] for moments in counted.span)
    stays = np.isnat(leaving)
    if counted.by_day:
        last = min(window.last, (window.reach - pd.Timedelta(microseconds=1) + SEVEN).normalize()).to_datetime64()
        inside = (entering <= last) & (stays | (leaving > last))
    else:
        moment = min(window.ends, window.reach).to_datetime64()
        inside = (entering < moment) & (stays | (leaving >= moment))
    found: Mask = inside & (stays | (leaving > entering))
    return found


def _latest_of_each(units: Places, days: Moments, inside: Mask) -> Mask:
    """Of each unit (numbered from 0) the rows of its latest day, among the rows inside."""
    if not inside.any():
        return inside
    latest = np.full(int(units.max()) + 1, days[inside].min())
    np.maximum.at(latest, units[inside], days[inside])
    found: Mask = inside & (days == latest[units])
    return found


def _ever_seen(tables: Tables, entry: Indicator, unit_column: str, unit: str, window: _Window, level: str) -> bool:
    """Whether the unit ever had a record (for indicators that apply to such units only)."""
    if entry.applies_to == "all" or level == "province":
        return True

    def look() -> set[str]:
        rows = tables.frames[entry.dataset]
        types: Any = {entry.period_by: "date"}
        has_day = ~np.isnat(local_days(rows, parse_moment(entry.period_by or "", types), window.reach))
        return set(rows.loc[has_day, unit_column].dropna())

    asked = ("ever", entry.dataset, entry.period_by, unit_column, window.reach)
    if asked not in tables.kept:
        tables.kept[asked] = look()
    return unit in tables.kept[asked]


def _judge(
    entry: Indicator,
    totals: Counted,
    chosen: Places,
    window: _Window,
    unit: Any,
    now: datetime,
    *,
    seen: bool,
    ever: bool,
) -> Recomputed:
    is_ratio = totals.bottom is not None
    top = totals.top(chosen)
    bottom = totals.bottom(chosen) if totals.bottom is not None else None
    is_whole, is_reached = window.reach >= window.ends, window.reach > window.begins
    seen = seen and is_reached
    if seen or (entry.kind == "stock_ratio" and chosen.size):
        if not is_ratio:
            return Recomputed(top, top, None, "zero" if top == 0 else "value")
        if bottom:
            return Recomputed(top * entry.scale / bottom, top, bottom, "zero" if top == 0 else "value")
    state = _empty_state(entry, window, unit, now, seen=seen, ever=ever, is_whole=is_whole, is_reached=is_reached)
    if state == "zero":
        return Recomputed(0.0, 0.0, None, "zero")
    if seen and is_ratio and state == "not_applicable":
        return Recomputed(None, top, bottom, state)  # 0 of 0: nothing happened, and the count says so
    return Recomputed(None, None, None, state)


def _empty_state(
    entry: Indicator,
    window: _Window,
    unit: Any,
    now: datetime,
    *,
    seen: bool,
    ever: bool,
    is_whole: bool,
    is_reached: bool,
) -> str:
    """Why there is nothing: not begun, not delivered, nothing happened, or not this unit's business."""
    if not ever:
        return "not_applicable"
    if not seen and pd.notna(unit["valid_from"]) and pd.Timestamp(unit["valid_from"]) > window.last:
        return "not_applicable"
    waiting = "missing" if _is_behind(entry, window.reach, now) else "not_due"
    if not is_reached:
        return "missing" if window.is_over else waiting
    if seen or (entry.denominator is not None and entry.absent == "zero"):
        return "not_applicable" if is_whole else "not_due"
    if entry.absent == "zero":
        return "zero"
    return "missing" if is_whole else waiting


def _is_behind(entry: Indicator, reach: pd.Timestamp, now: datetime) -> bool:
    if entry.freshness is None:
        return False
    due = due_at(entry.freshness, reach.to_pydatetime().replace(tzinfo=UTC))
    return now > due + parse_duration(entry.freshness.grace)

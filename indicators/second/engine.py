"""Recomputes one number: its own rows, its own period and unit logic, its own states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from indicators.expression import (
    condition_holds,
    parse_condition,
    parse_moment,
    parse_total,
    prepare_total,
    row_values,
)
from indicators.part import add_parts
from indicators.second.reported import recompute_reported
from indicators.second.tables import Tables, used_columns
from ioc.catalogue import Catalogue, Indicator, parse_duration
from ioc.errors import UsageError
from ioc.period import Period
from ioc.status import due_at

SEVEN = pd.Timedelta(hours=7)
Mask = NDArray[np.bool_]
Moments = NDArray[np.datetime64]


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
    first, last = pd.Timestamp(parsed.start), pd.Timestamp(parsed.end)
    ends = last + pd.Timedelta(days=1) - SEVEN
    today = (pd.Timestamp(now).tz_convert("UTC").tz_localize(None) + SEVEN).normalize()
    window = _Window(first, last, first - SEVEN, ends, tables.reach(dataset, now), last < today)
    types = {name: column.type for name, column in dataset.columns.items()}
    column = dataset.parent if row["unit_level"] == "source" and dataset.parent else dataset.unit
    own = None if row["unit_level"] == "province" else unit
    # two versions of a definition may count other things of the same rows: what they count is part of the key
    counted = (entry.numerator, entry.denominator, entry.enters_on, entry.leaves_on)
    group = (entry.id, entry.where, entry.period_by, counted, now)
    part = (column, own, slice_dim, slice_value)

    def choose() -> pd.DataFrame:
        rows = tables.of_unit(entry.dataset, column, own)
        rows = rows[sorted(used_columns(dataset, entry) | {dataset.unit} | ({slice_dim} if slice_dim else set()))]
        if slice_dim:
            rows = rows[rows[slice_dim].fillna("") == slice_value]
        return rows[condition_holds(rows, parse_condition(entry.where, types))] if entry.where else rows

    scope = tables.keep(group, part, choose)
    ever = _ever_seen(tables, entry, column, unit, window, row["unit_level"])
    totals = tables.keep(group, ("totals", *part), lambda: _Totals.of(entry, scope, types))
    if entry.kind in ("stock", "stock_ratio"):
        span = tables.keep(group, ("span", *part), lambda: _span(scope, entry, types))
        standing = _is_standing(span, parse_moment(entry.enters_on or "", types).type == "date", window)
        return _judge(entry, totals, standing, window, row, now, seen=entry.kind == "stock", ever=ever)
    assert entry.period_by is not None
    moment = parse_moment(entry.period_by, types)
    days = tables.keep(group, ("days", *part), lambda: _days(scope, moment, window.reach).to_numpy("datetime64[us]"))
    inside = (days >= window.first.to_datetime64()) & (days <= window.last.to_datetime64())
    if entry.kind == "snapshot":
        units = tables.keep(
            group, ("units", *part), lambda: pd.factorize(scope[dataset.unit], use_na_sentinel=False)[0]
        )
        inside = _latest_of_each(units, days, inside)
    found = _judge(entry, totals, inside, window, row, now, seen=bool(inside.any()), ever=ever)
    if entry.storm_grace and ever and found.state not in ("value", "zero") and _is_excused(tables, unit, window):
        return Recomputed(None, None, None, "not_due")
    return found


@dataclass(frozen=True)
class _Totals:
    """Numerator and denominator over chosen rows."""

    top: Callable[[Mask], float]
    bottom: Callable[[Mask], float] | None

    @classmethod
    def of(cls, entry: Indicator, rows: pd.DataFrame, types: Any) -> _Totals:
        assert entry.numerator is not None
        below = entry.denominator
        return cls(
            prepare_total(rows, parse_total(entry.numerator, types)),
            None if below is None else prepare_total(rows, parse_total(below, types)),
        )


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


def _days(rows: pd.DataFrame, moment: Any, reach: pd.Timestamp) -> Any:
    """The local day of each row; rows dated after the data's reach get none."""
    values = row_values(rows, moment)
    if moment.type == "date":
        last_day = (reach - pd.Timedelta(microseconds=1) + SEVEN).normalize()
        return values.where(values <= last_day)
    return (values.where(values < reach) + SEVEN).dt.normalize()


def _span(rows: pd.DataFrame, entry: Indicator, types: Any) -> tuple[Moments, Moments]:
    """When each row enters the stock and when it leaves."""
    assert entry.enters_on is not None
    assert entry.leaves_on is not None
    entering, leaving = (row_values(rows, parse_moment(text, types)) for text in (entry.enters_on, entry.leaves_on))
    return entering.to_numpy("datetime64[us]"), leaving.to_numpy("datetime64[us]")


def _is_standing(span: tuple[Moments, Moments], by_day: bool, window: _Window) -> Mask:
    """Whether each row is in the stock at min(period end, reach); a missing moment compares as false."""
    entering, leaving = span
    stays = np.isnat(leaving)
    if by_day:
        last = min(window.last, (window.reach - pd.Timedelta(microseconds=1) + SEVEN).normalize()).to_datetime64()
        inside = (entering <= last) & (stays | (leaving > last))
    else:
        moment = min(window.ends, window.reach).to_datetime64()
        inside = (entering < moment) & (stays | (leaving >= moment))
    found: Mask = inside & (stays | (leaving > entering))
    return found


def _latest_of_each(units: NDArray[np.intp], days: Moments, inside: Mask) -> Mask:
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

    def look() -> bool:
        rows = tables.of_unit(entry.dataset, unit_column, unit)
        types: Any = {entry.period_by: "date"}
        return bool(_days(rows, parse_moment(entry.period_by or "", types), window.reach).notna().any())

    return bool(tables.keep((entry.id, entry.period_by, window.reach), ("ever", unit_column, unit), look))


def _judge(
    entry: Indicator,
    totals: _Totals,
    chosen: Mask,
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
    if seen or (entry.kind == "stock_ratio" and chosen.any()):
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

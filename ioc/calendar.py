"""Working days and dossier clocks in Vietnam, from a dated table (never computed from the law alone).

Day 0, the day of receipt, is not counted (Civil Code 2015, art. 147). Saturdays and Sundays rest unless
the table says that they are worked; holidays, days in lieu and swapped days are rows with their legal basis.
Sums over working days use a cumulative index over the whole table, so that worked Saturdays count exactly
and arrays cost no more than a look-up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Literal, TypeAlias, get_args
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from ioc.calendar_table import SpecialDay, read_days
from ioc.errors import CalendarError

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
SHIPPED = Path(__file__).resolve().parents[1] / "data" / "calendar" / "vn.csv"
HALF_DAYS: tuple[tuple[time, time], ...] = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 0)))

AllowanceUnit = Literal["working_day", "calendar_day", "hour", "same_day"]
Pause: TypeAlias = tuple[datetime, datetime]
Days: TypeAlias = NDArray[np.datetime64]
Counts: TypeAlias = NDArray[np.int64]
_DAY = timedelta(days=1)


def local_day(instant: datetime) -> date:
    """The day in Vietnam of an aware instant; where every day of the product is cut."""
    return _local(instant).date()


class WorkCalendar:
    """The working days of whole years; every question outside them raises CalendarError."""

    def __init__(self, days: Sequence[SpecialDay], *, hours: tuple[tuple[time, time], ...] = HALF_DAYS) -> None:
        if not days:
            raise CalendarError("the calendar table is empty", remedy="restore data/calendar/vn.csv")
        self.hours = hours
        self.special = {entry.day: entry for entry in sorted(days, key=lambda entry: entry.day)}
        self.first = date(min(self.special).year, 1, 1)
        self.last = date(max(self.special).year, 12, 31)
        ordered = "|".join(f"{d.day}{int(d.is_working)}" for d in self.special.values())
        self.version = f"{self.last.year}-{hashlib.sha256(ordered.encode()).hexdigest()[:8]}"
        all_days = np.arange(np.datetime64(self.first), np.datetime64(self.last) + 1)
        is_working = np.is_busday(all_days)
        for entry in self.special.values():
            is_working[(entry.day - self.first).days] = entry.is_working
        self._is_working = is_working
        self._until = np.concatenate(([0], np.cumsum(is_working)))  # [i]: working days before day i
        self._working = all_days[is_working]

    @classmethod
    def load(
        cls,
        overlay: Path | None = None,
        *,
        shipped: Path = SHIPPED,
        hours: tuple[tuple[time, time], ...] = HALF_DAYS,
    ) -> WorkCalendar:
        """The shipped table, overlaid by the province's file (home/calendar.csv) where it exists."""
        days = {entry.day: entry for entry in read_days(shipped)}
        if overlay is not None and overlay.exists():
            days |= {entry.day: entry for entry in read_days(overlay)}
        return cls(list(days.values()), hours=hours)

    def is_working(self, day: date) -> bool:
        """Whether offices work on this day."""
        return bool(self._is_working[self._index(day)])

    def reason(self, day: date, lang: str = "vi") -> str | None:
        """Why the day differs from its week; None for an ordinary day."""
        entry = self.special.get(day)
        return None if entry is None else entry.reason_vi if lang == "vi" else entry.reason_en

    def is_provisional(self, year: int) -> bool:
        """Whether days of this year are entered before their announcement."""
        return any(entry.is_provisional for entry in self.special.values() if entry.day.year == year)

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after the day (day 0 not counted); n < 0: before it; 0: the day itself."""
        return _to_date(self.add_working_days_array(np.array([day], "M8[D]"), np.array([n]))[0])

    def add_working_days_array(self, days: Days, n: Counts | int) -> Days:
        """`add_working_days` for whole columns: days (N,), n (N,) or one number; NaT stays NaT."""
        days = days.astype("M8[D]")
        index, missing = self._indices(days)
        steps = np.broadcast_to(np.asarray(n, dtype=np.int64), index.shape)
        position = np.where(steps > 0, self._until[index + 1] + steps - 1, self._until[index] + steps)
        is_moved = (steps != 0) & ~missing
        if bool(np.any(is_moved & ((position < 0) | (position >= len(self._working))))):
            raise CalendarError(f"a due day falls outside the calendar ({self._span()})", remedy=_EXTEND)
        moved = self._working[np.where(is_moved, position, 0)]
        result: Days = np.where(is_moved, moved, days)
        return result

    def working_days_between(self, a: date, b: date) -> int:
        """Working days after a, up to and with b; negative when b is earlier. Inverse of add_working_days."""
        return int(self._until[self._index(b) + 1] - self._until[self._index(a) + 1])

    def working_days_between_array(self, a: Days, b: Days) -> Counts:
        """`working_days_between` for whole columns of equal length; missing days are an error."""
        first, none_a = self._indices(np.asarray(a).astype("M8[D]"))
        last, none_b = self._indices(np.asarray(b).astype("M8[D]"))
        if bool(none_a.any() or none_b.any()):
            raise CalendarError("a day is missing, so days between cannot be counted", remedy="filter such rows first")
        counts: Counts = self._until[last + 1] - self._until[first + 1]
        return counts

    def next_working_day(self, day: date) -> date:
        """The day itself when it is worked, else the first working day after it."""
        return day if self.is_working(day) else self.add_working_days(day, 1)

    def working_minutes_between(self, a: datetime, b: datetime) -> float:
        """Minutes of office hours from a to b (aware instants); negative when b is earlier."""
        if b < a:
            return -self.working_minutes_between(b, a)
        start, end = _local(a), _local(b)
        if start.date() == end.date():
            return self._minutes_until(end) - self._minutes_until(start)
        whole = self.working_days_between(start.date(), end.date() - _DAY)
        return self._minutes_a_day() * whole + self._minutes_left(start) + self._minutes_until(end)

    def add_working_minutes(self, instant: datetime, minutes: float) -> datetime:
        """The instant (UTC) at which so many minutes of office hours have passed since the given one;
        minutes >= 0.
        """
        if minutes < 0:
            raise CalendarError(f"cannot add {minutes} working minutes", remedy="give 0 or more")
        left, start = minutes, _local(instant)
        if left > self._minutes_left(start):
            left -= self._minutes_left(start)
            whole, left = divmod(left, self._minutes_a_day())
            if left == 0:  # ends at closing time, not at the opening of the next day
                whole, left = whole - 1, self._minutes_a_day()
            day = self.add_working_days(start.date(), int(whole) + 1)
        else:
            left += self._minutes_until(start)
            day = start.date()
            if minutes == 0:
                return instant.astimezone(UTC)
        for opens, closes in self.hours:
            length = _minutes(closes) - _minutes(opens)
            if left <= length:
                at = datetime.combine(day, opens, VIETNAM) + timedelta(minutes=left)
                return at.astimezone(UTC)
            left -= length
        raise CalendarError("office hours are not in order", remedy="list them from morning to evening")

    def start_day(self, received_at: datetime, *, cutoff: time | None = None) -> date:
        """Day 0 of a dossier: the day of receipt, or the next working day when it came after the cut-off
        or at rest.

        The cut-off is the closing time of the office unless stated.
        """
        local = _local(received_at)
        limit = cutoff or self.hours[-1][1]
        if local.time() > limit:
            return self.next_working_day(local.date() + _DAY)
        return self.next_working_day(local.date())

    def due_on(
        self,
        received_at: datetime,
        allowance: int,
        unit: AllowanceUnit = "working_day",
        *,
        cutoff: time | None = None,
        pauses: Sequence[Pause] = (),
    ) -> date:
        """The due day of a dossier; calendar-day clocks roll forward off days of rest (METHODS 3.1)."""
        return local_day(self.due_at(received_at, allowance, unit, cutoff=cutoff, pauses=pauses))

    def due_at(
        self,
        received_at: datetime,
        allowance: int,
        unit: AllowanceUnit = "working_day",
        *,
        cutoff: time | None = None,
        pauses: Sequence[Pause] = (),
    ) -> datetime:
        """The last instant (UTC) that is still on time: the end of the due day, or the very minute for hours.

        allowance: days or hours, not negative; `same_day` ignores it. pauses: (from, to) instants in which
        the clock
        stood (waiting for the citizen); they may overlap. A pause adds the days (or office minutes) it
        covers, the day it ends included. For a pause still open pass the moment of judging as its end.
        """
        if allowance < 0:
            raise CalendarError(f"an allowance of {allowance} is negative", remedy="correct the procedure's allowance")
        if unit not in get_args(AllowanceUnit):
            known = ", ".join(get_args(AllowanceUnit))
            raise CalendarError(f"unknown unit of allowance {unit!r}", remedy=f"use one of {known}")
        day0 = self.start_day(received_at, cutoff=cutoff)
        merged = _merge(pauses)
        if unit == "hour":
            opening = datetime.combine(day0, self.hours[0][0], VIETNAM)
            start = received_at if local_day(received_at) == day0 else opening
            due = self.add_working_minutes(start, allowance * 60)
            for stop, go in merged:
                if stop < due and go > start:
                    due = self.add_working_minutes(due, self.working_minutes_between(max(stop, start), go))
            return due
        if unit == "same_day":
            return _end_of(day0)
        day = self.add_working_days(day0, allowance) if unit == "working_day" else day0 + timedelta(days=allowance)
        for stop, go in merged:
            first, last = max(local_day(stop), day0), local_day(go)
            if first <= day and last > first:
                if unit == "working_day":
                    day = self.add_working_days(day, self.working_days_between(first, last))
                else:
                    day += last - first
        return _end_of(self.next_working_day(day))

    def _index(self, day: date) -> int:
        index = (day - self.first).days
        if not 0 <= index < len(self._is_working):
            raise CalendarError(f"{day} lies outside the calendar ({self._span()})", remedy=_EXTEND)
        return index

    def _indices(self, days: Days) -> tuple[Counts, NDArray[np.bool_]]:
        missing = np.isnat(days)
        index: Counts = np.where(missing, 0, (days - np.datetime64(self.first)).astype(np.int64))
        outside = (index < 0) | (index >= len(self._is_working))
        if bool(outside.any()):
            raise CalendarError(f"{days[outside][0]} lies outside the calendar ({self._span()})", remedy=_EXTEND)
        return index, missing

    def _span(self) -> str:
        return f"{self.first.year} to {self.last.year}"

    def _minutes_a_day(self) -> float:
        return sum(_minutes(closes) - _minutes(opens) for opens, closes in self.hours)

    def _minutes_until(self, at: datetime) -> float:
        """Office minutes of the day that have passed at this local moment."""
        if not self.is_working(at.date()):
            return 0.0
        now = _minutes(at.time())
        return sum(max(0.0, min(now, _minutes(closes)) - _minutes(opens)) for opens, closes in self.hours)

    def _minutes_left(self, at: datetime) -> float:
        return self._minutes_a_day() - self._minutes_until(at) if self.is_working(at.date()) else 0.0


_EXTEND = "extend data/calendar/vn.csv, or add the year to calendar.csv in the home"


def _merge(pauses: Sequence[Pause]) -> list[Pause]:
    merged: list[Pause] = []
    for start, end in sorted(pauses):
        if end < start:
            raise CalendarError(f"a pause ends at {end}, before it starts at {start}", remedy="correct the pause")
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _local(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise CalendarError(f"instant {instant} has no time zone", remedy="pass an aware UTC instant")
    return instant.astimezone(VIETNAM)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), VIETNAM).astimezone(UTC)


def _minutes(moment: time) -> float:
    return moment.hour * 60 + moment.minute + moment.second / 60 + moment.microsecond / 6e7


def _to_date(day: np.datetime64) -> date:
    found = day.astype(object)
    if not isinstance(found, date):
        raise CalendarError("the day is missing", remedy="filter such rows first")
    return found

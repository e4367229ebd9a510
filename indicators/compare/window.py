"""The days that are compared: whole periods, the same elapsed working days, days as far from Tết."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from ioc.calendar import WorkCalendar
from ioc.catalogue import Indicator
from ioc.errors import CalendarError
from ioc.period import Period
from ioc.period_kind import year_back
from ioc.tet import tet_day

_DAY = timedelta(days=1)
TET_SEASON = 35  # days around Tết in which a window feels it: preparations before, slow weeks after
SHORT = ("day", "week", "month", "quarter", "d09", "d09_quarter")  # kinds that Tết can turn over


@dataclass(frozen=True, slots=True)
class Window:
    """A run of days, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Calendar days."""
        return (self.last - self.first).days + 1

    def working_days(self, calendar: WorkCalendar) -> int | None:
        """Working days in it; None where the calendar does not reach."""
        try:
            return calendar.working_days_between(self.first - _DAY, self.last)
        except CalendarError:
            return None

    def shifted(self, days: int) -> Window:
        """The window so many days later."""
        return Window(self.first + timedelta(days=days), self.last + timedelta(days=days))


def counted_days(entry: Indicator, window: Window, calendar: WorkCalendar) -> int | None:
    """The days a flow is spread over: working days of offices; every day for traffic, which never rests."""
    return window.days if entry.domain == "traffic" else window.working_days(calendar)


def whole(period: Period) -> Window:
    """All days of a period."""
    return Window(period.start, period.end)


def elapsed(period: Period, last_complete_day: date) -> Window | None:
    """The days of a period that are complete; None when none is."""
    last = min(period.end, last_complete_day)
    return Window(period.start, last) if last >= period.start else None


def same_elapsed(current: Window, period: Period, base: Period, calendar: WorkCalendar) -> Window:
    """The beginning of `base` that is as long as the elapsed part of `period`.

    As many working days, then as many days of rest after them; cumulative and longer periods end on the same day of
    the year (lũy kế đến cùng ngày). Never beyond the end of `base`; the whole of it when `period` is over.
    """
    if current.last >= period.end:
        return whole(base)
    if period.kind not in SHORT and base.start.year != period.start.year:
        return Window(base.start, min(base.end, max(base.start, year_back(current.last))))
    worked = current.working_days(calendar)
    if not worked:
        return Window(base.start, min(base.end, base.start + timedelta(days=current.days - 1)))
    try:
        last = calendar.add_working_days(base.start - _DAY, worked)
        rest = (current.last - _last_worked(current, calendar)).days
        while rest > 0 and last < base.end and not calendar.is_working(last + _DAY):
            last, rest = last + _DAY, rest - 1
    except CalendarError:
        last = base.start + timedelta(days=current.days - 1)
    return Window(base.start, min(base.end, last))


def feels_tet(window: Window) -> bool:
    """Whether any day lies so near to a Tết that the calendar month no longer tells what to expect."""
    days = (tet_day(window.first.year), tet_day(window.last.year))
    season = timedelta(days=TET_SEASON)
    return any(day is not None and window.first <= day + season and window.last >= day - season for day in days)


def tet_moved(current: Window, base: Window, calendar: WorkCalendar) -> bool:
    """Whether the two windows hold different parts of the Tết season, so that calendar days mislead."""
    here, there = tet_day(current.last.year), tet_day(base.last.year)
    if here is None or there is None or not (feels_tet(current) or feels_tet(base)):
        return False
    return (here - current.first).days != (there - base.first).days and (
        _season_days(current, here) != _season_days(base, there)
        or current.working_days(calendar) != base.working_days(calendar)
    )


def tet_aligned(current: Window, base_year: int) -> Window | None:
    """The window as many days from the Tết of `base_year` as `current` is from its own; None without both days."""
    here, there = tet_day(current.last.year), tet_day(base_year)
    if here is None or there is None:
        return None
    return Window(there + (current.first - here), there + (current.last - here))


def _season_days(window: Window, tet: date) -> tuple[int, int]:
    """How the season lies in a window: days before and after mùng một within two weeks of it."""
    before = (min(window.last, tet - _DAY) - max(window.first, tet - timedelta(days=14))).days + 1
    after = (min(window.last, tet + timedelta(days=14)) - max(window.first, tet)).days + 1
    return max(0, before), max(0, after)


def _last_worked(window: Window, calendar: WorkCalendar) -> date:
    day = window.last
    while day > window.first and not calendar.is_working(day):
        day -= _DAY
    return day

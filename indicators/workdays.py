"""Numbers of working days need the calendar of their years: which years it lacks, so that nobody reads it as "none"."""

from __future__ import annotations

from ioc.calendar import WorkCalendar
from ioc.catalogue import Indicator
from ioc.period import Period

COLUMN = "working_days"


def absent_years(entry: Indicator, state: str, period: Period, calendar: object) -> tuple[int, ...]:
    """The years of the period whose days the calendar does not hold, where that is why a number of working days has
    nothing to count (its state is `not_applicable`); empty for every other number."""
    counts_days = any(COLUMN in text for text in (entry.where, entry.numerator, entry.denominator) if text)
    if state != "not_applicable" or not counts_days or not isinstance(calendar, WorkCalendar):
        return ()
    held = range(calendar.first.year, calendar.last.year + 1)
    return tuple(year for year in range(period.start.year, period.end.year + 1) if year not in held)

"""The kinds of period, and where a day stands in the sequence of each kind."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from ioc.errors import PeriodError

FIRST_YEAR = 1900
LAST_YEAR = 2100  # beyond it a year is a typing error (Buddhist or lunar years), not a date

CALENDAR_KINDS = ("month", "quarter", "half", "nine_months", "year")
REPORTING_KINDS = ("d09", "d09_quarter", "d09_half", "d09_nine_months", "d09_year")
KINDS = ("day", "week", *CALENDAR_KINDS, "ytd", "since", *REPORTING_KINDS)

TO_REPORTING = dict(zip(CALENDAR_KINDS, REPORTING_KINDS, strict=True))
TO_CALENDAR = {reporting: kind for kind, reporting in TO_REPORTING.items()}
MONTHS_IN = {"month": 1, "quarter": 3, "half": 6, "nine_months": 9, "year": 12}


def position(day: date, kind: str, skip: bool = False) -> int:
    """Where the period of this kind that holds the day stands in the sequence of its kind."""
    check_kind(kind)
    check_year(day.year, day.isoformat())
    if kind == "day":
        return day.toordinal()
    if kind == "week":
        return (day.toordinal() - 1) // 7  # ordinal 1 was a Monday
    calendar_kind = TO_CALENDAR.get(kind, kind)
    index = day.year * 12 + day.month - 1
    if kind in TO_CALENDAR and day.day >= 15:
        index += 1  # from the 15th on a day counts for the next reporting month
    if calendar_kind in ("month", "ytd"):
        return index
    if calendar_kind == "nine_months" and index % 12 >= 9 and not skip:
        raise PeriodError(f"{day} lies after the first nine months", remedy="choose the kind 'year' instead")
    return index // (12 // per_year(calendar_kind))


def from_ordinal(index: int) -> date:
    """The day of a proleptic ordinal; PeriodError where a step left the years we know."""
    lowest, highest = date(FIRST_YEAR, 1, 1).toordinal(), date(LAST_YEAR, 12, 31).toordinal()
    if not lowest <= index <= highest:
        raise PeriodError(f"that step leaves the years {FIRST_YEAR} to {LAST_YEAR}", remedy="step less far")
    return date.fromordinal(index)


def check_kind(kind: str) -> None:
    """Refuse a kind that does not exist."""
    if kind not in KINDS:
        raise PeriodError(f"unknown period kind {kind!r}", remedy=f"use one of: {', '.join(KINDS)}")


def check_year(year: int, where: str) -> int:
    """The year, or PeriodError naming the text it stood in."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        span = f"{FIRST_YEAR} to {LAST_YEAR}"
        raise PeriodError(f"year {year} in {where!r} is outside {span}", remedy="correct the year")
    return year


def per_year(kind: str) -> int:
    """How many periods of a kind a year holds (nine months and the year itself: one)."""
    return {"month": 12, "quarter": 4, "half": 2}.get(TO_CALENDAR.get(kind, kind), 1)


def weeks_in(year: int) -> int:
    """ISO weeks of the year: 52 or 53."""
    return date(year, 12, 28).isocalendar().week  # 28 December always lies in the last ISO week


def month_end(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, monthrange(year, month)[1])


def is_month_end(day: date) -> bool:
    """Whether the day is the last of its month."""
    return day == month_end(day.year, day.month)


def year_back(day: date) -> date:
    """The same day a year earlier; 29 February becomes the 28th."""
    return date(day.year - 1, day.month, min(day.day, monthrange(day.year - 1, day.month)[1]))

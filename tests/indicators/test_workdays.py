"""A number of working days in a year the calendar does not hold says so, and only such a number does."""

from __future__ import annotations

from datetime import date

from indicators.checked import load_checked
from indicators.workdays import absent_years
from ioc.calendar import WorkCalendar
from ioc.period import Period

CATALOGUE, CALENDAR = load_checked(), WorkCalendar.load()


def test_the_years_the_calendar_lacks_are_named() -> None:
    """Trial finding: "nothing occurred" was read as "no dossier was settled"."""
    days = CATALOGUE.indicator("procedures.working_days")
    assert absent_years(days, "not_applicable", Period.parse("2011"), CALENDAR) == (2011,)
    assert absent_years(days, "not_applicable", Period.parse(f"{CALENDAR.last.year}-06"), CALENDAR) == ()
    assert absent_years(days, "value", Period.parse("2011"), CALENDAR) == ()
    assert absent_years(days, "not_applicable", Period.parse("2011"), None) == ()
    assert (
        absent_years(CATALOGUE.indicator("procedures.on_time"), "not_applicable", Period.parse("2011"), CALENDAR) == ()
    )
    assert CALENDAR.first > date(2011, 12, 31), "the shipped calendar holds 2011 now; choose another year here"

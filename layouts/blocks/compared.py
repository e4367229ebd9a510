"""Fair comparison on a page: asked once a view, with the working days of the province."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from indicators.compare import Comparison, Mode, compare
from ioc.calendar import WorkCalendar
from layouts.view import View


def compared(view: View, indicator: str, unit: str, period: str) -> Comparison:
    """The number against the period of the chosen comparison; the same period last year where none is chosen."""
    mode = cast(Mode, view.selection.compare or "last_year")
    return compare(view.reader, view.catalogue, indicator, unit, period, mode=mode, calendar=calendar_of(view))


def calendar_of(view: View) -> WorkCalendar:
    """The working days of the view, or the shipped ones."""
    return view.calendar if isinstance(view.calendar, WorkCalendar) else _shipped()


@lru_cache(maxsize=1)
def _shipped() -> WorkCalendar:
    return WorkCalendar.load()

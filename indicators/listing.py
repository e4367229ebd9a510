"""One door to the records behind any number: of an observation, of it on today's map, of the trust panel."""

from __future__ import annotations

from indicators.concordance import today_records
from indicators.record import Records, records
from indicators.trust.lists import FACTS, trust_records
from ioc.calendar import WorkCalendar
from ioc.catalogue import Catalogue
from ioc.errors import UsageError
from ioc.published import Reader


def list_records(
    reader: Reader,
    catalogue: Catalogue,
    indicator: str,
    unit: str,
    period: str,
    *,
    slice_dim: str = "",
    slice_value: str = "",
    basis: str = "",
    calendar: WorkCalendar,
    limit: int = 100,
    offset: int = 0,
) -> Records:
    """A page of the records that a number counts, and the number counted again from all of them.

    Raises UsageError for a number that is not counted from records, and for a slice on today's map.
    """
    page = {"limit": limit, "offset": offset}
    if indicator in FACTS:
        return trust_records(reader, indicator, unit, period, slice_value, calendar=calendar, **page)
    if basis == "today":
        if slice_dim:
            raise UsageError("today's map has no parts of numbers", remedy="leave out the slice, or basis=today")
        return today_records(reader, catalogue, indicator, unit, period, **page)
    return records(
        reader, catalogue, indicator, unit, period, slice_dim=slice_dim, slice_value=slice_value, **page
    )  # fmt: skip

"""Counting a number again for any run of days, from the records and by the filter of the number itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from indicators.compare.change import Amount
from indicators.compare.window import Window, counted_days
from indicators.concordance.today import Asked
from indicators.measure.plan import compile_indicator
from indicators.measure.scope import day_sql
from indicators.record import Filter, filter_of, number_sql
from ioc.calendar import VIETNAM, WorkCalendar
from ioc.catalogue import Catalogue, Indicator
from ioc.catalogue.model import FLOW_KINDS
from ioc.value import Observation


def count_window(
    reader: Asked,
    catalogue: Catalogue,
    entry: Indicator,
    like: Observation,
    window: Window,
    calendar: WorkCalendar,
) -> Amount | None:
    """The number of `like`'s unit and slice over other days, by the definition `entry`; None without records.

    A stock is judged at the end of the window's last day.
    """
    found = filter_of(catalogue, entry, moved(like, window))
    row = reader.select(number_sql(found))[0]
    top, bottom = _float(row["numerator"]), _float(row["denominator"])
    records = int(str(row["records"]))
    if entry.denominator is not None:
        if not bottom or top is None:
            return None
        value = top * entry.scale / bottom
    else:
        if records == 0 and entry.absent == "missing":
            return None
        value = top or 0.0
    daily = daily_totals(reader, catalogue, entry, found, calendar) if entry.kind in ("count", "sum") else ()
    return Amount(value, top, bottom, counted_days(entry, window, calendar), daily)


def daily_totals(
    reader: Asked, catalogue: Catalogue, entry: Indicator, found: Filter, calendar: WorkCalendar
) -> tuple[float, ...]:
    """Totals of the working days (of all days for traffic) that have records: how much a day differs from the next."""
    moment = compile_indicator(catalogue, entry).moment
    if entry.kind not in FLOW_KINDS or moment is None:
        return ()
    day = day_sql(moment)
    rows = reader.select(
        f"SELECT day, {found.numerator} AS total FROM (SELECT *, {day} AS day FROM {found.table} "
        f"WHERE {found.condition}) GROUP BY day ORDER BY day"
    )
    totals = [(row["day"], _float(row["total"])) for row in rows]
    return tuple(
        total
        for at_day, total in totals
        if total is not None and isinstance(at_day, date) and (entry.domain == "traffic" or _works(calendar, at_day))
    )


def first_record_day(reader: Asked, catalogue: Catalogue, entry: Indicator) -> date | None:
    """The first day records reach back to: an earlier window would count silence as nothing."""
    dataset = catalogue.dataset_of(entry)
    rows = reader.select(
        f'SELECT min(CAST("{dataset.history_by}" AS DATE)) AS first FROM {dataset.table} '
        f"WHERE true /*scope {dataset.unit}*/"
    )
    first = rows[0]["first"]
    return first if isinstance(first, date) else None


def moved(like: Observation, window: Window) -> Observation:
    """The observation as if it were of these days: what its filter is made from."""
    end = datetime.combine(window.last + timedelta(days=1), time(0), tzinfo=VIETNAM).astimezone(UTC)
    as_of = end if like.data_as_of is None else min(end, like.data_as_of)
    return replace(like, period_start=window.first, period_end=window.last, as_of=as_of)


def _works(calendar: WorkCalendar, day: date) -> bool:
    return calendar.first <= day <= calendar.last and calendar.is_working(day)


def _float(value: object) -> float | None:
    return None if value is None else float(str(value))

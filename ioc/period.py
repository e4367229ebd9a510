"""Periods: the time axis of every number, with the kind as part of the key.

Keys: ``2026-06-15`` day, ``2026-W23`` ISO week, ``2026-06`` month, ``2026-Q2`` quarter, ``2026-H1`` half,
``2026-9M`` nine months, ``2026`` year, ``2026-06.ytd`` cumulative since 1 January, ``2025-07-01..2026-06-30``
a stated window, and ``<month|quarter|half|9M|year>.d09`` the reporting window of Decree 09/2019/ND-CP, which
runs from the 15th of the month before to the 14th of the last month (quarter I: 15/12 to 14/3).
All days are local days in Asia/Ho_Chi_Minh; both ends are inclusive.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache, total_ordering

from ioc import period_label
from ioc.errors import PeriodError
from ioc.period_kind import (
    CALENDAR_KINDS,
    FIRST_YEAR,
    KINDS,
    LAST_YEAR,
    MONTHS_IN,
    REPORTING_KINDS,
    TO_CALENDAR,
    TO_REPORTING,
    check_year,
    from_ordinal,
    is_month_end,
    month_end,
    per_year,
    position,
    weeks_in,
    year_back,
)

__all__ = ["CALENDAR_KINDS", "FIRST_YEAR", "KINDS", "LAST_YEAR", "REPORTING_KINDS", "Period", "periods_between"]

_EXAMPLES = (
    "2026-06-15 (day), 2026-W23 (week), 2026-06 (month), 2026-Q2 (quarter), 2026-H1 (half), "
    "2026-9M (nine months), 2026 (year), 2026-06.ytd (cumulative), 2025-07-01..2026-06-30 (since), "
    "2026-06.d09 or 2026-Q2.d09 (reporting window, 15th to 14th)"
)


@total_ordering
@dataclass(frozen=True, slots=True)
class Period:
    """One span of days with a canonical key; make it with `parse`, `of` or `since`, not by hand."""

    key: str
    kind: str
    start: date
    end: date  # inclusive

    def __str__(self) -> str:
        return self.key

    def __lt__(self, other: Period) -> bool:
        return (self.end, self.start, self.key) < (other.end, other.start, other.key)

    @staticmethod
    def parse(key: str) -> Period:
        """Read a canonical key; raises PeriodError with examples of good keys."""
        return _parse(key)

    @staticmethod
    def of(day: date, kind: str) -> Period:
        """The period of this kind that holds the day; for ytd, the one to the end of its month."""
        if kind == "since":
            raise PeriodError("a 'since' period needs two dates", remedy="use Period.since(start, end)")
        return _build(kind, position(day, kind))

    @staticmethod
    def since(start: date, end: date) -> Period:
        """A window stated by two dates, both inclusive."""
        if start > end:
            raise PeriodError(f"period {start}..{end} ends before it starts", remedy="swap the two dates")
        check_year(start.year, f"{start}..{end}")
        check_year(end.year, f"{start}..{end}")
        return Period(f"{start.isoformat()}..{end.isoformat()}", "since", start, end)

    @property
    def days(self) -> int:
        """How many days the period holds."""
        return (self.end - self.start).days + 1

    @property
    def year(self) -> int:
        """The year named in the key (the ISO year of a week; the end year of a window)."""
        return self.end.year if self.kind == "since" else int(self.key[:4])

    @property
    def is_cumulative(self) -> bool:
        """Whether values add up from a fixed start (ytd, since) and so never sum with their neighbours."""
        return self.kind in ("ytd", "since")

    def shift(self, n: int) -> Period:
        """The period n steps later (negative: earlier); a 'since' window moves by its own length."""
        if self.kind == "since":
            step = timedelta(days=self.days * n)
            try:
                return Period.since(self.start + step, self.end + step)
            except OverflowError as error:
                raise PeriodError(f"period {self.key} cannot move {n} steps: no such dates") from error
        return _build(self.kind, _position_of(self) + n)

    def previous(self) -> Period:
        """The period just before, of the same kind (December cumulative before January cumulative)."""
        return self.shift(-1)

    def next(self) -> Period:
        """The period just after, of the same kind."""
        return self.shift(1)

    def same_last_year(self) -> Period:
        """The same window a year earlier; 29 February becomes the 28th, a week 53 that lacks becomes 52."""
        if self.kind == "day":
            return Period.of(year_back(self.start), "day")
        if self.kind == "week":
            year, week, _ = self.start.isocalendar()
            return _week(year - 1, min(week, weeks_in(year - 1)))
        if self.kind == "since":
            end = year_back(self.end)
            whole = self.start.day == 1 and is_month_end(self.end)
            return Period.since(year_back(self.start), month_end(end.year, end.month) if whole else end)
        return self.shift(-12 if self.kind == "ytd" else -per_year(self.kind))

    def contains(self, day: date) -> bool:
        """Whether the day falls in the period, both ends included."""
        return self.start <= day <= self.end

    def months(self) -> tuple[Period, ...]:
        """The months it is made of (reporting months for a Decree 09 period); error when it cuts a month."""
        if self.kind in TO_CALENDAR:
            return tuple(_build("d09", _position_of(m)) for m in self.calendar().months())
        if self.start.day != 1 or not is_month_end(self.end):
            raise PeriodError(f"period {self.key} is not made of whole months", remedy="use its days")
        first, last = (day.year * 12 + day.month - 1 for day in (self.start, self.end))
        return tuple(_build("month", index) for index in range(first, last + 1))

    def calendar(self) -> Period:
        """The calendar period of the same name: `2026-Q2.d09` gives `2026-Q2`; others give themselves."""
        return Period.parse(self.key.removesuffix(".d09"))

    def reporting(self) -> Period:
        """The Decree 09 window of the same name: `2026-06` gives `2026-06.d09`."""
        if self.kind in TO_CALENDAR:
            return self
        if self.kind not in TO_REPORTING:
            remedy = f"choose one of the kinds {', '.join(CALENDAR_KINDS)}"
            raise PeriodError(f"period {self.key} has no Decree 09 window", remedy=remedy)
        return Period.parse(self.key + ".d09")

    def is_closed(self, today: date) -> bool:
        """Whether the last day is over on this local day (Asia/Ho_Chi_Minh)."""
        return self.end < today

    def label(self, lang: str = "vi") -> str:
        """The name in a sentence or picker: 'Quý III/2026', 'Q3 2026'; always tells the kind."""
        return period_label.long_label(self, lang)

    def short_label(self, lang: str = "vi") -> str:
        """The name on an axis, where the year is said elsewhere: 'T9', 'Q3', 'Sep'."""
        return period_label.short_label(self, lang)


def periods_between(kind: str, first_day: date, last_day: date) -> list[Period]:
    """All periods of the kind that touch [first_day, last_day], oldest first (ytd: one per touched month)."""
    if kind == "since":
        raise PeriodError("periods of kind 'since' have no sequence", remedy="name the two dates instead")
    if first_day > last_day:
        return []
    first, last = (position(day, kind, skip=True) for day in (first_day, last_day))
    found = (_build(kind, index) for index in range(first, last + 1))
    return [p for p in found if kind == "ytd" or (p.start <= last_day and p.end >= first_day)]


@lru_cache(maxsize=65536)
def _parse(key: str) -> Period:
    for pattern, read in _READERS:
        match = pattern.fullmatch(key)
        if match:
            period = read(key, match)
            if period is not None:
                return period
    raise PeriodError(f"cannot read the period {key!r}", remedy=f"write it as one of: {_EXAMPLES}")


def _read_numbered(kind: str) -> Callable[[str, re.Match[str]], Period | None]:
    def read(key: str, match: re.Match[str]) -> Period | None:
        year = check_year(int(match["y"]), key)
        number = int(match.groupdict().get("n") or 1)
        if not 1 <= number <= per_year(kind):
            return None
        actual = TO_REPORTING[kind] if match.groupdict().get("d09") else kind
        return _build(actual, year * per_year(kind) + number - 1)

    return read


def _read_ytd(key: str, match: re.Match[str]) -> Period | None:
    year, month = check_year(int(match["y"]), key), int(match["n"])
    return _build("ytd", year * 12 + month - 1) if 1 <= month <= 12 else None


def _read_day(key: str, match: re.Match[str]) -> Period | None:
    day = _read_date(match[0])
    return None if day is None else Period.of(day, "day")


def _read_week(key: str, match: re.Match[str]) -> Period | None:
    year, week = check_year(int(match["y"]), key), int(match["n"])
    return _week(year, week) if 1 <= week <= weeks_in(year) else None


def _read_since(key: str, match: re.Match[str]) -> Period | None:
    start, end = _read_date(match["a"]), _read_date(match["b"])
    return None if start is None or end is None else Period.since(start, end)


def _read_date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    check_year(day.year, text)
    return day


_YEAR = r"(?P<y>[0-9]{4})"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_D09 = r"(?P<d09>\.d09)?"
_READERS: list[tuple[re.Pattern[str], Callable[[str, re.Match[str]], Period | None]]] = [
    (re.compile(rf"{_YEAR}-(?P<n>[0-9]{{2}}){_D09}"), _read_numbered("month")),
    (re.compile(rf"{_YEAR}-Q(?P<n>[1-4]){_D09}"), _read_numbered("quarter")),
    (re.compile(rf"{_YEAR}-H(?P<n>[12]){_D09}"), _read_numbered("half")),
    (re.compile(rf"{_YEAR}-9M{_D09}"), _read_numbered("nine_months")),
    (re.compile(rf"{_YEAR}{_D09}"), _read_numbered("year")),
    (re.compile(rf"{_YEAR}-(?P<n>[0-9]{{2}})\.ytd"), _read_ytd),
    (re.compile(_DAY), _read_day),
    (re.compile(rf"{_YEAR}-W(?P<n>[0-9]{{2}})"), _read_week),
    (re.compile(rf"(?P<a>{_DAY})\.\.(?P<b>{_DAY})"), _read_since),
]


def _position_of(period: Period) -> int:
    if period.kind == "ytd":
        return position(period.end, "ytd")
    return position(period.start, period.kind)


def _build(kind: str, index: int) -> Period:
    if kind == "day":
        day = from_ordinal(index)
        return Period(day.isoformat(), kind, day, day)
    if kind == "week":
        year, week, _ = from_ordinal(index * 7 + 1).isocalendar()
        return _week(year, week)
    calendar_kind = TO_CALENDAR.get(kind, kind)
    steps = 12 if kind == "ytd" else per_year(calendar_kind)
    year, step = divmod(index, steps)
    check_year(year, f"{year} ({kind})")
    if kind == "ytd":
        return Period(f"{year:04d}-{step + 1:02d}.ytd", kind, date(year, 1, 1), month_end(year, step + 1))
    first = step * (12 // steps) + 1
    last = first + MONTHS_IN[calendar_kind] - 1
    forms = {"month": f"-{step + 1:02d}", "quarter": f"-Q{step + 1}", "half": f"-H{step + 1}"}
    key = f"{year:04d}" + ({"nine_months": "-9M", "year": ""} | forms)[calendar_kind]
    if kind == calendar_kind:
        return Period(key, kind, date(year, first, 1), month_end(year, last))
    start = date(year, first - 1, 15) if first > 1 else date(year - 1, 12, 15)
    return Period(f"{key}.d09", kind, start, date(year, last, 14))


def _week(year: int, week: int) -> Period:
    check_year(year, f"{year}-W{week:02d}")
    monday = date.fromisocalendar(year, week, 1)
    return Period(f"{year:04d}-W{week:02d}", "week", monday, monday + timedelta(days=6))

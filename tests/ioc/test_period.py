"""Periods: keys, windows, steps, labels."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.errors import PeriodError
from ioc.period import KINDS, REPORTING_KINDS, Period, periods_between

DAYS = st.dates(date(1901, 1, 1), date(2099, 12, 31))
SEQUENCED = [kind for kind in KINDS if kind != "since"]


@pytest.mark.parametrize(
    ("key", "kind", "start", "end"),
    [
        ("2026-06-15", "day", "2026-06-15", "2026-06-15"),
        ("2026-W23", "week", "2026-06-01", "2026-06-07"),
        ("2026-W53", "week", "2026-12-28", "2027-01-03"),
        ("2024-02", "month", "2024-02-01", "2024-02-29"),
        ("2026-02", "month", "2026-02-01", "2026-02-28"),
        ("2026-Q2", "quarter", "2026-04-01", "2026-06-30"),
        ("2026-H2", "half", "2026-07-01", "2026-12-31"),
        ("2026-9M", "nine_months", "2026-01-01", "2026-09-30"),
        ("2026", "year", "2026-01-01", "2026-12-31"),
        ("2026-06.ytd", "ytd", "2026-01-01", "2026-06-30"),
        ("2025-07-01..2026-06-30", "since", "2025-07-01", "2026-06-30"),
        # Decree 09/2019: quarter I 15/12-14/3, others 15th of the month before to the 14th of the last month
        ("2026-06.d09", "d09", "2026-05-15", "2026-06-14"),
        ("2026-01.d09", "d09", "2025-12-15", "2026-01-14"),
        ("2026-Q1.d09", "d09_quarter", "2025-12-15", "2026-03-14"),
        ("2026-Q2.d09", "d09_quarter", "2026-03-15", "2026-06-14"),
        ("2026-Q4.d09", "d09_quarter", "2026-09-15", "2026-12-14"),
        ("2026-H1.d09", "d09_half", "2025-12-15", "2026-06-14"),
        ("2026-9M.d09", "d09_nine_months", "2025-12-15", "2026-09-14"),
        ("2026.d09", "d09_year", "2025-12-15", "2026-12-14"),
    ],
)
def test_parse_reads_kind_and_window(key: str, kind: str, start: str, end: str) -> None:
    period = Period.parse(key)
    assert (period.key, period.kind) == (key, kind)
    assert (period.start.isoformat(), period.end.isoformat()) == (start, end)


@pytest.mark.parametrize(
    "key",
    ["", " 2026", "2026-13", "2026-00", "2026-Q5", "2026-Q0", "2026-H3", "2026-W00", "2025-W53", "2026-02-30",
     "26-06", "2569-06", "2026-6", "2026-10M", "2026-06.YTD", "2026.ytd", "2026-06-15.d09",
     "2026-06-30..2026-06-01", "2026-06-01..", "２０２６", "2026-W23.d09", "202606", "2026-06\n"],
)  # fmt: skip
def test_bad_keys_are_refused(key: str) -> None:
    with pytest.raises(PeriodError):
        Period.parse(key)


def test_the_error_shows_good_keys() -> None:
    with pytest.raises(PeriodError, match=r"'2026-Q5'.*2026-Q2 \(quarter\).*2026-06\.d09"):
        Period.parse("2026-Q5")
    with pytest.raises(PeriodError, match="2569"):
        Period.parse("2569-06")  # the Buddhist year
    with pytest.raises(PeriodError, match="unknown period kind 'fortnight'"):
        Period.of(date(2026, 1, 1), "fortnight")


@given(DAYS, st.sampled_from(SEQUENCED))
def test_key_round_trip_and_the_day_lies_inside(day: date, kind: str) -> None:
    try:
        period = Period.of(day, kind)
    except PeriodError:
        assert "nine_months" in kind
        assert day.month >= 10 or (day.month == 9 and day.day >= 15)
        return
    assert Period.parse(period.key) == period
    assert period.kind == kind
    assert period.contains(day)


@given(DAYS, st.sampled_from([k for k in SEQUENCED if "nine_months" not in k]), st.integers(-40, 40))
def test_steps_are_reversible_and_leave_no_gap(day: date, kind: str, n: int) -> None:
    period = Period.of(day, kind)
    try:
        moved = period.shift(n)
    except PeriodError:
        assert not 1901 <= day.year + n * (10 if kind.endswith("year") else 1) <= 2099 or day.year + n > 2095
        return
    assert moved.shift(-n) == period
    if kind != "ytd":
        assert period.next().start == period.end + timedelta(days=1)
        assert period.previous().end == period.start - timedelta(days=1)


@given(DAYS, DAYS)
def test_since_round_trip(a: date, b: date) -> None:
    start, end = min(a, b), max(a, b)
    period = Period.since(start, end)
    assert Period.parse(period.key) == period
    assert (period.start, period.end, period.days) == (start, end, (end - start).days + 1)


def test_iso_week_years() -> None:
    assert Period.of(date(2027, 1, 3), "week").key == "2026-W53"
    assert Period.of(date(2024, 12, 30), "week").key == "2025-W01"
    assert Period.parse("2026-W53").next().key == "2027-W01"
    assert Period.parse("2021-W01").previous().key == "2020-W53"
    assert Period.parse("2026-W53").same_last_year().key == "2025-W52"
    assert Period.parse("2027-W10").same_last_year().key == "2026-W10"


@pytest.mark.parametrize(
    ("key", "previous", "last_year"),
    [
        ("2026-01", "2025-12", "2025-01"),
        ("2026-Q1", "2025-Q4", "2025-Q1"),
        ("2026-H1", "2025-H2", "2025-H1"),
        ("2026-9M", "2025-9M", "2025-9M"),
        ("2026", "2025", "2025"),
        ("2026-01.ytd", "2025-12.ytd", "2025-01.ytd"),
        ("2026-01.d09", "2025-12.d09", "2025-01.d09"),
        ("2026-Q1.d09", "2025-Q4.d09", "2025-Q1.d09"),
        ("2024-02-29", "2024-02-28", "2023-02-28"),
        ("2025-07-01..2026-06-30", "2024-07-01..2025-06-30", "2024-07-01..2025-06-30"),
        ("2025-01-01..2025-02-28", "2024-11-03..2024-12-31", "2024-01-01..2024-02-29"),
        ("2025-01-15..2025-02-28", "2024-12-01..2025-01-14", "2024-01-15..2024-02-28"),
    ],
)
def test_previous_and_same_last_year(key: str, previous: str, last_year: str) -> None:
    assert Period.parse(key).previous().key == previous
    assert Period.parse(key).same_last_year().key == last_year


def test_a_day_after_september_has_no_nine_months() -> None:
    with pytest.raises(PeriodError, match="nine months"):
        Period.of(date(2026, 10, 1), "nine_months")
    assert Period.of(date(2026, 9, 14), "d09_nine_months").key == "2026-9M.d09"
    with pytest.raises(PeriodError, match="nine months"):
        Period.of(date(2026, 9, 15), "d09_nine_months")


def test_the_fifteenth_opens_the_next_reporting_month() -> None:
    assert Period.of(date(2026, 6, 14), "d09").key == "2026-06.d09"
    assert Period.of(date(2026, 6, 15), "d09").key == "2026-07.d09"
    assert Period.of(date(2026, 12, 15), "d09").key == "2027-01.d09"
    assert Period.of(date(2026, 12, 15), "d09_year").key == "2027.d09"
    assert Period.of(date(2026, 12, 14), "d09_half").key == "2026-H2.d09"


def test_calendar_and_reporting_twins() -> None:
    for kind in REPORTING_KINDS:
        period = Period.of(date(2026, 5, 5), kind)
        assert period.calendar().reporting() == period
    with pytest.raises(PeriodError):
        Period.parse("2026-W23").reporting()


def test_months() -> None:
    assert [m.key for m in Period.parse("2026-Q2").months()] == ["2026-04", "2026-05", "2026-06"]
    reporting = [m.key for m in Period.parse("2026-Q1.d09").months()]
    assert reporting == ["2026-01.d09", "2026-02.d09", "2026-03.d09"]
    assert len(Period.parse("2026-9M").months()) == 9
    assert len(Period.parse("2025-07-01..2026-06-30").months()) == 12
    for key in ("2026-W23", "2026-06-15", "2025-07-02..2026-06-30"):
        with pytest.raises(PeriodError, match="whole months"):
            Period.parse(key).months()


@given(DAYS, st.sampled_from(["quarter", "half", "year", "d09_quarter", "d09_half", "d09_year"]))
def test_months_tile_the_period(day: date, kind: str) -> None:
    period = Period.of(day, kind)
    months = period.months()
    assert (months[0].start, months[-1].end) == (period.start, period.end)
    assert sum(m.days for m in months) == period.days


def test_is_closed_only_after_the_last_day() -> None:
    june = Period.parse("2026-06")
    assert not june.is_closed(date(2026, 6, 30))
    assert june.is_closed(date(2026, 7, 1))


def test_periods_between() -> None:
    def keys(kind: str, first: str, last: str) -> list[str]:
        return [p.key for p in periods_between(kind, date.fromisoformat(first), date.fromisoformat(last))]

    assert keys("month", "2025-11-20", "2026-02-01") == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert keys("ytd", "2025-12-05", "2026-01-01") == ["2025-12.ytd", "2026-01.ytd"]
    assert keys("d09", "2026-01-14", "2026-01-15") == ["2026-01.d09", "2026-02.d09"]
    assert keys("nine_months", "2025-10-01", "2026-02-01") == ["2026-9M"]
    assert keys("nine_months", "2025-09-30", "2026-12-31") == ["2025-9M", "2026-9M"]
    assert keys("d09_nine_months", "2025-09-20", "2025-12-14") == []
    assert keys("d09_nine_months", "2025-09-20", "2025-12-15") == ["2026-9M.d09"]
    assert keys("week", "2026-12-31", "2027-01-04") == ["2026-W53", "2027-W01"]
    assert keys("day", "2024-02-28", "2024-03-01") == ["2024-02-28", "2024-02-29", "2024-03-01"]
    assert keys("month", "2026-02-01", "2026-01-01") == []
    assert len(keys("week", "2026-01-01", "2026-12-31")) == 53


@pytest.mark.parametrize(
    ("key", "vi", "en", "short_vi", "short_en"),
    [
        ("2026-09", "Tháng 9/2026", "Sep 2026", "T9", "Sep"),
        ("2026-Q3", "Quý III/2026", "Q3 2026", "Q3", "Q3"),
        ("2026-H1", "6 tháng đầu năm 2026", "Jan–Jun 2026", "6T đầu", "H1"),
        ("2026-H2", "6 tháng cuối năm 2026", "Jul–Dec 2026", "6T cuối", "H2"),
        ("2026-9M", "9 tháng 2026", "Jan–Sep 2026", "9T", "9M"),
        ("2026", "Năm 2026", "Year 2026", "2026", "2026"),
        ("2026-06.ytd", "Lũy kế đến T6/2026", "Year to Jun 2026", "LK T6", "YTD Jun"),
        ("2026-06-05", "05/06/2026", "5 Jun 2026", "05/06", "5 Jun"),
        ("2026-W03", "Tuần 3/2026", "Week 3, 2026", "Tuần 3", "W3"),
        ("2025-07-01..2026-06-30", "Từ 01/07/2025 đến 30/06/2026", "1 Jul 2025 to 30 Jun 2026",
         "01/07/2025–30/06/2026", "1 Jul 2025–30 Jun 2026"),
        ("2026-06.d09", "Tháng 6/2026 (kỳ báo cáo 15/05–14/06)", "Jun 2026 (reporting 15 May–14 Jun)",
         "T6 (BC)", "Jun (rep.)"),
        ("2026-Q1.d09", "Quý I/2026 (kỳ báo cáo 15/12–14/03)", "Q1 2026 (reporting 15 Dec–14 Mar)",
         "Q1 (BC)", "Q1 (rep.)"),
    ],
)  # fmt: skip
def test_labels(key: str, vi: str, en: str, short_vi: str, short_en: str) -> None:
    period = Period.parse(key)
    assert (period.label("vi"), period.label("en")) == (vi, en)
    assert (period.short_label("vi"), period.short_label("en")) == (short_vi, short_en)


def test_order_is_by_time() -> None:
    keys = ["2026-Q1", "2025", "2026-01", "2026-06.d09"]
    assert [p.key for p in sorted(map(Period.parse, keys))] == ["2025", "2026-01", "2026-Q1", "2026-06.d09"]

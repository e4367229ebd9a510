"""Working days, due dates, office hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.calendar import VIETNAM, WorkCalendar, local_day
from ioc.errors import CalendarError, ConfigError

CALENDAR = WorkCalendar.load()
DAYS = st.dates(date(2023, 3, 1), date(2027, 9, 30))
HEADER = "date,is_working,reason_vi,reason_en,legal_basis,version\n"


def day(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str) -> datetime:
    """A local wall time as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        ("2025-04-25", 5, "2025-05-06"),  # Saturday 26 April is worked
        ("2025-12-30", 5, "2026-01-08"),  # 2 January swapped
        ("2026-02-13", 5, "2026-02-27"),  # Tết
        ("2026-08-21", 5, "2026-08-27"),  # Saturday 22 August is worked
        ("2026-11-20", 3, "2026-11-26"),  # 24 November is a holiday from 2026
        ("2026-08-28", 3, "2026-09-07"),
        ("2026-08-20", 3, "2026-08-24"),
        ("2026-04-23", 5, "2026-05-05"),
        ("2026-11-23", 1, "2026-11-25"),
        ("2025-11-21", 1, "2025-11-24"),  # the law was not in force yet
        ("2026-08-22", 0, "2026-08-22"),
        ("2026-05-05", -5, "2026-04-23"),
        ("2026-08-24", -3, "2026-08-20"),
        ("2026-08-23", -1, "2026-08-22"),  # from a Sunday back to the worked Saturday
    ],
)
def test_add_working_days(start: str, n: int, expected: str) -> None:
    assert CALENDAR.add_working_days(day(start), n) == day(expected)
    if CALENDAR.is_working(day(start)):
        assert CALENDAR.working_days_between(day(start), day(expected)) == n


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026, 2027])
def test_every_year_has_its_holidays(year: int) -> None:
    rest = [d for d, entry in CALENDAR.special.items() if d.year == year and not entry.is_working]
    for holiday in ((1, 1), (4, 30), (5, 1), (9, 2)):
        assert date(year, *holiday) in rest
    tet = [d for d in rest if "Tết Nguyên đán" in CALENDAR.special[d].reason_vi]
    assert sum(d.weekday() < 5 for d in tet) == 5
    assert len([d for d in rest if "Quốc khánh" in CALENDAR.special[d].reason_vi]) >= 2
    assert (date(year, 11, 24) in rest) == (year >= 2026)
    assert all(entry.legal_basis and entry.reason_en for entry in CALENDAR.special.values())


def test_swapped_days_come_in_pairs() -> None:
    worked = [d for d, entry in CALENDAR.special.items() if entry.is_working]
    assert [d.isoformat() for d in worked] == ["2024-05-04", "2025-04-26", "2026-01-10", "2026-08-22"]
    assert all(d.weekday() == 5 for d in worked)
    swapped = [d for d, entry in CALENDAR.special.items() if entry.reason_en == "Swapped day off"]
    assert [d.year for d in swapped] == [d.year for d in worked]
    assert all(d.weekday() < 5 for d in swapped)


def test_only_2027_is_provisional() -> None:
    assert [year for year in range(2023, 2028) if CALENDAR.is_provisional(year)] == [2027]


def test_outside_the_table_is_an_error_not_a_guess() -> None:
    with pytest.raises(CalendarError, match=r"2022-12-31 lies outside the calendar \(2023 to 2027\)"):
        CALENDAR.is_working(day("2022-12-31"))
    with pytest.raises(CalendarError, match="outside"):
        CALENDAR.add_working_days(day("2027-12-20"), 30)
    with pytest.raises(CalendarError, match="outside"):
        CALENDAR.add_working_days(day("2023-01-03"), -1)
    with pytest.raises(CalendarError, match="2028-01-01"):
        CALENDAR.add_working_days_array(np.array(["2026-01-05", "2028-01-01"], "M8[D]"), 1)
    with pytest.raises(CalendarError, match="2028-01-01 lies outside"):
        CALENDAR.due_on(at("2027-12-31T18:00"), 1)


@given(DAYS, st.integers(-40, 40))
def test_array_and_plain_loop_agree(start: date, n: int) -> None:
    expected, left = start, abs(n)
    while left:
        expected += timedelta(days=1 if n > 0 else -1)
        left -= CALENDAR.is_working(expected)
    assert CALENDAR.add_working_days(start, n) == expected
    if n >= 0:
        assert CALENDAR.working_days_between(start, expected) == n


@given(DAYS, DAYS, DAYS)
def test_days_between_add_up(a: date, b: date, c: date) -> None:
    between = CALENDAR.working_days_between
    assert between(a, b) + between(b, c) == between(a, c)
    assert between(a, b) == -between(b, a)


def test_arrays_of_a_quarter_million_rows() -> None:
    generator = np.random.default_rng(7)
    days = np.datetime64("2024-01-01") + generator.integers(0, 900, 250_000)
    allowance = generator.integers(0, 60, 250_000)
    due = CALENDAR.add_working_days_array(days, allowance)
    moved = allowance > 0
    assert (CALENDAR.working_days_between_array(days, due) == allowance)[moved].all()
    assert (due[~moved] == days[~moved]).all()
    sample = generator.integers(0, 250_000, 200)
    for i in sample:
        assert CALENDAR.add_working_days(days[i].item(), int(allowance[i])) == due[i].item()


def test_missing_days_in_arrays() -> None:
    days = np.array(["2026-01-05", "NaT"], "M8[D]")
    assert np.isnat(CALENDAR.add_working_days_array(days, np.array([1, 1]))).tolist() == [False, True]
    with pytest.raises(CalendarError, match="missing"):
        CALENDAR.working_days_between_array(days, days)


def test_days_are_cut_in_vietnam() -> None:
    assert local_day(datetime(2026, 6, 1, 17, 30, tzinfo=UTC)) == day("2026-06-02")
    with pytest.raises(CalendarError, match="no time zone"):
        local_day(datetime(2026, 6, 1))


@pytest.mark.parametrize(
    ("received", "allowance", "unit", "expected"),
    [
        ("2026-08-20T09:00", 3, "working_day", "2026-08-24"),
        ("2026-08-20T17:00", 3, "working_day", "2026-08-24"),  # closing time itself is in time
        ("2026-08-20T17:00:01", 3, "working_day", "2026-08-25"),  # day 0 is the 21st
        ("2026-06-06T10:00", 1, "working_day", "2026-06-09"),  # filed on a Saturday: day 0 is Monday
        ("2026-08-20T09:00", 0, "working_day", "2026-08-20"),
        ("2026-04-20T09:00", 10, "calendar_day", "2026-05-04"),  # 30 April rolls over 1-3 May
        ("2026-04-10T09:00", 10, "calendar_day", "2026-04-20"),
        ("2026-04-10T09:00", 16, "calendar_day", "2026-04-28"),  # Sunday 26, Monday 27 off
        ("2026-08-12T09:00", 10, "calendar_day", "2026-08-22"),  # the worked Saturday
        ("2026-08-20T09:00", 5, "same_day", "2026-08-20"),
        ("2026-08-20T18:00", 0, "same_day", "2026-08-21"),
        ("2026-08-20T16:00", 4, "hour", "2026-08-21"),
    ],
)
def test_due_on(received: str, allowance: int, unit: str, expected: str) -> None:
    assert CALENDAR.due_on(at(received), allowance, unit) == day(expected)  # type: ignore[arg-type]


def test_cutoff_is_a_parameter() -> None:
    received = at("2026-06-03T16:00")
    assert CALENDAR.due_on(received, 1) == day("2026-06-04")
    assert CALENDAR.due_on(received, 1, cutoff=time(15, 30)) == day("2026-06-05")


def test_pauses_stop_the_clock() -> None:
    received = at("2026-06-01T09:00")  # Monday
    assert CALENDAR.due_on(received, 5) == day("2026-06-08")
    pause = (at("2026-06-03T10:00"), at("2026-06-05T10:00"))
    assert CALENDAR.due_on(received, 5, pauses=[pause]) == day("2026-06-10")
    overlap = (at("2026-06-04T10:00"), at("2026-06-05T09:00"))
    assert CALENDAR.due_on(received, 5, pauses=[overlap, pause]) == day("2026-06-10")
    after = (at("2026-06-20T10:00"), at("2026-06-25T10:00"))
    assert CALENDAR.due_on(received, 5, pauses=[after]) == day("2026-06-08")
    weekend = (at("2026-06-05T16:00"), at("2026-06-07T10:00"))
    assert CALENDAR.due_on(received, 5, pauses=[weekend]) == day("2026-06-08")
    assert CALENDAR.due_on(received, 5, "calendar_day", pauses=[pause]) == day("2026-06-08")
    second = (at("2026-06-09T10:00"), at("2026-06-11T10:00"))  # begins within the extended time
    assert CALENDAR.due_on(received, 5, pauses=[pause, second]) == day("2026-06-12")
    with pytest.raises(CalendarError, match="before it starts"):
        CALENDAR.due_on(received, 5, pauses=[(pause[1], pause[0])])


def test_the_due_day_counts_to_its_end() -> None:
    assert CALENDAR.due_at(at("2026-08-20T09:00"), 3) == at("2026-08-24T23:59:59")
    assert CALENDAR.due_at(at("2026-08-20T09:00"), 2, "hour") == at("2026-08-20T11:00")
    assert CALENDAR.due_at(at("2026-08-20T10:30"), 2, "hour") == at("2026-08-20T14:30")
    assert CALENDAR.due_at(at("2026-08-20T16:30"), 2, "hour") == at("2026-08-21T09:00")
    paused = [(at("2026-08-20T10:45"), at("2026-08-20T13:45"))]  # one hour of office time
    assert CALENDAR.due_at(at("2026-08-20T10:30"), 2, "hour", pauses=paused) == at("2026-08-20T15:30")


def test_bad_allowances_are_refused() -> None:
    with pytest.raises(CalendarError, match="negative"):
        CALENDAR.due_on(at("2026-08-20T09:00"), -1)
    with pytest.raises(CalendarError, match="unknown unit of allowance 'week'"):
        CALENDAR.due_on(at("2026-08-20T09:00"), 1, "week")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("a", "b", "minutes"),
    [
        ("2026-06-01T08:00", "2026-06-01T10:00", 120),
        ("2026-06-01T11:00", "2026-06-01T14:00", 60),
        ("2026-06-01T06:00", "2026-06-01T20:00", 450),
        ("2026-06-05T16:00", "2026-06-08T08:00", 90),
        ("2026-06-06T08:00", "2026-06-07T20:00", 0),
        ("2026-06-06T08:00", "2026-06-08T08:00", 30),
        ("2026-08-21T16:30", "2026-08-24T07:45", 30 + 450 + 15),  # the worked Saturday between
        ("2026-06-01T10:00", "2026-06-01T08:00", -120),
    ],
)
def test_working_minutes_between(a: str, b: str, minutes: float) -> None:
    assert CALENDAR.working_minutes_between(at(a), at(b)) == minutes


@given(st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 1)), st.integers(0, 5000))
def test_minutes_added_are_minutes_between(start: datetime, minutes: int) -> None:
    begin = start.replace(microsecond=0, tzinfo=UTC)
    end = CALENDAR.add_working_minutes(begin, minutes)
    assert CALENDAR.working_minutes_between(begin, end) == pytest.approx(minutes, abs=1e-6)


def test_overlay_wins_and_changes_the_version(tmp_path: Path) -> None:
    overlay = tmp_path / "calendar.csv"
    overlay.write_text(
        HEADER + "2026-10-15,0,Ngày truyền thống tỉnh,Province day,QĐ 1/QĐ-UBND,2026-local\n"
        "2028-01-03,0,Nghỉ bù,Day in lieu,,2028-provisional\n",
        encoding="utf-8",
    )
    changed = WorkCalendar.load(overlay)
    assert not changed.is_working(day("2026-10-15"))
    assert CALENDAR.is_working(day("2026-10-15"))
    assert changed.reason(day("2026-10-15"), "en") == "Province day"
    assert changed.last == day("2028-12-31")
    assert changed.version != CALENDAR.version
    assert WorkCalendar.load(tmp_path / "absent.csv").version == CALENDAR.version


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("15/10/2026,0,a,b,c,d\n", r"calendar.csv:2: '15/10/2026' is not a date"),
        ("2026-10-15,no,a,b,c,d\n", r"calendar.csv:2: is_working is 'no'"),
        ("2026-10-15,0,a,b,c,d\n2026-10-15,1,a,b,c,d\n", r"calendar.csv:3: 2026-10-15 is listed twice"),
    ],
)
def test_a_wrong_calendar_row_is_refused(tmp_path: Path, rows: str, message: str) -> None:
    path = tmp_path / "calendar.csv"
    path.write_text(HEADER + rows, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        WorkCalendar.load(path)


def test_a_calendar_with_other_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "calendar.csv"
    path.write_text("day,off\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="columns must be date, is_working"):
        WorkCalendar.load(path)

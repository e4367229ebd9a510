"""Fair comparison: what was compared is said, what cannot be is refused, and Tết raises no false alarm (PRODUCT 18)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.compare import Comparison, compare, cumulative_values, period_values
from indicators.compare.change import Amount, change_of
from indicators.compare.cumulative import revisions
from indicators.compare.sentence import words
from indicators.compare.window import Window, elapsed, same_elapsed, tet_aligned, tet_moved, whole
from ioc.calendar import WorkCalendar
from ioc.errors import UsageError
from ioc.period import Period
from ioc.published import Publication, Reader
from ioc.tet import tet_day
from tests.indicators import compared_home, small_core
from tests.indicators.compared_home import DROPPED, OFFICES

CALENDAR = WorkCalendar.load()
CATALOGUE = compared_home.catalogue()
RECEIVED = "procedures.received"


@pytest.fixture(scope="module")
def publication(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publication]:
    held = compared_home.build(tmp_path_factory.mktemp("compare") / "home")
    yield held
    held.close()


@pytest.fixture
def reader(publication: Publication) -> Iterator[Reader]:
    with publication.reader() as found:
        yield found


def ask(reader: Reader, unit: str, period: str, mode: Any = "last_year", indicator: str = RECEIVED) -> Comparison:
    return compare(reader, CATALOGUE, indicator, unit, period, mode=mode, calendar=CALENDAR)


def months() -> list[str]:
    return [f"{year}-{month:02d}" for year in (2025, 2026) for month in (1, 2, 3)]


def test_tet_raises_no_false_alarm_and_a_real_drop_is_one(reader: Reader) -> None:
    """2024: 10 February, 2025: 29 January, 2026: 17 February. Six offices, six months, nothing changed but one."""
    alarms = {(unit, month) for unit in (*OFFICES, "51") for month in months() if _alarmed(ask(reader, unit, month))}
    assert alarms == {(DROPPED, "2026-02")}


def test_without_the_alignment_there_would_be_false_alarms(reader: Reader) -> None:
    entry = CATALOGUE.indicator(RECEIVED)
    fooled = 0
    for unit in (*OFFICES, "51"):
        for month in months():
            period = Period.parse(month)
            now, base = (
                reader.observation(RECEIVED, unit, one.key) for one in (period, period.same_last_year())
            )  # fmt: skip
            assert now is not None
            assert base is not None
            change = change_of(entry, Amount(now.value or 0.0), Amount(base.value or 0.0))
            fooled += change.is_alarm and (unit, month) != (DROPPED, "2026-02")
    assert fooled >= 6  # of 42 comparisons by calendar month one in seven cries wolf


def _alarmed(found: Comparison) -> bool:
    assert found.change is not None, found.refused
    return found.change.is_alarm


def test_a_running_month_is_compared_with_as_many_working_days(reader: Reader) -> None:
    found = ask(reader, OFFICES[0], "2026-04", "previous")
    assert found.now is not None
    assert found.base is not None
    assert (found.now.first, found.now.last) == (date(2026, 4, 1), date(2026, 4, 15))
    assert found.now.working_days == found.base.working_days == 11
    assert found.base.last < date(2026, 3, 31)
    assert {"elapsed", "tet_near"} <= {note.key for note in found.notes}
    year = ask(reader, OFFICES[0], "2026-04")
    assert year.base is not None
    assert year.base.working_days == 11
    assert year.base.last < date(2025, 4, 30)
    assert year.change is not None
    assert not year.change.is_alarm
    assert abs(year.change.percent or 0.0) < 20  # 11 days against a whole month would be a fall by half


def test_a_running_share_and_a_running_stock_too(reader: Reader) -> None:
    rate = ask(reader, "51", "2026-04", "previous", "procedures.on_time")
    assert rate.base is not None
    assert rate.base.last < date(2026, 3, 31)
    stock = ask(reader, "51", "2026-04", "previous", "procedures.open")
    assert stock.base is not None
    counted = reader.select(
        "SELECT count(*) AS held FROM core.dossier WHERE received_at < ? AND (finished_at IS NULL OR finished_at >= ?) "
        "/*scope unit_code*/",
        [small_core.datetime(2026, 3, stock.base.last.day, 17), small_core.datetime(2026, 3, stock.base.last.day, 17)],
    )
    assert stock.base.value == counted[0]["held"]


def test_cumulative_to_the_same_day_of_the_year(reader: Reader) -> None:
    found = ask(reader, "51", "2026-04.ytd")
    assert found.base is not None
    assert (found.base.first, found.base.last) == (date(2025, 1, 1), date(2025, 4, 15))


@pytest.mark.parametrize(
    ("unit", "period", "mode", "indicator", "reason"),
    [
        ("51", "2026-Q1", "previous", "reporting.his_coverage", "reason_inequality"),
        ("51", "2024-03", "last_year", RECEIVED, "reason_history"),
        ("51", "2026-10", "last_year", RECEIVED, "reason_no_value"),
        ("51", "2025-10", "tet", RECEIVED, "reason_season"),
        ("51", "2026-02", "tet", "reporting.iip", "reason_kind"),
        ("51", "2026-03", "last_year", "reporting.iip", "reason_no_base"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    reader: Reader, unit: str, period: str, mode: str, indicator: str, reason: str
) -> None:
    found = ask(reader, unit, period, mode, indicator)
    assert found.refused is not None
    assert found.refused.key == reason
    assert found.change is None
    said = found.to_dict()["sentences"]
    assert all(len(said[lang]) == 1 and "{" not in said[lang][0] for lang in ("vi", "en"))


def test_a_filed_number_in_the_tet_season_is_compared_but_never_cried(reader: Reader) -> None:
    found = ask(reader, "51", "2026-02", indicator="reporting.iip")
    assert found.change is not None
    assert not found.change.is_alarm
    assert "tet_plain" in [note.key for note in found.notes]


def test_the_sentence_says_both_windows(reader: Reader) -> None:
    said = ask(reader, "51", "2026-02").to_dict()["sentences"]
    assert "13/01/2025–09/02/2025" in said["vi"][0]
    assert "15 ngày làm việc" in said["vi"][0]
    assert any("17/02/2026" in line and "29/01/2025" in line for line in said["vi"])
    assert "13 Jan 2025" in said["en"][0]


def test_every_sentence_has_both_languages() -> None:
    assert words().gaps() == []


def test_an_unknown_mode_is_refused(reader: Reader) -> None:
    with pytest.raises(UsageError, match="unknown comparison 'lastyear'"):
        ask(reader, "51", "2026-02", "lastyear")


def test_windows() -> None:
    june = Period.parse("2026-06")
    part = elapsed(june, date(2026, 6, 15))
    assert part == Window(date(2026, 6, 1), date(2026, 6, 15))
    assert elapsed(june, date(2026, 5, 31)) is None
    base = same_elapsed(part, june, june.previous(), CALENDAR)
    assert base.working_days(CALENDAR) == part.working_days(CALENDAR) == 11
    assert same_elapsed(whole(june), june, june.previous(), CALENDAR) == whole(june.previous())
    assert same_elapsed(part, june, Period.parse("2025-06"), CALENDAR).working_days(CALENDAR) == 11
    february = whole(Period.parse("2026-02"))
    assert tet_aligned(february, 2025) == Window(date(2025, 1, 13), date(2025, 2, 9))
    assert tet_moved(february, whole(Period.parse("2025-02")), CALENDAR)
    assert not tet_moved(part, whole(Period.parse("2025-06")), CALENDAR)
    assert tet_aligned(february, 2045) is None


def test_leap_years_and_short_months() -> None:
    leap = Period.parse("2024-02")
    assert same_elapsed(Window(leap.start, date(2024, 2, 29)), leap, Period.parse("2023-02"), CALENDAR).days == 28
    ytd = Period.parse("2024-02.ytd")
    part = Window(date(2024, 1, 1), date(2024, 2, 29))
    assert same_elapsed(replace(part, last=date(2024, 2, 28)), ytd, Period.parse("2023-02.ytd"), CALENDAR).last == date(
        2023, 2, 28
    )


def test_tet_days_agree_with_the_days_off() -> None:
    for year in (2023, 2024, 2025, 2026):
        day = tet_day(year)
        assert day is not None
        assert CALENDAR.reason(day) == "Tết Nguyên đán"
    assert tet_day(1900) is None


def test_small_counts_give_no_percentage() -> None:
    entry = CATALOGUE.indicator(RECEIVED)
    few = change_of(entry, Amount(12.0), Amount(8.0))
    assert few.percent is None
    assert few.by == 4
    assert few.direction == "even"  # 12 and 8 are not told apart
    many = change_of(entry, Amount(1200.0), Amount(800.0))
    assert many.percent == pytest.approx(50)
    assert many.is_alarm


def test_cumulative_and_period_values_both_ways() -> None:
    """METHODS 5.5: a fall is a revision and stays."""
    assert period_values([120, 260, 255, 400]) == [120, 140, -5, 145]
    assert cumulative_values([120, 140, -5, 145]) == [120, 260, 255, 400]
    assert revisions([120, 260, 255, 400]) == [2]
    assert period_values([10, None, 40, 50]) == [10, None, None, 10]
    assert cumulative_values([10, None, 40]) == [10, None, None]


@given(st.lists(st.integers(-(10**9), 10**9).map(lambda n: n / 1000), max_size=30))
def test_conversion_loses_nothing(values: list[float]) -> None:
    assert period_values(cumulative_values(values)) == values
    assert cumulative_values(period_values(values)) == values

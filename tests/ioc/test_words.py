"""Words, numbers, dates: what people read."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.errors import ConfigError, IocError
from ioc.words import (
    Words,
    collation_key,
    fold,
    format_age,
    format_date,
    format_date_long,
    format_datetime,
    format_delta,
    format_number,
    format_ratio,
    format_time,
    format_value,
    format_weekday,
    match_key,
    round_half_up,
    significant,
)

NBSP = "\u00a0"


def plain(text: str) -> str:
    return text.replace(NBSP, " ")


@pytest.mark.parametrize(
    ("value", "decimals", "vi", "en"),
    [
        (38420, 0, "38.420", "38,420"),
        (1234.5, 1, "1.234,5", "1,234.5"),
        (1234567, 0, "1.234.567", "1,234,567"),
        (98.81, 2, "98,81", "98.81"),
        (-11.3, 1, "−11,3", "−11.3"),
        (-0.04, 1, "0,0", "0.0"),
        (0, 0, "0", "0"),
        (None, 1, "—", "—"),
        (Fraction(2, 3), 4, "0,6667", "0.6667"),
        (10**20, 0, "100.000.000.000.000.000.000", "100,000,000,000,000,000,000"),
        (123456789012345, 0, "123.456.789.012.345", "123,456,789,012,345"),
    ],
)
def test_numbers(value: float | None, decimals: int, vi: str, en: str) -> None:
    assert format_number(value, decimals, "vi") == vi
    assert format_number(value, decimals, "en") == en


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (6.725, 2, "6.73"),  # the rounding example of 766/QD-TTg: binary floats give 6.72
        (2.675, 2, "2.68"),
        (0.5, 0, "1"),
        (-0.5, 0, "-1"),
        (1.0049999999999999, 2, "1.01"),  # 1.005 in binary
        (1.00499, 2, "1.00"),
        (0.1 + 0.2, 1, "0.3"),
        (Decimal("98.805"), 2, "98.81"),
        (1234.5, -2, "1.2E+3"),
    ],
)
def test_half_up_after_twelve_digits(value: float, decimals: int, expected: str) -> None:
    assert str(round_half_up(value, decimals)) == expected


@given(st.integers(-(10**9), 10**9), st.integers(0, 3))
def test_halves_go_away_from_zero(whole: int, decimals: int) -> None:
    half = Decimal(2 * whole + (1 if whole >= 0 else -1)).scaleb(-decimals) / 2
    step = Decimal(1).scaleb(-decimals)
    expected = (whole + (1 if whole >= 0 else -1)) * step
    assert round_half_up(half, decimals) == expected


def test_significant_digits_settle_comparisons() -> None:
    assert significant(0.1 + 0.2) == 0.3
    assert significant(100 * 0.95) == significant(95.00000000000001)
    assert significant(1.0000000001) != 1.0
    with pytest.raises(IocError, match="not a number"):
        significant(float("nan"))


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "vi", "en"),
    [
        (43.7, "percent", 1, "43,7%", "43.7%"),
        (38420, "vnd_bn", 0, "38.420 tỷ đồng", "VND 38,420 bn"),
        (-38420, "vnd_bn", 0, "−38.420 tỷ đồng", "−VND 38,420 bn"),
        (56.2, "km_h", 1, "56,2 km/h", "56.2 km/h"),
        (12, "minutes", 0, "12 phút", "12 min"),
        (1, "days", 0, "1 ngày", "1 day"),
        (9, "days", 0, "9 ngày", "9 days"),
        (83.25, "points", 2, "83,25 điểm", "83.25 points"),
        (0.75, "index", 2, "0,75", "0.75"),
        (2237, "count", 0, "2.237", "2,237"),
        (4.2, "per_1000", 1, "4,2‰", "4.2‰"),
    ],
)
def test_values_with_units(value: float, unit: str, decimals: int, vi: str, en: str) -> None:
    assert plain(format_value(value, unit, decimals, "vi")) == vi
    assert plain(format_value(value, unit, decimals, "en")) == en


def test_large_money_can_be_compact() -> None:
    assert plain(format_value(1240, "vnd_bn", 0, "vi", compact=True)) == "1,24 nghìn tỷ đồng"
    assert plain(format_value(1240, "vnd_bn", 0, "en", compact=True)) == "VND 1.24 tn"
    assert plain(format_value(999, "vnd_bn", 0, "vi", compact=True)) == "999 tỷ đồng"


def test_a_number_never_parts_from_its_word() -> None:
    assert format_value(12, "minutes", 0, "vi") == f"12{NBSP}phút"
    assert format_delta(-11.3, "percent", 1, "vi") == f"−11,3{NBSP}điểm{NBSP}%"
    assert format_age(timedelta(minutes=5)) == f"5{NBSP}phút"


@pytest.mark.parametrize(
    ("comparator", "value", "unit", "decimals", "vi"),
    [
        (">", 92, "percent", 0, "> 92%"),
        (">", 2800, "count", 0, "> 2.800"),
        (">=", 0.75, "index", 2, "≥ 0,75"),
        ("<=", 5, "days", 0, "≤ 5 ngày"),
        ("<", 1, "percent", 0, "< 1%"),
        ("=", 92, "percent", 0, "92%"),
    ],
)
def test_inequalities_stay_inequalities(comparator: str, value: float, unit: str, decimals: int, vi: str) -> None:
    assert plain(format_value(value, unit, decimals, "vi", comparator)) == vi


def test_unknown_comparators_units_and_languages_are_errors() -> None:
    with pytest.raises(IocError, match="comparator '~'"):
        format_value(1, "percent", 0, "vi", "~")
    with pytest.raises(IocError, match="measure unit 'furlong'"):
        format_value(1, "furlong")
    with pytest.raises(IocError, match="language 'fr'"):
        format_number(1, 0, "fr")
    with pytest.raises(IocError, match="language 'fr'"):
        format_date(date(2026, 1, 1), "fr")


def test_missing_is_a_dash_whatever_the_unit() -> None:
    assert format_value(None, "percent", 1, "vi", ">") == "—"
    assert format_delta(None, "percent", 1) == "—"
    assert format_ratio(None, 5) == "—/5"


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "vi", "en"),
    [
        (4.1, "percent", 1, "+4,1 điểm %", "+4.1 pp"),
        (-11.3, "percent", 1, "−11,3 điểm %", "−11.3 pp"),
        (0.04, "percent", 1, "0,0 điểm %", "0.0 pp"),
        (-0.04, "percent", 1, "0,0 điểm %", "0.0 pp"),
        (1200, "count", 0, "+1.200", "+1,200"),
        (35, "vnd_bn", 0, "+35 tỷ đồng", "+VND 35 bn"),
        (-2, "rank", 0, "−2", "−2"),
    ],
)
def test_deltas(value: float, unit: str, decimals: int, vi: str, en: str) -> None:
    assert plain(format_delta(value, unit, decimals, "vi")) == vi
    assert plain(format_delta(value, unit, decimals, "en")) == en


def test_counts_take_their_word_from_the_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "words.yaml"
    path.write_text("unit.dossier: {vi: hồ sơ, en: dossiers}\n", encoding="utf-8")
    words = Words.load([path])
    assert plain(format_value(14101, "count:dossier", 0, "vi", words=words)) == "14.101 hồ sơ"
    assert plain(format_value(14101, "count:dossier", 0, "en", words=words)) == "14,101 dossiers"
    assert format_value(14101, "count:dossier", 0, "vi") == "14.101"
    with pytest.raises(IocError, match=r"unit\.bird"):
        format_value(1, "count:bird", words=words)


def test_ratio() -> None:
    assert format_ratio(14064, 14101, "vi") == "14.064/14.101"
    assert format_ratio(180.5, 230, "en") == "180.5/230"


def test_dates_and_times() -> None:
    instant = datetime(2026, 10, 5, 18, 5, tzinfo=UTC)  # already the 6th in Vietnam
    assert format_date(date(2026, 10, 6), "vi") == "06/10/2026"
    assert format_date(date(2026, 10, 6), "en") == "6 Oct 2026"
    assert format_date(instant, "vi") == "06/10/2026"
    assert format_time(datetime(2026, 10, 6, 7, 5, tzinfo=UTC)) == "14:05"
    assert format_datetime(datetime(2026, 10, 6, 7, 5, tzinfo=UTC), "vi") == "06/10/2026 14:05"
    assert format_weekday(date(2026, 10, 6), "vi") == "Thứ Ba"
    assert format_weekday(date(2026, 10, 6), "en") == "Tue"
    assert format_date_long(date(2025, 9, 5)) == "ngày 05 tháng 9 năm 2025"
    assert format_date_long(date(2025, 2, 15)) == "ngày 15 tháng 02 năm 2025"
    with pytest.raises(IocError, match="no time zone"):
        format_datetime(datetime(2026, 10, 6, 7, 5))


@pytest.mark.parametrize(
    ("age", "vi", "en"),
    [
        (timedelta(seconds=-3), "dưới 1 phút", "under 1 min"),
        (timedelta(seconds=59), "dưới 1 phút", "under 1 min"),
        (timedelta(minutes=5, seconds=59), "5 phút", "5 min"),
        (timedelta(minutes=60), "1 giờ", "1 h"),
        (timedelta(hours=2, minutes=59), "2 giờ", "2 h"),
        (timedelta(hours=24), "1 ngày", "1 day"),
        (timedelta(days=9, hours=23), "9 ngày", "9 days"),
    ],
)
def test_ages(age: timedelta, vi: str, en: str) -> None:
    assert (plain(format_age(age, "vi")), plain(format_age(age, "en"))) == (vi, en)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Xã Hòa Bình", "Xã Hoà Bình"),
        ("Xã Hòa Bình", unicodedata.normalize("NFD", "Xã Hòa Bình")),
        ("Phường Thúy Sơn", "phường  thuý sơn "),
        ("Đắk Lắk", "Ðắk Lắk"),
        ("đắk", "ðắk"),
        ("Xã Ia H'Drai", "Xã Ia H’Drai"),
        ("Bà Rịa - Vũng Tàu", "Bà Rịa–Vũng Tàu"),
        ("Xã Khỏe", "Xã Khoẻ"),
        ("XÃ\u00a0ĐẶNG THÙY TRÂM", "Xã Đặng Thuỳ Trâm"),
    ],
)
def test_spellings_of_one_name_match(one: str, other: str) -> None:
    assert match_key(one) == match_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Xã Sơn Hà", "Xã Sơn Hạ"),
        ("Xã Sơn Hà", "Xã Son Ha"),
        ("Xã Mỹ Thọ", "Phường Mỹ Tho"),
        ("Xã Dak", "Xã Đak"),
        ("Xã Tân", "Phường Tân"),
        ("Xã Mường", "Xã Mương"),
    ],
)
def test_different_names_do_not_match(one: str, other: str) -> None:
    assert match_key(one) != match_key(other)


@given(st.text(alphabet="aăâeêioôơuưyđbchmnt àáảãạằấợừýỳ-'", max_size=30))
def test_match_key_is_stable(text: str) -> None:
    key = match_key(text)
    assert match_key(key) == key
    assert match_key(unicodedata.normalize("NFD", text)) == key
    assert match_key(text.upper()) == key


def test_vietnamese_order() -> None:
    names = ["Ơ", "Đà", "Dương", "Ô", "An", "Ân", "Ăn", "Ư", "U", "Đ", "D", "E", "Ê", "O"]
    expected = ["An", "Ăn", "Ân", "D", "Dương", "Đ", "Đà", "E", "Ê", "O", "Ô", "Ơ", "U", "Ư"]
    assert sorted(names, key=collation_key) == expected
    tones = ["má", "mạ", "ma", "mã", "mà", "mả"]
    assert sorted(tones, key=collation_key) == ["ma", "mà", "mả", "mã", "má", "mạ"]
    assert sorted(["Sơn Hạ", "Sơn Hà", "Sơn Hà 2"], key=collation_key) == ["Sơn Hà", "Sơn Hạ", "Sơn Hà 2"]
    nfd = unicodedata.normalize("NFD", "Đức")
    assert collation_key(nfd)[:3] == collation_key("Đức")[:3]


def test_fold_is_for_search_boxes() -> None:
    assert fold("Đắk  Lắk") == "dak lak"
    assert fold("ÐẶNG THUỲ TRÂM") == "dang thuy tram"


def test_words_in_two_files_by_language(tmp_path: Path) -> None:
    (tmp_path / "vi.yaml").write_text("card.missing: CHƯA CÓ SỐ LIỆU\nhello: 'Chào {name}'\n", encoding="utf-8")
    (tmp_path / "en.yaml").write_text("card.missing: NO DATA\nhello: 'Hello {name}'\n", encoding="utf-8")
    words = Words.load([tmp_path / "vi.yaml", tmp_path / "en.yaml"])
    assert words("card.missing", "vi") == "CHƯA CÓ SỐ LIỆU"
    assert words("hello", "en", name="Lan") == "Hello Lan"
    assert "card.missing" in words
    assert words.keys() == ["card.missing", "hello"]
    assert words.gaps() == []
    with pytest.raises(IocError, match=r"no text for 'card.mising'.*did you mean 'card.missing'"):
        words("card.mising", "vi")
    with pytest.raises(IocError, match="needs the parameter 'name'"):
        words("hello", "vi")


def test_gaps_are_found(tmp_path: Path) -> None:
    path = tmp_path / "screen.yaml"
    path.write_text("a.b: {vi: một}\nc: {vi: '{n} xã', en: '{m} communes'}\n", encoding="utf-8")
    words = Words.load([path])
    assert words.gaps() == ["a.b: no en", "c: the languages take different parameters"]
    with pytest.raises(IocError, match=r"'a\.b' in 'en'"):
        words("a.b", "en")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: x\na: y\n", r"vi.yaml:2: key 'a' is given twice"),
        ("A B: x\n", r"vi.yaml:1: malformed key 'A B'"),
        ("a: [1]\n", r"vi.yaml:1: the text of 'a' is not a string"),
        ("a: 'x\n", r"not readable as YAML"),
        ("- x\n", "expected 'key: text'"),
    ],
)
def test_wrong_words_files_name_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "vi.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        Words.load([path])


def test_texts_are_nfc(tmp_path: Path) -> None:
    path = tmp_path / "vi.yaml"
    path.write_text("a: " + unicodedata.normalize("NFD", "Xã Hòa Bình") + "\n", encoding="utf-8")
    assert Words.load([path])("a", "vi") == "Xã Hòa Bình"

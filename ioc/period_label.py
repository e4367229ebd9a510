"""How a period is called on screen, in Vietnamese and English (formats of the visual standard)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ioc.errors import IocError

if TYPE_CHECKING:
    from ioc.period import Period

MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ROMAN = ("I", "II", "III", "IV")


def long_label(period: Period, lang: str) -> str:
    """The full name: 'Tháng 9/2026', 'Quý III/2026', 'Lũy kế đến T6/2026'; 'Sep 2026', 'Jan–Sep 2026'."""
    _check_lang(lang)
    year, kind, vi = period.year, period.kind, lang == "vi"
    if kind.startswith("d09"):
        window = f"{_day(period.start, lang, with_year=False)}–{_day(period.end, lang, with_year=False)}"
        return f"{long_label(period.calendar(), lang)} ({'kỳ báo cáo ' if vi else 'reporting '}{window})"
    if kind == "day":
        return _day(period.start, lang)
    if kind == "week":
        return f"Tuần {_number(period)}/{year}" if vi else f"Week {_number(period)}, {year}"
    if kind == "month":
        return f"Tháng {period.end.month}/{year}" if vi else f"{MONTHS_EN[period.end.month - 1]} {year}"
    if kind == "quarter":
        return f"Quý {_ROMAN[_number(period) - 1]}/{year}" if vi else f"Q{_number(period)} {year}"
    if kind == "half":
        first = _number(period) == 1
        if vi:
            return f"6 tháng {'đầu' if first else 'cuối'} năm {year}"
        return f"{'Jan–Jun' if first else 'Jul–Dec'} {year}"
    if kind == "nine_months":
        return f"9 tháng {year}" if vi else f"Jan–Sep {year}"
    if kind == "year":
        return f"Năm {year}" if vi else f"Year {year}"
    if kind == "ytd":
        month = period.end.month
        return f"Lũy kế đến T{month}/{year}" if vi else f"Year to {MONTHS_EN[month - 1]} {year}"
    start, end = _day(period.start, lang), _day(period.end, lang)
    return f"Từ {start} đến {end}" if vi else f"{start} to {end}"


def short_label(period: Period, lang: str) -> str:
    """The axis name, the year said elsewhere: 'T9', 'Q3', '9T', 'LK T6'; 'Sep', 'Q3', '9M', 'YTD Jun'."""
    _check_lang(lang)
    kind, vi = period.kind, lang == "vi"
    if kind.startswith("d09"):
        return f"{short_label(period.calendar(), lang)} {'(BC)' if vi else '(rep.)'}"
    if kind == "day":
        return _day(period.start, lang, with_year=False)
    if kind == "week":
        return f"Tuần {_number(period)}" if vi else f"W{_number(period)}"
    if kind == "month":
        return f"T{period.end.month}" if vi else MONTHS_EN[period.end.month - 1]
    if kind == "quarter":
        return f"Q{_number(period)}"
    if kind == "half":
        first = _number(period) == 1
        return (f"6T {'đầu' if first else 'cuối'}") if vi else f"H{_number(period)}"
    if kind == "nine_months":
        return "9T" if vi else "9M"
    if kind == "year":
        return str(period.year)
    if kind == "ytd":
        return f"LK T{period.end.month}" if vi else f"YTD {MONTHS_EN[period.end.month - 1]}"
    start, end = _day(period.start, lang), _day(period.end, lang)
    return f"{start}–{end}"


def _number(period: Period) -> int:
    """The number in the key after the year: week 23, quarter 2, half 1."""
    return int(period.key.partition("-")[2][1:])


def _day(day: date, lang: str, with_year: bool = True) -> str:
    if lang == "vi":
        return f"{day.day:02d}/{day.month:02d}" + (f"/{day.year}" if with_year else "")
    return f"{day.day} {MONTHS_EN[day.month - 1]}" + (f" {day.year}" if with_year else "")


def _check_lang(lang: str) -> None:
    if lang not in ("vi", "en"):
        raise IocError(f"unknown language {lang!r} for a period label", remedy="use 'vi' or 'en'")

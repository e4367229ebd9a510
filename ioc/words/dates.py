"""Dates, times and ages on screen; instants are shown in Vietnam time."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from ioc.calendar import VIETNAM
from ioc.errors import IocError
from ioc.period_label import MONTHS_EN
from ioc.words.numbers import NBSP

_WEEKDAYS = {
    "vi": ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


def format_date(day: date, lang: str = "vi") -> str:
    """'06/10/2026' or '6 Oct 2026'; an aware instant is cut to its day in Vietnam first."""
    local = _local(day)
    if _lang(lang) == "vi":
        return f"{local.day:02d}/{local.month:02d}/{local.year}"
    return f"{local.day} {MONTHS_EN[local.month - 1]} {local.year}"


def format_date_long(day: date, lang: str = "vi") -> str:
    """The form of official documents: 'ngày 05 tháng 9 năm 2025' (Decree 30/2020: zero before days, months
    1 and 2).
    """
    local = _local(day)
    if _lang(lang) == "en":
        return format_date(local, lang)
    month = f"{local.month:02d}" if local.month < 3 else str(local.month)
    return f"ngày {local.day:02d} tháng {month} năm {local.year}"


def format_time(instant: datetime, lang: str = "vi") -> str:
    """'14:05' in Vietnam."""
    _lang(lang)
    local = _local(instant)
    assert isinstance(local, datetime)
    return f"{local.hour:02d}:{local.minute:02d}"


def format_datetime(instant: datetime, lang: str = "vi") -> str:
    """'06/10/2026 14:05' or '6 Oct 2026 14:05', in Vietnam."""
    return f"{format_date(instant, lang)} {format_time(instant, lang)}"


def format_weekday(day: date, lang: str = "vi") -> str:
    """'Thứ Ba' or 'Tue'."""
    return _WEEKDAYS[_lang(lang)][_local(day).weekday()]


def format_age(age: timedelta, lang: str = "vi") -> str:
    """How old something is, in one unit, rounded down: 'dưới 1 phút', '5 phút', '2 giờ', '9 ngày'."""
    minutes = int(age.total_seconds() // 60)
    vi = _lang(lang) == "vi"
    if minutes < 1:  # also the seconds a viewer's clock runs behind
        return f"dưới{NBSP}1{NBSP}phút" if vi else f"under{NBSP}1{NBSP}min"
    if minutes < 60:
        return f"{minutes}{NBSP}{'phút' if vi else 'min'}"
    if minutes < 24 * 60:
        return f"{minutes // 60}{NBSP}{'giờ' if vi else 'h'}"
    days = minutes // (24 * 60)
    return f"{days}{NBSP}{'ngày' if vi else 'day' if days == 1 else 'days'}"


def _local(day: date) -> date:
    if isinstance(day, datetime):
        if day.tzinfo is None:
            raise IocError(f"instant {day} has no time zone", remedy="pass an aware UTC instant")
        return day.astimezone(VIETNAM)
    return day


def _lang(lang: str) -> str:
    if lang not in _WEEKDAYS:
        raise IocError(f"unknown language {lang!r} for a date", remedy="use 'vi' or 'en'")
    return lang

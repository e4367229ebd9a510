"""Instants as the demo's systems write them; inside the generators local (+07:00), datetime64[s] without zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np

LOCAL = timezone(timedelta(hours=7))
NEVER = np.datetime64("NaT", "s")
_SHIFT = np.timedelta64(7, "h")


def to_local(instant: datetime) -> np.datetime64:
    """Aware instant -> local datetime64[s]."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return np.datetime64(instant.astimezone(LOCAL).replace(tzinfo=None, microsecond=0), "s")


def local_date(instant: datetime) -> date:
    """The local day of an aware instant."""
    return instant.astimezone(LOCAL).date()


def to_instant(local: np.datetime64) -> datetime:
    """Local datetime64 -> aware UTC instant."""
    plain: datetime = (local.astype("M8[s]") - _SHIFT).astype(datetime)
    return plain.replace(tzinfo=UTC)


def texts(values: np.ndarray) -> list[str | None]:
    """Local text `YYYY-MM-DD HH:MM:SS` of a column; None for NaT."""
    values = np.ascontiguousarray(values.astype("M8[s]"))
    if len(values) == 0:
        return []
    letters = np.datetime_as_string(values, unit="s")  # 'NaT' where missing
    found = letters.astype("U19")
    found.view("U1").reshape(len(found), 19)[:, 10] = " "
    plain: list[str | None] = found.tolist()
    for index in np.flatnonzero(np.isnat(values)):
        plain[index] = None
    return plain


def iso(value: np.datetime64 | None) -> str | None:
    """ISO local `2026-06-15T08:31:00+07:00`; None for NaT."""
    if value is None or np.isnat(value):
        return None
    return f"{value.astype('M8[s]')}+07:00"


def isos(values: np.ndarray) -> list[str | None]:
    """`iso` of a column."""
    return [None if text is None else f"{text[:10]}T{text[11:]}+07:00" for text in texts(values)]


def iso_utc(values: np.ndarray) -> np.ndarray:
    """ISO UTC `2026-06-15T01:31:00Z` of a column of local instants."""
    return np.char.add(np.datetime_as_string(values.astype("M8[s]") - _SHIFT, unit="s"), "Z")


def read_iso(text: str) -> np.datetime64:
    """An ISO text with a zone (a blank for + is mended) -> local datetime64[s]; ValueError when it is none."""
    found = datetime.fromisoformat(text.replace(" ", "+", 1) if text.count(" ") == 1 and "T" in text else text)
    return to_local(found if found.tzinfo else found.replace(tzinfo=LOCAL))


def month_index(day: date) -> int:
    """Months since year 0, for going from month to month."""
    return day.year * 12 + day.month - 1


def month_first(index: int) -> date:
    """First day of a month by its index."""
    return date(index // 12, index % 12 + 1, 1)


def month_days(index: int) -> np.ndarray:
    """All days of a month, datetime64[D]."""
    return np.arange(np.datetime64(month_first(index), "D"), np.datetime64(month_first(index + 1), "D"))


def at_second(days: np.ndarray, seconds: np.ndarray | float) -> np.ndarray:
    """Day plus seconds of the day -> datetime64[s]."""
    return days.astype("M8[D]").astype("M8[s]") + np.asarray(seconds).astype("m8[s]")

"""The table of days that differ from their week: data/calendar/vn.csv and the province's overlay."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ioc.errors import ConfigError

_COLUMNS = ("date", "is_working", "reason_vi", "reason_en", "legal_basis", "version")


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that differs from its week: a holiday, a day in lieu, a swapped day."""

    day: date
    is_working: bool
    reason_vi: str
    reason_en: str
    legal_basis: str
    version: str

    @property
    def is_provisional(self) -> bool:
        """Whether the government had not announced the day when the row was written."""
        return self.version.endswith("-provisional")


def read_days(path: Path) -> list[SpecialDay]:
    """Read one calendar file; raises ConfigError with file and line for anything that is not as described."""
    found: dict[date, SpecialDay] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            if tuple(reader.fieldnames or ()) != _COLUMNS:
                raise ConfigError(path, 1, f"columns must be {', '.join(_COLUMNS)}")
            for row in reader:
                entry = _read_row(path, reader.line_num, row)
                if entry.day in found:
                    raise ConfigError(path, reader.line_num, f"{entry.day} is listed twice", remedy="keep one row")
                found[entry.day] = entry
    except OSError as error:
        raise ConfigError(path, None, f"calendar cannot be read: {error.strerror}") from error
    return list(found.values())


def _read_row(path: Path, line: int, row: dict[str, str]) -> SpecialDay:
    try:
        day = date.fromisoformat(row["date"])
    except (ValueError, TypeError) as error:
        raise ConfigError(path, line, f"{row['date']!r} is not a date", remedy="write it as 2026-04-30") from error
    if row["is_working"] not in ("0", "1"):
        raise ConfigError(path, line, f"is_working is {row['is_working']!r}", remedy="write 0 (rest) or 1 (worked)")
    texts = (row["reason_vi"], row["reason_en"], row["legal_basis"], row["version"])
    return SpecialDay(day, row["is_working"] == "1", *(text or "" for text in texts))

"""The first day of Tết: a dated table, the fixed point of the year for comparisons that Tết would upset."""

from __future__ import annotations

import csv
from datetime import date
from functools import lru_cache
from pathlib import Path

from ioc.errors import ConfigError

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "calendar" / "tet.csv"


def tet_day(year: int) -> date | None:
    """Mùng một of the lunar year that begins in this year; None where the table does not reach."""
    return _table(SHIPPED).get(year)


@lru_cache(maxsize=4)
def _table(path: Path) -> dict[int, date]:
    found: dict[int, date] = {}
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            for number, row in enumerate(csv.DictReader(lines), start=2):
                day = date.fromisoformat(row["day1"])
                if day.year != int(row["year"]) or not date(day.year, 1, 20) <= day <= date(day.year, 2, 21):
                    raise ConfigError(path, number, f"{day} is no first day of Tết of {row['year']}")
                found[day.year] = day
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(path, None, f"the days of Tết cannot be read: {error}", remedy="restore the file") from error
    return found

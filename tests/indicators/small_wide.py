"""Small wide tables of the shared platforms, the procedure database and the sectors, for the tests of the engines."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from indicators.checked import load_checked
from indicators.expression import columns_in, parse_total
from ioc.catalogue import Catalogue

Row = dict[str, Any]
WIDE = ("platform_count", "procedure_count", "sector_count", "land_count")


@lru_cache(maxsize=1)
def shipped() -> Catalogue:
    """The shipped catalogue, read once."""
    return load_checked()


def wide_rows(
    rng: random.Random, name: str, ends: Sequence[date], homes: dict[str, Sequence[str]], known: Any
) -> list[Row]:
    """One row a unit and month end: each column of a whole between 5 and 60, its parts not above it.

    Columns are those that the catalogue's indicators read, so that each has records, gaps and zeros.
    """
    catalogue = shipped()
    types = {key: column.type for key, column in catalogue.datasets[name].columns.items()}
    wholes: dict[str, set[str]] = {}
    levels: dict[str, set[str]] = {}
    for entry in catalogue.indicators.values():
        if entry.dataset != name or entry.numerator is None:
            continue
        bottom = columns_in(parse_total(entry.denominator, types)) if entry.denominator else set()
        for column in columns_in(parse_total(entry.numerator, types)) | bottom:
            wholes.setdefault(column, set()).update(bottom - {column})
            levels.setdefault(column, set()).update(entry.levels)
    rows: list[Row] = []
    for end in ends:
        for level, codes in homes.items():
            for code in codes:
                row: Row = {"unit_code": code, "counted_on": end}
                kept = [one for one in sorted(levels) if level in levels[one] or levels[one] == {"province"}]
                for column in sorted(kept, key=lambda one: (len(wholes[one]), one)):
                    if rng.random() < 0.93 and (level == "province") == (levels[column] == {"province"}):
                        limit = min([row.get(whole, 60) for whole in wholes[column]], default=60)
                        row[column] = float(rng.randint(0, int(limit)) if wholes[column] else rng.randint(5, 60))
                if len(row) > 2 and rng.random() < 0.95:
                    moment = datetime.combine(end, datetime.min.time()) + timedelta(days=1)
                    rows.append({**row, **known(moment)})
    return rows


def village_gaps(rng: random.Random, codes: Sequence[str], known: Any) -> list[Row]:
    """Villages that lack power, signal, both or nothing; some gaps end."""
    rows: list[Row] = []
    for number in range(60):
        since = date(2025, 5, 1) + timedelta(days=rng.randint(0, 380))
        rows.append(
            {
                "village_code": f"V{number}",
                "village_name": f"Village {number}",
                "unit_code": rng.choice(codes),
                "lacks_power": rng.choice([True, False, None]),
                "lacks_signal": rng.choice([True, True, False, None]),
                "since_on": since if number else date(2025, 5, 1),
                "solved_on": since + timedelta(days=rng.randint(0, 300)) if rng.random() < 0.4 else None,
                **known(datetime.combine(since, datetime.min.time())),
            }
        )
    return rows

"""The ledgers of a small province's sources, for both engines: what came when, what was owed, who was excused."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

Row = dict[str, Any]
SOURCES = {"one_stop": ("ho_so", "danh_gia"), "field_report": ("phan_anh",)}
FIRST, DAYS = date(2026, 5, 20), 90
GRACE = ("21003", date(2026, 6, 5), date(2026, 7, 31))  # one commune cut off by a flood


def supply_units(unit: Any) -> list[Row]:
    made = [unit(f"src.{source}", "source", "source") for source in SOURCES]
    made += [unit(f"src.{source}.{name}", "dataset", "dataset") for source, names in SOURCES.items() for name in names]
    return made


def supply_rows(seed: int = 3) -> dict[str, list[Row]]:
    rng = random.Random(seed)
    days: list[Row] = []
    deliveries: list[Row] = []
    coverage: list[Row] = []
    for source, names in SOURCES.items():
        for name in names:
            head = {"unit_code": f"src.{source}.{name}", "source_code": f"src.{source}", "source": source}
            head |= {"dataset": name, "load_id": "L1", "known_at": datetime(2026, 8, 20)}
            for step in range(DAYS):
                day = FIRST + timedelta(days=step)
                rows, bad, double = rng.randint(0, 400), rng.randint(0, 3), rng.randint(0, 2)
                days.append(
                    {
                        **head, "supplied_on": day, "batch_count": 4, "batch_passed": 4 - (rng.random() < 0.1),
                        "rows_in": rows + bad + double, "rows_good": rows,
                        "rows_refused": bad, "rows_duplicate": double,
                    }
                )  # fmt: skip
                deliveries.append({**head, "due_on": day, "is_on_time": rng.random() < 0.9})
            for month in (5, 6, 7, 8):
                for item in ("21001", "21002", "channel"):
                    kind = "unit" if item.isdigit() else "field"
                    row = {"covered_on": date(2026, month, 1), "item_kind": kind, "item_code": item}
                    coverage.append({**head, **row, "is_reported": rng.random() < 0.8})
    graces = [{"grace_id": "g1", "unit_code": GRACE[0], "from_on": GRACE[1], "to_on": GRACE[2], "reason": "flood"}]
    return {"ops.supply_day": days, "ops.delivery": deliveries, "ops.coverage": coverage, "ops.grace": graces}


def excuse(submissions: list[Row]) -> list[Row]:
    """The submissions with those marked that fall due within the grace."""
    unit, first, last = GRACE
    return [
        {**row, "is_excused": True if row["unit_code"] == unit and first <= row["due_on"] <= last else None}
        for row in submissions
    ]

"""A home with invented numbers for every scene of the wall, 36 months of Quang Ngai; a function of a salt."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow

from ioc.catalogue import Catalogue, Indicator, load_catalogue
from ioc.period import Period
from ioc.unit import UnitRegistry
from layouts.wall.scenes import SCENES
from pipelines.geo import build_map_files
from tests.warehouse_fixture import make_home, observation, open_warehouse, publish_now

NOW = datetime(2026, 10, 6, 7, 5, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
JUNCTIONS = {
    "J1": "Hùng Vương - Phan Đình Phùng",
    "J2": "Quang Trung - Lê Lợi",
    "J3": "Phạm Văn Đồng",
    "J4": "Cầu Trà Khúc 1",
    "J5": "Nguyễn Nghiêm",
    "J6": "Bà Triệu - Lê Trung Đình",
    "J7": "Ngã năm mới",
}
SILENT = ("21289", "21250", "23311")  # communes without data


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The shipped catalogue."""
    return load_catalogue(ROOT / "indicators" / "catalogue")


def level_of(indicator: Indicator) -> tuple[float, float]:
    """An invented usual value of the province and its spread between communes."""
    known = {
        "reporting.grdp_growth": (8.42, 0.5),
        "reporting.iip": (9.1, 1.5),
        "reporting.retail_growth": (11.2, 1.0),
        "procedures.on_time": (97.6, 1.8),
        "procedures.online_submission": (77.5, 11.0),
        "procedures.online_payment": (58.8, 12.0),
        "reporting.field_report_on_time": (94.1, 4.0),
        "traffic.volume": (4_812_337.0, 1.0e6),
        "traffic.congested_minutes": (74.0, 22.0),
        "traffic.congested_share": (5.6, 1.0),
        "traffic.mean_speed": (31.4, 3.0),
        "reporting.field_report_received": (1_284.0, 9.0),
        "reporting.field_report_overdue": (37.0, 3.0),
    }
    return known.get(indicator.id, (88.0, 6.0) if indicator.measure_unit == "percent" else (250.0, 60.0))


def rows(salt: float = 0.0, *, codes: list[str]) -> Iterator[dict[str, Any]]:
    """Observations of every tile of every scene."""
    book = catalogue()
    tiles = sorted({(tile.indicator, tile.kind) for scene in SCENES for tile in scene.tiles})
    for name, kind in tiles:
        indicator = book.indicator(name)
        base, spread = level_of(indicator)
        last = Period.parse({"quarter": "2026-Q3", "ytd": "2026-09.ytd"}.get(kind, "2026-09"))
        for back in range(37):
            period = last.shift(-back)
            wave = math.sin(back / 2.3 + len(name)) * spread * 0.18
            value = base - back * spread * 0.02 + wave + salt
            if kind == "ytd" and name in ("reporting.public_investment", "reporting.budget_revenue_rate"):
                value = (43.7 if "investment" in name else 91.3) * period.end.month / 9 * (
                    1.0 if period.year == 2026 else 0.94
                ) + salt
            if name == "reporting.budget_revenue":
                value = 38_420 * period.end.month / 9 + salt * 10
            yield observation(**_row(indicator, "51", period, value))
            if back < 1 and "commune" in indicator.levels:
                yield from _communes(indicator, period, value, spread, codes, salt)
            if name == "traffic.congested_minutes" and back < 13:
                for place, code in enumerate(JUNCTIONS):
                    extra = {"slice_dim": "junction_code", "slice_value": code}
                    own = value * (0.5 + 0.17 * place) + 5 * math.sin(back + place)
                    yield observation(**_row(indicator, "51", period, own, **extra))


def _communes(
    indicator: Indicator, period: Period, value: float, spread: float, codes: list[str], salt: float
) -> Iterator[dict[str, Any]]:
    draw = random.Random(f"{indicator.id}{salt}")
    top = 100.0 if indicator.measure_unit == "percent" else 1e12
    for code in codes:
        own = None if code in SILENT else min(top, max(0.0, draw.gauss(value, max(spread, value * 0.06))))
        yield observation(**_row(indicator, code, period, own))


def _row(indicator: Indicator, unit: str, period: Period, value: float | None, **more: str) -> dict[str, Any]:
    plain = None if value is None else round(value, indicator.precision)
    return {
        "indicator": indicator.id,
        "unit": unit,
        "period": period.key,
        "value": plain,
        "version": indicator.version,
        "data_as_of": datetime(2026, 10, 5, 22, 30, tzinfo=UTC),
        "as_of": NOW,
        "known_at": NOW,
        **more,
    }


def build_home(folder: Path) -> Path:
    """A published home with observations, units, sources and the schematic geometry."""
    registry = UnitRegistry.load("51")
    states = [
        {
            "source": name.partition("/")[0],
            "dataset": name.partition("/")[2] or "all",
            "rows_total": 1000,
            "complete_through": datetime(2026, 10, 5 if name.startswith("task_service") else 6, 7, 0),
            "last_success_at": datetime(2026, 10, 6, 7, 1),
        }
        for name in sorted({name for dataset in catalogue().datasets.values() for name in dataset.sources})
    ]
    sites = [
        {"site_code": f"S{code}", "junction_code": code, "junction_name": name, "unit_code": "51"}
        for code, name in JUNCTIONS.items()
    ]
    home = make_home(
        folder,
        [],
        {"core.unit": registry.rows(), "ops.source_state": states, "core.traffic_site": sites},
        now=NOW - timedelta(minutes=5),
        catalogue_json=catalogue().to_json(),
        vintages=False,
    )
    publish_next(home, 0.0, NOW)
    build_map_files(home, "51", home / "published" / "geo")
    return home


def publish_next(home: Path, salt: float, now: datetime, *, only: str = "") -> str:
    """Publish another version in which the numbers of the province moved by `salt`; returns its id.

    With `only` the numbers of that indicator moved, the others are those of salt 0.
    """
    codes = [unit.code for unit in UnitRegistry.load("51").communes()]
    with open_warehouse(home, now=now) as warehouse:
        with warehouse.transaction() as cursor:
            cursor.execute("DELETE FROM mart.observation")
            columns = [row[1] for row in cursor.execute("PRAGMA table_info('mart.observation')").fetchall()]
            moved = [row for row in rows(salt, codes=codes) if only in ("", row["indicator"])]
            stayed = [row for row in rows(0.0, codes=codes) if only and row["indicator"] != only]
            table = pyarrow.Table.from_pylist([_stored(row) for row in (*moved, *stayed)])
            cursor.register("rows_of_test", table)
            names = ", ".join(columns)
            cursor.execute(f"INSERT INTO mart.observation ({names}) SELECT {names} FROM rows_of_test")
            cursor.unregister("rows_of_test")
        return str(publish_now(warehouse, home, now=now, catalogue_json=catalogue().to_json()).id)


def _stored(row: dict[str, Any]) -> dict[str, Any]:
    """Instants are stored as UTC without a zone."""
    return {key: item.replace(tzinfo=None) if isinstance(item, datetime) else item for key, item in row.items()}

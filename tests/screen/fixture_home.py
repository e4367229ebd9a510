"""A published home with numbers for every indicator: made up from hashes, so that every build is the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from ioc.catalogue import Catalogue, Indicator, load_catalogue
from ioc.period import Period
from ioc.unit import UnitRegistry
from pipelines.covenant import keep_covenants
from pipelines.geo import build_map_files
from pipelines.spec import load_sources
from pipelines.supply import keep_units, source_unit
from tests.warehouse_fixture import insert, observation, open_warehouse, publish_now

NOW = datetime(2026, 10, 6, 2, 30, tzinfo=UTC)
LAST = Period.parse("2026-09")
KINDS = {"month": 25, "quarter": 8, "half": 4, "nine_months": 3, "year": 2, "ytd": 25}
ROOT = Path(__file__).resolve().parents[2]
SILENT = ("21289", "21340")  # communes that sent nothing in the last month
LATE = "traffic_live"
INSTANTS = ("as_of", "data_as_of", "known_at")  # stored as UTC without a zone


def shipped_catalogue() -> Catalogue:
    """The definitions as shipped."""
    return load_catalogue(ROOT / "indicators" / "catalogue")


def build_home(folder: Path, *, province: str = "51", now: datetime = NOW) -> Path:
    """Fill and publish a home under `folder`; returns its path."""
    home = folder / "home"
    catalogue = shipped_catalogue()
    registry = UnitRegistry.load(province)
    with open_warehouse(home, now=now) as warehouse:
        insert(warehouse, {"core.unit": registry.rows(), **_operations(catalogue, now)})
        rows = list(_observations(catalogue, registry, province))
        table = pa.Table.from_pylist([_flat(row) for row in rows])
        with warehouse.transaction() as cursor:
            cursor.register("made_up", table)
            cursor.execute("INSERT INTO mart.observation BY NAME SELECT * FROM made_up")
            cursor.execute("INSERT INTO mart.observation_vintage BY NAME SELECT * FROM made_up")
            cursor.unregister("made_up")
        with warehouse.transaction() as cursor:
            keep_units(cursor, load_sources().values())
            keep_covenants(cursor, load_sources(), {}, now.replace(tzinfo=None))
        publish_now(warehouse, home, now=now, province=province, catalogue_json=catalogue.to_json())
    build_map_files(home, province, home / "published" / "geo")
    return home


@cache
def noise(*parts: object) -> float:
    """A number in 0..1 that depends on the parts alone."""
    digest = hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / float(1 << 48)


def _observations(catalogue: Catalogue, registry: UnitRegistry, province: str) -> Iterator[dict[str, Any]]:
    units = {
        "province": [province],
        "commune": [unit.code for unit in registry.communes()],
        "department": [unit.code for unit in registry.departments()],
        "source": [source_unit(name) for name in load_sources()],
        "dataset": [source_unit(name, part) for name, spec in load_sources().items() for part in spec.datasets],
    }
    for indicator in catalogue.indicators.values():
        for kind in indicator.periods:
            if kind not in KINDS:
                continue
            last, steps = Period.of(LAST.end, kind), KINDS[kind]
            periods = [last.shift(-step) for step in range(steps)]
            for level in indicator.levels:
                back = steps if level == "province" else min(steps, 4)
                for unit in units.get(level, []):  # sources and datasets have no numbers here
                    for step, period in enumerate(periods[:back]):
                        yield _row(catalogue, indicator, unit, level, period, step)


def _row(
    catalogue: Catalogue, indicator: Indicator, unit: str, level: str, period: Period, step: int
) -> dict[str, Any]:
    target = catalogue.target_for(indicator.id, unit, level, period)
    aim = float(target.value) if target is not None else 60.0
    swing = noise(indicator.id, unit) - 0.55 + 0.25 * (noise(indicator.id, unit, period.key) - 0.5) - 0.012 * step
    amount = period.days / 30
    row: dict[str, Any] = {
        "indicator": indicator.id, "unit": unit, "unit_level": level, "period": period.key,
        "as_of": NOW, "data_as_of": NOW - timedelta(hours=11), "known_at": NOW - timedelta(hours=10),
    }  # fmt: skip
    share = {"province": 1.0, "commune": 0.02, "department": 0.05, "source": 0.3, "dataset": 0.1}[level]
    if indicator.measure_unit == "percent" and indicator.has_denominator:
        total = max(3.0, round(9000 * share * amount * (0.4 + noise(unit))))
        rate = min(1.0, max(0.0, (aim + swing * (6 if level == "province" else 22)) / 100))
        good = float(round(total * rate))
        row |= {"numerator": good, "denominator": total, "value": good / total * 100}
    elif indicator.measure_unit == "percent":
        row["value"] = round(aim + swing * (8 if level == "province" else 30), 2)
    elif indicator.measure_unit.startswith("count") or indicator.measure_unit == "vnd_bn":
        base = 40_000 if target is None else max(aim, 30.0)
        row["value"] = float(max(0, round(base * share * amount * (1 + swing))))
    else:
        row["value"] = round(max(0.5, aim * (1 + swing * 0.5)), 2)
    if unit in SILENT and period.end == LAST.end:
        row |= {"value": None, "numerator": None, "denominator": None, "state": "missing"}
    if indicator.id == "reporting.retail" and step == 0:
        row["quality"] = "provisional"
    if indicator.id == "procedures.satisfaction" and unit == "21025":
        row["quality"] = "suppressed"
    if indicator.id == "reporting.new_jobs" and period.end == LAST.end:
        row |= {"value": None, "state": "not_due"}
    if row["value"] == 0:
        row["state"] = "zero"
    return observation(**row)


def _operations(catalogue: Catalogue, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Source states, loads and a few refused rows for every source the catalogue names."""
    states, loads, refused = [], [], []
    names = sorted({name for dataset in catalogue.datasets.values() for name in dataset.sources})
    for place, name in enumerate(names):
        source, _, dataset = name.partition("/")
        dataset = dataset or source
        age = timedelta(days=9) if source == LATE else timedelta(minutes=20)
        rows_in = 4000 + place * 731
        states.append(
            {
                "source": source, "dataset": dataset, "watermark": now - age, "complete_through": now - age,
                "last_success_at": now - age + timedelta(minutes=4), "last_load_id": f"load-{place}",
                "last_run_id": f"run-{place}", "rows_total": rows_in * 40,
            }
        )  # fmt: skip
        loads.append(
            {
                "load_id": f"load-{place}", "source": source, "dataset": dataset, "run_id": f"run-{place}",
                "landed_path": f"{source}/{dataset}/date=2026-10-05/run=run-{place}/part-0.csv",
                "sha256": hashlib.sha256(name.encode()).hexdigest(), "interval_from": now - age - timedelta(days=1),
                "interval_to": now - age, "watermark": now - age, "rows_in": rows_in, "rows_good": rows_in - 12,
                "rows_refused": 3, "rows_duplicate": 9, "rows_changed": 40,
                "loaded_at": now - age + timedelta(minutes=4),
            }
        )  # fmt: skip
        refused.append(
            {
                "quarantine_id": f"q-{place}", "source": source, "dataset": dataset, "load_id": f"load-{place}",
                "run_id": f"run-{place}", "landed_path": "part-0.csv", "position": 17 + place, "rule": "known_unit",
                "field": "unit_code", "reason_vi": "Mã đơn vị không có trong danh mục",
                "reason_en": "The unit code is not in the register", "masked_row": '{"ma": "9•••"}',
                "status": "open", "quarantined_at": now - age,
            }
        )  # fmt: skip
    return {"ops.source_state": states, "ops.load_ledger": loads, "ops.quarantine": refused}


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{key: row[key].astimezone(UTC).replace(tzinfo=None) for key in INSTANTS}}


def today(now: datetime = NOW) -> date:
    """The local day of the fixture."""
    return (now + timedelta(hours=7)).date()

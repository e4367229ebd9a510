"""A home for tests: `make_home(tmp_path, observations=[...], core={"dossier": [...]})`, published once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ioc.lock import IngestLock
from ioc.period import Period
from ioc.published import Version, publish
from ioc.warehouse import Warehouse

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
Row = Mapping[str, Any]


@contextmanager
def open_warehouse(home: Path, *, now: datetime = NOW) -> Iterator[Warehouse]:
    """The warehouse of a home under its lock, closed afterwards."""
    with IngestLock(home) as lock:
        warehouse = Warehouse.open(home, lock=lock, memory_limit="1GB", now=now)
        try:
            yield warehouse
        finally:
            warehouse.close()


def make_home(
    tmp_path: Path,
    observations: Sequence[Row] = (),
    core: Mapping[str, Sequence[Row]] | None = None,
    *,
    now: datetime = NOW,
    province: str = "51",
    catalogue_json: str = "{}",
    vintages: bool = True,
) -> Path:
    """A home with these rows, published once. Returns its path.

    `observations` need `indicator, unit, period, value` at least; `observation` fills in the rest. `core` maps
    a table ("dossier", or with schema "ops.source_state") to rows; columns left out are NULL.
    """
    home = tmp_path / "home"
    with open_warehouse(home, now=now) as warehouse:
        insert(warehouse, core or {})
        full = [observation(**row) for row in observations]
        insert(warehouse, {"mart.observation": full, **({"mart.observation_vintage": full} if vintages else {})})
        publish_now(warehouse, home, now=now, province=province, catalogue_json=catalogue_json)
    return home


def publish_now(
    warehouse: Warehouse, home: Path, *, now: datetime = NOW, province: str = "51", catalogue_json: str = "{}"
) -> Version:
    """Publish with the small disk reserve of a test."""
    return publish(
        warehouse,
        home,
        now=now,
        province=province,
        catalogue_json=catalogue_json,
        code_version="test",
        spare_bytes=1 << 20,
    )


def insert(warehouse: Warehouse, tables: Mapping[str, Sequence[Row]]) -> None:
    """Insert rows as they are, in one transaction; rows of one table may have different columns."""
    with warehouse.transaction() as cursor:
        for name, rows in tables.items():
            table = name if "." in name else f"core.{name}"
            for row in rows:
                columns = ", ".join(f'"{column}"' for column in row)
                marks = ", ".join("?" for _ in row)
                cursor.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", [_plain(v) for v in row.values()])


def observation(**given: Any) -> dict[str, Any]:
    """A full row of mart.observation out of the columns given."""
    period = Period.parse(given["period"])
    value = given.get("value")
    unit = given["unit"]
    row: dict[str, Any] = {
        "version": 1,
        "unit_level": "province" if unit == "51" else "department" if unit.startswith("H") else "commune",
        "period_kind": period.kind,
        "period_start": period.start,
        "period_end": period.end,
        "basis": "as_then",
        "view": "official",
        "slice_dim": "",
        "slice_value": "",
        "value": value,
        "numerator": None,
        "denominator": None,
        "comparator": "=",
        "state": "missing" if value is None else "zero" if value == 0 else "value",
        "quality": "final",
        "provenance": "measured",
        "as_of": NOW,
        "data_as_of": NOW,
        "known_at": NOW,
        "source": "one_stop",
        "run_id": "run-1",
    }
    return {**row, **given}


def _plain(value: Any) -> Any:
    """Instants are stored as UTC without a zone."""
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value

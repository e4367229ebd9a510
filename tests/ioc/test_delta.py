"""Publishing the delta: a copy of the last version with what changed gives what a whole build gives (DECISIONS 12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from ioc.published import delta
from ioc.published import folder as files
from ioc.published.build import publish
from ioc.published.listing import TABLES
from ioc.warehouse import Warehouse
from tests.warehouse_fixture import NOW, insert, observation, open_warehouse, publish_now

SIZE = 300


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def warehouse(home: Path) -> Iterator[Warehouse]:
    with open_warehouse(home) as opened:
        deliver(opened, "load-1", range(SIZE))
        rows = [observation(indicator="a.b", unit="51", period=f"2026-0{month}", value=month) for month in (1, 2, 3)]
        insert(opened, {"mart.observation": rows, "mart.observation_vintage": rows})
        yield opened


def deliver(warehouse: Warehouse, load: str, numbers: Any, unit: str = "21289") -> None:
    """Dossiers through the merge, as a load brings them."""
    at = NOW.replace(tzinfo=None)
    rows = [
        {"dossier_code": f"D{n}", "unit_code": unit, "updated_at": at, "load_id": load, "known_at": at} for n in numbers
    ]
    with warehouse.transaction() as cursor:
        warehouse.merge(
            cursor, "core.dossier", pa.Table.from_pylist(rows), key=["dossier_code"], order_by=["updated_at"]
        )


def rows_of(home: Path, version: int) -> dict[str, list[tuple[Any, ...]]]:
    """Every listed table of a version, sorted."""
    with duckdb.connect(str(home / "published" / files.file_name(version)), read_only=True) as opened:
        return {table.name: opened.execute(f"FROM {table.name} ORDER BY ALL").fetchall() for table in TABLES}


def watch(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What every renewal did, table by table."""
    done: list[dict[str, str]] = []
    renew = delta.renew

    def noting(*args: Any) -> dict[str, str]:
        done.append(renew(*args))
        return done[-1]

    monkeypatch.setattr(delta, "renew", noting)
    return done


def test_a_renewed_copy_equals_a_whole_build_table_by_table(
    warehouse: Warehouse, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = watch(monkeypatch)
    publish_now(warehouse, home)
    deliver(warehouse, "load-2", [*range(5), SIZE, SIZE + 1], unit="21290")
    late = observation(indicator="a.b", unit="51", period="2026-03", value=9.0, run_id="run-2")
    insert(warehouse, {"mart.observation_vintage": [late]})
    part = publish_now(warehouse, home, now=NOW + timedelta(minutes=5))
    assert {name for name, how in done[-1].items() if how == "added"} == {"core.dossier", "mart.observation_vintage"}
    assert {how for name, how in done[-1].items() if name not in ("core.dossier", "mart.observation_vintage")} == {
        "kept"
    }
    whole = publish(
        warehouse, home, now=NOW + timedelta(minutes=6), province="51", catalogue_json="{}", code_version="test",
        spare_bytes=1 << 20, whole=True,
    )  # fmt: skip
    assert len(done) == 1
    assert rows_of(home, part.id) == rows_of(home, whole.id)
    assert len(rows_of(home, part.id)["core.dossier"]) == SIZE + 2


def test_nothing_new_rewrites_no_table(warehouse: Warehouse, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = watch(monkeypatch)
    publish_now(warehouse, home)
    publish_now(warehouse, home, now=NOW + timedelta(minutes=5))
    publish_now(warehouse, home, now=NOW + timedelta(minutes=10))
    assert [set(each.values()) for each in done] == [{"kept"}, {"kept"}]


def test_a_row_changed_round_the_merge_is_seen_by_its_digest(
    warehouse: Warehouse, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Same number of rows, same loads, one value: the table is copied whole, never half right."""
    done = watch(monkeypatch)
    publish_now(warehouse, home)
    with warehouse.transaction() as cursor:
        cursor.execute("UPDATE core.dossier SET status = 'done' WHERE dossier_code = 'D7'")
    version = publish_now(warehouse, home, now=NOW + timedelta(minutes=5))
    assert done[-1]["core.dossier"] == "copied"
    assert [row for row in rows_of(home, version.id)["core.dossier"] if "done" in row] != []


def test_the_first_of_a_day_and_a_damaged_base_are_built_whole(
    warehouse: Warehouse, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-10: nothing is taken from a file that is not what was written."""
    done = watch(monkeypatch)
    first = publish_now(warehouse, home)
    path = home / "published" / files.file_name(first.id)
    path.chmod(0o644)
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(bytes(body))
    second = publish_now(warehouse, home, now=NOW + timedelta(minutes=5))
    publish_now(warehouse, home, now=NOW + timedelta(days=1))
    assert done == []
    assert len(rows_of(home, second.id)["core.dossier"]) == SIZE


def test_a_copy_of_another_form_is_put_aside_and_the_version_built_whole(
    warehouse: Warehouse, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another listing of tables, or a sound file of a release that noted no form: nothing of it is used."""
    done = watch(monkeypatch)
    publish_now(warehouse, home)
    with monkeypatch.context() as other:
        other.setattr(delta, "LISTING", "another")
        second = publish_now(warehouse, home, now=NOW + timedelta(minutes=5))
    path = home / "published" / files.file_name(second.id)
    path.chmod(0o644)
    with duckdb.connect(str(path)) as opened:
        opened.execute("DROP TABLE meta.build")
    files.checksum_path(home / "published", second.id).write_text(files.checksum(path), encoding="ascii")
    third = publish_now(warehouse, home, now=NOW + timedelta(minutes=10))
    assert done == []
    assert len(rows_of(home, third.id)["core.dossier"]) == SIZE
    publish_now(warehouse, home, now=NOW + timedelta(minutes=15))
    assert set(done[0].values()) == {"kept"}

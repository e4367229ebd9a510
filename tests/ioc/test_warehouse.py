"""The warehouse: migrations, transactions, SQL files, merging, quarantine of a damaged pair."""

import subprocess
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.errors import BusyError, StorageError
from ioc.lock import IngestLock
from ioc.warehouse import MergeResult, Warehouse, WarehouseFatal, schema_version
from ioc.warehouse.database import as_ours
from ioc.warehouse.migrate import find_migrations, migrate
from tests.warehouse_fixture import NOW, insert, open_warehouse

ROOT = Path(__file__).resolve().parents[2]
T0 = datetime(2026, 6, 1)


def ratings(*rows, load="load-1"):
    names = ("rating_code", "unit_code", "level", "rated_at")
    columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    return pa.table(
        {**columns, "source": ["s"] * len(rows), "load_id": [load] * len(rows), "known_at": [T0] * len(rows)}
    )


def merge(warehouse, rows):
    with warehouse.transaction() as cursor:
        return warehouse.merge(cursor, "core.rating", rows, key=["rating_code"], order_by=["rated_at"])


def stored(warehouse):
    query = "SELECT rating_code, level, load_id FROM core.rating ORDER BY rating_code"
    return warehouse.cursor().execute(query).fetchall()


@pytest.fixture
def warehouse(tmp_path):
    with open_warehouse(tmp_path / "home") as found:
        yield found


def test_migrations_are_applied_once(tmp_path):
    for _ in range(2):
        with open_warehouse(tmp_path) as warehouse:
            rows = warehouse.cursor().execute("SELECT version, name, applied_at FROM ops.migration").fetchall()
            assert [row[0] for row in rows] == list(range(1, schema_version() + 1))
            assert rows[0][2] == NOW.replace(tzinfo=None)


def test_a_newer_or_changed_schema_is_refused(tmp_path):
    with open_warehouse(tmp_path) as warehouse:
        insert(warehouse, {"ops.migration": [{"version": 999, "name": "later", "sha256": "x"}]})
    with pytest.raises(StorageError, match="this version knows"), open_warehouse(tmp_path):
        pass
    other = tmp_path / "other"
    with open_warehouse(other) as warehouse, warehouse.transaction() as cursor:
        cursor.execute("UPDATE ops.migration SET sha256 = 'x'")
    with pytest.raises(StorageError, match="changed after it was applied"), open_warehouse(other):
        pass


def test_a_failing_migration_changes_nothing(tmp_path):
    (tmp_path / "0001_ops.sql").write_text(
        "CREATE SCHEMA ops;"
        "CREATE TABLE ops.migration (version INTEGER, name VARCHAR, sha256 VARCHAR, applied_at TIMESTAMP);"
    )
    connection = duckdb.connect()
    assert migrate(connection, NOW, tmp_path) == 1
    (tmp_path / "0002_bad.sql").write_text("CREATE TABLE ops.good (a INTEGER); CREATE TABLE nowhere.bad (a INTEGER);")
    with pytest.raises(StorageError, match=r"0002_bad\.sql failed"):
        migrate(connection, NOW, tmp_path)
    assert connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'good'").fetchone() == (0,)
    (tmp_path / "0004_gap.sql").write_text("SELECT 1;")
    with pytest.raises(StorageError, match="not numbered"):
        find_migrations(tmp_path)


def test_the_lock_must_be_held(tmp_path):
    with pytest.raises(StorageError, match="under the ingest lock"):
        Warehouse.open(tmp_path, lock=IngestLock(tmp_path))


def test_a_failed_transaction_leaves_nothing(warehouse):
    with pytest.raises(StorageError), warehouse.transaction() as cursor:  # noqa: PT012
        cursor.execute("INSERT INTO core.rating (rating_code) VALUES ('a')")
        cursor.execute("SELECT nothing FROM nowhere")
    with pytest.raises(KeyError), warehouse.transaction() as cursor:  # noqa: PT012
        cursor.execute("INSERT INTO core.rating (rating_code) VALUES ('b')")
        raise KeyError
    assert stored(warehouse) == []
    with (
        warehouse.transaction(),
        pytest.raises(StorageError, match="inside a transaction"),
        warehouse.transaction(),
    ):
        pass


def test_threads_take_turns(warehouse):
    def add(name):
        for i in range(5):
            with warehouse.transaction() as cursor:
                cursor.execute("DELETE FROM core.rating WHERE rating_code = 'total'")
                cursor.execute(
                    "INSERT INTO core.rating (rating_code, level) VALUES ('total', 0), (?, 0)",
                    [f"{name}-{i}"],
                )

    threads = [threading.Thread(target=add, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stored(warehouse)) == 31


def test_run_sql_gives_each_statement_its_parameters(warehouse, tmp_path):
    path = tmp_path / "conform.sql"
    path.write_text(
        "-- two statements\nINSERT INTO core.rating (rating_code, unit_code) VALUES ($code, $unit);\n"
        "SELECT count(*) FROM core.rating WHERE unit_code = $unit;"
    )
    with warehouse.transaction() as cursor:
        assert warehouse.run_sql(path, cursor, code="a", unit="51", more=1).fetchone() == (1,)
    with pytest.raises(StorageError, match=r"conform\.sql, statement 1: no value for \$code"):
        warehouse.run_sql(path, warehouse.cursor(), unit="51")
    path.write_text("SELECT 1; SELECT * FROM nowhere;")
    with pytest.raises(StorageError, match=r"conform\.sql, statement 2"):
        warehouse.run_sql(path, warehouse.cursor())


def test_merge_counts_and_keeps_the_first_known_at(warehouse):
    assert merge(warehouse, ratings(("a", "51", 5, T0), ("b", "51", 4, T0))) == MergeResult(2, 0, 0, 0)
    again = merge(warehouse, ratings(("a", "51", 5, T0), ("b", "51", 3, T0 + timedelta(hours=1)), load="load-2"))
    assert again == MergeResult(0, 1, 0, 1)
    assert stored(warehouse) == [("a", 5, "load-1"), ("b", 3, "load-2")]


def test_a_changed_row_remembers_when_it_first_came(warehouse):
    def bring(level, hours):
        moment = T0 + timedelta(hours=hours)
        batch = ratings(("a", "51", level, moment)).drop_columns("known_at")
        merge(warehouse, batch.append_column("known_at", [[moment]]))
        query = "SELECT level, known_at, first_known_at FROM core.rating"
        return warehouse.cursor().execute(query).fetchone()

    assert bring(5, 0) == (5, T0, None)  # never changed: known_at is its first landing
    assert bring(4, 1) == (4, T0 + timedelta(hours=1), T0)
    assert bring(3, 2) == (3, T0 + timedelta(hours=2), T0)


def test_merge_is_idempotent_and_an_old_batch_does_not_win(warehouse):
    newer = ratings(("a", "51", 1, T0 + timedelta(days=1)))
    merge(warehouse, newer)
    assert merge(warehouse, newer) == MergeResult(0, 0, 0, 1)
    assert merge(warehouse, ratings(("a", "51", 5, T0), load="old")) == MergeResult(0, 0, 1, 0)
    assert merge(warehouse, ratings(("a", "51", 5, None), load="older")) == MergeResult(0, 0, 1, 0)
    assert stored(warehouse) == [("a", 1, "load-1")]


def test_merge_takes_the_newest_of_a_batch_then_the_last(warehouse):
    rows = ratings(("a", "51", 1, T0 + timedelta(1)), ("a", "51", 2, T0), ("b", "51", 3, T0), ("b", "51", 4, T0))
    assert merge(warehouse, rows) == MergeResult(2, 0, 2, 0)
    assert [row[:2] for row in stored(warehouse)] == [("a", 1), ("b", 4)]


def test_merge_treats_null_keys_as_equal_and_refuses_unknown_columns(warehouse):
    merge(warehouse, ratings((None, "51", 1, T0)))
    assert merge(warehouse, ratings((None, "51", 2, T0))).changed == 1
    with pytest.raises(StorageError, match="has no column colour"):
        merge(warehouse, pa.table({"rating_code": ["a"], "rated_at": [T0], "colour": ["red"]}))
    with pytest.raises(StorageError, match="absent: rated_at"):
        merge(warehouse, pa.table({"rating_code": ["a"]}))
    with warehouse.transaction() as cursor, pytest.raises(StorageError, match="no table"):
        warehouse.merge(cursor, "core.nothing", pa.table({"a": [1]}), key=["a"], order_by=[])


def test_merge_reports_a_value_that_does_not_fit(warehouse):
    with pytest.raises(StorageError, match=r"merge into core\.rating"):
        merge(warehouse, pa.table({"rating_code": ["a"], "rated_at": [T0], "level": ["five"]}))
    assert stored(warehouse) == []


BATCHES = st.lists(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2), st.integers(0, 4)), max_size=6),
    min_size=1,
    max_size=5,
)


@settings(max_examples=25, deadline=None)
@given(BATCHES)
def test_merge_equals_a_dictionary(tmp_path_factory, batches):
    """Whatever the batches: the greatest order per key wins, the last among equals, and nothing twice."""
    expected: dict[str, tuple[int, int]] = {}
    with open_warehouse(tmp_path_factory.mktemp("w")) as warehouse:
        for batch in batches:
            best: dict[str, tuple[int, int]] = {}
            for code, level, hour in batch:
                if code not in best or hour >= best[code][1]:
                    best[code] = (level, hour)
            for code, (level, hour) in best.items():
                if code not in expected or hour >= expected[code][1]:
                    expected[code] = (level, hour)
            rows = [(code, "51", level, T0 + timedelta(hours=hour)) for code, level, hour in batch]
            if rows:
                result = merge(warehouse, ratings(*rows))
                assert sum((result.inserted, result.changed, result.duplicate, result.unchanged)) == len(rows)
        assert [(row[0], row[1]) for row in stored(warehouse)] == sorted((c, v[0]) for c, v in expected.items())


LEAVE_A_LOG = """
import os, sys
from pathlib import Path
from tests.warehouse_fixture import insert, open_warehouse
with open_warehouse(Path(sys.argv[1])) as warehouse:
    for number in range(40):
        insert(warehouse, {"rating": [{"rating_code": f"{number}-{i}"} for i in range(20)]})
    os._exit(0)
"""


@pytest.mark.parametrize("damage", ["header", "zeroed log", "flipped bit in the log"])
def test_a_damaged_pair_is_moved_aside_never_deleted(tmp_path, damage):
    subprocess.run([sys.executable, "-c", LEAVE_A_LOG, str(tmp_path)], check=True, cwd=ROOT)
    path = tmp_path / "warehouse" / "warehouse.duckdb"
    log = path.with_name(f"{path.name}.wal")
    target = path if damage == "header" else log
    content = bytearray(target.read_bytes())
    if damage == "header":
        content[:4096] = bytes(4096)
    elif damage == "zeroed log":
        content[len(content) * 3 // 4 :] = bytes(len(content) - len(content) * 3 // 4)
    else:
        content[len(content) // 2] ^= 1
    target.write_bytes(content)
    sizes = (path.stat().st_size, log.stat().st_size)
    with open_warehouse(tmp_path) as warehouse:
        assert warehouse.quarantined is not None
        kept = (warehouse.quarantined / path.name, warehouse.quarantined / log.name)
        assert tuple(file.stat().st_size for file in kept) == sizes
        assert stored(warehouse) == []


def test_a_torn_log_opens_at_the_last_whole_transaction(tmp_path):
    subprocess.run([sys.executable, "-c", LEAVE_A_LOG, str(tmp_path)], check=True, cwd=ROOT)
    log = tmp_path / "warehouse" / "warehouse.duckdb.wal"
    log.write_bytes(log.read_bytes()[:-100])
    with open_warehouse(tmp_path) as warehouse:
        assert warehouse.quarantined is None
        assert len(stored(warehouse)) == 39 * 20


def test_a_file_held_by_another_program_is_busy_not_damaged(tmp_path):
    with open_warehouse(tmp_path):
        pass
    path = tmp_path / "warehouse" / "warehouse.duckdb"
    script = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('x', flush=True); sys.stdin.read()"
    other = subprocess.Popen([sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout.readline() == b"x\n"
    try:
        with pytest.raises(BusyError, match="another program"), open_warehouse(tmp_path):
            pass
    finally:
        other.communicate()
    assert not (tmp_path / "warehouse" / "quarantine").exists()


def test_a_fatal_error_ends_the_process_with_70():
    assert as_ours(duckdb.FatalException("x")).exit_code == 70
    invalidated = duckdb.Error("database has been invalidated because of a previous fatal error")
    assert isinstance(as_ours(invalidated), WarehouseFatal)
    assert as_ours(duckdb.Error("else")).exit_code == 1


def test_a_merge_notes_the_cells_it_touched_before_and_after(warehouse):
    """A row that moves to another unit and month touches the cell it left and the one it came to."""
    merge = lambda rows: _merge_ratings(warehouse, rows)  # noqa: E731
    day = datetime(2026, 5, 31, 20, tzinfo=None)  # the first of June in Vietnam
    merge([{"rating_code": "r1", "unit_code": "a", "rated_at": day}, {"rating_code": "r2", "unit_code": "b"}])
    cursor = warehouse.cursor()
    assert cursor.execute("SELECT * FROM ops.touched").fetchall() == [("core.rating", "*", None, None)]
    cursor.execute("DELETE FROM ops.touched")
    later = datetime(2026, 8, 2)
    merge([{"rating_code": "r1", "unit_code": "c", "rated_at": later}, {"rating_code": "r2", "unit_code": "b"}])
    found = cursor.execute("SELECT column_name, unit_code, CAST(month AS VARCHAR) FROM ops.touched ORDER BY ALL")
    assert found.fetchall() == [("rated_at", "a", "2026-06-01"), ("rated_at", "c", "2026-08-01")]


def _merge_ratings(warehouse, rows):
    table = pa.Table.from_pylist(
        rows,
        schema=pa.schema([("rating_code", pa.string()), ("unit_code", pa.string()), ("rated_at", pa.timestamp("us"))]),
    )
    with warehouse.transaction() as cursor:
        return warehouse.merge(cursor, "core.rating", table, key=["rating_code"], order_by=["rated_at"])

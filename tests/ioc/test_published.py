"""Publishing and reading: what leaves, what stays, what a Reader says."""

import json
import stat
import threading
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from ioc.errors import StorageError
from ioc.published import Publication, QueryTimeout, Retention, Scope, ScopeError, publish
from ioc.published import folder as files
from ioc.published.listing import TABLES
from ioc.published.retention import frozen_versions, prune, versions_to_keep
from tests.warehouse_fixture import NOW, insert, make_home, observation, open_warehouse, publish_now

SERIES = [
    {"indicator": "procedures.on_time", "unit": unit, "period": f"2026-0{month}", "value": 90.0 + month}
    for unit in ("51", "21289", "21290", "H48.01")
    for month in range(1, 7)
]


@pytest.fixture
def home(tmp_path):
    return make_home(
        tmp_path,
        SERIES,
        {
            "unit": [
                {
                    "unit_code": "21289",
                    "unit_kind": "commune",
                    "unit_level": "commune",
                    "measured_as": "21289",
                    "unit_type": "xã",
                    "name": "A",
                    "full_name": "Xã A",
                    "name_en": "A",
                    "is_invented": False,
                }
            ],
            "dossier": [
                {"dossier_code": f"D{i}", "unit_code": unit, "known_at": NOW, "finished_on": NOW.date()}
                for i, unit in enumerate(("21289", "21290", "21290"))
            ],
            "ops.source_state": [
                {
                    "source": "a",
                    "dataset": "x",
                    "complete_through": NOW - timedelta(hours=1),
                    "last_load_id": "l2",
                },
                {"source": "b", "dataset": "y", "complete_through": NOW - timedelta(hours=5)},
            ],
            "ops.load_ledger": [
                {
                    "load_id": f"l{n}",
                    "source": "a",
                    "dataset": "x",
                    "rows_in": n,
                    "loaded_at": NOW + timedelta(n),
                }
                for n in (1, 2)
            ],
            "ops.quarantine": [
                {
                    "quarantine_id": "q1",
                    "source": "a",
                    "dataset": "x",
                    "status": "open",
                    "quarantined_at": NOW,
                },
                {
                    "quarantine_id": "q2",
                    "source": "a",
                    "dataset": "x",
                    "status": "replayed",
                    "quarantined_at": NOW,
                },
            ],
            "mart.score": [
                {
                    "scorecard": "s766",
                    "unit": unit,
                    "period": "2026-Q2",
                    "node": "total",
                    "state": "value",
                    "score": 1.0,
                }
                for unit in ("21289", "21290")
            ],
        },
        catalogue_json='{"indicators": []}',
    )


@pytest.fixture
def publication(home):
    found = Publication(home, check_seconds=0)
    yield found
    found.close()


def test_the_version_carries_its_clocks(publication):
    with publication.reader() as reader:
        version = reader.version
    assert version.id == int(NOW.timestamp() * 1000)
    assert version.published_at == NOW
    assert version.data_as_of == NOW - timedelta(hours=5)
    assert version.known_at == NOW + timedelta(days=2)
    assert (version.province, version.code_version) == ("51", "test")


def test_numbers(publication):
    with publication.reader() as reader:
        found = reader.observation("procedures.on_time", "21289", "2026-06")
        assert (found.value, found.state, found.unit_level, found.as_of) == (96.0, "value", "commune", NOW)
        assert found.to_dict()["known_at"] == "2026-07-01T02:00:00Z"
        assert reader.observation("procedures.on_time", "21289", "2026-07") is None
        assert [o.unit for o in reader.level("procedures.on_time", "commune", "2026-06")] == [
            "21289",
            "21290",
        ]
        series = reader.series("procedures.on_time", "51", "month", last="2026-05", count=3)
        assert [o.period for o in series] == ["2026-03", "2026-04", "2026-05"]
        assert len(reader.series("procedures.on_time", "51", "month")) == 6
        assert reader.series("procedures.on_time", "51", "month", count=0) == []
        assert reader.periods("month")[-1] == "2026-06"
        assert reader.periods("quarter") == []
        assert reader.periods() == [f"2026-0{m}" for m in range(1, 7)]
        assert [s.unit for s in reader.scores("s766", "2026-Q2")] == ["21289", "21290"]


def test_operation(publication):
    with publication.reader() as reader:
        first, second = reader.sources()
        assert (first.source, first.rows_in, first.quarantined, second.rows_in) == ("a", 2, 1, None)
        assert first.complete_through == NOW - timedelta(hours=1)
        assert [load.load_id for load in reader.loads()] == ["l2", "l1"]
        assert [load.load_id for load in reader.loads("a", limit=1)] == ["l2"]
        assert len(reader.quarantine("a")) == 2
        assert reader.quarantine("b") == []
        assert json.loads(reader.catalogue_json()) == {"indicators": []}
        assert [unit.full_name for unit in reader.units()] == ["Xã A"]


def test_select_gives_aware_instants_and_a_limit(publication):
    with publication.reader() as reader:
        rows = reader.select("SELECT dossier_code, known_at FROM core.dossier WHERE unit_code = ?", ["21289"])
        assert rows == [{"dossier_code": "D0", "known_at": NOW}]
        with pytest.raises(StorageError, match="more than 50000 rows"):
            reader.select("SELECT * FROM range(50001)")
        with pytest.raises(StorageError, match="the query failed"):
            reader.select("SELECT * FROM nowhere")
        assert reader.select("SELECT 1 AS one") == [{"one": 1}]


def test_a_narrow_scope_sees_its_units_only(publication):
    scope = Scope(frozenset({"21289"}))
    with publication.reader(scope=scope) as reader:
        assert reader.observation("procedures.on_time", "21290", "2026-06") is None
        assert [o.unit for o in reader.level("procedures.on_time", "commune", "2026-06")] == ["21289"]
        assert [s.unit for s in reader.scores("s766")] == ["21289"]
        assert len(reader.periods()) == 6
        rows = reader.select("SELECT dossier_code FROM core.dossier WHERE true /*scope unit_code*/")
        assert [row["dossier_code"] for row in rows] == ["D0"]
        for sql in (
            "SELECT * FROM core.dossier",
            'SELECT * FROM "core"."dossier"',
            "SELECT * FROM mart.observation",
        ):
            with pytest.raises(ScopeError):
                reader.select(sql)
        with pytest.raises(ScopeError, match="whole province"):
            reader.quarantine()
    with publication.reader(scope=Scope(frozenset())) as reader:
        assert reader.level("procedures.on_time", "commune", "2026-06") == []
        assert reader.select("SELECT 1 FROM core.dossier WHERE true /*scope unit_code*/") == []
    assert scope.allows("21289")
    assert not scope.allows("51")


def test_as_of_reads_what_was_known_then(tmp_path):
    rows = [
        {
            "indicator": "a.b",
            "unit": "51",
            "period": "2026-06",
            "value": value,
            "known_at": NOW + timedelta(days=day),
        }
        for day, value in ((0, 90.0), (2, 92.0), (2, 93.0))
    ]
    home = tmp_path / "home"
    with open_warehouse(home) as warehouse:
        vintages = [observation(**row) for row in rows]
        insert(warehouse, {"mart.observation_vintage": vintages, "mart.observation": vintages[-1:]})
        publish_now(warehouse, home)
    publication = Publication(home)
    expected = {-1: None, 0: 90.0, 1: 90.0, 2: 93.0, 9: 93.0}
    for day, value in expected.items():
        with publication.reader(as_of=NOW + timedelta(days=day)) as reader:
            found = reader.observation("a.b", "51", "2026-06")
            assert (found.value if found else None) == value
            assert reader.periods("month") == (["2026-06"] if value else [])
            assert len(reader.series("a.b", "51", "month")) == (1 if value else 0)
    with pytest.raises(ValueError, match="time zone"), publication.reader(as_of=datetime(2026, 7, 1)):
        pass
    publication.close()


def test_only_listed_tables_and_columns_leave(home):
    with open_warehouse(home) as warehouse, warehouse.transaction() as cursor:
        cursor.execute("ALTER TABLE core.dossier ADD COLUMN applicant_name VARCHAR")
        cursor.execute("CREATE TABLE core.secret (name VARCHAR)")
    with open_warehouse(home) as warehouse:
        version = publish_now(warehouse, home, now=NOW + timedelta(minutes=5))
    path = home / "published" / files.file_name(version.id)
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute(
            "SELECT schema_name || '.' || table_name, column_name FROM duckdb_columns() WHERE NOT internal"
        ).fetchall()
        assert connection.execute("SELECT count(*) FROM duckdb_indexes()").fetchone() == (0,)
    listed = {(table.name, column) for table in TABLES for column in table.columns}
    assert {row for row in found if not row[0].startswith("meta.")} == listed


def test_every_table_of_the_warehouse_is_listed_or_left_out_on_purpose(home):
    kept_back = {  # bookkeeping of the ingest process; no screen and no record reads it
        "ops.migration", "ops.measured", "ops.touched", "ops.history", "ops.month_sum",
        "ops.reach",  # shown as ops.delivery
        "ops.tombstone",  # keys of rows that the source deleted: they stay where they were deleted
        "ops.reconciliation",  # shown by ioc reconcile to the administrator
        "core.dossier_event",  # steps of single dossiers, read from mapped sources only
        "core.foreign_unit",  # units of other registers: they are no units of the province and no screen shows them
    }  # fmt: skip
    with open_warehouse(home) as warehouse:
        found = warehouse.cursor().execute(
            """SELECT schema_name || '.' || table_name FROM duckdb_tables()
            WHERE database_name = 'warehouse' AND NOT internal"""
        )
        assert {row[0] for row in found.fetchall()} - kept_back == {table.name for table in TABLES}


def test_a_clock_set_back_never_makes_a_version_go_back(home):
    with open_warehouse(home) as warehouse:
        before = files.read_pointer(home / "published")
        version = publish_now(warehouse, home, now=NOW - timedelta(days=400))
    assert version.id == before + 1
    assert files.read_pointer(home / "published") == version.id


def test_a_full_disk_leaves_the_last_version(home):
    before = files.read_pointer(home / "published")
    with open_warehouse(home) as warehouse, pytest.raises(StorageError, match="the disk has"):
        publish(
            warehouse,
            home,
            now=NOW + timedelta(1),
            province="51",
            catalogue_json="{}",
            code_version="t",
            spare_bytes=1 << 60,
        )
    assert files.read_pointer(home / "published") == before
    assert list((home / "published").glob(".build_*")) == []


@pytest.mark.parametrize("step", ["sync", "checksum", "write_pointer", "_verify"])
def test_a_failure_at_any_step_leaves_the_last_version(home, monkeypatch, step):
    before = files.read_pointer(home / "published")

    def fail(*_args):
        raise OSError(28, "No space left on device")

    target = "ioc.published.build._verify" if step == "_verify" else f"ioc.published.folder.{step}"
    monkeypatch.setattr(target, fail)
    with open_warehouse(home) as warehouse, pytest.raises(StorageError, match="No space left"):
        publish_now(warehouse, home, now=NOW + timedelta(1))
    monkeypatch.undo()
    assert files.read_pointer(home / "published") == before
    assert list((home / "published").glob(".build_*")) == []
    with open_warehouse(home) as warehouse:
        version = publish_now(warehouse, home, now=NOW + timedelta(2))
    assert files.read_pointer(home / "published") == version.id


def test_verification_finds_a_wrong_count(home, monkeypatch):
    from ioc.published import build

    copy = build._copy

    def copy_and_lose_a_row(cursor, table, promised):
        copy(cursor, table, promised)
        if table.name == "core.dossier":
            cursor.execute("DELETE FROM build.core.dossier WHERE dossier_code = 'D0'")

    monkeypatch.setattr(build, "_copy", copy_and_lose_a_row)
    with (
        open_warehouse(home) as warehouse,
        pytest.raises(StorageError, match=r"core\.dossier has .*3 were promised"),
    ):
        publish_now(warehouse, home, now=NOW + timedelta(1))


def test_stale_builds_are_removed(home):
    (home / "published" / ".build_1.duckdb").write_bytes(b"half")
    with open_warehouse(home) as warehouse:
        publish_now(warehouse, home, now=NOW + timedelta(1))
    assert list((home / "published").glob(".build_*")) == []


def test_retention_keeps_last_hourly_daily_and_frozen():
    now = datetime(2026, 7, 31, 12, 0, tzinfo=UTC)
    every_ten_minutes = [int((now - timedelta(minutes=10 * i)).timestamp() * 1000) for i in range(6 * 24 * 60)]
    frozen = every_ten_minutes[-1]
    keep = versions_to_keep(every_ten_minutes, now, {frozen, 1})
    ages = sorted(now - datetime.fromtimestamp(version / 1000, UTC) for version in keep)
    assert ages[:5] == [timedelta(minutes=10 * i) for i in range(5)]
    assert sum(age <= timedelta(hours=48) for age in ages) in range(48 + 4, 48 + 8)
    assert sum(timedelta(hours=48) < age <= timedelta(days=35) for age in ages) in range(32, 35)
    assert frozen in keep
    assert 1 not in keep
    few = versions_to_keep(every_ten_minutes, now, set(), Retention(last=2, hours=0, days=1))
    assert len(few) in (3, 4)


def test_prune_needs_readable_freezes_and_spares_current(home):
    folder = home / "published"
    current = files.read_pointer(folder)
    old = [current - 86_400_000 * day for day in range(40, 60)]
    for version in old:
        (folder / files.file_name(version)).touch()
        files.checksum_path(folder, version).touch()
    (home / "freezes").mkdir()
    (home / "freezes" / "q2.json").write_text(json.dumps({"version": old[3], "file": files.file_name(old[4])}))
    assert frozen_versions(home) == {old[3], old[4]}
    (home / "freezes" / "bad.json").write_text("{")
    with pytest.raises(StorageError, match="no version is deleted"):
        prune(home, NOW)
    assert len(files.list_versions(folder)) == 21
    (home / "freezes" / "bad.json").unlink()
    prune(home, NOW)
    assert set(files.list_versions(folder)) == {current, *old[:4], old[4]}
    assert len(list(folder.glob("*.sha256"))) == 6


def test_nothing_published_yet(tmp_path):
    publication = Publication(tmp_path / "home", check_seconds=0)
    with pytest.raises(StorageError), publication.reader():
        pass
    assert publication.version is None
    make_home(tmp_path, SERIES)
    with publication.reader() as reader:
        assert len(reader.periods()) == 6
    assert publication.degraded == ""
    publication.close()


def test_a_runaway_query_is_interrupted_and_the_next_one_runs(home):
    publication = Publication(home, query_seconds=0.3)
    with publication.reader() as reader:
        with pytest.raises(QueryTimeout, match=r"longer than 0\.3 s"):
            reader.select("SELECT count(*) FROM range(3000000) a, range(3000000) b WHERE a.range + b.range = 7")
        assert reader.select("SELECT 1 AS one") == [{"one": 1}]
    publication.close()


def test_a_query_beyond_memory_is_an_error_and_the_next_one_runs(home):
    publication = Publication(home, memory_limit="50MB")
    with publication.reader() as reader:
        with pytest.raises(StorageError, match="memory"):
            reader.select("SELECT list(hash(range)::VARCHAR || repeat('x', 100)) FROM range(3000000)")
        assert reader.select("SELECT 1 AS one") == [{"one": 1}]
    publication.close()


def test_two_threads_publish_one_after_the_other(home):
    made = []
    with open_warehouse(home) as warehouse:
        threads = [threading.Thread(target=lambda: made.append(publish_now(warehouse, home).id)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(set(made)) == 3
    assert files.read_pointer(home / "published") == max(made)

"""S-20: what a reader's and the writer's connection may and may not do (FAULTS 2.3)."""

import duckdb
import pytest

from ioc.errors import StorageError
from ioc.published import Publication
from tests.warehouse_fixture import make_home, open_warehouse

BLOCKED_FOR_READERS = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('{home}/published/CURRENT')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM '/etc/passwd'",
    "COPY (SELECT 1) TO '{home}/out.csv'",
    "COPY core.unit FROM '{home}/out.csv'",
    "EXPORT DATABASE '{home}/out'",
    "ATTACH '{home}/other.duckdb'",
    "ATTACH ':memory:' AS other",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
    "CREATE PERSISTENT SECRET (TYPE http, BEARER_TOKEN 'x')",
    "CREATE TABLE core.mine (a INTEGER)",
    "DROP TABLE core.unit",
    "DELETE FROM core.unit",
    "INSERT INTO core.traffic_site (site_code) VALUES ('x')",
    "UPDATE meta.version SET id = 1",
    "SET memory_limit = '10GB'",
    "SET threads = 64",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "RESET memory_limit",
    "SET allowed_directories = ['/']",
    "SELECT * FROM frame",
]
ALLOWED_BY_THE_ENGINE = [
    "SELECT count(*) FROM duckdb_settings()",
    "PRAGMA database_list",
    "EXPLAIN ANALYZE SELECT 1",
    "CREATE TEMP TABLE mine AS SELECT 1 AS one",
    "CREATE SECRET (TYPE http, BEARER_TOKEN 'x')",
    "SELECT count(*) FROM core.unit",
]
REFUSED_BY_THE_READER = [*ALLOWED_BY_THE_ENGINE[2:5], "SELECT 1; SELECT 2", ""]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return make_home(tmp_path_factory.mktemp("sandbox"))


@pytest.fixture(scope="module")
def publication(home):
    found = Publication(home)
    yield found
    found.close()


@pytest.mark.parametrize("statement", BLOCKED_FOR_READERS)
def test_s20_blocked_for_readers(home, publication, statement):
    """Twice: by the Reader, and by the engine itself were the Reader's own check to fail."""
    frame = [1, 2, 3]  # a local variable that must not be found by its name
    text = statement.format(home=home)
    with publication.reader() as reader, pytest.raises(StorageError):
        reader.select(text)
    with publication.reader() as reader, pytest.raises(duckdb.Error):
        reader._cursor.execute(text).fetchall()
    assert frame == [1, 2, 3]
    assert not (home / "out.csv").exists()
    assert not (home / "out").exists()
    assert not (home / "other.duckdb").exists()
    with publication.reader() as reader:
        assert reader.select("SELECT 1 AS one") == [{"one": 1}]
    assert publication.degraded == ""


@pytest.mark.parametrize("statement", ALLOWED_BY_THE_ENGINE)
def test_s20_still_allowed_by_the_engine(publication, statement):
    """The reason why no text of a user ever reaches it."""
    with publication.reader() as reader:
        reader._cursor.execute(statement)


@pytest.mark.parametrize("statement", REFUSED_BY_THE_READER)
def test_s20_refused_by_the_reader(publication, statement):
    with publication.reader() as reader, pytest.raises(StorageError, match="one SELECT"):
        reader.select(statement)


def test_s20_the_writer_reaches_landing_and_published_only(home):
    (home / "landing" / "a.csv").write_text("x\n1\n")
    with open_warehouse(home) as warehouse:
        cursor = warehouse.cursor()
        found = cursor.execute(f"SELECT * FROM read_csv('{home}/landing/a.csv')").fetchall()
        assert found == [(1,)]
        for statement in (
            "SELECT * FROM read_text('/etc/passwd')",
            f"SELECT * FROM read_text('{home}/landing/../ingest.lock')",
            f"COPY (SELECT 1) TO '{home}/out.csv'",
            f"ATTACH '{home}/other.duckdb'",
            "INSTALL httpfs",
            "SET memory_limit = '10GB'",
            "SET enable_external_access = true",
        ):
            with pytest.raises(StorageError), warehouse.transaction() as cursor:
                cursor.execute(statement)

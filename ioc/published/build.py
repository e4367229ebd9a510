"""Publishing: build beside, close, fsync, verify in a fresh process, rename, point (FAULTS 3-1)."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ioc.errors import StorageError
from ioc.published import delta
from ioc.published import folder as files
from ioc.published.listing import TABLES
from ioc.published.retention import DEFAULT, Retention, prune
from ioc.published.rows import Version
from ioc.published.table import PublishedTable
from ioc.warehouse import Warehouse, schema_version
from ioc.warehouse.database import as_ours

SPARE_BYTES = 1 << 30  # left free beside twice the last version, so that the warehouse can still write its log
VERIFY_SECONDS = 60
STORAGE_VERSION = "v1.5.0"  # the newest that both supported engines read (FAULTS 2.4)
_TURN = threading.Lock()  # one build at a time: a second one would clear away the first one's file
_VERIFY = Path(__file__).with_name("verify.py")


def publish(
    warehouse: Warehouse,
    home: Path,
    *,
    now: datetime,
    province: str,
    catalogue_json: str,
    code_version: str,
    spare_bytes: int = SPARE_BYTES,
    retention: Retention = DEFAULT,
    whole: bool = False,
) -> Version:
    """Publish the committed state of the warehouse as a new version and point CURRENT at it.

    The last version is copied and renewed where tables changed; the first of a local day, or `whole`, is built
    from nothing (see `ioc.published.delta`).
    Only the tables and columns of `ioc.published.listing` leave. Raises StorageError when the disk is too
    full
    or the new file fails its check; the last good version then stays current and no half file is left behind.
    """
    with _TURN:
        version = _publish(
            warehouse,
            home.resolve() / "published",
            now=now,
            province=province,
            catalogue_json=catalogue_json,
            code_version=code_version,
            spare_bytes=spare_bytes,
            whole=whole,
        )
        prune(home, now, retention)
    return version


def _publish(
    warehouse: Warehouse,
    folder: Path,
    *,
    now: datetime,
    province: str,
    catalogue_json: str,
    code_version: str,
    spare_bytes: int,
    whole: bool,
) -> Version:
    folder.mkdir(parents=True, exist_ok=True)
    files.remove_builds(folder)
    versions = files.list_versions(folder)
    _check_space(folder, versions, warehouse, spare_bytes)
    newest = max([*versions, files.read_pointer(folder) or 0])
    version_id = max(int(now.timestamp() * 1000), newest + 1)  # a clock set back never makes a version go back
    build = folder / f"{files.BUILD_PREFIX}{version_id}.duckdb"
    try:
        with ThreadPoolExecutor(1, "publish") as beside:  # bytes are copied and hashed while the engine works
            copying = None if whole else beside.submit(delta.copy_last, folder, build, now, schema_version())
            version = _fill(
                warehouse,
                build,
                version_id,
                copying,
                now=now,
                province=province,
                catalogue_json=catalogue_json,
                code_version=code_version,
            )
            files.sync(build)
            digest = beside.submit(files.checksum, build)
            _verify(build, version_id)
            _place(folder, build, version_id, digest.result())
    except OSError as error:
        files.remove_builds(folder)
        raise StorageError(
            f"version {version_id} could not be written: {error}",
            remedy="free disk space; the last version stays",
        ) from error
    except BaseException:
        files.remove_builds(folder)
        raise
    return version


def _place(folder: Path, build: Path, version_id: int, digest: str) -> None:
    sums = files.checksum_path(folder, version_id)
    temporary = folder / f"{files.BUILD_PREFIX}{version_id}.sha256"
    with temporary.open("w", encoding="ascii") as file:
        file.write(f"{digest}\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(sums)
    build.chmod(0o444)
    build.rename(folder / files.file_name(version_id))
    files.write_pointer(folder, version_id)


def _check_space(folder: Path, versions: list[int], warehouse: Warehouse, spare_bytes: int) -> None:
    last = (folder / files.file_name(versions[-1])).stat().st_size if versions else warehouse.path.stat().st_size
    needed = 2 * last + spare_bytes
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StorageError(
            f"the disk has {free >> 20} MB free, publishing needs {needed >> 20} MB",
            remedy="free disk space; the last version stays current",
        )


def _fill(
    warehouse: Warehouse,
    build: Path,
    version_id: int,
    copying: Future[dict[str, delta.Digest] | None] | None,
    *,
    now: datetime,
    province: str,
    catalogue_json: str,
    code_version: str,
) -> Version:
    """Bring the listed tables into the build file, in one transaction: one state of the warehouse.

    `copying` puts a copy of the last version there, or not.
    """
    cursor = warehouse.cursor()
    try:
        cursor.execute("BEGIN")
        promised = {table.name: delta.digest(cursor, table) for table in TABLES}
        base = copying.result() if copying is not None else None
        cursor.execute(f"ATTACH '{_quote(build)}' AS build (STORAGE_VERSION '{STORAGE_VERSION}')")
        try:
            if base is None:
                _copy_all(cursor, promised)
            else:
                delta.renew(cursor, TABLES, base, promised, _copy)
            data_as_of, known_at = _clocks(cursor)
            published_at = datetime.fromtimestamp(version_id / 1000, UTC)
            version = Version(version_id, published_at, data_as_of, known_at, province, schema_version(), code_version)
            _write_meta(cursor, version, catalogue_json, now, is_whole=base is None)
            cursor.execute("COMMIT")
            cursor.execute("CHECKPOINT build")
        except BaseException:
            for end in ("ROLLBACK", "DETACH build"):  # attached in the transaction, the file mostly goes with it
                with contextlib.suppress(duckdb.Error):
                    cursor.execute(end)
            raise
        cursor.execute("DETACH build")
    except duckdb.Error as error:
        raise as_ours(error, where=f"building version {version_id}") from error
    finally:
        cursor.close()
    return version


def _copy_all(cursor: duckdb.DuckDBPyConnection, promised: dict[str, delta.Digest]) -> None:
    """The listed tables into an empty file."""
    cursor.execute("CREATE SCHEMA build.meta")
    for schema in sorted({table.name.partition(".")[0] for table in TABLES}):
        cursor.execute(f"CREATE SCHEMA build.{schema}")
    cursor.execute("CREATE TABLE build.meta.table_count (table_name VARCHAR, row_count BIGINT, digest VARCHAR)")
    for table in TABLES:
        _copy(cursor, table, promised[table.name])


def _copy(cursor: duckdb.DuckDBPyConnection, table: PublishedTable, promised: delta.Digest) -> None:
    columns = ", ".join(f'"{name}"' for name in table.columns)
    cursor.execute(f"CREATE TABLE build.{table.name} AS SELECT {columns} FROM {table.name} ORDER BY {table.order_by}")
    cursor.execute("INSERT INTO build.meta.table_count VALUES (?, ?, ?)", [table.name, promised.rows, promised.content])


def _clocks(cursor: duckdb.DuckDBPyConnection) -> tuple[datetime | None, datetime | None]:
    """data_as_of: the oldest "complete through" of the sources; known_at: the landing of the newest input."""
    row = cursor.execute(
        """SELECT (SELECT min(complete_through) FROM ops.source_state),
        greatest((SELECT max(known_at) FROM mart.observation), (SELECT max(loaded_at) FROM
        ops.load_ledger))"""
    ).fetchone()
    first, second = row or (None, None)
    return _aware(first), _aware(second)


def _write_meta(
    cursor: duckdb.DuckDBPyConnection, version: Version, catalogue_json: str, now: datetime, *, is_whole: bool
) -> None:
    built_at = now.astimezone(UTC).replace(tzinfo=None)
    if is_whole:
        cursor.execute("CREATE TABLE build.meta.build (listing VARCHAR, schema_version INTEGER, whole_at TIMESTAMP)")
        cursor.execute("INSERT INTO build.meta.build VALUES (?, ?, ?)", [delta.LISTING, schema_version(), built_at])
    for name in ("version", "catalogue"):
        cursor.execute(f"DROP TABLE IF EXISTS build.meta.{name}")
    cursor.execute(
        """CREATE TABLE build.meta.version (id BIGINT, published_at TIMESTAMP, data_as_of TIMESTAMP,
        known_at TIMESTAMP, province VARCHAR, schema_version INTEGER, code_version VARCHAR, built_at
        TIMESTAMP,
        catalogue_sha256 VARCHAR)"""
    )
    digest = hashlib.sha256(catalogue_json.encode()).hexdigest()
    instants = [version.published_at, version.data_as_of, version.known_at]
    cursor.execute(
        "INSERT INTO build.meta.version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            version.id,
            *(moment.replace(tzinfo=None) if moment else None for moment in instants),
            version.province,
            version.schema_version,
            version.code_version,
            built_at,
            digest,
        ],
    )
    cursor.execute("CREATE TABLE build.meta.catalogue (body VARCHAR)")
    cursor.execute("INSERT INTO build.meta.catalogue VALUES (?)", [catalogue_json])


def _verify(build: Path, version_id: int) -> None:
    """Let a fresh process open the file read-only and count; raises StorageError with what it found."""
    try:
        result = subprocess.run(
            [sys.executable, "-I", str(_VERIFY), str(build), str(version_id)],
            capture_output=True,
            text=True,
            timeout=VERIFY_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StorageError(f"checking version {version_id} took over {VERIFY_SECONDS} s") from None
    if result.returncode != 0:
        found = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise StorageError(
            f"version {version_id} failed its check: {found}",
            remedy="the last version stays current; see the log",
        )


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


def _quote(path: Path) -> str:
    return str(path).replace("'", "''")

"""The one writer's connection: hardened, migrated, transactions one after another.

Nothing here opens, copies or hashes the live file: closing any descriptor of it would drop DuckDB's own lock
(FAULTS 0-4). A fatal error means the process must end with code 70 and be started again (FAULTS 3-4).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from ioc.errors import BusyError, StorageError
from ioc.lock import IngestLock
from ioc.warehouse import merge as merging
from ioc.warehouse.damage import is_damage, is_marked, move_aside, note_damage
from ioc.warehouse.migrate import migrate

FILE_NAME = "warehouse.duckdb"
_DAMAGED = "start again: the files are moved aside and everything is loaded anew from the landing zone"
_ASK = "keep the files, look at the message, then start again"


class WarehouseFatal(StorageError):
    """The database invalidated itself (full disk, damaged block): end the process with code 70."""

    exit_code = 70


class Warehouse:
    """The writer's door to `home/warehouse/warehouse.duckdb`; one per process, under the ingest lock.

    `quarantined` is the folder a damaged pair was moved to at start, or None: then the tables are empty and
    everything is to be replayed from the landing zone.
    """

    def __init__(self, home: Path, connection: duckdb.DuckDBPyConnection, quarantined: Path | None) -> None:
        self.home = home
        self.path = home / "warehouse" / FILE_NAME
        self.quarantined = quarantined
        self._connection = connection
        self._turn = threading.Lock()
        self._owner: int | None = None

    @classmethod
    def open(cls, home: Path, *, lock: IngestLock, memory_limit: str = "2GB", now: datetime | None = None) -> Warehouse:
        """Open (or create) and migrate. A pair that cannot be opened is moved to `warehouse/quarantine/`,
        never deleted.

        `memory_limit` must let the write-ahead log replay (2 GB or more in production). Raises BusyError
        when another
        process has the file open, StorageError when the schema is newer than the code or the disk is the
        problem.
        """
        if not lock.held:
            raise StorageError("the warehouse may be opened under the ingest lock only", remedy="acquire it first")
        home = home.resolve()
        moment = now or datetime.now(UTC)
        for folder in ("warehouse", "landing", "published", "tmp"):
            (home / folder).mkdir(parents=True, exist_ok=True)
        path = home / "warehouse" / FILE_NAME
        quarantined = move_aside(path, moment) if is_marked(path) else None
        try:
            connection = _open_migrated(path, home, memory_limit, moment)
        except duckdb.Error as error:
            if not _is_damage(error):
                raise _as_storage_error(error, path) from error
            quarantined = move_aside(path, moment)
            connection = _open_migrated(path, home, memory_limit, moment)
        _lock_down(connection, home)
        return cls(home, connection, quarantined)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor of the calling thread; never share it with another."""
        try:
            return self._connection.cursor()
        except duckdb.Error as error:
            raise as_ours(error) from error

    def refuse_damage(self, error: BaseException) -> None:
        """Raise WarehouseFatal when `error` says that the files are damaged, and leave the mark for the next start.

        For the boundaries that catch whatever a run brings up: the process must end there and not go on.
        """
        if isinstance(error, WarehouseFatal) or is_damage(error):
            if is_damage(error):
                note_damage(self.path, error)
            raise WarehouseFatal(f"the warehouse is damaged: {error}", remedy=_DAMAGED) from error

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One transaction on its own cursor: commit at the end, roll back on any error. Threads take turns.

        Raises WarehouseFatal when the database invalidated itself, StorageError for other errors of the
        engine.
        """
        if self._owner == threading.get_ident():
            raise StorageError("a transaction inside a transaction", remedy="pass the cursor on")
        with self._turn:
            self._owner = threading.get_ident()
            cursor: duckdb.DuckDBPyConnection | None = None
            try:
                cursor = self._connection.cursor()
                cursor.execute("BEGIN")
                yield cursor
                cursor.execute("COMMIT")
            except BaseException as error:
                if cursor is not None:
                    _roll_back(cursor)
                self.refuse_damage(error)
                if isinstance(error, duckdb.Error):
                    raise as_ours(error) from error
                raise
            finally:
                self._owner = None
                if cursor is not None:
                    cursor.close()

    def run_sql(self, path: Path, cursor: duckdb.DuckDBPyConnection, **params: object) -> duckdb.DuckDBPyConnection:
        """Run the statements of a .sql file; `$name` takes the parameter of that name.

        Returns the cursor after the last statement, ready to fetch. Errors name the file and the statement.
        """
        return run_statements(path.read_text(encoding="utf-8"), cursor, params, name=path.name)

    def merge(
        self,
        cursor: duckdb.DuckDBPyConnection,
        table: str,
        rows: pa.Table | str,
        *,
        key: Sequence[str],
        order_by: Sequence[str],
        span: str = "",
    ) -> merging.MergeResult:
        """Merge a batch into a table inside the transaction of `cursor`; see `ioc.warehouse.merge`."""
        try:
            return merging.merge(cursor, table, rows, key=key, order_by=order_by, span=span)
        except duckdb.Error as error:
            raise as_ours(error, where=f"merge into {table}") from error

    def remove(self, cursor: duckdb.DuckDBPyConnection, table: str, where: str, params: Sequence[object] = ()) -> int:
        """Delete the rows of `table` that meet `where` (own SQL with ? marks) and note the cells they touched."""
        try:
            return merging.remove(cursor, table, where, params)
        except duckdb.Error as error:
            raise as_ours(error, where=f"removal from {table}") from error

    def checkpoint(self) -> None:
        """Fold the log into the file; while a transaction runs it is left for the next time."""
        try:
            self._connection.execute("CHECKPOINT")
        except duckdb.TransactionException:
            return
        except duckdb.Error as error:
            raise as_ours(error) from error

    def close(self) -> None:
        """Close; a broken database is left as it is for the next start."""
        try:
            self._connection.close()
        except duckdb.Error as error:
            raise as_ours(error) from error


def run_statements(
    sql: str, cursor: duckdb.DuckDBPyConnection, params: Mapping[str, object], *, name: str
) -> duckdb.DuckDBPyConnection:
    """Run statements, each with the parameters it names; StorageError says `name` and number."""
    where = name
    try:
        for number, statement in enumerate(cursor.extract_statements(sql), 1):
            where = f"{name}, statement {number}"
            absent = sorted(set(statement.named_parameters) - set(params))
            if absent:
                raise StorageError(f"{where}: no value for ${', $'.join(absent)}", remedy="pass it by name")
            given = {key: params[key] for key in statement.named_parameters}
            cursor.execute(statement, given or None)
    except duckdb.Error as error:
        raise as_ours(error, where=where) from error
    return cursor


def as_ours(error: duckdb.Error, *, where: str = "the warehouse") -> StorageError:
    """Our error for one of the engine's: fatal when the database invalidated itself."""
    text = str(error)
    if isinstance(error, duckdb.FatalException) or "has been invalidated" in text:
        return WarehouseFatal(f"{where}: {text}", remedy="the process ends with code 70 and is started again")
    return StorageError(f"{where}: {text}")


def _open_migrated(path: Path, home: Path, memory_limit: str, moment: datetime) -> duckdb.DuckDBPyConnection:
    """The database at the schema of this code. Damage shows itself here as a duckdb.Error."""
    connection = _connect(path, home, memory_limit)
    try:
        if migrate(connection, moment):
            connection.execute("CHECKPOINT")
            connection.close()  # DDL never stays in the log: FAULTS 0-7
            connection = _connect(path, home, memory_limit)
    except (StorageError, duckdb.Error):
        connection.close()
        raise
    return connection


def _connect(path: Path, home: Path, memory_limit: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        str(path),
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "allow_unsigned_extensions": "false",
            "allow_persistent_secrets": "false",
            "python_enable_replacements": "false",
            "memory_limit": memory_limit,
            "threads": "2",
            "temp_directory": str(home / "tmp" / "ingest"),
            "max_temp_directory_size": "4GB",
        },
    )
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    return connection


def _lock_down(connection: duckdb.DuckDBPyConnection, home: Path) -> None:
    """From here on the engine touches landing and published only, and no setting moves."""
    folders = ", ".join("'" + str(home / name).replace("'", "''") + "/'" for name in ("landing", "published"))
    connection.execute(f"SET allowed_directories = [{folders}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    try:
        cursor.execute("ROLLBACK")
    except duckdb.Error:
        return  # the first error is the one to report; an invalidated database cannot roll back


def _is_damage(error: duckdb.Error) -> bool:
    """Whether a failed opening means damaged files, and not a lock, missing rights, memory or a full disk."""
    text = str(error).lower()
    innocent = (
        "conflicting lock",
        "could not set lock",
        "permission denied",
        "no space left",
        "different configuration",
    )
    return not isinstance(error, duckdb.OutOfMemoryException) and not any(word in text for word in innocent)


def _as_storage_error(error: duckdb.Error, path: Path) -> StorageError | BusyError:
    if "lock" in str(error).lower():
        return BusyError(f"another program has {path.name} open: {error}", remedy="close that program")
    return StorageError(f"cannot open {path.name}: {error}", remedy=_ASK)

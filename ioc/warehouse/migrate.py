"""Migrations: numbered .sql files, applied once each, remembered with their checksum. The only place of
DDL."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from ioc.errors import StorageError

FOLDER = Path(__file__).resolve().parents[1] / "migrations"
_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")


@dataclass(frozen=True)
class Migration:
    version: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def find_migrations(folder: Path = FOLDER) -> list[Migration]:
    """The shipped migrations in order; raises StorageError when a number is missing or used twice."""
    found = [
        Migration(int(match.group(1)), path.name, path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.sql"))
        if (match := _NAME.match(path.name))
    ]
    if [item.version for item in found] != list(range(1, len(found) + 1)):
        names = ", ".join(item.name for item in found)
        raise StorageError(f"the migrations are not numbered 1, 2, 3 ...: {names}", remedy="reinstall the product")
    return found


def schema_version() -> int:
    """The schema this code knows: the number of its last migration."""
    return find_migrations()[-1].version


def migrate(connection: duckdb.DuckDBPyConnection, now: datetime, folder: Path = FOLDER) -> int:
    """Bring the warehouse to the schema of this code; returns how many migrations were applied.

    Each migration is one transaction. A warehouse that is newer than the code, or whose history differs from
    the shipped files, is refused with StorageError.
    """
    known = find_migrations(folder)
    applied = _applied(connection)
    if len(applied) > len(known):
        raise StorageError(
            f"the warehouse has schema {len(applied)}, this version knows {len(known)}",
            remedy="start the newer version again, or rebuild the warehouse from the landing zone",
        )
    for (version, sha256), item in zip(applied, known, strict=False):
        if version != item.version or sha256 != item.sha256:
            raise StorageError(
                f"migration {item.name} was changed after it was applied",
                remedy="restore the shipped file, or rebuild the warehouse from the landing zone",
            )
    for item in known[len(applied) :]:
        connection.execute("BEGIN")
        try:
            connection.execute(item.sql)
            connection.execute(
                "INSERT INTO ops.migration VALUES (?, ?, ?, ?)",
                [item.version, item.name, item.sha256, now.replace(tzinfo=None)],
            )
            connection.execute("COMMIT")
        except duckdb.Error as error:
            connection.execute("ROLLBACK")
            raise StorageError(
                f"migration {item.name} failed: {error}", remedy="report it; nothing was changed"
            ) from error
    return len(known) - len(applied)


def _applied(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, str]]:
    found = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'ops' AND table_name = 'migration'"
    ).fetchone()
    if not found or not found[0]:
        return []
    rows = connection.execute("SELECT version, sha256 FROM ops.migration ORDER BY version").fetchall()
    return [(int(version), str(sha256)) for version, sha256 in rows]

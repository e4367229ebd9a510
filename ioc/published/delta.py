"""A version out of the last one: its file copied, and only what changed since written into the copy (DECISIONS 12).

Every table carries a digest of its rows, whatever their order. A table whose digest is still that of the warehouse
is left as it is; a large one takes the rows of the new batches; all others, and any of which the digest is not the
promised one afterwards, are copied whole. The first version of a local day is always built from nothing.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from ioc.published import folder as files
from ioc.published.listing import TABLES
from ioc.published.table import PublishedTable

log = logging.getLogger(__name__)
_LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
LISTING = hashlib.sha256(repr(TABLES).encode()).hexdigest()  # another listing means another file


@dataclass(frozen=True)
class Digest:
    """Number of rows and the sum of their hashes: equal for the same rows in any order."""

    rows: int
    content: str


def digest(cursor: duckdb.DuckDBPyConnection, table: PublishedTable, prefix: str = "") -> Digest:
    """The digest of the listed columns of a table, in the warehouse or (`build.`) in the file being built."""
    columns = ", ".join(f'"{name}"' for name in table.columns)
    row = cursor.execute(f"SELECT count(*), CAST(sum(hash({columns})) AS VARCHAR) FROM {prefix}{table.name}").fetchone()
    return Digest(int(row[0]), str(row[1])) if row else Digest(0, "None")


def copy_last(folder: Path, build: Path, now: datetime) -> bool:
    """Put a copy of the current version at `build`, when it is sound and a whole build is not due."""
    last = files.read_pointer(folder)
    if last is None:
        return False
    sums, path = files.checksum_path(folder, last), folder / files.file_name(last)
    made = datetime.fromtimestamp(last / 1000, UTC)
    if not sums.exists() or not path.exists() or _day(made) != _day(now):
        return False
    shutil.copyfile(path, build)
    if files.checksum(build) == sums.read_text(encoding="ascii", errors="replace").strip():
        return True
    build.unlink()
    return False


def read_base(cursor: duckdb.DuckDBPyConnection, schema_version: int, now: datetime) -> dict[str, Digest] | None:
    """The digests of the attached copy; None when it has another form, or the last whole build is of another day."""
    try:
        row = cursor.execute("SELECT listing, schema_version, whole_at FROM build.meta.build").fetchone()
        if row is None or row[:2] != (LISTING, schema_version) or _day(row[2].replace(tzinfo=UTC)) != _day(now):
            return None
        found = cursor.execute("SELECT table_name, row_count, digest FROM build.meta.table_count").fetchall()
    except duckdb.CatalogException:
        return None  # written by an earlier release
    return {name: Digest(rows, content) for name, rows, content in found}


def renew(
    cursor: duckdb.DuckDBPyConnection,
    tables: Sequence[PublishedTable],
    base: dict[str, Digest],
    copy: Callable[[duckdb.DuckDBPyConnection, PublishedTable], None],
) -> dict[str, str]:
    """Bring the tables of the attached copy to the state of the warehouse, in the caller's transaction.

    Returns what was done with each: kept, added, copied.
    """
    done = {}
    for table in tables:
        promised = digest(cursor, table)
        if base.get(table.name) == promised:
            done[table.name] = "kept"
        elif table.batch and _add(cursor, table) and digest(cursor, table, "build.") == promised:
            done[table.name] = "added"
            cursor.execute("DELETE FROM build.meta.table_count WHERE table_name = ?", [table.name])
            cursor.execute(
                "INSERT INTO build.meta.table_count VALUES (?, ?, ?)", [table.name, promised.rows, promised.content]
            )
        else:
            done[table.name] = "copied"
            cursor.execute(f"DROP TABLE build.{table.name}")
            cursor.execute("DELETE FROM build.meta.table_count WHERE table_name = ?", [table.name])
            copy(cursor, table)
    log.info("renewed %s", ", ".join(f"{name} ({how})" for name, how in done.items() if how != "kept"))
    return done


def _add(cursor: duckdb.DuckDBPyConnection, table: PublishedTable) -> bool:
    """Put the rows of the batches that the copy does not know in place of those with the same key."""
    columns = ", ".join(f'"{name}"' for name in table.columns)
    new = (
        f"{table.batch} NOT IN (SELECT DISTINCT {table.batch} FROM build.{table.name} WHERE {table.batch} IS NOT NULL)"
    )
    rows = f"SELECT {columns} FROM {table.name} WHERE {new} ORDER BY {table.order_by}"
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE delta_row AS {rows}")
    if table.key:
        keys = ", ".join(f'"{name}"' for name in table.key)
        cursor.execute(f"DELETE FROM build.{table.name} WHERE ({keys}) IN (SELECT ({keys}) FROM temp.delta_row)")
    cursor.execute(f"INSERT INTO build.{table.name} SELECT {columns} FROM temp.delta_row")
    cursor.execute("DROP TABLE temp.delta_row")
    return True


def _day(moment: datetime) -> object:
    return moment.astimezone(_LOCAL).date()

"""A version out of the last one: its file copied, and only what changed since written into the copy (DECISIONS 12).

Every table carries a digest of its rows, whatever their order. A table whose digest is still that of the warehouse
is left as it is; a large one takes the rows of the new batches; all others, and any of which the digest is not the
promised one afterwards, are copied whole. The digest is a sum, so that of a table that took rows is the former one
(the copy has the checksum of the file it was verified in) less the rows that went, and those that came. The first
version of a local day is always built from nothing.
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
_NOTHING = "None"  # the sum of no rows
LISTING = hashlib.sha256(repr(TABLES).encode()).hexdigest()  # another listing means another file


@dataclass(frozen=True)
class Digest:
    """Number of rows and the sum of their hashes: equal for the same rows in any order."""

    rows: int
    content: str

    def plus(self, other: Digest, sign: int = 1) -> Digest:
        """The digest with the rows of another added, or taken off (-1)."""
        rows = self.rows + sign * other.rows
        return Digest(rows, str(_sum(self) + sign * _sum(other)) if rows else _NOTHING)


def _sum(found: Digest) -> int:
    return 0 if found.content == _NOTHING else int(found.content)


def digest(cursor: duckdb.DuckDBPyConnection, table: PublishedTable, rows: str = "") -> Digest:
    """The digest of the listed columns of a table of the warehouse, or of other `rows` of such columns (SQL)."""
    columns = ", ".join(f'"{name}"' for name in table.columns)
    sql = f"SELECT count(*), CAST(sum(hash({columns})) AS VARCHAR) FROM {rows or table.name}"
    row = cursor.execute(sql).fetchone()
    return Digest(int(row[0]), str(row[1])) if row else Digest(0, _NOTHING)


def copy_last(folder: Path, build: Path, now: datetime, schema_version: int) -> dict[str, Digest] | None:
    """Put a copy of the current version at `build`; the digests it was made with, by table.

    None, and no file, when the version is not sound or has another form, or when a whole build is due.
    """
    last = files.read_pointer(folder)
    if last is None:
        return None
    sums, path = files.checksum_path(folder, last), folder / files.file_name(last)
    made = datetime.fromtimestamp(last / 1000, UTC)
    if not sums.exists() or not path.exists() or _day(made) != _day(now):
        return None
    shutil.copyfile(path, build)
    base = None
    if files.checksum(build) == sums.read_text(encoding="ascii", errors="replace").strip():
        base = _read_base(build, schema_version, now)
    if base is None:
        build.unlink()
    return base


def _read_base(build: Path, schema_version: int, now: datetime) -> dict[str, Digest] | None:
    """The digests in the copy; None when it has another form, or the last whole build is of another day."""
    with duckdb.connect(str(build), read_only=True, config={"python_enable_replacements": "false"}) as opened:
        try:
            row = opened.execute("SELECT listing, schema_version, whole_at FROM meta.build").fetchone()
            if row is None or row[:2] != (LISTING, schema_version) or _day(row[2].replace(tzinfo=UTC)) != _day(now):
                return None
            found = opened.execute("SELECT table_name, row_count, digest FROM meta.table_count").fetchall()
        except duckdb.CatalogException:
            return None  # written by an earlier release
    return {name: Digest(rows, content) for name, rows, content in found}


def renew(
    cursor: duckdb.DuckDBPyConnection,
    tables: Sequence[PublishedTable],
    base: dict[str, Digest],
    promised: dict[str, Digest],
    copy: Callable[[duckdb.DuckDBPyConnection, PublishedTable, Digest], None],
) -> dict[str, str]:
    """Bring the tables of the attached copy to the state of the warehouse, in the caller's transaction.

    `base` are the digests the copy was made with, `promised` those of the warehouse. Returns what was done with each:
    kept, added, copied.
    """
    done = {}
    for table in tables:
        wanted, stands = promised[table.name], base.get(table.name)
        if stands == wanted:
            done[table.name] = "kept"
        elif table.batch and stands is not None and _add(cursor, table, stands) == wanted:
            done[table.name] = "added"
            cursor.execute("DELETE FROM build.meta.table_count WHERE table_name = ?", [table.name])
            cursor.execute(
                "INSERT INTO build.meta.table_count VALUES (?, ?, ?)", [table.name, wanted.rows, wanted.content]
            )
        else:
            done[table.name] = "copied"
            cursor.execute(f"DROP TABLE build.{table.name}")
            cursor.execute("DELETE FROM build.meta.table_count WHERE table_name = ?", [table.name])
            copy(cursor, table, wanted)
    log.info("renewed %s", ", ".join(f"{name} ({how})" for name, how in done.items() if how != "kept"))
    return done


def _add(cursor: duckdb.DuckDBPyConnection, table: PublishedTable, stands: Digest) -> Digest:
    """Put the rows of the batches that the copy does not know in place of those with the same key; the new digest."""
    columns = ", ".join(f'"{name}"' for name in table.columns)
    batches = cursor.execute(
        f"SELECT DISTINCT {table.batch} FROM {table.name} EXCEPT SELECT DISTINCT {table.batch} FROM build.{table.name}"
    ).fetchall()
    new = [row[0] for row in batches if row[0] is not None]
    is_new = f"{table.batch} IN ({', '.join('?' for _ in new)})" if new else "false"
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE delta_row AS
        SELECT {columns} FROM {table.name} WHERE {is_new} ORDER BY {table.order_by}""",
        new,
    )
    if table.key:
        keys = ", ".join(f'"{name}"' for name in table.key)
        cursor.execute(f"""CREATE OR REPLACE TEMP TABLE delta_gone AS
            SELECT rowid AS place FROM build.{table.name} WHERE ({keys}) IN (SELECT ({keys}) FROM temp.delta_row)""")
        gone = f"build.{table.name} WHERE rowid IN (SELECT place FROM temp.delta_gone)"
        stands = stands.plus(digest(cursor, table, gone), -1)
        cursor.execute(f"DELETE FROM {gone}")
        cursor.execute("DROP TABLE temp.delta_gone")
    stands = stands.plus(digest(cursor, table, "temp.delta_row"))
    cursor.execute(f"INSERT INTO build.{table.name} SELECT {columns} FROM temp.delta_row")
    cursor.execute("DROP TABLE temp.delta_row")
    return stands


def _day(moment: datetime) -> object:
    return moment.astimezone(_LOCAL).date()

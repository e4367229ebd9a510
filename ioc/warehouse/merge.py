"""Merging a batch: the last writer of a key wins, an identical row changes nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from ioc.errors import StorageError
from ioc.warehouse.touched import FIRST, LINEAGE, note, note_all

_NAME = re.compile(r"^[a-z_][a-z0-9_]*$")


@dataclass(frozen=True)
class MergeResult:
    """What became of the rows of a batch; the four add up to the rows given.

    `duplicate` counts rows outrun by another row of the same key: later in the batch, or already stored and
    newer.
    `unchanged` rows are stored already with the same content and keep their first `known_at` and `load_id`.
    """

    inserted: int
    changed: int
    duplicate: int
    unchanged: int


def merge(
    cursor: duckdb.DuckDBPyConnection,
    table: str,
    rows: pa.Table | str,
    *,
    key: Sequence[str],
    order_by: Sequence[str],
    span: str = "",
) -> MergeResult:
    """Delete-by-key and insert inside the cursor's transaction.

    `rows` is a batch, or the name of a temporary table that holds it. Columns of `table` the batch does not bring
    become NULL; a column the table does not have is a StorageError. A changed row keeps when it first came in
    `first_known_at`, where the table has that column.
    `order_by` decides between rows of one key: the greatest tuple wins, NULL is the oldest, then the later
    position. `span` names a timestamp of the key: only stored rows within the batch's range of it are looked at.
    What was inserted or changed is noted in ops.touched, for the next measurement (`ioc.warehouse.touched`).
    """
    types = _column_types(cursor, table)
    if not isinstance(rows, str):
        cursor.register("merge_batch", rows)
    source = "merge_batch" if not isinstance(rows, str) else f"temp.{rows}"
    try:
        brought = [row[0] for row in cursor.execute(f"DESCRIBE {source}").fetchall()]
        _check_columns(table, types, brought, key, order_by)
        total = int(_one(cursor, f"SELECT count(*) FROM {source}"))
        return _apply(cursor, table, types, source, brought, total, key=key, order_by=order_by, span=span)
    finally:
        if not isinstance(rows, str):
            cursor.unregister("merge_batch")
        cursor.execute("DROP TABLE IF EXISTS temp.merge_step")
        cursor.execute("DROP TABLE IF EXISTS temp.merge_row")


def _apply(
    cursor: duckdb.DuckDBPyConnection,
    table: str,
    types: dict[str, str],
    source: str,
    brought: Sequence[str],
    total: int,
    *,
    key: Sequence[str],
    order_by: Sequence[str],
    span: str,
) -> MergeResult:
    near = _near(cursor, source, span)
    names = ", ".join(f'"{name}"' for name in types)
    cast = ", ".join(
        f'CAST("{name}" AS {kind}) AS "{name}"' if name in brought else f'CAST(NULL AS {kind}) AS "{name}"'
        for name, kind in types.items()
    )
    keys = ", ".join(f'"{name}"' for name in key)
    doubles = _doubles(cursor, source, keys)
    if not doubles and cursor.execute(f"SELECT 1 FROM {table} {near} LIMIT 1").fetchone() is None:
        # nothing to compare with: most of a first load, and every new month of an archive
        if cursor.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is None:
            note_all(cursor, table)
        else:
            note(cursor, table, types, f"SELECT {cast} FROM {source}")
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {cast} FROM {source}")
        return MergeResult(total, 0, 0, 0)
    newest = ", ".join([*(f'"{name}" DESC NULLS LAST' for name in order_by), "merge_position DESC"])
    if doubles:
        cursor.execute(
            f"""CREATE TEMP TABLE merge_row AS SELECT * EXCLUDE merge_position
            FROM (SELECT {cast}, row_number() OVER () AS merge_position FROM {source})
            QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY {newest}) = 1"""
        )
    else:
        cursor.execute(f"CREATE TEMP TABLE merge_row AS SELECT {cast} FROM {source}")
    content = [name for name in types if name not in LINEAGE and name not in key]
    joined = " AND ".join(f'o."{name}" IS NOT DISTINCT FROM n."{name}"' for name in key)
    same = " AND ".join(f'o."{name}" IS NOT DISTINCT FROM n."{name}"' for name in content) or "true"
    first = f"coalesce(o.{FIRST}, o.known_at)" if FIRST in types else "NULL"
    cursor.execute(
        f"""CREATE TEMP TABLE merge_step AS
        SELECT n.rowid AS new_row, o.old_row,
          CASE WHEN o.old_row IS NULL THEN 'inserted' WHEN {same} THEN 'unchanged'
               WHEN {_older("n", "o", order_by)} THEN 'duplicate' ELSE 'changed' END AS fate,
          {first} AS first_known
        FROM temp.merge_row n LEFT JOIN (SELECT t.rowid AS old_row, t.* FROM {table} t {near}) o ON {joined}"""
    )
    fates: dict[str, int] = dict(
        cursor.execute("SELECT fate, count(DISTINCT new_row) FROM temp.merge_step GROUP BY fate").fetchall()
    )
    old = "SELECT old_row FROM temp.merge_step WHERE fate = 'changed'"
    new = "SELECT new_row FROM temp.merge_step WHERE fate IN ('inserted', 'changed')"
    if fates.get("changed") or fates.get("inserted"):
        before = f"UNION ALL SELECT {names} FROM {table} WHERE rowid IN ({old})" if fates.get("changed") else ""
        note(cursor, table, types, f"SELECT {names} FROM temp.merge_row WHERE rowid IN ({new}) {before}")
    if fates.get("changed"):
        cursor.execute(f"DELETE FROM {table} WHERE rowid IN ({old})")
        kept = names.replace(f'"{FIRST}"', "first_known")
        cursor.execute(
            f"""INSERT INTO {table} ({names}) SELECT {kept} FROM temp.merge_row r JOIN
            (SELECT new_row, min(first_known) AS first_known FROM temp.merge_step
             WHERE fate IN ('inserted', 'changed') GROUP BY new_row) s ON r.rowid = s.new_row"""
        )
    elif fates.get("inserted"):
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM temp.merge_row WHERE rowid IN ({new})")
    inserted, changed, unchanged = (fates.get(fate, 0) for fate in ("inserted", "changed", "unchanged"))
    return MergeResult(inserted, changed, total - inserted - changed - unchanged, unchanged)


def remove(cursor: duckdb.DuckDBPyConnection, table: str, where: str, params: Sequence[object] = ()) -> int:
    """Delete the rows that meet a condition, noting their cells; returns how many there were."""
    types = _column_types(cursor, table)
    cursor.execute("DROP TABLE IF EXISTS temp.removed_row")
    cursor.execute(f"CREATE TEMP TABLE removed_row AS SELECT * FROM {table} WHERE {where}", list(params))
    count = int(_one(cursor, "SELECT count(*) FROM temp.removed_row"))
    if count:
        note(cursor, table, types, "SELECT * FROM temp.removed_row")
        cursor.execute(f"DELETE FROM {table} WHERE {where}", list(params))
    cursor.execute("DROP TABLE temp.removed_row")
    return count


def _near(cursor: duckdb.DuckDBPyConnection, source: str, span: str) -> str:
    """The condition on the stored rows that a batch can meet: those within its range of the span column, or none."""
    low, high = (None, None)
    if span:
        low, high = cursor.execute(f'SELECT min("{span}"), max("{span}") FROM {source}').fetchone() or (None, None)
    return "" if low is None else f"WHERE \"{span}\" BETWEEN TIMESTAMP '{low}' AND TIMESTAMP '{high}'"


def _doubles(cursor: duckdb.DuckDBPyConnection, source: str, keys: str) -> bool:
    """Whether a key comes twice in the batch."""
    return bool(cursor.execute(f"SELECT 1 FROM {source} GROUP BY {keys} HAVING count(*) > 1 LIMIT 1").fetchone())


def _one(cursor: duckdb.DuckDBPyConnection, sql: str) -> Any:
    """The only value of a query."""
    return (cursor.execute(sql).fetchone() or (None,))[0]


def _older(left: str, right: str, order_by: Sequence[str]) -> str:
    """SQL: the tuple of `left` is older than that of `right`; NULL is older than anything."""
    condition = "false"
    for name in reversed(order_by):
        a, b = f'{left}."{name}"', f'{right}."{name}"'
        older = f"({b} IS NOT NULL AND ({a} IS NULL OR {a} < {b}))"
        condition = f"({older} OR ({a} IS NOT DISTINCT FROM {b} AND {condition}))"
    return condition


def _column_types(cursor: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    schema, _, name = table.partition(".")
    if not _NAME.match(schema) or not _NAME.match(name):
        raise StorageError(f"'{table}' is not a table name", remedy="write schema.table")
    found = cursor.execute(
        """SELECT column_name, data_type FROM duckdb_columns()
        WHERE database_name = current_database() AND schema_name = ? AND table_name = ? ORDER BY
        column_index""",
        [schema, name],
    ).fetchall()
    if not found:
        raise StorageError(f"the warehouse has no table {table}", remedy="see ioc/migrations")
    return dict(found)


def _check_columns(
    table: str, types: dict[str, str], brought: Sequence[str], key: Sequence[str], order_by: Sequence[str]
) -> None:
    unknown = [name for name in brought if name not in types]
    if unknown:
        raise StorageError(f"{table} has no column {', '.join(unknown)}", remedy=f"it has {', '.join(types)}")
    absent = [name for name in (*key, *order_by) if name not in brought]
    if absent or not key:
        raise StorageError(
            f"a batch for {table} needs its key and order columns; absent: {', '.join(absent) or 'the key'}",
            remedy="see the conform.sql of the source",
        )

"""Merging a batch: the last writer of a key wins, an identical row changes nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from ioc.errors import StorageError

FIRST = "first_known_at"  # the merge's own: when a row that was changed since had first come
LINEAGE = ("source", "load_id", "known_at", FIRST)  # say how a row came, not what it says
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
    rows: pa.Table,
    *,
    key: Sequence[str],
    order_by: Sequence[str],
) -> MergeResult:
    """Delete-by-key and insert inside the cursor's transaction.

    Columns of `table` the batch does not bring become NULL; a column the table does not have is a
    StorageError. A changed row keeps when it first came in `first_known_at`, where the table has that column.
    `order_by` decides between rows of one key: the greatest tuple wins, NULL is the oldest, then the later
    position.
    """
    types = _column_types(cursor, table)
    _check_columns(table, types, rows.column_names, key, order_by)
    content = [name for name in types if name not in LINEAGE and name not in key]
    cursor.register("merge_batch", rows)
    try:
        return _apply(cursor, table, types, rows, key=key, order_by=order_by, content=content)
    finally:
        cursor.unregister("merge_batch")
        cursor.execute("DROP TABLE IF EXISTS temp.merge_step")
        cursor.execute("DROP TABLE IF EXISTS temp.merge_row")


def _apply(
    cursor: duckdb.DuckDBPyConnection,
    table: str,
    types: dict[str, str],
    rows: pa.Table,
    *,
    key: Sequence[str],
    order_by: Sequence[str],
    content: Sequence[str],
) -> MergeResult:
    brought = set(rows.column_names)
    cast = ", ".join(
        f'CAST("{name}" AS {kind}) AS "{name}"' if name in brought else f'CAST(NULL AS {kind}) AS "{name}"'
        for name, kind in types.items()
    )
    keys = ", ".join(f'"{name}"' for name in key)
    newest = ", ".join([*(f'"{name}" DESC NULLS LAST' for name in order_by), "merge_position DESC"])
    cursor.execute(
        f"""CREATE TEMP TABLE merge_row AS
        SELECT * EXCLUDE merge_position FROM (SELECT {cast}, row_number() OVER () AS merge_position FROM
        merge_batch)
        QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY {newest}) = 1"""
    )
    joined = " AND ".join(f'o."{name}" IS NOT DISTINCT FROM n."{name}"' for name in key)
    same = " AND ".join(f'o."{name}" IS NOT DISTINCT FROM n."{name}"' for name in content) or "true"
    first = f"coalesce(o.{FIRST}, o.known_at)" if FIRST in types else "NULL"
    cursor.execute(
        f"""CREATE TEMP TABLE merge_step AS
        SELECT n.rowid AS new_row, o.rowid AS old_row,
          CASE WHEN o.rowid IS NULL THEN 'inserted' WHEN {same} THEN 'unchanged'
               WHEN {_older("n", "o", order_by)} THEN 'duplicate' ELSE 'changed' END AS fate,
          {first} AS first_known
        FROM temp.merge_row n LEFT JOIN {table} o ON {joined}"""
    )
    fates: dict[str, int] = dict(
        cursor.execute("SELECT fate, count(DISTINCT new_row) FROM temp.merge_step GROUP BY fate").fetchall()
    )
    if fates.get("changed"):
        cursor.execute(
            f"DELETE FROM {table} WHERE rowid IN (SELECT old_row FROM temp.merge_step WHERE fate = 'changed')"
        )
    if fates.get("changed") or fates.get("inserted"):
        names = ", ".join(f'"{name}"' for name in types)
        kept = names.replace(f'"{FIRST}"', "first_known")
        cursor.execute(
            f"""INSERT INTO {table} ({names}) SELECT {kept} FROM temp.merge_row r JOIN
            (SELECT new_row, min(first_known) AS first_known FROM temp.merge_step
             WHERE fate IN ('inserted', 'changed') GROUP BY new_row) s ON r.rowid = s.new_row"""
        )
    inserted, changed, unchanged = (fates.get(fate, 0) for fate in ("inserted", "changed", "unchanged"))
    return MergeResult(inserted, changed, rows.num_rows - inserted - changed - unchanged, unchanged)


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

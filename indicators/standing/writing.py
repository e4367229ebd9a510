"""Writing rows of one table at once, typed by the table itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from indicators.measure.clock import Cursor, rows_of

_TYPES = {
    "VARCHAR": pa.string(), "DOUBLE": pa.float64(), "INTEGER": pa.int32(), "BOOLEAN": pa.bool_(),
    "TIMESTAMP": pa.timestamp("us"),
}  # fmt: skip


def replace_rows(
    cursor: Cursor, table: str, rows: Iterable[Sequence[Any]], *, where: str, params: Sequence[object]
) -> int:
    """Delete what `where` names and insert the rows, whose cells follow the order of the table's columns."""
    schema, name = table.split(".")
    columns = rows_of(
        cursor,
        "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = ? AND table_name = ? "
        "AND database_name = current_database() ORDER BY column_index",
        [schema, name],
    )
    cursor.execute(f"DELETE FROM {table} WHERE {where}", list(params))
    found = list(rows)
    if not found:
        return 0
    cells = list(zip(*found, strict=True))
    if len(cells) != len(columns):
        raise ValueError(f"{table} has {len(columns)} columns, the rows have {len(cells)}")
    arrays = [pa.array(cell, _TYPES[kind]) for cell, (_, kind) in zip(cells, columns, strict=True)]
    cursor.register("written", pa.table(arrays, names=[column for column, _ in columns]))
    cursor.execute(f"INSERT INTO {table} SELECT * FROM written")
    cursor.unregister("written")
    return len(found)

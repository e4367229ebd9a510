"""Writing rows of one table at once, typed by the table itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from indicators.measure.clock import Cursor, rows_of

_TYPES = {
    "VARCHAR": pa.string(), "DOUBLE": pa.float64(), "INTEGER": pa.int32(), "BOOLEAN": pa.bool_(),
    "TIMESTAMP": pa.timestamp("us"), "DATE": pa.date32(),
}  # fmt: skip


class Rows:
    """Rows gathered for several tables, each under a key; written at once, in place of the rows of those keys."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self._keys: dict[str, dict[tuple[str, ...], None]] = {}
        self._rows: dict[str, list[Sequence[Any]]] = {}

    def add(self, table: str, key: tuple[str, ...], rows: Iterable[Sequence[Any]]) -> None:
        """These rows shall be all that the table holds under the key."""
        self._keys.setdefault(table, {})[key] = None
        self._rows.setdefault(table, []).extend(rows)

    def write(self, cursor: Cursor) -> int:
        """Replace what stands under the keys; the number of rows written."""
        written = 0
        for table, keys in self._keys.items():
            listed = ", ".join(f"({', '.join('?' for _ in self.columns)})" for _ in keys)
            where, params = f"({', '.join(self.columns)}) IN ({listed})", [part for key in keys for part in key]
            written += replace_rows(cursor, table, self._rows[table], where=where, params=params)
        return written


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

"""What changed in core since the last measurement: which units, in which months, by which date column.

A merge notes both images of a row, before and after, so that a row that moved touches the cell it left as well.
`indicators.measure` reads the notes and removes them in the transaction that measured them.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

FIRST = "first_known_at"  # the merge's own: when a row that was changed since had first come
LINEAGE = ("source", "load_id", "known_at", FIRST)  # say how a row came, not what it says
EVERYTHING = "*"  # as column name: every cell of the table is to be measured again
_UNIT = "unit_code"
_MOMENTS = {"DATE": "{}", "TIMESTAMP": "{} + INTERVAL 7 HOUR"}  # local day of a column by its type


def note(cursor: duckdb.DuckDBPyConnection, table: str, types: Mapping[str, str], rows: str) -> None:
    """Note the units and local months of `rows` (SQL of whole rows of `table`), once for each date column."""
    if not table.startswith("core."):
        return
    moments = [name for name, kind in types.items() if kind in _MOMENTS and name not in LINEAGE]
    if _UNIT not in types or not moments:
        note_all(cursor, table)
        return
    months = ", ".join(
        f"CAST(date_trunc('month', {_MOMENTS[types[name]].format(quoted)}) AS DATE) AS {quoted}"
        for name, quoted in ((name, f'"{name}"') for name in moments)
    )
    columns = ", ".join(f'"{name}"' for name in moments)
    cursor.execute(
        f"""INSERT INTO ops.touched (table_name, column_name, unit_code, month)
        SELECT DISTINCT '{table}', column_name, unit_code, month FROM (
          UNPIVOT (SELECT DISTINCT coalesce({_UNIT}, '') AS unit_code, {months} FROM ({rows}))
          ON {columns} INTO NAME column_name VALUE month)"""
    )


def note_all(cursor: duckdb.DuckDBPyConnection, table: str) -> None:
    """Note that every cell of a table is touched: a first load, or a change that went round the merge."""
    if table.startswith("core."):
        cursor.execute("INSERT INTO ops.touched VALUES (?, ?, NULL, NULL)", [table, EVERYTHING])

"""From typed rows of a mapped dataset to rows of a core table: the statement a conform.sql would hold, made of
`set`."""

from __future__ import annotations

from typing import Any

from pipelines.mapping.expression import compile_expression
from pipelines.mapping.targets import core_table, finishing
from pipelines.spec import DatasetSpec

LINEAGE = ("source", "load_id", "known_at", "first_known_at")


def mapped_sql(cursor: Any, dataset: DatasetSpec, table: str) -> str:
    """The SELECT from `staged` to all columns of `table`; what `set` leaves out is derived or NULL."""
    settings = dataset.into[table].set
    columns = []
    for name, kind, *_ in cursor.execute(f"DESCRIBE {table}").fetchall():
        if name in LINEAGE:
            continue
        given = settings.get(name)
        value = "NULL" if given is None else expression_sql(given, dataset)
        columns.append(f'CAST({value} AS {kind}) AS "{name}"')
    rest = finishing().get(core_table(table).name, "SELECT * FROM mapped")
    return f"WITH mapped AS (SELECT {', '.join(columns)} FROM staged)\n{rest}"


def expression_sql(given: str | bool | int | float, dataset: DatasetSpec) -> str:
    """SQL of one entry of `set`: text is an expression, other values are constants."""
    return compile_expression(str(given), dataset.fields)

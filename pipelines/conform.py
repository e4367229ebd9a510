"""From a staged batch to rows of core: the source's own statement, its lineage, and the merge by key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ioc.calendar import WorkCalendar
from ioc.errors import ConfigError
from ioc.warehouse import Warehouse
from ioc.warehouse.touched import note_all
from pipelines.checks import blocks
from pipelines.connect.delivery import FILE
from pipelines.deletion import has_tombstones, leave_out_gone
from pipelines.landing import Landed
from pipelines.mapping.conform import mapped_sql
from pipelines.spec import SourceSpec, Target
from pipelines.state import plain


@dataclass(frozen=True)
class Conform:
    """One statement of conform.sql for one landing: `sql` with its parameters, and the lineage every row gets.

    `by_file`: several files share the load; the view `landed_load` tells load and landing of a row by its file.
    """

    path: Path
    name: str
    sql: str
    params: dict[str, object]
    by_file: bool = False

    def select(self) -> str:
        """The statement with source, load and the moment the rows became known."""
        apart = f" EXCLUDE ({FILE})" if FILE in self.sql else ""
        if self.by_file:
            lineage = "$_source AS source, l.load_id, l.known_at"
            return f"SELECT c.*{apart}, {lineage} FROM ({self.sql}) c JOIN landed_load l USING ({FILE})"
        return (
            f"SELECT *{apart}, $_source AS source, $_load_id AS load_id, CAST($_known_at AS TIMESTAMP) AS known_at "
            f"FROM ({self.sql})"
        )


def conform_of(
    cursor: Any,
    source: SourceSpec,
    landed: Landed,
    table: str,
    params: Mapping[str, object],
    *,
    by_file: bool = False,
) -> Conform:
    """The statement `-- dataset -> table` of conform.sql, or the one a mapping stands for; ConfigError without one."""
    path, name = source.folder / "conform.sql", f"{landed.dataset} -> {table}"
    dataset = source.datasets[landed.dataset]
    if dataset.into[table].set:
        path, sql = source.file, mapped_sql(cursor, dataset, table)
    else:
        found = read_blocks(path).get(name)
        if found is None:
            raise ConfigError(path, None, f"no statement '-- {name}'")
        sql = found
    given = {key: value for key, value in params.items() if f"${key}" in sql}
    lineage: dict[str, object] = {"_source": landed.source}
    if not by_file:
        lineage |= {"_load_id": landed.load_id, "_known_at": plain(landed.landed_at)}
    return Conform(path, name, sql, {**given, **lineage}, by_file)


def conform(
    warehouse: Warehouse,
    cursor: Any,
    statement: Conform,
    table: str,
    target: Target,
    rows_good: int,
    guard: Callable[[], None] | None = None,
) -> int:
    """Translate the view `staged` into rows of `table` and merge them; returns how many were inserted or changed.

    `guard` looks at the temp table `conformed` beside what is stored, and raises HeldError to hold the batch.
    """
    has_gone = bool(target.order_by) and has_tombstones(cursor, table)
    if not target.span and not has_gone and is_empty(cursor, table):
        inserted = insert_new(cursor, statement, table, target, rows_good)
        if inserted is not None:
            return inserted
    cursor.execute("DROP TABLE IF EXISTS temp.conformed")
    cursor.execute(f"CREATE TEMP TABLE conformed AS {statement.select()}", statement.params)
    check_count(statement, int(cursor.execute("SELECT count(*) FROM conformed").fetchone()[0]), rows_good)
    if has_gone:
        leave_out_gone(cursor, table, target)
    if guard is not None:
        guard()
    result = warehouse.merge(
        cursor, table, "conformed", key=list(target.key), order_by=list(target.order_by), span=target.span
    )
    cursor.execute("DROP TABLE temp.conformed")
    return result.inserted + result.changed


def check_count(statement: Conform, rows: int, rows_good: int) -> None:
    """Raise ConfigError when the statement dropped or multiplied rows."""
    if rows != rows_good:
        raise ConfigError(
            statement.path,
            None,
            f"'{statement.name}' made {rows} rows of {rows_good}",
            remedy="conform.sql translates rows; it neither drops nor multiplies them",
        )


def is_empty(cursor: Any, table: str) -> bool:
    """Whether the table holds no row at all."""
    return cursor.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is None


def insert_new(cursor: Any, statement: Conform, table: str, target: Target, rows_good: int) -> int | None:
    """Insert into an empty table without a step between; None (and nothing inserted) when a key came twice."""
    rows = int(cursor.execute(f"INSERT INTO {table} BY NAME {statement.select()}", statement.params).fetchone()[0])
    check_count(statement, rows, rows_good)
    keys = ", ".join(target.key)
    if cursor.execute(f"SELECT 1 FROM {table} GROUP BY {keys} HAVING count(*) > 1 LIMIT 1").fetchone() is None:
        note_all(cursor, table)
        return rows
    cursor.execute(f"DELETE FROM {table}")
    return None


@lru_cache(maxsize=64)
def read_blocks(path: Path) -> dict[str, str]:
    """The statements of conform.sql by `dataset -> table`."""
    return blocks(path)


@lru_cache(maxsize=2)
def calendar_table(calendar: WorkCalendar) -> pa.Table:
    """Every day of the calendar with the number of working days up to and with it."""
    days = np.arange(np.datetime64(calendar.first), np.datetime64(calendar.last) + 1)
    first = np.full(days.shape, days[0])
    return pa.table(
        {
            "day": pa.array(days.astype("M8[D]")),
            "working_index": pa.array(calendar.working_days_between_array(first, days).astype(np.int32)),
        }
    )

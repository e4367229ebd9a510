"""From a staged batch to rows of core: the source's own statement, its lineage, and the merge by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ioc.calendar import WorkCalendar
from ioc.errors import ConfigError
from ioc.warehouse import Warehouse
from pipelines.checks import blocks
from pipelines.landing import Landed
from pipelines.mapping.conform import mapped_sql
from pipelines.spec import SourceSpec, Target
from pipelines.state import plain


@dataclass(frozen=True)
class Conform:
    """One statement of conform.sql for one landing: `sql` with its parameters, and the lineage every row gets."""

    path: Path
    name: str
    sql: str
    params: dict[str, object]

    def select(self) -> str:
        """The statement with source, load and the moment the rows became known."""
        return (
            "SELECT *, $_source AS source, $_load_id AS load_id, CAST($_known_at AS TIMESTAMP) AS known_at "
            f"FROM ({self.sql})"
        )


def conform_of(cursor: Any, source: SourceSpec, landed: Landed, table: str, params: Mapping[str, object]) -> Conform:
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
    lineage = {"_source": landed.source, "_load_id": landed.load_id, "_known_at": plain(landed.landed_at)}
    return Conform(path, name, sql, {**given, **lineage})


def conform(warehouse: Warehouse, cursor: Any, statement: Conform, table: str, target: Target, rows_good: int) -> int:
    """Translate the view `staged` into rows of `table` and merge them; returns how many were inserted or changed."""
    if not target.span and is_empty(cursor, table):
        inserted = insert_new(cursor, statement, table, target, rows_good)
        if inserted is not None:
            return inserted
    cursor.execute("DROP TABLE IF EXISTS temp.conformed")
    cursor.execute(f"CREATE TEMP TABLE conformed AS {statement.select()}", statement.params)
    check_count(statement, int(cursor.execute("SELECT count(*) FROM conformed").fetchone()[0]), rows_good)
    if target.span and is_new(cursor, table, target):
        cursor.execute(f"INSERT INTO {table} BY NAME SELECT * FROM conformed")
        changed = rows_good
    else:
        batch = cursor.execute("SELECT * FROM conformed").to_arrow_table()
        result = warehouse.merge(cursor, table, batch, key=list(target.key), order_by=list(target.order_by))
        changed = result.inserted + result.changed
    cursor.execute("DROP TABLE temp.conformed")
    return changed


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
        return rows
    cursor.execute(f"DELETE FROM {table}")
    return None


def is_new(cursor: Any, table: str, target: Target) -> bool:
    """Whether no row of the span of the batch is in the table yet and no key comes twice: inserting is enough."""
    low, high = cursor.execute(f"SELECT min({target.span}), max({target.span}) FROM conformed").fetchone()
    where = f" WHERE {target.span} BETWEEN TIMESTAMP '{low}' AND TIMESTAMP '{high}'"
    if cursor.execute(f"SELECT 1 FROM {table}{where} LIMIT 1").fetchone():
        return False
    keys = ", ".join(target.key)
    doubles = cursor.execute(f"SELECT 1 FROM conformed GROUP BY {keys} HAVING count(*) > 1 LIMIT 1").fetchone()
    return doubles is None


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

"""Between the engine and the Reader: instants get their zone, errors become ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC
from typing import Any

import duckdb

from ioc.errors import StorageError
from ioc.published.rows import Version


class QueryTimeout(StorageError):
    """A query ran longer than the limit and was interrupted."""


class DamagedVersion(StorageError):
    """A block of the published file cannot be read; the holder falls back to an older version."""


def read_version(connection: duckdb.DuckDBPyConnection) -> Version:
    """The version row of an open file; raises StorageError when there is not exactly one."""
    names = ", ".join(field.name for field in fields(Version))
    rows = connection.execute(f"SELECT {names} FROM meta.version").fetchall()
    if len(rows) != 1:
        raise StorageError(f"it has {len(rows)} version rows")
    return Version(*aware(rows, connection.description or [])[0])


def aware(rows: list[tuple[Any, ...]], description: Sequence[Any]) -> list[tuple[Any, ...]]:
    """TIMESTAMP columns hold UTC without saying so; say so."""
    places = {i for i, column in enumerate(description) if str(column[1]) in ("TIMESTAMP", "DATETIME")}
    if not places:
        return rows
    return [
        tuple(
            item.replace(tzinfo=UTC) if i in places and item is not None else item
            for i, item in enumerate(row)
        )
        for row in rows
    ]


def translate(error: duckdb.Error, limit: float) -> StorageError:
    if isinstance(error, duckdb.InterruptException):
        return QueryTimeout(f"the query took longer than {limit:g} s", remedy="ask for less")
    if isinstance(error, duckdb.OutOfMemoryException):
        return StorageError("the query needs more memory than a request may take", remedy="ask for less")
    damage = (
        duckdb.IOException,
        duckdb.FatalException,
        duckdb.InternalException,
        duckdb.SerializationException,
    )
    if isinstance(error, damage):
        return DamagedVersion(f"the published file cannot be read: {error}")
    return StorageError(f"the query failed: {error}")

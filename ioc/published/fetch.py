"""Between the engine and the Reader: instants get their zone, errors become ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC
from typing import Any

import duckdb

from ioc.errors import StorageError
from ioc.published.rows import Version

CHECKED_MOST = 2000  # queries remembered as checked; ours are few, and their texts repeat
_CHECKED: set[str] = set()


class QueryTimeout(StorageError):
    """A query ran longer than the limit and was interrupted."""


class DamagedVersion(StorageError):
    """A block of the published file cannot be read; the holder falls back to an older version."""


def lock_down(connection: duckdb.DuckDBPyConnection) -> None:
    """No files, no settings from here on. Opened twice in a process it is one instance, locked once."""
    row = connection.execute("SELECT current_setting('lock_configuration')").fetchone()
    if row and row[0]:
        return
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def read_version(connection: duckdb.DuckDBPyConnection) -> Version:
    """The version row of an open file; raises StorageError when there is not exactly one."""
    names = ", ".join(field.name for field in fields(Version))
    rows = connection.execute(f"SELECT {names} FROM meta.version").fetchall()
    if len(rows) != 1:
        raise StorageError(f"it has {len(rows)} version rows")
    return Version(*aware(rows, connection.description or [])[0])


def check_select(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Let one SELECT pass and nothing else (no SET, no COPY, no second statement); raises StorageError."""
    if sql in _CHECKED:
        return
    try:
        statements = cursor.extract_statements(sql)
    except duckdb.Error as error:
        raise StorageError(f"the query failed: {error}") from error
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise StorageError("the Reader runs one SELECT and nothing else")
    if len(_CHECKED) < CHECKED_MOST:
        _CHECKED.add(sql)


def aware(rows: list[tuple[Any, ...]], description: Sequence[Any]) -> list[tuple[Any, ...]]:
    """TIMESTAMP columns hold UTC without saying so; say so."""
    places = {i for i, column in enumerate(description) if str(column[1]) in ("TIMESTAMP", "DATETIME")}
    if not places:
        return rows
    return [
        tuple(item.replace(tzinfo=UTC) if i in places and item is not None else item for i, item in enumerate(row))
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

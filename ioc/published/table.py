"""One table of a published version: its columns, its physical order, and how new batches of rows get into it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedTable:
    """One listed table; `unit_column` is where a viewer's scope applies, None without units.

    `batch` names the column that says which load or run wrote a row, for large tables that take only the rows of
    new batches; `key` what such a row replaces (nothing where rows are only ever appended).
    """

    name: str
    columns: tuple[str, ...]
    order_by: str
    unit_column: str | None = None
    batch: str = ""
    key: tuple[str, ...] = ()


def listed(
    name: str, columns: str, order_by: str, unit_column: str | None = None, *, batch: str = "", key: str = ""
) -> PublishedTable:
    """A table with its columns (and key) as one text, names apart by blanks."""
    return PublishedTable(name, tuple(columns.split()), order_by, unit_column, batch, tuple(key.split()))

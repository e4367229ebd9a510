"""What a connector hands over: deliveries of rows, and what it was asked for."""

from __future__ import annotations

import hashlib
import json
import math
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from ioc.errors import SourceError

POSITION = "_position"  # where the row stood in what was delivered, counted from 1
FILE = "_file"  # file (and sheet) it came from, '' for a query or a service

ARROW_TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "date": pa.string(),
    "local_time": pa.string(),
    "instant": pa.string(),
    "integer": pa.int64(),
    "decimal": pa.float64(),
    "boolean": pa.bool_(),
}


@dataclass
class Deadline:
    """The time one run may take. `check` raises once it is over or the run was asked to stop."""

    source: str
    seconds: float
    stop: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], float] = time.monotonic
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.clock()

    @property
    def left(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self.seconds - (self.clock() - self.started))

    def check(self) -> None:
        """Raise SourceError (worth a retry later) when the run must end now."""
        if self.stop.is_set():
            raise SourceError(self.source, "the run was asked to stop", permanent=False)
        if self.left <= 0:
            raise SourceError(
                self.source,
                f"the run took longer than its limit of {self.seconds:.0f} s",
                permanent=False,
                remedy="raise 'deadline' of the source, or ask the supplier why it answers slowly",
            )


@dataclass(frozen=True)
class Column:
    """One allow-listed column as a connector needs it: the name, the type, and where it stands in the source."""

    name: str
    type: str = "text"
    path: str = ""  # place in a nested document (a.b.c) or heading in a sheet, when it differs
    decimal: str = "."  # sign the text form of a number uses, for columns in which numbers and texts mix
    is_serial: bool = False  # a day or time given as the number a workbook keeps, counted from 1899-12-30


@dataclass(frozen=True)
class Ask:
    """What one pull is asked for: rows of one dataset changed since `since` (None: all), as of `until`."""

    source: str
    dataset: str
    columns: Sequence[Column]
    connection: Mapping[str, Any]
    request: Mapping[str, Any]
    since: datetime | None
    until: datetime
    deadline: Deadline
    home: Path
    known: Callable[[str], bool] = lambda _sha: False  # was this content loaded before?
    upto: datetime | None = None  # of a backfill: rows changed before this moment (where the source can be asked so)
    looked_at: datetime | None = None  # when the source was last read whole
    wide: str = ""  # pattern of further headings to land under their own names: columns that are values


@dataclass
class Delivery:
    """Rows that belong together in one load. `sha256`, `watermark` and `complete_through` are final after reading."""

    origin: str
    tables: Iterable[pa.Table]
    interval_from: datetime | None
    interval_to: datetime
    content_sha256: str | None = None  # known before reading: a file
    hasher: Any = field(default_factory=hashlib.sha256)
    watermark: datetime | None = None
    complete_through: datetime | None = None
    ignored_columns: set[str] = field(default_factory=set)
    is_full: bool = False  # everything the source has, not a part

    @contextmanager
    def opened(self) -> Iterator[Iterator[pa.Table]]:
        """The tables, one after the other. Whoever stops early closes the connection or file behind them at once."""
        tables = iter(self.tables)
        try:
            yield tables
        finally:
            if isinstance(tables, Generator):
                tables.close()

    @property
    def sha256(self) -> str:
        """Hash of the content as the source delivered it."""
        return self.content_sha256 or str(self.hasher.hexdigest())


@dataclass(frozen=True)
class Notice:
    """Something seen while pulling that a person should know and that is no failure (a file still being written)."""

    origin: str
    message: str


Pull = Callable[[Ask], Iterator[Delivery | Notice]]


def cell(value: Any) -> Any:
    """A value as it is landed: scalars as they are, nested ones as JSON text, other kinds as ISO or plain text."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)


def arrow_column(values: Sequence[Any], column: Column) -> pa.Array:
    """Values as an Arrow array of the declared type; as text when one does not fit, for the contract to judge."""
    wanted = ARROW_TYPES.get(column.type, pa.string())
    for kind in (wanted, pa.int64()) if column.type == "boolean" else (wanted,):  # flags are often 0 and 1
        try:
            return pa.array(values, type=kind)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError):
            continue
    return pa.array([plain_text(value, column.decimal) for value in values], type=pa.string())


def plain_text(value: Any, decimal: str = ".") -> str | None:
    """Text of a scalar without changing what it says; a lone surrogate becomes the replacement sign."""
    value = cell(value)
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(value, "f").rstrip("0").rstrip(".").replace(".", decimal)
    return str(value).encode("utf-8", "replace").decode("utf-8")


def arrow_table(
    columns: Sequence[Column], values: Mapping[str, Sequence[Any]], positions: Sequence[int], files: str | Sequence[str]
) -> pa.Table:
    """A landed table: the allow-listed columns, then position and file."""
    arrays = [arrow_column(values[column.name], column) for column in columns]
    names = [column.name for column in columns]
    file_array = pa.array([files] * len(positions) if isinstance(files, str) else list(files), type=pa.string())
    return pa.table([*arrays, pa.array(positions, type=pa.int64()), file_array], names=[*names, POSITION, FILE])


def at_path(document: Any, path: str) -> Any:
    """The value at `a.b.c` of a nested document, None when a step is missing."""
    for step in path.split(".") if path else ():
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document


def walk(document: Any, path: str) -> Iterator[Any]:
    """Records at a path; every `[]` walks into a list, and the record above is at `^`."""
    here, marked, rest = path.partition("[]")
    found = at_path(document, here.strip("."))
    for item in found if isinstance(found, list) else [found]:
        if marked and rest and isinstance(item, dict):
            for inner in walk(item, rest):
                yield {**inner, "^": item} if isinstance(inner, dict) else inner
        else:
            yield item


def records_table(
    delivery: Delivery, columns: Sequence[Column], records: Sequence[Mapping[str, Any]], first: int, file: str = ""
) -> pa.Table:
    """Records (dictionaries) as a landed table; columns outside the allow-list are counted by name and left behind."""
    wanted = {column.path or column.name for column in columns}
    roots = {path.split(".")[0] for path in wanted}
    for record in records[:50]:
        delivery.ignored_columns.update(str(key) for key in record if key not in wanted and key not in roots)
    values = {
        column.name: [
            cell(record.get(column.path or column.name) if "." not in column.path else at_path(record, column.path))
            for record in records
        ]
        for column in columns
    }
    return arrow_table(columns, values, range(first, first + len(records)), file)

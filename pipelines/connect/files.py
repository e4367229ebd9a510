"""Watched folders: each file is one delivery; a file known by its content is not read twice.

Connection key: `path`. Request keys: `glob`, `delimiter`, `layout`.
A file still being written (no stable end) is left for the next run with a notice.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from ioc.errors import SourceError
from pipelines.connect.delivery import FILE, POSITION, Ask, Delivery, Notice, records_table
from pipelines.connect.layout import read_layout
from pipelines.connect.sheet import Rows, Unreadable, read_sheets

SHEETS = (".xlsx", ".xlsm", ".xls", ".ods")
UNFINISHED_NAMES = (".part", ".tmp", ".partial", ".crdownload", ".filepart")
MAX_FILE = 2 * 2**30


def pull(ask: Ask) -> Iterator[Delivery | Notice]:
    """A delivery for each new file of the folder, in the order of their names."""
    folder = Path(str(ask.connection.get("path") or ""))
    if not str(ask.connection.get("path") or "") or not folder.is_dir():
        raise SourceError(
            ask.source,
            f"the folder {folder} does not exist",
            permanent=False,
            remedy=f"create it, or correct sources.{ask.source}.path in config.yaml",
        )
    patterns = ask.request.get("glob") or ["*"]
    names = {
        path for pattern in ([patterns] if isinstance(patterns, str) else patterns) for path in folder.glob(pattern)
    }
    found = sorted(path for path in names if path.is_file() and not path.name.startswith((".", "~$")))
    fresh: list[tuple[Path, str]] = []
    for path in found:
        if path.suffix.lower() in UNFINISHED_NAMES:
            yield Notice(path.name, "still being written, left for the next run")
            continue
        sha = hash_file(ask, path)
        if sha is not None and not ask.known(sha):
            fresh.append((path, sha))
    sheets = read_sheets([path for path, _ in fresh if path.suffix.lower() in SHEETS])
    for path, sha in fresh:
        ask.deadline.check()
        yield deliver(ask, path, sha, sheets.get(path))


def hash_file(ask: Ask, path: Path) -> str | None:
    """sha256 of a file, None when it went away meanwhile."""
    digest = hashlib.sha256()
    try:
        if path.stat().st_size > MAX_FILE:
            raise SourceError(ask.source, f"{path.name} is larger than {MAX_FILE >> 30} GB", permanent=True)
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    except FileNotFoundError:
        return None
    return digest.hexdigest()


def deliver(ask: Ask, path: Path, sha: str, sheet: Rows | Unreadable | None) -> Delivery | Notice:
    """One file as a delivery, or the notice why not."""
    delivery = Delivery(path.name, (), None, ask.until, content_sha256=sha)
    kind = path.name.removesuffix(".gz").rsplit(".", 1)[-1].lower()
    try:
        if ask.request.get("layout"):
            rows = sheet if sheet is not None else csv_rows(path, str(ask.request.get("delimiter", ";")))
            if isinstance(rows, Unreadable):
                return notice(path, rows)
            read = read_layout(rows, ask.request["layout"], ask.columns, path.name)
            if isinstance(read, Unreadable):
                return notice(path, read)
            table, delivery.ignored_columns = read
        elif sheet is not None:
            return notice(
                path, sheet if isinstance(sheet, Unreadable) else Unreadable("a sheet needs a layout in source.yaml")
            )
        elif kind in ("csv", "tsv", "txt"):
            table = csv_table(ask, path, delivery)
        elif kind in ("ndjson", "jsonl"):
            table = ndjson_table(ask, path, delivery)
        elif kind == "parquet":
            table = parquet_table(ask, path, delivery)
        else:
            return Notice(path.name, f"files of kind .{kind} are not read; remove it or change 'glob'")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        return notice(path, Unreadable(f"the packed file has no end ({error})", unfinished=True))
    except (UnicodeDecodeError, pa.ArrowInvalid, csv.Error) as error:
        return notice(path, Unreadable(str(error).splitlines()[0][:200]))
    delivery.tables = [table]
    return delivery


def notice(path: Path, fault: Unreadable) -> Notice:
    """Why a file was left."""
    return Notice(path.name, fault.message + (", left for the next run" if fault.unfinished else ""))


def read_bytes(path: Path) -> bytes:
    """The content, unpacked; raises EOFError when the packed stream has no end."""
    if path.suffix.lower() != ".gz":
        return path.read_bytes()
    with gzip.open(path, "rb") as file:
        return file.read()


def csv_rows(path: Path, delimiter: str) -> Rows | Unreadable:
    """Lines of a small CSV with title lines; numbers of lines count from 1."""
    body = read_bytes(path)
    if body and not body.endswith((b"\n", b"\r")):
        return Unreadable("the last line has no end (the file is still being written)", unfinished=True)
    text = body.decode("utf-8-sig")
    return [
        (number, list(row)) for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), start=1)
    ]


def csv_table(ask: Ask, path: Path, delivery: Delivery) -> pa.Table:
    """A plain CSV with one header row; every value stays text as delivered."""
    body = read_bytes(path)
    if not body.endswith((b"\n", b"\r")):
        raise EOFError("the last line is not finished")
    delimiter = str(ask.request.get("delimiter", ","))
    head = body[: body.index(b"\n")].decode("utf-8-sig").strip("\r")
    headings = next(csv.reader([head], delimiter=delimiter))
    wanted = {column.path or column.name: column for column in ask.columns}
    present = [name for name in headings if name in wanted]
    delivery.ignored_columns.update(set(headings) - set(wanted))
    if not present:
        raise SourceError(
            ask.source,
            f"{path.name}: none of the columns {', '.join(wanted)} in its header",
            permanent=True,
            remedy="compare the file with source.yaml",
        )
    table = pacsv.read_csv(
        pa.BufferReader(body),
        parse_options=pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=False),
        convert_options=pacsv.ConvertOptions(
            include_columns=present,
            column_types=dict.fromkeys(present, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
            quoted_strings_can_be_null=True,
        ),
    )
    return with_place(table.rename_columns([wanted[name].name for name in table.column_names]), path.name)


def with_place(table: pa.Table, file: str) -> pa.Table:
    """Add position and file."""
    positions = pa.array(np.arange(1, table.num_rows + 1, dtype=np.int64))
    return table.append_column(POSITION, positions).append_column(FILE, pa.repeat(pa.scalar(file), table.num_rows))


def ndjson_table(ask: Ask, path: Path, delivery: Delivery) -> pa.Table:
    """One JSON object a line."""
    body = read_bytes(path)
    if body and not body.endswith(b"\n"):
        raise EOFError("the last line is not finished")
    records: list[dict[str, Any]] = []
    for number, line in enumerate(body.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise SourceError(
                ask.source, f"{path.name}, line {number}: not readable as JSON ({error})", permanent=True
            ) from error
        records.append(record if isinstance(record, dict) else {"value": record})
    return records_table(delivery, ask.columns, records, 1, path.name)


def parquet_table(ask: Ask, path: Path, delivery: Delivery) -> pa.Table:
    """The allow-listed columns of a Parquet file."""
    file = pq.ParquetFile(path)
    wanted = {column.path or column.name: column.name for column in ask.columns}
    present = [name for name in file.schema_arrow.names if name in wanted]
    delivery.ignored_columns.update(set(file.schema_arrow.names) - set(wanted))
    return with_place(file.read(columns=present).rename_columns([wanted[name] for name in present]), path.name)

"""Large CSV files piece by piece, so that a delivery of two gigabytes needs no more memory than one of a hundred
megabytes (FAULTS F-06)."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from ioc.errors import SourceError
from pipelines.connect.delivery import FILE, POSITION

STREAM_FROM, PACKED_FROM = 64 * 2**20, 8 * 2**20  # bytes as they lie there; packed text is about eight times as long
BLOCK, ROWS_A_PART = 4 * 2**20, 400_000
LONGEST = 64 * 2**20  # bytes of one line or one text
READERS = 2  # threads; a third one takes the file from the disk and hashes it
Bytes = bytes | memoryview


def is_streamed(path: Path, request: Mapping[str, Any]) -> bool:
    """Whether a CSV file is read piece by piece."""
    is_plain = not request.get("encoding") and not request.get("layout")
    return is_plain and path.stat().st_size > (PACKED_FROM if is_packed(path) else STREAM_FROM)


def is_packed(path: Path) -> bool:
    return path.name.lower().endswith(".gz")


def first_line(path: Path, is_settled: bool) -> bytes:
    """The header. EOFError when the last line has no end and the file may still be written."""
    with gzip.open(path, "rb") if is_packed(path) else path.open("rb") as file:
        head = file.readline()
        if not is_packed(path) and not is_settled:
            file.seek(-1, 2)
            if file.read(1) not in (b"\n", b"\r"):
                raise EOFError("the last line has no end (the file is still being written)")
    return head.rstrip(b"\r\n")


def tables(
    source: str,
    path: Path,
    name: str,
    delimiter: str,
    headings: Sequence[str],
    wanted: Mapping[str, str],
    hasher: Any = None,
) -> Iterator[pa.Table]:
    """The columns of `headings` that are `wanted`, as texts under their landed names, with position and file.

    Several threads read pieces of whole lines, a few ahead of what is taken; `hasher` is told every byte of the file
    on the way. SourceError where a line cannot be read or the packed file has no end.
    """
    present = [heading for heading in headings if heading in wanted]
    read = partial(read_piece, headings=headings, present=present, delimiter=delimiter)
    position, held, rows, cut = 1, list[pa.Table](), 0, b""
    try:
        with ThreadPoolExecutor(READERS, "csv") as pool:
            for body, reading in ahead(pool, read, pieces(path, hasher)):
                try:
                    table = read(cut + bytes(body)) if cut else reading.result()
                except pa.ArrowInvalid as error:
                    raise broken(source, name, error, position + rows) from error
                if table is None:
                    cut = within_bounds(cut + bytes(body))
                    continue
                held.append(table)
                rows, cut = rows + table.num_rows, b""
                if rows >= ROWS_A_PART:
                    yield placed(pa.concat_tables(held), wanted, position, name)
                    position, held, rows = position + rows, [], 0
        if cut:
            raise broken(source, name, never_closed(open_quote(cut, delimiter)), position + rows)
        if held:
            yield placed(pa.concat_tables(held), wanted, position, name)
    except (OSError, EOFError, zlib.error) as error:
        raise broken(source, name, error, 0) from error


def broken(source: str, name: str, error: Exception, before: int) -> SourceError:
    """What could not be read; rows are counted in the file, `before` of whose lines stand before the piece."""
    text = str(error).splitlines()[0][:200]
    text = re.sub(r"(Row #|line )(\d+)", lambda found: f"{found[1]}{int(found[2]) + before}", text)
    return SourceError(source, f"{name}: {text}", permanent=True, remedy="have the file delivered again")


def ahead(
    pool: Executor, read: Callable[[Bytes], pa.Table | None], bodies: Iterable[Bytes]
) -> Iterator[tuple[Bytes, Future[pa.Table | None]]]:
    """The pieces in their order, a few of them begun before they are asked for."""
    begun = deque[tuple[Bytes, Future[pa.Table | None]]]()
    try:
        for body in bodies:
            begun.append((body, pool.submit(read, body)))
            if len(begun) > 2 * READERS:
                yield begun.popleft()
        while begun:
            yield begun.popleft()
    finally:
        for _, reading in begun:
            reading.cancel()


def pieces(path: Path, hasher: Any) -> Iterator[Bytes]:
    """The file behind its first line, in pieces that end where a line ends."""
    with gzip.open(path, "rb") if is_packed(path) else path.open("rb", buffering=0) as file:
        rest, is_first = b"", True
        while True:
            buffer = bytearray(len(rest) + BLOCK)
            view, end = memoryview(buffer), len(rest)
            view[:end] = rest
            end += file.readinto(view[end:])
            if end == len(rest):
                break
            if hasher is not None:
                hasher.update(view[len(rest) : end])
            cut = buffer.rfind(b"\n", 0, end) + 1
            rest = within_bounds(bytes(view[cut:end]))
            start = buffer.find(b"\n") + 1 if is_first else 0
            is_first = is_first and not cut
            if cut > start:
                yield view[start:cut]
        if rest and not is_first:
            yield rest


def within_bounds(body: bytes) -> bytes:
    """The bytes; OSError when one line or one text is endless."""
    if len(body) > LONGEST:
        raise OSError(f"a line or a quoted text of more than {LONGEST >> 20} MB")
    return body


def read_piece(body: Bytes, headings: Sequence[str], present: Sequence[str], delimiter: str) -> pa.Table | None:
    """Lines as a table; None when they end inside a quoted text. Raises ArrowInvalid."""
    try:
        table = pacsv.read_csv(
            pa.py_buffer(body),
            read_options=pacsv.ReadOptions(column_names=headings, block_size=len(body), use_threads=False),
            parse_options=pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=False),
            convert_options=text_columns(present),
        )
    except pa.ArrowInvalid:
        if open_quote(body, delimiter):
            return None
        raise
    has_breaks = np.count_nonzero(np.frombuffer(body, np.uint8) == ord("\n")) != table.num_rows
    return None if has_breaks and open_quote(body, delimiter) else table


def require_closed_texts(body: bytes, delimiter: str, rows: int) -> None:
    """Raise csv.Error when a text is opened with a quote and swallows what follows to the end."""
    if body.count(b"\n") != rows and (line := open_quote(body, delimiter)):
        raise never_closed(line)


def never_closed(line: int) -> csv.Error:
    return csv.Error(f"line {line}: a text is opened with a quotation mark and never closed")


def open_quote(body: Bytes, delimiter: str) -> int:
    """The line, counted from 1, of a text that is still open at the end; 0 when every text is closed."""
    text, end = bytes(body).decode("utf-8", "replace"), "\x1f"
    lines = io.StringIO(text + ("" if text.endswith(("\n", "\r")) else "\n") + end, newline="")
    reader = csv.reader(lines, delimiter=delimiter)
    begun = last = 1
    try:
        for row in reader:
            if row == [end]:
                return 0
            last, begun = begun, reader.line_num + 1
    except csv.Error:
        return begun
    return last


def text_columns(present: Sequence[str]) -> pacsv.ConvertOptions:
    """Every value stays the text that was delivered; an empty field is no value."""
    return pacsv.ConvertOptions(
        include_columns=list(present),
        column_types=dict.fromkeys(present, pa.string()),
        strings_can_be_null=True,
        null_values=[""],
        quoted_strings_can_be_null=True,
    )


def placed(table: pa.Table, wanted: Mapping[str, str], first: int, file: str) -> pa.Table:
    """The landed names, then position and file."""
    named = table.rename_columns([wanted[heading] for heading in table.column_names])
    positions = pa.array(np.arange(first, first + table.num_rows, dtype=np.int64))
    return named.append_column(POSITION, positions).append_column(FILE, pa.repeat(pa.scalar(file), table.num_rows))

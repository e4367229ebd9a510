"""Large CSV files piece by piece, so that a delivery of two gigabytes needs no more memory than one of a hundred
megabytes (FAULTS F-06)."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from ioc.errors import SourceError
from pipelines.connect.delivery import FILE, POSITION

STREAM_FROM, PACKED_FROM = 64 * 2**20, 8 * 2**20  # bytes as they lie there; packed text is about eight times as long
BLOCK, ROWS_A_PART = 16 * 2**20, 400_000


def is_large(path: Path) -> bool:
    """Whether the file is read piece by piece."""
    return path.stat().st_size > (PACKED_FROM if is_packed(path) else STREAM_FROM)


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
    source: str, path: Path, name: str, delimiter: str, present: Sequence[str], wanted: Mapping[str, str]
) -> Iterator[pa.Table]:
    """The columns `present` as texts under their `wanted` names, with position and file; SourceError where a line
    cannot be read or the packed file has no end."""
    position, held = 1, list[Any]()
    try:
        with pa.input_stream(str(path), compression="gzip" if is_packed(path) else None) as stream:
            reader = pacsv.open_csv(
                stream,
                read_options=pacsv.ReadOptions(block_size=BLOCK),
                parse_options=pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=False),
                convert_options=text_columns(present),
            )
            for batch in reader:
                held.append(batch)
                if sum(one.num_rows for one in held) >= ROWS_A_PART:
                    yield placed(pa.Table.from_batches(held), wanted, position, name)
                    position += sum(one.num_rows for one in held)
                    held.clear()
            if held:
                yield placed(pa.Table.from_batches(held), wanted, position, name)
    except (pa.ArrowInvalid, OSError) as error:
        said = str(error).splitlines()[0][:200]
        raise SourceError(source, f"{name}: {said}", permanent=True, remedy="have the file delivered again") from error


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

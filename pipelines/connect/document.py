"""One file of any known format as a landed table: CSV, sheets, JSON, NDJSON, Parquet, NGSI, DATEX II, SDMX; packed or
not.

Request keys: `format` (else by the file's name), `encoding` (UTF-8 with or without BOM), `delimiter`, `layout`,
`sheet` (name or number), `records` (place of the list in a JSON document; `a.b[].c[]` walks into lists, `^.x` is a
field of the parent).
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv

from ioc.errors import SourceError
from pipelines.connect import csv_stream, datex2, ngsi, sdmx
from pipelines.connect.delivery import Ask, Delivery, Notice, records_table, walk
from pipelines.connect.disguise import judge_calendar, unmask_text
from pipelines.connect.jsontext import read_json
from pipelines.connect.layout import read_layout
from pipelines.connect.parquet import read_parquet
from pipelines.connect.sheet import Rows, Unreadable
from pipelines.connect.xmlguard import XmlRefusedError

SHEETS = (".xlsx", ".xlsm", ".xls", ".ods")
FORMATS = {
    "csv": "csv",
    "tsv": "csv",
    "txt": "csv",
    "ndjson": "ndjson",
    "jsonl": "ndjson",
    "json": "json",
    "jsonld": "ngsi",
    "parquet": "parquet",
    **{suffix[1:]: "sheet" for suffix in SHEETS},
}
MOST_UNPACKED = 2 * 2**30
TEXTS = ("csv", "ndjson", "json", "ngsi")  # forms whose content is text, whatever its name says


def format_of(name: str, request: Mapping[str, Any]) -> str:
    """The format a file is read in: as declared, else by its name; '' when unknown."""
    kind = name.removesuffix(".gz").rsplit(".", 1)[-1].lower()
    return str(request.get("format") or FORMATS.get(kind, ""))


def read_document(
    ask: Ask, path: Path, name: str, delivery: Delivery, sheet: Rows | Unreadable | None, *, is_settled: bool = False
) -> Delivery | Notice:
    """The file as the one table of the delivery, or the notice why not. `is_settled`: nobody writes it any more."""
    form = format_of(name, ask.request)
    disguised = unmask_text(path) if form in TEXTS and not path.name.lower().endswith(".gz") else None
    if form == "sheet" and any(column.is_serial for column in ask.columns):
        disguised = judge_calendar(path)
    if disguised is not None:
        return notice(name, disguised)
    try:
        if sheet is not None or ask.request.get("layout"):
            rows = sheet if sheet is not None else csv_rows(ask, path, is_settled)
            layout = ask.request.get("layout") or {"header_row": 1}
            read = rows if isinstance(rows, Unreadable) else read_layout(rows, layout, ask.columns, name, ask.wide)
            if isinstance(read, Unreadable):
                return notice(name, read)
            table, delivery.ignored_columns = read
        elif form == "csv":
            delivery.tables = csv_tables(ask, path, name, delivery, is_settled)
            return delivery
        elif form == "parquet":
            packed = parquet_table(ask, path, name, delivery)
            if isinstance(packed, Unreadable):
                return notice(name, packed)
            table = packed
        elif form in READERS:
            found = list(READERS[form](ask, path, name, is_settled))
            table = records_table(delivery, ask.columns, found, 1, name)
        else:
            return Notice(name, f"files of this kind are not read ({path.suffix}); say 'format', or change 'glob'")
    except EOFError as error:
        return notice(name, Unreadable(str(error), unfinished=True))
    except (zlib.error, gzip.BadGzipFile) as error:
        return notice(name, Unreadable(f"the packed file has no end ({error})", unfinished=True))
    except UnicodeDecodeError as error:
        said = f"byte {error.start} is no {ask.request.get('encoding', 'UTF-8')}"
        return notice(name, Unreadable(f"{said}; say 'encoding' (latin-1, cp1258, utf-16 ...)"))
    except (pa.ArrowInvalid, csv.Error, XmlRefusedError, LookupError) as error:
        return notice(name, Unreadable(str(error).splitlines()[0][:200]))
    delivery.tables = [table]
    return delivery


def notice(name: str, fault: Unreadable) -> Notice:
    """Why a file was left."""
    return Notice(name, fault.message + (", left for the next run" if fault.unfinished else ""))


def read_bytes(path: Path) -> bytes:
    """The content, unpacked; raises EOFError when the packed stream has no end, ValueError beyond the limit."""
    if not path.name.lower().endswith(".gz"):
        return path.read_bytes()
    with gzip.open(path, "rb") as file:
        body = file.read(MOST_UNPACKED + 1)
    if len(body) > MOST_UNPACKED:
        raise pa.ArrowInvalid(f"more than {MOST_UNPACKED >> 30} GB unpacked")
    return body


def whole_lines(body: bytes, is_settled: bool) -> bytes:
    """The body when its last line has an end; EOFError for a file that is still being written."""
    if body and not body.rstrip(b"\x00").endswith((b"\n", b"\r")):
        if not is_settled:
            raise EOFError("the last line has no end (the file is still being written)")
        body += b"\n"
    return body


def decoded(ask: Ask, body: bytes) -> str:
    """The text of a body in the declared encoding (UTF-8, with or without a byte order mark)."""
    name = str(ask.request.get("encoding") or "utf-8-sig")
    codec = codecs.lookup(name).name
    return body.decode("utf-8-sig" if codec == "utf-8" else codec)


def csv_rows(ask: Ask, path: Path, is_settled: bool) -> Rows:
    """Lines of a CSV with title lines; numbers of lines count from 1."""
    text = decoded(ask, read_bytes(path))
    if text and not text.endswith(("\n", "\r")) and not is_settled:
        raise EOFError("the last line has no end (the file is still being written)")
    rows = csv.reader(io.StringIO(text), delimiter=str(ask.request.get("delimiter", ";")))
    return [(number, list(row)) for number, row in enumerate(rows, start=1)]


def csv_tables(ask: Ask, path: Path, name: str, delivery: Delivery, is_settled: bool) -> Iterable[pa.Table]:
    """A plain CSV with one header row; every value stays text as delivered. A large one comes piece by piece."""
    is_streamed = csv_stream.is_streamed(path, ask.request)
    delimiter = str(ask.request.get("delimiter") or ("\t" if name.lower().endswith(".tsv") else ","))
    body = b""
    if is_streamed:
        line = csv_stream.first_line(path, is_settled)
    else:
        body = read_bytes(path)
        body = decoded(ask, body).encode("utf-8") if ask.request.get("encoding") else body
        body = whole_lines(body, is_settled)
        line = re.match(rb"[^\r\n]*", body).group()  # type: ignore[union-attr] - it always matches
    if not line.strip(b"\xef\xbb\xbf \t"):
        raise csv.Error("no header in the first line, or nothing at all")
    headings = next(csv.reader([line.decode("utf-8-sig").strip("\r")], delimiter=delimiter))
    wanted = wanted_columns(ask, headings)
    present = [heading for heading in headings if heading in wanted]
    delivery.ignored_columns.update(set(headings) - set(wanted))
    if not present:
        asked = ", ".join(column.path or column.name for column in ask.columns)
        raise SourceError(
            ask.source,
            f"{name}: none of the columns {asked} in its header ({', '.join(headings[:12])})",
            permanent=True,
            remedy="compare the file with source.yaml, and say 'delimiter' when it is not a comma",
        )
    if is_streamed:
        hasher = None if delivery.content_sha256 else delivery.hasher
        return csv_stream.tables(ask.source, path, name, delimiter, headings, wanted, hasher)
    table = pacsv.read_csv(
        pa.BufferReader(body),
        parse_options=pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=False),
        convert_options=csv_stream.text_columns(present),
    )
    csv_stream.require_closed_texts(body, delimiter, table.num_rows + 1)
    return [csv_stream.placed(table, wanted, 1, name)]


def wanted_columns(ask: Ask, headings: Sequence[str]) -> dict[str, str]:
    """Delivered heading and landed name of every column that is taken; headings are compared in one Unicode form."""
    asked = {normal(column.path or column.name): column.name for column in ask.columns}
    wanted = {heading: asked[normal(heading)] for heading in headings if normal(heading) in asked}
    if ask.wide:
        wanted |= {heading: heading for heading in headings if re.fullmatch(ask.wide, heading)}
    return wanted


def normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def parquet_table(ask: Ask, path: Path, name: str, delivery: Delivery) -> pa.Table | Unreadable:
    """The allow-listed columns of a Parquet file."""
    wanted: dict[str, str] = {}

    def choose(names: Sequence[str]) -> list[str]:
        wanted.update(wanted_columns(ask, names))
        delivery.ignored_columns.update(set(names) - set(wanted))
        return [heading for heading in names if heading in wanted]

    found = read_parquet(path, choose)
    return found if isinstance(found, Unreadable) else csv_stream.placed(found, wanted, 1, name)


def ndjson_records(ask: Ask, path: Path, name: str, is_settled: bool) -> Iterator[dict[str, Any]]:
    """One JSON object a line."""
    for number, line in enumerate(whole_lines(read_bytes(path), is_settled).splitlines(), start=1):
        if line.strip():
            record = parsed(ask, f"{name}, line {number}", line)
            yield record if isinstance(record, dict) else {"value": record}


def json_records(ask: Ask, path: Path, name: str, is_settled: bool) -> Iterator[dict[str, Any]]:
    """The records of a JSON document, at `records`."""
    document = parsed(ask, name, read_bytes(path))
    found = list(walk(document, str(ask.request.get("records") or "")))
    if any(not isinstance(record, dict) for record in found):
        raise SourceError(
            ask.source,
            f"{name}: no list of records at '{ask.request.get('records') or 'the top'}'",
            permanent=True,
            remedy="say where the list stands: records: data.items",
        )
    yield from found


def ngsi_records(ask: Ask, path: Path, name: str, is_settled: bool) -> Iterator[dict[str, Any]]:
    """Entities of any NGSI encoding: one, or a list."""
    document = parsed(ask, name, read_bytes(path))
    for entity in document if isinstance(document, list) else [document]:
        if not isinstance(entity, dict) or "id" not in entity:
            raise SourceError(ask.source, f"{name}: no NGSI entity", permanent=True)
        yield ngsi.flatten(ask, entity)


def parsed(ask: Ask, where: str, body: bytes) -> Any:
    """A JSON document; what cannot be read is a SourceError naming the place."""
    try:
        return read_json(body)
    except (ValueError, RecursionError) as error:
        raise SourceError(ask.source, f"{where}: not readable as JSON ({error})", permanent=True) from error


def datex2_records(ask: Ask, path: Path, name: str, is_settled: bool) -> Iterator[dict[str, Any]]:
    yield from datex2.records(read_bytes(path))


def sdmx_records(ask: Ask, path: Path, name: str, is_settled: bool) -> Iterator[dict[str, Any]]:
    yield from sdmx.records(read_bytes(path))


READERS = {
    "ndjson": ndjson_records,
    "json": json_records,
    "ngsi": ngsi_records,
    "datex2": datex2_records,
    "sdmx": sdmx_records,
}

__all__ = ["SHEETS", "format_of", "notice", "read_document"]

"""A first look at a file: what it is, how it is written, where its table begins. Every finding is a guess to
confirm."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ioc.errors import IocError
from ioc.words.letters import fold
from pipelines.connect import datex2, sdmx
from pipelines.connect.delivery import at_path, plain_text
from pipelines.connect.document import SHEETS, read_bytes
from pipelines.connect.parquet import read_parquet
from pipelines.connect.sheet import Unreadable, read_sheets

MOST_BYTES, MOST_ROWS = 4 * 2**20, 5000
DELIMITERS = ",;\t|"
LEGACY = ("cp1258", "latin-1")
LAST_ROWS = 8  # rows among which a total may stand: signatures follow it
TOTAL = re.compile(r"(tong|tong so|tong cong|cong|total|sum)")


@dataclass
class Sample:
    """A file's headings and first rows as texts, the request that reads it, and what was guessed."""

    request: dict[str, Any]
    headings: list[str]
    rows: list[list[str | None]]
    guesses: list[str] = field(default_factory=list)


def read_sample(path: Path) -> Sample:
    """Look at one file; IocError when it is no table of a known kind."""
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(SHEETS):
        rows = read_sheets([path])[path]
        if isinstance(rows, Unreadable):
            raise IocError(f"{path.name}: {rows.message}")
        table = [[plain_text(cell) for cell in cells] for _, cells in rows[:MOST_ROWS]]
        return with_header(Sample({}, [], []), table)
    if name.endswith(".parquet"):
        packed = read_parquet(path, list, most_rows=MOST_ROWS)
        if isinstance(packed, Unreadable):
            raise IocError(f"{path.name}: {packed.message}")
        return from_records(Sample({}, [], []), packed.slice(0, MOST_ROWS).to_pylist())
    body = read_bytes(path)
    head = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] == b"<":
        return from_xml(body, head)
    if head[:1] in (b"{", b"["):
        return from_json(body)
    return from_csv(body[:MOST_BYTES], name)


def from_xml(body: bytes, head: bytes) -> Sample:
    """DATEX II or SDMX, by what the document says of itself."""
    if b"sdmx" in head.lower():
        return from_records(Sample({"format": "sdmx"}, [], [], ["an SDMX-ML message"]), sdmx.records(body))
    return from_records(Sample({"format": "datex2"}, [], [], ["DATEX II measured data"]), datex2.records(body))


def from_json(body: bytes) -> Sample:
    """One document, a list, or one object a line; the list is looked for at the top and one or two steps below."""
    text = body.decode("utf-8-sig", "replace")
    try:
        document = json.loads(text)
    except ValueError:
        lines = [json.loads(line) for line in text.splitlines()[:MOST_ROWS] if line.strip()]
        return from_records(Sample({"format": "ndjson"}, [], [], ["one JSON object a line"]), lines)
    if is_entity(document) or (isinstance(document, list) and document and is_entity(document[0])):
        found = document if isinstance(document, list) else [document]
        return from_records(Sample({"format": "ngsi"}, [], [], ["NGSI entities"]), found)
    for place in places_of(document):
        found = at_path(document, place)
        if isinstance(found, list) and found and isinstance(found[0], dict):
            request = {"format": "json", **({"records": place} if place else {})}
            return from_records(Sample(request, [], [], [f"the records stand at '{place or 'the top'}'"]), found)
    raise IocError("the JSON holds no list of records")


def is_entity(thing: Any) -> bool:
    return isinstance(thing, dict) and {"id", "type"} <= thing.keys() and len(thing) > 3


def places_of(document: Any, above: str = "", depth: int = 0) -> list[str]:
    """Paths at which a list may stand, the top first."""
    found = [above]
    if isinstance(document, dict) and depth < 3:
        for key, value in document.items():
            found += places_of(value, f"{above}.{key}".strip("."), depth + 1)
    return found


def from_records(sample: Sample, records: Sequence[dict[str, Any]]) -> Sample:
    """Records as headings and rows; nested objects by their path."""
    flat = [flattened(record) for record in records[:MOST_ROWS]]
    sample.headings = list(dict.fromkeys(key for record in flat for key in record))
    sample.rows = [[plain_text(record.get(key)) for key in sample.headings] for record in flat]
    return sample


def flattened(record: dict[str, Any], above: str = "") -> dict[str, Any]:
    """`a.b` for what lies in objects; lists stay as they are."""
    found: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            found |= flattened(value, f"{above}{key}.")
        elif not isinstance(value, list):
            found[f"{above}{key}"] = value
    return found


def from_csv(body: bytes, name: str) -> Sample:
    """A text table: encoding, delimiter and header row."""
    sample = Sample({}, [], [])
    text = decode(sample, body)
    delimiter = delimiter_of(text)
    if delimiter != ("\t" if name.endswith(".tsv") else ","):
        sample.request["delimiter"] = delimiter
    rows = list(
        csv.reader(io.StringIO(text.rsplit("\n", 1)[0] if len(body) == MOST_BYTES else text), delimiter=delimiter)
    )
    return with_header(sample, [[cell or None for cell in row] for row in rows[:MOST_ROWS]])


def decode(sample: Sample, body: bytes) -> str:
    """UTF-8 by proof; another encoding is a guess."""
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if body.startswith(mark):
            sample.request["encoding"] = name
            return body.decode(name, "replace")
    try:
        return body[: len(body) - 4 if len(body) == MOST_BYTES else None].decode("utf-8-sig")
    except UnicodeDecodeError:
        marks = sum(body.count(bytes([byte])) for byte in (0xCC, 0xD2, 0xDE, 0xEC, 0xF2))  # combining tones of cp1258
        guess = LEGACY[0] if marks > 20 and marks > len(body) / 200 else LEGACY[1]
        sample.request["encoding"] = guess
        sample.guesses.append(f"encoding {guess} (the file is no UTF-8; look whether the names read well)")
        return body.decode(guess, "replace")


def delimiter_of(text: str) -> str:
    """The sign that cuts most lines into the same number of cells."""
    lines = [line for line in text.splitlines()[:200] if line.strip()]

    def evenness(sign: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=sign))
        width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]))
        return (count if width > 1 else 0, width)

    return max(DELIMITERS, key=evenness)


def with_header(sample: Sample, table: list[list[str | None]]) -> Sample:
    """The header row: the first that is as wide as most rows and holds no number."""
    widths = Counter(sum(cell is not None for cell in row) for row in table if any(row))
    if not widths:
        raise IocError("the file holds no table")
    usual = max(widths.items(), key=lambda item: (item[1], item[0]))[0]
    for number, row in enumerate(table):
        cells = [cell for cell in row if cell]
        if len(cells) >= max(2, usual * 0.8) and not any(is_number(cell) for cell in cells):
            if number:
                sample.request["layout"] = {"header_row": number + 1}
                sample.guesses.append(f"the header row is line {number + 1}")
            sample.headings = [cell or "" for cell in row]
            width = len(sample.headings)
            sample.rows = [(line + [None] * width)[:width] for line in table[number + 1 :] if any(line)]
            return without_totals(sample)
    raise IocError("no header row was found", remedy="write the mapping by hand; see docs/sources.md")


def without_totals(sample: Sample) -> Sample:
    """A row of totals at the end is no record: the reading ends before it, and so does the sample."""
    for place in range(len(sample.rows) - 1, max(-1, len(sample.rows) - 1 - LAST_ROWS), -1):
        first = next((cell for cell in sample.rows[place] if cell), "")
        if TOTAL.fullmatch(fold(first).strip(" :.")):
            sample.request["layout"] = {**sample.request.get("layout", {"header_row": 1}), "end": [first.strip()]}
            sample.guesses.append(f"the row '{first.strip()}' and what follows are no records")
            del sample.rows[place:]
    return sample


def merged(sample: Sample, place: int) -> bool:
    """Whether a column looks like merged cells: filled in the first row, empty in most of the others."""
    filled = [bool(row[place]) for row in sample.rows]
    return bool(filled) and filled[0] and 1 < sum(filled) <= len(filled) / 2


def is_number(text: str) -> bool:
    return text.replace(".", "").replace(",", "").replace("-", "").isdigit()

"""What a file really is, told from its bytes before anything is unpacked (FAULTS F-01 to F-04).

The name of a file is a claim. A program, a web page, a locked or an old workbook under another name is refused with a
reason; so are workbooks that carry macros, reach into other files, or would unpack to far more than they are.
"""

from __future__ import annotations

import mmap
import re
import struct
import zipfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

MOST_ENTRIES, MOST_UNPACKED, MOST_RATIO, MOST_CELLS = 2000, 300 * 2**20, 100, 50_000_000
RATIO_FROM = 16 * 2**20  # below this size a high ratio is harmless: small parts of blanks pack well
MOST_OLD = 200 * 2**20
HEAD = 4096
ZIPPED = (".xlsx", ".xlsm", ".ods")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
SIGNS = (
    (b"\x7fELF", "a program"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "an RTF text"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
OLD_CALENDAR = (
    "refused: the mapping reads bare day numbers (format: excel), and an .xls does not say openly whether it counts "
    "them from 1900 or 1904; give the column the format of a date, or save the workbook as .xlsx"
)
OTHER_CALENDAR = (
    "refused: this workbook does not count its days from 1900, as the mapping (format: excel) does; give the column "
    "the format of a date, or save the workbook with the calendar of 1900"
)
PAGE = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|table|script|meta)\b", re.I)


@dataclass(frozen=True)
class Unreadable:
    """Why a file cannot be read. `unfinished`: it looks like a file still being written."""

    message: str
    unfinished: bool = False


def unmask(path: Path) -> Unreadable | None:
    """Why the content is not what the name of a spreadsheet says; None when it may be tried."""
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        head = file.read(512)
    found = kind_of(head)
    if head.startswith(OLE):
        return look_into_ole(path, suffix)
    if head.startswith(ZIP):
        return look_into_zip(path) if suffix in ZIPPED else wrong_kind(suffix, "a zip or an .xlsx workbook")
    if found:
        return wrong_kind(suffix, found)
    if suffix in ZIPPED and (not head or ZIP.startswith(head[:4]) or not head.strip(b"\x00")):
        return Unreadable("the file has no content yet", unfinished=True)
    return wrong_kind(suffix, "no spreadsheet at all")


def unmask_text(path: Path) -> Unreadable | None:
    """Why a file that should be text (CSV, JSON) is none."""
    with path.open("rb") as file:
        head = file.read(512)
    found = kind_of(head)
    if head.startswith((OLE, ZIP)):
        found = "a workbook or a zip archive"
    return wrong_kind(path.suffix.lower(), found) if found else None


def kind_of(head: bytes) -> str:
    """What the first bytes are the sign of; '' for none of the usual."""
    if PAGE.match(head):
        return "a web page"
    if head.startswith(b"MZ") and b"\x00" in head:  # two letters alone may begin a text
        return "a Windows program"
    return next((said for sign, said in SIGNS if head.startswith(sign)), "")


def wrong_kind(suffix: str, found: str) -> Unreadable:
    """The name says one thing, the bytes another."""
    return Unreadable(f"refused: the name says {suffix}, the content is {found}; ask for the file itself")


def look_into_ole(path: Path, suffix: str) -> Unreadable | None:
    """A compound file of before 2007: a locked workbook, one with macros, another document, or an .xls."""
    if path.stat().st_size > MOST_OLD:
        return Unreadable(f"refused: more than {MOST_OLD >> 20} MB of an .xls")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:

        def holds(name: str) -> bool:
            return content.find(name.encode("utf-16-le")) >= 0

        if holds("EncryptedPackage"):
            return Unreadable("refused: the file is protected by a password")
        if not holds("Workbook") and not holds("Book"):
            return wrong_kind(suffix, "another old office document, or a broken one")
        if holds("_VBA_PROJECT"):
            return Unreadable("refused: the workbook carries macros; save it without them")
    return wrong_kind(suffix, "an old .xls workbook") if suffix != ".xls" else None


def look_into_zip(path: Path) -> Unreadable | None:
    """The directory of a packed workbook, and the first bytes of its parts; nothing is unpacked as a whole."""
    count = entries_of(path)
    if count is None:
        return Unreadable("the end of the file is missing (it is still being written, or was cut off)", unfinished=True)
    if count > MOST_ENTRIES:
        return Unreadable(f"refused: {count} parts")
    try:
        with zipfile.ZipFile(path) as archive:
            fault = judge_directory(path, archive.infolist())
            return fault or judge_parts(archive)
    except (zipfile.BadZipFile, EOFError):
        return Unreadable("the end of the file is missing (it is still being written, or was cut off)", unfinished=True)
    except (OSError, ValueError, NotImplementedError, RuntimeError) as error:
        return Unreadable(f"not readable as a spreadsheet ({error})")


def entries_of(path: Path) -> int | None:
    """How many parts the end of the archive announces; None when it has no end. Read before the directory itself."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 66_000))
        tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) < place + 22:
        return None
    return int(struct.unpack_from("<H", tail, place + 10)[0])


def judge_directory(path: Path, entries: list[zipfile.ZipInfo]) -> Unreadable | None:
    """Sizes, ratio, names, overlaps, locks, macros and links to other files, as the directory tells them."""
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    too_dense = unpacked > RATIO_FROM and unpacked / packed > MOST_RATIO
    if unpacked > MOST_UNPACKED or too_dense:
        return Unreadable(f"refused: {len(entries)} parts, {unpacked >> 20} MB unpacked from {packed >> 10} kB")
    places = sorted((entry.header_offset, entry.header_offset + 30 + entry.compress_size) for entry in entries)
    if any(end > start for (_, end), (start, _) in pairwise(places)):
        return Unreadable("refused: its parts lie over each other")
    names = {entry.filename for entry in entries}
    if any(name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) for name in names):
        return Unreadable("refused: a part has the name of a place outside the file")
    if any(entry.flag_bits & 0x1 for entry in entries):
        return Unreadable("refused: the file is protected by a password")
    if any(name.lower().endswith("vbaproject.bin") or name.startswith("Basic/") for name in names):
        return Unreadable("refused: the workbook carries macros; save it without them (.xlsx)")
    if any(name.startswith("xl/externalLinks/") for name in names):
        return Unreadable("refused: the workbook takes values out of other files; break the links and save it again")
    body = "content.xml" if path.suffix.lower() == ".ods" else "xl/workbook.xml"
    if "xl/workbook.bin" in names:
        return Unreadable("refused: a binary workbook (.xlsb); save it as .xlsx")
    return Unreadable(f"not a workbook ({body} is missing)") if body not in names else None


def judge_parts(archive: zipfile.ZipFile) -> Unreadable | None:
    """The beginning of every part: no document type (entities, other files), no table as large as the whole sheet."""
    for entry in archive.infolist():
        if not entry.filename.lower().endswith((".xml", ".rels", ".vml")):
            continue
        with archive.open(entry) as part:
            head = part.read(HEAD).replace(b"\x00", b"")
        if re.search(rb"<!(?:doctype|entity)", head, re.I):
            return Unreadable(f"refused: {entry.filename} declares a document type or entities, which are never read")
        found = re.search(rb'<dimension ref="[A-Z]+[0-9]+:([A-Z]{1,3})([0-9]{1,7})"', head)
        if found and column_number(found[1].decode()) * int(found[2]) > MOST_CELLS:
            end = (found[1] + found[2]).decode()
            return Unreadable(f"refused: the table reaches to cell {end}; delete what is far outside and save it again")
    return None


def judge_calendar(path: Path) -> Unreadable | None:
    """Why bare day numbers of this workbook cannot be counted from 1900; cells with a date format are read right.

    An .xls keeps the beginning of its calendar inside its stream, where it is not read: nothing is guessed.
    """
    if path.suffix.lower() == ".xls":
        return Unreadable(OLD_CALENDAR)
    try:
        with zipfile.ZipFile(path) as archive:
            is_open = path.suffix.lower() == ".ods"
            with archive.open("content.xml" if is_open else "xl/workbook.xml") as part:
                mark = rb'null-date[^>]*date-value="(?!1899-12-30)' if is_open else rb'date1904="(?:1|true|on)"'
                return Unreadable(OTHER_CALENDAR) if re.search(mark, part.read(2**20)) else None
    except (zipfile.BadZipFile, KeyError, OSError):
        return None  # whoever reads the rows says what is wrong with the file


def column_number(letters: str) -> int:
    """A is 1, XFD is 16,384."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number

"""Spreadsheets of strangers: what is under the name, what would unpack too far, what the reader may do."""

from __future__ import annotations

import datetime
import io
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from pipelines.connect import sheet
from pipelines.connect.disguise import OLE, judge_calendar
from pipelines.connect.sheet import Unreadable, read_sheets, run_child
from pipelines.run import run_source
from tests.pipelines.mapped import HEAD, ingest, open_mapped, put_example, rows

SHEET, BOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
PLAIN = [["ma", "ngay"], ["21289", "03/04/2026"]]


def workbook() -> bytes:
    """A small honest workbook."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in PLAIN:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


HONEST = workbook()


def rewritten(change: Callable[[str, bytes], bytes] = lambda _, body: body, *more: tuple[str, bytes]) -> bytes:
    """The honest workbook with changed parts, and parts added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(HONEST)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, body in more:
            new.writestr(name, body)
    return out.getvalue()


def added(*more: tuple[str, bytes]) -> bytes:
    """The honest workbook with these parts added."""
    return rewritten(lambda _, body: body, *more)


def in_sheet(old: bytes, new: bytes) -> bytes:
    """The honest workbook with a piece of its sheet replaced."""
    return rewritten(lambda name, body: body.replace(old, new) if name == SHEET else body)


def after_head(text: bytes) -> bytes:
    """The honest workbook whose sheet begins with a declaration."""

    def change(name: str, body: bytes) -> bytes:
        return b'<?xml version="1.0"?>' + text + body[body.index(b"<worksheet") :] if name == SHEET else body

    return rewritten(change)


def compound(*names: str) -> bytes:
    """What a compound file of an office program begins with, and names of its streams."""
    return OLE + b"\x00" * 504 + b"".join(name.encode("utf-16-le").ljust(64, b"\x00") for name in names)


def many_parts(count: int) -> bytes:
    """An archive of so many empty parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number}", b"")
    return out.getvalue()


def lying_over() -> bytes:
    """Two parts whose bytes are the same ones: the second entry of the directory points at the first."""
    body = bytearray(added(("a.xml", b"<a/>" * 500), ("b.xml", b"<a/>" * 500)))
    end = body.rfind(b"PK\x05\x06")
    place, offsets = struct.unpack_from("<I", body, end + 16)[0], {}
    while body[place : place + 4] == b"PK\x01\x02":
        name, extra, note = struct.unpack_from("<HHH", body, place + 28)
        offsets[bytes(body[place + 46 : place + 46 + name]).decode()] = place + 42
        place += 46 + name + extra + note
    body[offsets["b.xml"] : offsets["b.xml"] + 4] = body[offsets["a.xml"] : offsets["a.xml"] + 4]
    return bytes(body)


PROGRAM = b"MZ\x90\x00\x03\x00" + b"\x00" * 3000
PAGE = b"<html><body><table><tr><td>21289</td></tr></table></body></html>"
DISGUISES = {
    "program.xlsx": (PROGRAM, "a Windows program"),
    "program.xls": (PROGRAM, "a Windows program"),
    "report.pdf.xlsx": (b"%PDF-1.7 ...", "a PDF"),
    "page.xls": (PAGE, "a web page"),
    "page.xlsx": (b"\xef\xbb\xbf\r\n<!DOCTYPE html>" + PAGE, "a web page"),
    "words.xlsx": (b"ma,ngay\n21289,03/04/2026\n", "no spreadsheet"),
    "archive.xlsx": (many_parts(3), "not a workbook"),
    "new.xls": (HONEST, "the content is a zip or an .xlsx workbook"),
    "old.xlsx": (compound("Workbook"), "an old .xls workbook"),
    "letter.xls": (compound("WordDocument"), "another old office document"),
    "locked.xlsx": (compound("EncryptionInfo", "EncryptedPackage"), "password"),
    "macros.xls": (compound("Workbook", "_VBA_PROJECT_CUR"), "macros"),
    "macros.xlsm": (added(("xl/vbaProject.bin", b"\x00")), "macros"),
    "macros.xlsx": (added(("xl/vbaProject.bin", b"\x00")), "macros"),
    "binary.xlsx": (added(("xl/workbook.bin", b"\x00")), "binary workbook"),
}
BOMBS = {
    "dense.xlsx": (added(("xl/media/a.bin", b" " * 20_000_000)), "MB unpacked"),
    "many.xlsx": (many_parts(60_000), "parts"),
    "over.xlsx": (lying_over(), "over each other"),
    "climbing.xlsx": (added(("../../etc.xml", b"<a/>")), "outside the file"),
    "far.xlsx": (in_sheet(b'<dimension ref="A1:B2"', b'<dimension ref="A1:XFD1048576"'), "reaches to cell XFD1048576"),
    "laughs.xlsx": (after_head(b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'), "document type"),
    "outside.xlsx": (after_head(b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'), "document type"),
    "linked.xlsx": (added(("xl/externalLinks/externalLink1.xml", b"<a/>")), "other files"),
}


@pytest.mark.parametrize("name", [*DISGUISES, *BOMBS])
def test_f01_f02_f04_what_is_not_what_its_name_says_is_refused_unopened(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-01, F-02, F-03 (its size told), F-04: refused with the reason, from the directory and the first bytes alone."""
    body, words = {**DISGUISES, **BOMBS}[name]
    path = tmp_path / name
    path.write_bytes(body)
    monkeypatch.setattr(sheet, "run_child", lambda paths, *_: pytest.fail(f"{paths} were opened") if paths else {})
    began = time.process_time()
    found = read_sheets([path])[path]
    assert time.process_time() - began < 0.5
    assert isinstance(found, Unreadable)
    assert words in found.message
    assert not found.unfinished, "it would be tried again for ever"


def test_f01_the_honest_ones_are_read(tmp_path: Path) -> None:
    """What the refusals are told apart from: a workbook, one with a picture in it, one still being written."""
    files = {"a.xlsx": HONEST, "b.xlsm": HONEST, "c.xlsx": added(("xl/media/a.png", b"\x89PNG"))}
    for name, body in files.items():
        (tmp_path / name).write_bytes(body)
    found = read_sheets([tmp_path / name for name in files])
    for rows_found in found.values():
        assert rows_found == [(1, PLAIN[0]), (2, PLAIN[1])]
    for body in (b"", HONEST[:-100], HONEST[:2]):
        (tmp_path / "d.xlsx").write_bytes(body)
        unread = read_sheets([tmp_path / "d.xlsx"])[tmp_path / "d.xlsx"]
        assert isinstance(unread, Unreadable)
        assert unread.unfinished


def test_f03_f05_a_cell_far_away_costs_the_child_its_memory(tmp_path: Path) -> None:
    """F-03, F-05: nothing tells how far the table reaches; the child ends at its limit, its neighbour is read."""
    far, near = tmp_path / "far.xlsx", tmp_path / "near.xlsx"
    cell = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    far.write_bytes(in_sheet(b"</sheetData>", cell))
    near.write_bytes(HONEST)
    found = read_sheets([far, near])
    assert isinstance(found[far], Unreadable)
    assert "memory" in found[far].message
    assert found[near] == [(1, PLAIN[0]), (2, PLAIN[1])]


def test_f05_the_child_has_so_much_time_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F-05: processor time and time on the clock end it; the parent goes on."""
    row = b'<row r="%d"><c r="A%d"><v>1</v></c><c r="B%d"><v>2</v></c><c r="C%d"><v>3</v></c></row>'
    table = b"".join(row % ((number,) * 4) for number in range(3, 290_000))
    heavy = tmp_path / "heavy.xlsx"
    heavy.write_bytes(in_sheet(b"</sheetData>", table + b"</sheetData>"))
    monkeypatch.setattr(sheet, "CPU_SECONDS", 1)
    assert run_child([heavy]) == {}
    monkeypatch.setattr(sheet, "WALL_SECONDS", 0.3)
    began = time.monotonic()
    assert run_child([heavy]) == {}
    assert time.monotonic() - began < 20


def test_f05_the_child_writes_starts_and_calls_nothing(tmp_path: Path) -> None:
    """F-05: no file, no process, no network, whatever a file makes it do."""
    tries = [
        "open(sys.argv[1], 'w')",
        "os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)",
        "__import__('socket').create_connection(('127.0.0.1', 9))",
        "__import__('subprocess').run(['true'])",
        "os.system('true')",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
    ]
    program = f"""
import os, sys
sys.path.insert(0, {str(Path(sheet.__file__).parent)!r})
import socket, subprocess, sheet_child
sheet_child.confine(512, 5)
for text in {tries!r}:
    try:
        eval(text)
        print("done", text)
    except PermissionError:
        print("refused")
"""
    said = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "x")], capture_output=True, text=True, check=True
    )
    assert said.stdout.split("\n")[:-1] == ["refused"] * len(tries)
    assert not (tmp_path / "x").exists()


MAPPING = (
    HEAD
    + """    request: {glob: ["*.xlsx", "*.csv"], format: FORMAT}
    columns:
      don_vi: {path: ma, required: true}
      han: {path: ngay, type: date, required: true, format: "FORM"}
    key: [don_vi]
    into:
      report_value:
        set: {field_code: "'thu'", unit_code: don_vi, period: "'2026'", value: "1", due_on: han}
"""
)
UNITS = ("21289", "21292", "21298", "21304")


def test_p17_days_of_both_calendars_are_the_same_days(tmp_path: Path) -> None:
    """P-17: a cell that is a date is that day in a workbook that counts from 1904 as well; a bare number is no day."""
    box = put_example(tmp_path, "thu", text=MAPPING.replace("FORMAT", "sheet").replace(', format: "FORM"', ""))
    for name, epoch, unit in (("a", None, UNITS[0]), ("b", CALENDAR_MAC_1904, UNITS[1])):
        book = openpyxl.Workbook()
        book.epoch = epoch or book.epoch
        for row in (PLAIN[0], [unit, datetime.date(2026, 4, 3)], [UNITS[2], 46115], [UNITS[3], "03/04/2026"]):
            book.active.append(row)
        book.save(box / f"{name}.xlsx")
    with open_mapped(tmp_path) as ctx:
        result = ingest(ctx, "thu")
        assert (result.rows_good, result.rows_refused) == (2, 4)
        stored = rows(ctx, "SELECT unit_code, due_on FROM core.report_value ORDER BY 1")
        assert stored == [(unit, datetime.date(2026, 4, 3)) for unit in UNITS[:2]]


def test_p17_bare_day_numbers_are_read_in_the_calendar_they_were_counted_in(tmp_path: Path) -> None:
    """P-17: 46115 is 3 April 2026 counted from 1900; counted from 1904 it is refused, not four years off."""
    box = put_example(tmp_path, "thu", text=MAPPING.replace("FORMAT", "sheet").replace("FORM", "excel"))
    for name, epoch, unit in (("a", None, UNITS[0]), ("b", CALENDAR_MAC_1904, UNITS[1])):
        book = openpyxl.Workbook()
        book.epoch = epoch or book.epoch
        for row in (PLAIN[0], [unit, 46115]):
            book.active.append(row)
        book.save(box / f"{name}.xlsx")
    with open_mapped(tmp_path) as ctx:
        result = ingest(ctx, "thu")
        assert "b.xlsx: refused: this workbook does not count its days from 1900" in result.message
        assert rows(ctx, "SELECT unit_code, due_on FROM core.report_value") == [(UNITS[0], datetime.date(2026, 4, 3))]


@pytest.mark.parametrize(("begins", "is_refused"), [("1899-12-30", False), ("1904-01-01", True), ("", False)])
def test_p17_an_open_document_says_where_its_days_begin(tmp_path: Path, begins: str, is_refused: bool) -> None:
    """P-17: the null date of an .ods; none means the last but one day of 1899. An .xls is refused."""
    path = tmp_path / "a.ods"
    mark = f'<table:null-date table:date-value="{begins}"/>' if begins else ""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", f"<office:spreadsheet>{mark}</office:spreadsheet>")
    assert (judge_calendar(path) is not None) == is_refused
    old = judge_calendar(path.with_suffix(".xls"))
    assert old is not None
    assert "save the workbook as .xlsx" in old.message


def test_p17_declared_days_are_never_swapped_and_impossible_ones_refused(tmp_path: Path) -> None:
    """P-17: 03/04 is April and 13/04 too; the thirty-first of February, zeros and another form are refused."""
    box = put_example(tmp_path, "thu", text=MAPPING.replace("FORMAT", "csv").replace("FORM", "%d/%m/%Y"))
    given = ("03/04/2026", "13/04/2026", "31/02/2026", "00/00/0000")
    lines = [f"{unit},{day}" for unit, day in zip(UNITS, given, strict=True)] + ["21307,2026-04-03", "21310,46115"]
    (box / "a.csv").write_text("\n".join(["ma,ngay", *lines, ""]), encoding="utf-8")
    (box / "b.csv").write_bytes(HONEST)
    with open_mapped(tmp_path) as ctx:
        result = run_source("thu", ctx)
        assert (result.status, result.rows_good, result.rows_refused) == ("ok", 2, 4)
        assert "b.csv: refused: the name says .csv, the content is a workbook" in result.message
        stored = rows(ctx, "SELECT unit_code, due_on FROM core.report_value ORDER BY 1")
        assert stored == [(UNITS[0], datetime.date(2026, 4, 3)), (UNITS[1], datetime.date(2026, 4, 13))]

"""Offices without a system: a form is judged cell by cell and taken whole or not at all; a figure needs two people."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from indicators.checked import load_checked
from ioc.calendar import WorkCalendar
from ioc.errors import UsageError
from ioc.lock import IngestLock
from ioc.published import Unit
from ioc.settings import load_settings
from ioc.store import AppStore, Desk
from ioc.unit import UnitRegistry
from ioc.warehouse import Warehouse
from layouts.desk.form import forms_of, write_form
from layouts.desk.pages import read_number
from layouts.words import load_words
from pipelines.context import RunContext
from pipelines.covenant import covenant_of
from pipelines.desk import desk_handlers, is_paused, prepare_desk
from pipelines.schedule import Schedule, default_handlers
from pipelines.spec import load_sources

NOW = datetime(2026, 10, 5, 2, 0, tzinfo=UTC)
REGISTRY = UnitRegistry.load("51")
COMMUNE = REGISTRY.communes()[0].code
CONFIG = """version: 1
province: "51"
sources:
  office_upload: {every: 5m, path: "{home}/desk/uploads"}
  hand_entry: {every: 5m, path: "{home}/desk/entries"}
"""


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[RunContext]:
    home = tmp_path / "home"
    prepare_desk(home)
    (home / "config.yaml").write_text(CONFIG, encoding="utf-8")
    with IngestLock(home) as lock:
        warehouse, store = Warehouse.open(home, lock=lock, memory_limit="500MB", now=NOW), AppStore.open(home)
        yield RunContext(
            load_settings(home / "config.yaml", home, {}), home, warehouse, store, NOW, WorkCalendar.load(), REGISTRY,
            specs=load_sources(),
        )  # fmt: skip
        store.close()
        warehouse.close()


def ask(ctx: RunContext, kind: str, **args: Any) -> Mapping[str, Any]:
    return desk_handlers(lambda ctx, results: None)[kind](ctx, {"by": "Nguyễn Thị Hoa", **args})


def blank_form() -> Any:
    """The form as downloaded: an open workbook."""
    form = forms_of(load_checked(), load_words(), "vi")[0]
    row = next(row for row in REGISTRY.rows() if row["unit_code"] == COMMUNE)
    unit = Unit(**{name: row.get(name) for name in Unit.__dataclass_fields__})
    sheet = covenant_of(load_sources()["office_upload"])["datasets"][0]
    content = write_form(form, unit, "2026-09", sheet["layout"], sheet["fields"], load_words(), "vi", now=NOW)
    return openpyxl.load_workbook(io.BytesIO(content))


def put(ctx: RunContext, book: Any, number: int = 1) -> str:
    """The workbook as the web would keep it; returns its name."""
    name = f"{number:032x}.xlsx"
    book.save(ctx.home / "desk" / "incoming" / name)
    return name


def fill(book: Any, rows: int = 3) -> tuple[Any, int]:
    """Values into the first rows; returns the sheet and the number of its header row."""
    sheet = book["so_lieu"]
    header = next(cell.row for cell in sheet["A"] if cell.value == "Mã đơn vị")
    column = next(cell.column for cell in sheet[header] if cell.value == "Giá trị")
    for step in range(1, rows + 1):
        sheet.cell(header + step, column, 10 + step)
    last = next(cell.row for cell in sheet["A"] if str(cell.value).startswith("Người lập biểu"))
    sheet.delete_rows(header + rows + 1, last - header - rows - 1)
    return sheet, header


def test_the_form_that_was_downloaded_is_taken_when_filled_in(ctx: RunContext) -> None:
    book = blank_form()
    fill(book)
    answer = ask(ctx, "upload", file=put(ctx, book))
    assert answer["taken"] is True, answer
    assert answer["run"]["status"] == "ok"
    assert (answer["run"]["rows_in"], answer["run"]["rows_good"]) == (3, 3)
    rows = ctx.warehouse.cursor().execute(
        "SELECT unit_code, period, value, source FROM core.report_value ORDER BY value"
    )
    assert rows.fetchall() == [(COMMUNE, "2026-09", 10.0 + step, "office_upload") for step in (1, 2, 3)]
    again = ask(ctx, "upload", file=put(ctx, book, 2))
    assert again["taken"] is True  # the same figures twice change nothing
    assert ctx.warehouse.cursor().execute("SELECT count(*) FROM core.report_value").fetchone() == (3,)


def test_a_form_with_faults_names_every_cell_and_leaves_nothing(ctx: RunContext) -> None:
    book = blank_form()
    sheet, header = fill(book)
    sheet.cell(header + 1, 1, "99999")
    sheet.cell(header + 1, 2, "Xã Không Có Tên")
    place = {cell.value: cell.column for cell in sheet[header]}
    sheet.cell(header + 2, place["Giá trị"], "mười hai")
    sheet.cell(header + 2, place["Tính chất"], "CHAC_CHAN")
    sheet.cell(header + 3, place["Kỳ số liệu"], "tháng 9")
    answer = ask(ctx, "upload", file=put(ctx, book))
    assert answer["taken"] is False
    found = {(one["cell"], one["rule"]) for one in answer["faults"]}
    letter = {name: openpyxl.utils.get_column_letter(column) for name, column in place.items()}
    assert found >= {
        (f"A{header + 1}", "place:ma_don_vi"),
        (f"{letter['Giá trị']}{header + 2}", "type:gia_tri"),
        (f"{letter['Tính chất']}{header + 2}", "domain:tinh_chat"),
        (f"{letter['Kỳ số liệu']}{header + 3}", "pattern:ky"),
    }
    assert ctx.warehouse.cursor().execute("SELECT count(*) FROM core.report_value").fetchone() == (0,)
    assert not list((ctx.home / "desk" / "uploads").iterdir())
    assert not list((ctx.home / "desk" / "incoming").iterdir())
    assert not (ctx.home / "landing" / "office_upload").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a workbook", b"<html>login</html>"])
def test_a_file_that_is_no_workbook_is_refused(ctx: RunContext, content: bytes) -> None:
    """P-08: what is not a table is classified, and nothing of it counts."""
    name = f"{7:032x}.xlsx"
    (ctx.home / "desk" / "incoming" / name).write_bytes(content)
    answer = ask(ctx, "upload", file=name)
    assert answer["taken"] is False
    assert answer["refusal"]


def test_only_files_the_web_kept_are_read(ctx: RunContext) -> None:
    (ctx.home / "secret.xlsx").write_bytes(b"x")
    for name in ("../../secret.xlsx", "/etc/passwd", "a.xlsx", f"{1:032x}.exe"):
        with pytest.raises(UsageError):
            ask(ctx, "upload", file=name)


def test_a_figure_counts_once_a_second_person_approved_it(ctx: RunContext) -> None:
    body = {"ma_don_vi": COMMUNE, "ma_chi_tieu": "population", "ky": "2026-09", "gia_tri": "12345.5", "thuc_hien": "",
            "ke_hoach": "", "tinh_chat": "CHINH_THUC", "so_van_ban": "12/BC-UBND"}  # fmt: skip
    desk = Desk(ctx.store)
    number = desk.enter(body, by="Nguyễn Thị Hoa", now=NOW)
    with pytest.raises(UsageError, match="second person"):
        ask(ctx, "decide", entry=number, approve=True, by="nguyễn  thị HOA")
    assert ctx.warehouse.cursor().execute("SELECT count(*) FROM core.report_value").fetchone() == (0,)
    answer = ask(ctx, "decide", entry=number, approve=True, by="Trần Văn Bình")
    assert answer["run"]["status"] == "ok"
    row = ctx.warehouse.cursor().execute("SELECT unit_code, value, source, document_ref FROM core.report_value")
    assert row.fetchall() == [(COMMUNE, 12345.5, "hand_entry", "12/BC-UBND")]
    with pytest.raises(UsageError, match="approved already"):
        ask(ctx, "decide", entry=number, approve=False, by="Lê Thị Cúc")
    other = desk.enter({**body, "gia_tri": "1"}, by="Nguyễn Thị Hoa", now=NOW)
    assert ask(ctx, "decide", entry=other, approve=False, by="Trần Văn Bình")["approved"] is False
    assert ctx.warehouse.cursor().execute("SELECT value FROM core.report_value").fetchall() == [(12345.5,)]


def test_a_paused_source_is_not_read_on_schedule_but_on_demand(ctx: RunContext) -> None:
    schedule = Schedule(
        ctx, clock=lambda: NOW, after=lambda ctx, results: None, handlers=default_handlers(lambda ctx, results: None)
    )
    ask(ctx, "pause", source="hand_entry", reason="bảo trì")
    assert is_paused(ctx, "hand_entry")
    assert schedule.run_job("hand_entry") is None
    assert ctx.store.runs("hand_entry") == []
    ask(ctx, "resume", source="hand_entry")
    result = schedule.run_job("hand_entry")
    assert result is not None
    assert result.status == "ok"
    with pytest.raises(UsageError, match="unknown source"):
        ask(ctx, "pause", source="hand_entryy")
    with pytest.raises(UsageError, match="nobody is named"):
        ask(ctx, "pause", source="hand_entry", by=" ")


@pytest.mark.parametrize(
    ("text", "read"),
    [("1234", "1234"), ("1234,5", "1234.5"), ("12.5", "12.5"), ("1.234,5", "1234.5"), ("1 234", "1234"),
     ("1.234.567", "1234567"), ("-3,25", "-3.25"), ("", "")],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, read: str) -> None:
    assert read_number(text, "gia_tri") == read


@pytest.mark.parametrize("text", ["1.234", "12,34,5", "1e5", "NaN", "12 %", "--3"])
def test_an_ambiguous_number_is_refused(text: str) -> None:
    """P-18: '1.234' may be a thousand or one and a bit; nobody guesses."""
    with pytest.raises(UsageError):
        read_number(text, "gia_tri")

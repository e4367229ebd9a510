"""R-01 to R-03: personal data in every source and every place of a delivery; nothing of it is written anywhere."""

from __future__ import annotations

import gzip
import json
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ioc.errors import ConfigError
from ioc.yamlfile import load_yaml, validate
from pipelines.connect.delivery import FILE, POSITION
from pipelines.landing import manifests
from pipelines.run import RunContext, run_all, run_source
from pipelines.scanner.kinds import find_kind, redact
from pipelines.scanner.masking import MARK, Masked, mask_table
from pipelines.spec import ColumnSpec, DatasetSpec, load_sources
from tests.faults.pipelines.people import PEOPLE, squeeze
from tests.faults.pipelines.test_answers import report
from tests.pipelines.places import count, dossier, open_run, procedure, write_one_stop
from tests.pipelines.services import Answer, as_json, serving
from tests.pipelines.test_files_source import END, HEADER, ROW, TITLES
from tests.warehouse_fixture import publish_now

FORMS = [form for person in PEOPLE for form in person.forms()]
CANARIES = sorted({canary for person in PEOPLE for canary in person.canaries()})
EXTRA = {"ho_ten": "Nguyễn Văn Canari", "so_dinh_danh": PEOPLE[1].citizen, "dien_thoai": PEOPLE[2].phone}


def task(number: int, **given: Any) -> dict[str, Any]:
    return {
        "ma_nhiem_vu": f"NV-{number}", "tieu_de": "Số hóa hồ sơ", "ma_don_vi": "21289", "nguon_giao": "TINH",
        "co_thoi_han": True, "ngay_giao": "2026-06-01", "han_hoan_thanh": "2026-06-30", "ngay_hoan_thanh": None,
        "tien_do": 40, "trang_thai": "DANG_THUC_HIEN", "cap_nhat_luc": "2026-06-20T08:00:00+07:00", **EXTRA, **given,
    }  # fmt: skip


def portal(number: int, **given: Any) -> dict[str, Any]:
    moment = "2026-06-20T08:00:00+07:00"
    return {
        "ma_ban_ghi": f"BG-{number}", "ma_ho_so": f"H48.21-260601-{number:04d}", "ma_co_quan": "H48.21",
        "trang_thai": 9, "ngay_tiep_nhan": moment, "ngay_hen_tra": moment, "ngay_ket_thuc": moment,
        "thoi_diem_den": moment, **EXTRA, **given,
    }  # fmt: skip


def figure(number: int, **given: Any) -> dict[str, Any]:
    moment = "2026-06-20T08:00:00+07:00"
    return {
        "ma_so_lieu": f"SL-{number}", "ma_chi_tieu": "new_jobs", "ma_don_vi": "21289", "ky": f"{2000 + number}",
        "gia_tri": 5, "thuc_hien": 5, "ke_hoach": 9, "so_sanh": "=", "tinh_chat": "UOC", "so_van_ban": "88/BC-VP",
        "han_nop": "2026-06-17", "nop_luc": moment, "cap_nhat_luc": moment, **EXTRA, **given,
    }  # fmt: skip


def site(number: int, code: str) -> dict[str, Any]:
    return {
        "id": f"urn:ngsi-ld:RoadSegment:QN-{number}", "type": "RoadSegment", "name": "Lê Lợi", "junctionCode": code,
        "junctionName": "Lê Lợi", "refAdminUnit": "21025", "freeFlowSpeed": 50, "length": 1.5,
        "installedOn": "2024-01-01",
        "location": {"type": "Point", "coordinates": [108.8, 15.1]}, "owner": EXTRA["ho_ten"],
    }  # fmt: skip


def answer(path: str, query: dict[str, str]) -> Answer:
    """The five services of the province; each has clean rows and rows with a person in a declared text column."""
    few = FORMS[::40]
    if path == "/tasks":
        rows = [task(i) for i in range(1000)] + [task(2000 + i, tieu_de=text) for i, text in enumerate(few)]
        page, size = int(query["page"]), int(query["size"])
        return as_json({"items": rows[(page - 1) * size : page * size], "total": len(rows)})
    if path in ("/assessments", "/system-counts"):
        return as_json({"items": [], "total": 0})
    if path == "/portal/ho-so":
        rows = [portal(i) for i in range(1000)] + [portal(2000 + i, ma_ban_ghi=text) for i, text in enumerate(few)]
        page, size = int(query["page"]), int(query["page_size"])
        return as_json({"items": rows[(page - 1) * size : page * size], "total": len(rows)})
    if path == "/reporting/values":
        rows = [figure(i) for i in range(100)] + [figure(100 + i, so_van_ban=text) for i, text in enumerate(few)]
        return as_json({"data": rows, "next": None})
    if path == "/reporting/submissions":
        return as_json({"data": [], "next": None})
    if path == "/feedback/reports":
        rows = [report(i) | EXTRA for i in range(100)] + [report(200 + i) | {"linh_vuc": t} for i, t in enumerate(few)]
        return as_json({"data": rows, "next_cursor": None})
    if path.endswith("/entities") and query.get("type") == "RoadSegment":
        rows = [site(i, f"J{i}") for i in range(30)] + [site(100 + i, text) for i, text in enumerate(few)]
        return as_json(rows if query.get("offset", "0") == "0" else [])
    return as_json([])


def plant(place: Path) -> dict[str, dict[str, Any]]:
    """Databases and folders with persons in cells, file names and sheet names; returns the connections."""
    rows = [dossier(i, ho_ten_nguoi_nop=person.name, so_dinh_danh=person.citizen) for i, person in enumerate(PEOPLE)]
    rows += [dossier(1000 + i) for i in range(900)]
    rows += [dossier(3000 + i, ngay_tra=FORMS[i * 41]) for i in range(10)]
    url = write_one_stop(place / "one_stop.sqlite", rows)
    with sqlite3.connect(place / "one_stop.sqlite") as connection:
        for number, text in enumerate(FORMS[::50]):
            row = procedure(f"2.{number:06d}") | {"ten": text}
            connection.execute(f"INSERT INTO thu_tuc VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
    inbox, archive = place / "inbox", place / "archive"
    inbox.mkdir()
    archive.mkdir()
    book = openpyxl.Workbook()
    book.active.title = PEOPLE[3].phone
    for line in TITLES:
        book.active.append([line])
    for line in ([*HEADER, PEOPLE[4].name], *([*ROW[:5], f"{2000 + i}", 5, None, None, "UOC"] for i in range(30))):
        book.active.append(line)
    book.active.append(["21025", PEOPLE[5].citizen, "new_jobs", "", "", "1999", 5, None, None, "UOC"])
    book.active.append([END])
    book.save(inbox / f"Báo cáo của {PEOPLE[6].name} {PEOPLE[6].phone}.xlsx")
    head = "id,dateObservedFrom,dateObservedTo,intensity,averageVehicleSpeed,occupancy,motorcycleShare,driver"
    lines = [
        f"A,2026-06-01T00:{i:02d}:00Z,2026-06-01T00:{i + 1:02d}:00Z,{i},30.0,0.1,0,{PEOPLE[i].citizen}"
        for i in range(50)
    ]
    lines.append(f"{PEOPLE[7].email},2026-06-01T02:00:00Z,2026-06-01T02:01:00Z,5,{PEOPLE[8].phone},0.1,0,x")
    (archive / "traffic-2026-06.csv.gz").write_bytes(gzip.compress(("\n".join([head, *lines]) + "\n").encode()))
    return {
        "one_stop": {"address": url},
        "report_files": {"path": str(inbox)},
        "traffic_archive": {"path": str(archive)},
    }


def everything_written(home: Path, ctx: RunContext) -> Iterator[tuple[str, str]]:
    """Every text of the home: raw bytes of all files, and what the packed ones hold."""
    for path in sorted(path for path in home.rglob("*") if path.is_file()):
        yield path.name, path.name
        yield path.name, path.read_bytes().decode("utf-8", "ignore")
        if path.suffix == ".parquet":
            yield path.name, json.dumps(pq.read_table(path).to_pylist(), ensure_ascii=False)
        if path.name == "app.sqlite":
            with sqlite3.connect(path) as connection:
                yield path.name, "\n".join(connection.iterdump())
    cursor = ctx.warehouse.cursor()
    for schema, table in cursor.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall():
        rows = cursor.execute(f"SELECT * FROM {schema}.{table}").fetchall()
        yield f"{schema}.{table}", "\n".join(" ".join(map(str, row)) for row in rows)


def test_r01_no_person_is_written_anywhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """R-01, R-02: fifty persons in declared and undeclared columns of all eight sources, in free text, file and sheet
    names; not one piece of them is in landing, warehouse, published copy, app store or logs."""
    caplog.set_level(logging.DEBUG, logger="pipelines")
    (tmp_path / "systems").mkdir()
    sources = plant(tmp_path / "systems")
    with serving(answer) as url:
        services = ("national_portal", "report_service", "task_service", "field_report", "traffic_live")
        sources |= {name: {"url": url, "allow_origins": [url]} for name in services}
        with open_run(tmp_path / "home", sources) as ctx:
            results = {result.source: result for result in run_all(ctx, force=True)}
            assert set(results) == set(sources)
            publish_now(ctx.warehouse, ctx.home)
            ctx.warehouse.checkpoint()
            seen = [*everything_written(tmp_path / "home", ctx), ("log", caplog.text)]
            seen += [("message", result.message) for result in results.values()]
            found = {(place, canary) for place, text in seen for squeezed in [squeeze(text)] for canary in CANARIES
                     if canary in squeezed}  # fmt: skip
            assert found == set()
            masked = {f"{item.source}.{name}" for item in manifests(ctx.home) for name in item.redacted}
            fields = {name.rpartition(":")[0] for name in masked}
            assert fields >= {
                "one_stop.ten", "one_stop.ngay_tra", "national_portal.ma_ban_ghi", "report_service.so_van_ban",
                "task_service.tieu_de", "field_report.linh_vuc", "traffic_live.junction_code",
                "traffic_archive.id", "traffic_archive.speed", "report_files.ten_don_vi",
            }  # fmt: skip
            refused = ctx.warehouse.cursor().execute(
                "SELECT DISTINCT source || '.' || field FROM ops.quarantine WHERE rule LIKE 'personal:%'"
            )
            assert {row[0] for row in refused.fetchall()} >= fields - {
                "traffic_live.junction_name",
                "traffic_archive.speed",
            }
            for result in results.values():
                assert result.rows_in == result.rows_good + result.rows_refused + result.rows_duplicate


def test_r01_error_texts_are_masked(tmp_path: Path) -> None:
    """What a source says in an error goes to the run ledger without the person it speaks of."""
    text = f"khong tim thay {PEOPLE[0].citizen} {PEOPLE[1].email}"
    with (
        serving(lambda path, query: as_json({"error": text})) as url,
        open_run(tmp_path / "home", {"field_report": {"url": url, "allow_origins": [url]}}) as ctx,
    ):
        assert "khong tim thay •••" in run_source("field_report", ctx).message
        run = ctx.store.runs("field_report")[0]
        assert PEOPLE[0].citizen not in run.message
        assert PEOPLE[1].email not in ctx.store.breaker("field_report").reason


@pytest.mark.parametrize("person", PEOPLE[:4], ids=lambda person: str(person.number))
def test_r02_every_way_of_writing_a_person_is_found(person: Any) -> None:
    """R-02: spaced, dotted, full-width digits; names, e-mail, addresses and days of birth in sentences."""
    for form in person.forms():
        assert find_kind(form) is not None, form
        squeezed = squeeze(redact(form))
        assert not [canary for canary in person.canaries() if canary in squeezed], form


CLEAN = [
    "ECB728B950390656E0438DC611AC34B2", "AE663925238A4A72A8295AF9B2AFAA47", "9DB32B9FBF63441582FCE020267342C8",
    "N-BC01-21289-2026-06", "DG-TC-03-21289-2026-Q2", "SSO-21289-2026-06-30", "MC-21289-2026",
    "H48.05-230601-0004", "H48.21-260601-000123", "2026-07-01 02:00:00", "01.02.2026 08.00", "88/BC-VP",
    "Xã Nguyễn Nghiêm", "Đăng ký khai sinh", "1.000001", "PA-260615-0001", "urn:ngsi-ld:TrafficFlowObserved:QN-001",
    "2026-06.ytd", "12345678", "1.012,4", "20260701T020000-8ab12345", "Lê Lợi", "Trần Phú – Hùng Vương", "Hà Nội",
    "Đoàn Thanh niên Cộng sản Hồ Chí Minh", "Sở Khoa học và Công nghệ", "2026-07-01T09:00:00+07:00",
]  # fmt: skip


@pytest.mark.parametrize("text", CLEAN)
def test_r03_what_is_no_person_stays(text: str) -> None:
    """R-03: codes, times, places and titles are not taken for persons."""
    assert find_kind(text) is None
    assert redact(text) == text


@pytest.mark.parametrize("text", ["84779825204.4918", "0.912345678", "123456789", "905123456", "0,051260912345"])
def test_r03_a_number_is_a_number(text: str) -> None:
    """R-03: in a column of numbers; a leading zero makes it one of a person."""
    assert find_kind(text, is_number=True) is None
    assert find_kind(PEOPLE[0].citizen, is_number=True) == "cccd"
    assert find_kind(f"x {PEOPLE[0].card}", is_number=True) == "cmnd"


def test_r03_a_code_of_twelve_digits_is_declared_by_its_pattern_or_with_a_reason() -> None:
    """R-03: per column, in writing; everything else in the column is still searched."""
    code, citizen = "051260701234", PEOPLE[0].citizen
    table = pa.table({name: [code, citizen, None] for name in ("plain", "patterned", "reasoned")})
    table = table.append_column(POSITION, pa.array([1, 2, 3])).append_column(FILE, pa.array(["a.csv"] * 3))
    columns = {
        "patterned": ColumnSpec(pattern=r"0512607\d{5}"),
        "reasoned": ColumnSpec(personal_reason="mã hồ sơ 12 chữ số do hệ thống cũ cấp"),
    }
    found = Masked()
    masked = mask_table(table, columns, found)
    mark = f"{MARK}cccd⟧"
    assert masked["plain"].to_pylist() == [mark, mark, None]
    assert masked["patterned"].to_pylist() == [code, mark, None]
    assert masked["reasoned"].to_pylist() == [code, citizen, None]
    assert found.cells == {"plain:cccd": 2, "patterned:cccd": 1}


def test_free_text_may_be_declared_to_be_masked_and_kept() -> None:
    """`personal: mask`: the row stays, the part is gone."""
    table = pa.table({"tieu_de": [f"Gọi {PEOPLE[0].phone} để nhận", "Số hóa hồ sơ"]})
    masked = mask_table(table, {"tieu_de": ColumnSpec(personal="mask")}, Masked())
    assert masked["tieu_de"].to_pylist() == ["Gọi ••• để nhận", "Số hóa hồ sơ"]


def test_a_contract_that_names_a_personal_column_is_refused(tmp_path: Path) -> None:
    """The list of columns is the first wall: a column called after a person needs a written reason."""
    file = tmp_path / "source.yaml"
    for name, heading in (("ho_ten_nguoi_nop", ""), ("col7", "Số điện thoại"), ("citizen_id", "")):
        file.write_text(
            "request: {}\ncolumns:\n  ma: {required: true}\n"
            f"  {name}: {{path: '{heading}'}}\nkey: [ma]\ninto: {{core.task: {{key: [task_code]}}}}\n"
        )
        with pytest.raises(ConfigError, match=f"'{name}' names personal data"):
            validate(DatasetSpec, load_yaml(file))


def test_no_shipped_source_reads_a_personal_column() -> None:
    """Of every source: the allow-list holds no column for a person and no exception without a reason."""
    for source in load_sources().values():
        for dataset in source.datasets.values():
            assert all(len(column.personal_reason) != 1 for column in dataset.columns.values())
            assert not set(dataset.columns) & set(EXTRA)


def test_a_masked_row_is_counted_and_says_so(tmp_path: Path) -> None:
    """The refused row shows the mark and its kind, never the cell."""
    url = write_one_stop(
        tmp_path / "a.sqlite", [dossier(i) for i in range(60)] + [dossier(99, ngay_tra=PEOPLE[0].phone)]
    )
    with open_run(tmp_path / "home", {"one_stop": {"address": url}}) as ctx:
        result = run_source("one_stop", ctx)
        load = next(load for load in result.loads if load.dataset == "ho_so")
        assert (load.rows_good, load.rows_refused) == (60, 1)
        assert count(ctx, "SELECT rule || position FROM ops.quarantine") == "personal:ngay_tra61"
        assert MARK + "phone⟧" in count(ctx, "SELECT masked_row FROM ops.quarantine")

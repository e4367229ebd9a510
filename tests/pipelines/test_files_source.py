"""Watched folders: reports with title lines, packed archives, files that are not whole."""

from __future__ import annotations

import gzip
import unicodedata
import zipfile
from pathlib import Path

import openpyxl

from pipelines.connect.sheet import Unreadable, read_sheets
from pipelines.run import RunContext, run_source
from tests.pipelines.places import count, open_run

TITLES = [
    "BÁO CÁO",
    "Kỳ báo cáo: 2026-06",
    "Số văn bản: 88/BC-VP",
    "Ngày nộp: 2026-06-17 15:20:00",
    "Hạn nộp: 2026-06-17",
    "Đơn vị báo cáo: 51 Văn phòng UBND tỉnh",
    "",
]
HEADER = [
    "Mã đơn vị",
    "Tên đơn vị",
    "Mã chỉ tiêu",
    "Tên chỉ tiêu",
    "Đơn vị tính",
    "Kỳ số liệu",
    "Giá trị",
    "Thực hiện",
    "Kế hoạch",
    "Tính chất",
]
END = "Người lập biểu: Chuyên viên tổng hợp"
ROW = [
    "21025",
    "Phường Cẩm Thành",
    "commune_revenue",
    "Thu ngân sách",
    "tỷ đồng",
    "2026-06.ytd",
    "1.012,4",
    "1.012,4",
    "2.025,1",
    "UOC",
]


def write_csv(path: Path, rows: list[list[str]], *, end: bool = True) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [*TITLES, ";".join(HEADER), *(";".join(row) for row in rows), *([END] if end else [])]
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8-sig", newline="")


def write_xlsx(path: Path, rows: list[list[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    for line in TITLES:
        book.active.append([line])
    for row in (HEADER, *rows, [END]):
        book.active.append(row)
    book.save(path)


def values(ctx: RunContext) -> dict[tuple[str, str, str], tuple[float, float | None]]:
    rows = (
        ctx.warehouse.cursor()
        .execute("SELECT field_code, unit_code, period, value, denominator FROM core.report_value")
        .fetchall()
    )
    return {row[:3]: row[3:] for row in rows}


def test_csv_with_decimal_comma_and_excel_with_numbers_agree(tmp_path: Path) -> None:
    """P-18: 1.012,4 is 1012.4, in text as declared and in Excel as a number."""
    box = tmp_path / "inbox"
    write_csv(box / "XA-2026-06.csv", [ROW])
    write_xlsx(
        box / "STC-2026-06.xlsx",
        [["51", "Quảng Ngãi", "budget_revenue", "", "tỷ đồng", "2026-06.ytd", 12345.5, 12345.5, 20000, "UOC"]],
    )
    with open_run(tmp_path / "home", {"report_files": {"path": str(box)}}) as ctx:
        assert run_source("report_files", ctx).status == "ok"
        assert values(ctx) == {
            ("commune_revenue", "21025", "2026-06.ytd"): (1012.4, 2025.1),
            ("budget_revenue", "51", "2026-06.ytd"): (12345.5, 20000.0),
        }
        assert (
            count(ctx, "SELECT document_ref || ' ' || submitted_at FROM core.report_value LIMIT 1")
            == "88/BC-VP 2026-06-17 08:20:00"
        )


def test_a_half_written_file_is_left_for_the_next_run(tmp_path: Path) -> None:
    """No end line, a cut workbook, a temporary name: a notice, no rows, no failure; then it is read."""
    box = tmp_path / "inbox"
    write_csv(box / "XA-2026-06.csv", [ROW], end=False)
    write_xlsx(box / "whole.xlsx", [["51", "", "grdp", "", "", "2026-Q2", 1.5, None, None, "UOC"]])
    (box / "cut.xlsx").write_bytes((box / "whole.xlsx").read_bytes()[:-300])
    (box / "whole.xlsx").rename(box / "whole.xlsx.part")
    with open_run(tmp_path / "home", {"report_files": {"path": str(box)}}) as ctx:
        result = run_source("report_files", ctx)
        assert (result.status, result.rows_in) == ("ok", 0)
        assert "XA-2026-06.csv" in result.message
        assert "cut.xlsx" in result.message
        assert "next run" in result.message
        write_csv(box / "XA-2026-06.csv", [ROW])
        (box / "whole.xlsx.part").rename(box / "whole.xlsx")
        assert run_source("report_files", ctx).rows_good == 2


def test_the_same_file_many_times_is_one_load(tmp_path: Path) -> None:
    """P-04: five deliveries under five names are one applied load and leave identical tables."""
    box = tmp_path / "inbox"
    with open_run(tmp_path / "home", {"report_files": {"path": str(box)}}) as ctx:
        write_csv(box / "a.csv", [ROW])
        run_source("report_files", ctx)
        before = values(ctx)
        for name in "edcb":
            write_csv(box / f"{name}.csv", [ROW])
            assert run_source("report_files", ctx).rows_changed == 0
        assert count(ctx, "SELECT count(*) FROM ops.load_ledger") == 1
        assert values(ctx) == before


def test_a_correction_wins_by_its_day_of_filing_in_any_order(tmp_path: Path) -> None:
    """P-09: the later report wins, also when the earlier one arrives after it."""
    box = tmp_path / "inbox"
    with open_run(tmp_path / "home", {"report_files": {"path": str(box)}}) as ctx:
        corrected = [*ROW[:6], "2,0", "2,0", "3,0", "CHINH_THUC"]
        write_csv(box / "b.csv", [corrected])
        text = (box / "b.csv").read_text(encoding="utf-8-sig").replace("2026-06-17 15:20:00", "2026-06-25 08:00:00")
        (box / "b.csv").write_text(text, encoding="utf-8-sig", newline="")
        run_source("report_files", ctx)
        write_csv(box / "a.csv", [ROW])
        run_source("report_files", ctx)
        assert values(ctx) == {("commune_revenue", "21025", "2026-06.ytd"): (2.0, 3.0)}


def test_four_spellings_of_ten_communes_are_one_code_and_an_unknown_name_is_quarantined(tmp_path: Path) -> None:
    """P-15: NFC and NFD, tone placement, Đ and Ð; never a guess."""
    with open_run(tmp_path / "home", {"report_files": {"path": str(tmp_path / "inbox")}}) as ctx:
        chosen = [unit for unit in ctx.registry.communes() if "Đ" in unit.full_name or "đ" in unit.full_name][:5]
        chosen += [unit for unit in ctx.registry.communes() if unit not in chosen][:5]
        for spelling in range(4):
            rows = []
            for unit in chosen:
                name = [
                    unit.full_name,
                    unicodedata.normalize("NFD", unit.full_name),
                    unit.full_name.replace("Đ", "Ð").replace("đ", "ð"),
                    f"  {unit.full_name.upper()} ",
                ][spelling]
                rows.append(["", name, f"f{spelling}", "", "", "2026", "1,0", "", "", "UOC"])
            rows.append(["", "Xã Không Có Thật", f"f{spelling}", "", "", "2026", "1,0", "", "", "UOC"])
            write_csv(tmp_path / "inbox" / f"{spelling}.csv", rows)
        result = run_source("report_files", ctx)
        assert result.status == "ok", result.message
        found = (
            ctx.warehouse.cursor()
            .execute("SELECT field_code, list(unit_code ORDER BY unit_code) FROM core.report_value GROUP BY 1")
            .fetchall()
        )
        assert dict(found) == {f"f{i}": sorted(unit.code for unit in chosen) for i in range(4)}
        assert count(ctx, "SELECT count(*) FROM ops.quarantine WHERE rule = 'place:ma_don_vi'") == 4


def test_a_packed_archive_is_read_and_its_detectors_judged(tmp_path: Path) -> None:
    """METHODS 4.3: 12 identical bins with flow are a stuck detector, 11 are not; 10^9 vehicles are out of range."""
    folder = tmp_path / "archive"
    folder.mkdir()
    lines = ["id,dateObservedFrom,dateObservedTo,intensity,averageVehicleSpeed,occupancy,motorcycleShare"]
    for number in range(40):
        hour, minute = divmod(number * 15, 60)
        after = f"2026-06-01T{(number * 15 + 15) // 60:02d}:{(number * 15 + 15) % 60:02d}:00Z"
        stuck = 10 <= number < 22
        for site, is_stuck in (("A", stuck), ("B", 10 <= number < 21)):
            flow = "55,30.0,0.2" if is_stuck else f"{100 + number},{30 + number / 10},0.2"
            flow = "1000000000,30.0,0.2" if (site, number) == ("A", 39) else flow
            lines.append(f"{site},2026-06-01T{hour:02d}:{minute:02d}:00Z,{after},{flow},0.7")
    body = gzip.compress(("\n".join(lines) + "\n").encode())
    (folder / "traffic-2026-06.csv.gz").write_bytes(body)
    (folder / "traffic-2026-07.csv.gz").write_bytes(body[:-40])
    with open_run(tmp_path / "home", {"traffic_archive": {"path": str(folder)}}) as ctx:
        result = run_source("traffic_archive", ctx)
        assert result.status == "ok"
        assert "traffic-2026-07.csv.gz" in result.message
        found = (
            ctx.warehouse.cursor()
            .execute("SELECT site_code, quality, count(*) FROM core.traffic_flow GROUP BY ALL ORDER BY ALL")
            .fetchall()
        )
        assert found == [("A", "out_of_range", 1), ("A", "stuck", 12), ("A", "valid", 27), ("B", "valid", 40)]
        assert count(ctx, "SELECT bool_and(is_valid = (quality = 'valid')) FROM core.traffic_flow")


def test_p21_a_counter_that_starts_again_counts_no_vehicles(tmp_path: Path) -> None:
    """P-21: what a detector sends after a reset (below zero, the end of 32 bits) is refused with its place, whatever
    the order it comes in; bins before and after stay, a bin sent twice counts once."""
    folder = tmp_path / "archive"
    folder.mkdir()
    lines = ["id,dateObservedFrom,dateObservedTo,intensity,averageVehicleSpeed,occupancy,motorcycleShare"]
    flows = {1: "120", 2: "-4711", 3: "4294962585", 4: "0", 5: "130"}
    for number in (5, 2, 1, 4, 3, 1):
        start, end = f"2026-06-01T00:{number * 10:02d}:00Z", f"2026-06-01T00:{number * 10 + 10:02d}:00Z"
        lines.append(f"A,{start},{end.replace(':60:', ':59:')},{flows[number]},42.5,0.2,0.7")
    (folder / "traffic-2026-06.csv.gz").write_bytes(gzip.compress(("\n".join(lines) + "\n").encode()))
    with open_run(tmp_path / "home", {"traffic_archive": {"path": str(folder)}}) as ctx:
        result = run_source("traffic_archive", ctx)
        assert (result.status, result.rows_in, result.rows_good) == ("ok", 6, 3), result.message
        assert (result.rows_refused, result.rows_duplicate) == (2, 1)
        assert count(ctx, "SELECT list(intensity ORDER BY observed_from) FROM core.traffic_flow") == [120, 0, 130]
        refused = ctx.warehouse.cursor().execute("SELECT rule FROM ops.quarantine ORDER BY rule").fetchall()
        assert refused == [("maximum:intensity",), ("minimum:intensity",)]


def test_a_hostile_workbook_costs_the_child_only(tmp_path: Path) -> None:
    """C-08: a packing bomb and rubbish are refused with words."""
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 40_000_000)
    rubbish = tmp_path / "rubbish.xls"
    rubbish.write_bytes(b"\xd0\xcf\x11\xe0" + b"\x00" * 2000)
    found = read_sheets([bomb, rubbish])
    assert isinstance(found[bomb], Unreadable)
    assert "refused" in found[bomb].message
    assert isinstance(found[rubbish], Unreadable)


def test_an_absent_folder_is_a_failure_that_may_pass(tmp_path: Path) -> None:
    """The run fails with a remedy; nothing is raised."""
    with open_run(tmp_path / "home", {"report_files": {"path": str(tmp_path / "nowhere")}}) as ctx:
        result = run_source("report_files", ctx)
        assert (result.status, result.permanent) == ("failed", False)
        assert "does not exist" in result.message

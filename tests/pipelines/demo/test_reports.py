"""Report files: layout, late communes, the yearly correction."""

from __future__ import annotations

import json

from openpyxl import load_workbook

from pipelines.demo import DemoSystems
from pipelines.demo.report_files import HEADER


def rows_of(systems: DemoSystems, name: str) -> tuple[list[str], list[list[str]]]:
    """Title lines and data rows of a CSV report."""
    text = (systems.folder / "inbox" / "reports" / name).read_bytes().decode("utf-8-sig")
    lines = text.split("\r\n")
    start = next(k for k, line in enumerate(lines) if line.startswith(HEADER[0]))
    assert lines[start] == ";".join(HEADER)
    data = []
    for line in lines[start + 1 :]:
        if line.startswith("Người lập biểu"):
            break
        data.append(line.split(";"))
    return lines[:start], data


def test_commune_reports_are_whole_once_the_late_ones_have_come(systems: DemoSystems) -> None:
    title, data = rows_of(systems, "XA-2026-04.csv")
    assert title[1] == "Kỳ báo cáo: 2026-04"
    assert title[4] == "Hạn nộp: 2026-04-17"
    assert all(len(row) == len(HEADER) for row in data)
    units = {row[0] for row in data} - {"51"}
    late = systems.folder / "inbox" / "reports" / "XA-2026-04-bo-sung.csv"
    added = {row[0] for row in rows_of(systems, late.name)[1]} if late.exists() else set()
    truth = json.loads((systems.folder / "planted.json").read_text(encoding="utf-8"))
    planted = {
        kind: {e["unit"] for e in truth[kind] if e["report"] == "KTXH" and e["period"] == "2026-04.d09"}
        - {u.code for u in systems.place.departments}
        for kind in ("late_reports", "missing_reports")
    }
    assert added == planted["late_reports"]
    assert {unit.code for unit in systems.place.communes} - units - added == planted["missing_reports"]
    assert any("," in row[6] for row in data)


def test_correction_replaces_what_was_counted_twice(systems: DemoSystems) -> None:
    folder = systems.folder / "inbox" / "reports"
    truth = json.loads((systems.folder / "planted.json").read_text(encoding="utf-8"))
    year = next(
        c for c in truth["corrected_reports"] if c["file"] == "STC-2025-05-dieu-chinh.xlsx" and c["unit"] == "51"
    )
    found = {}
    for name in ("STC-2025-05.xlsx", year["file"]):
        sheet = load_workbook(folder / name, read_only=True).worksheets[0]
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        data = [row for row in rows if len(row) > 2 and row[0] == "51" and row[2] == year["field"]]
        found[name] = data[0][6]
        assert isinstance(data[0][6], float)
    assert list(found.values()) == [year["before"], year["after"]]
    assert not (folder / "STC-2026-05-dieu-chinh.xlsx").exists()  # it comes on 20 June


def test_growth_lies_at_the_published_level(systems: DemoSystems) -> None:
    economy = systems.records.economy
    figures = {(f.field, f.period): f for f in economy.statistics(2025, 9)}
    assert abs(figures["grdp_growth", "2025-9M"].value - 10.22) < 0.05
    finance = {f.field: f for f in economy.finance(2025, 10) if f.unit == "51"}
    assert finance["public_investment"].value == 72.4
    revenue = finance["budget_revenue"]
    assert revenue.done is not None
    assert revenue.plan is not None
    assert abs(revenue.done / revenue.plan - 1.055) < 0.001

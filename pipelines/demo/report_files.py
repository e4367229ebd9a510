"""Reports that arrive as files: Excel of the statistics office and of finance, CSV of the communes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from openpyxl import Workbook

from pipelines.demo.chance import draw
from pipelines.demo.economy import FILE_FIELDS, Economy, Figure
from pipelines.demo.moment import month_first, texts
from pipelines.demo.obligations import MERGER_MONTH, ObligationMaker

DAY = np.timedelta64(1, "D")
HEADER = (
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
)


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A file that arrives at a local instant."""

    name: str
    title: str
    period: str
    document: str
    filed: np.datetime64
    due: np.datetime64
    office: str
    figures: tuple[Figure, ...]


class ReportMaker:
    """The files of a province by month."""

    def __init__(self, economy: Economy, obligations: ObligationMaker) -> None:
        self.economy, self.obligations = economy, obligations
        self.place = economy.place
        self.names = {unit.code: unit.full_name for unit in [self.place.province, *self.place.communes]}

    def month(self, index: int) -> Iterator[ReportFile]:
        """All files about a month, in the order in which they arrive."""
        first, year, month = np.datetime64(month_first(index), "D"), index // 12, index % 12 + 1
        key, chance = f"{year}-{month:02d}", draw(self.place.options, "files", index)
        after = (first.astype("M8[M]") + 1).astype("M8[D]")
        if index >= MERGER_MONTH:
            yield from self._communes(index, key, first)
        if (month == 1 and index > MERGER_MONTH) or index == MERGER_MONTH:
            filed = first + 19 * DAY
            yield ReportFile(
                f"DS-{year}.csv",
                "BÁO CÁO DÂN SỐ TRUNG BÌNH",
                str(year),
                f"{30 + month}/BC-TK",
                _clock(filed, 33_000),
                filed,
                "Thống kê tỉnh",
                tuple(self.economy.people(year)),
            )
        due = after + 5 * DAY
        late = int(chance.integers(2, 6)) if chance.random() < 0.09 else -int(chance.integers(0, 3))
        yield ReportFile(
            f"TK-{key}.xlsx",
            "BÁO CÁO TÌNH HÌNH KINH TẾ - XÃ HỘI",
            key,
            f"{100 + index % 97}/BC-TK",
            _clock(due + late * DAY, 34_200),
            due,
            "Thống kê tỉnh",
            tuple(self.economy.statistics(year, month)),
        )
        finance = tuple(self.economy.finance(year, month))
        office = self.place.departments[1]
        base = ReportFile(
            f"STC-{key}.xlsx",
            "BÁO CÁO THU NGÂN SÁCH VÀ GIẢI NGÂN VỐN ĐẦU TƯ CÔNG",
            key,
            f"{200 + index % 89}/BC-STC",
            _clock(due - int(chance.integers(0, 3)) * DAY, 55_800),
            due,
            f"{office.code} {office.name}",
            finance,
        )
        if month != 5:
            yield base
            return
        yield replace(base, figures=_misread(finance))
        yield replace(
            base,
            name=f"STC-{key}-dieu-chinh.xlsx",
            document=base.document + "-ĐC",
            filed=_clock(after + 19 * DAY, 36_000),
            figures=tuple(_corrected(finance)),
        )

    def _communes(self, index: int, key: str, first: np.datetime64) -> Iterator[ReportFile]:
        figures = self.economy.communes(index // 12, index % 12 + 1)
        owed = {o.unit: o for o in self.obligations.month(index) if o.report == "KTXH"}
        due = first + 16 * DAY
        compiled = _clock(due, 62_400)
        offices = [self.place.province.code]
        in_time = [f for f in figures if f.unit in offices or owed[f.unit].filed <= compiled]
        late = [f for f in figures if f.unit not in offices and owed[f.unit].filed > compiled]
        base = ReportFile(
            f"XA-{key}.csv",
            "BÁO CÁO TÌNH HÌNH KINH TẾ - XÃ HỘI CẤP XÃ",
            key,
            f"{60 + index % 61}/BC-VP",
            compiled,
            due,
            f"{self.place.province.code} Văn phòng UBND tỉnh",
            tuple(in_time),
        )
        yield base
        if late:
            last = max(owed[f.unit].filed for f in late).astype("M8[D]")
            yield replace(base, name=f"XA-{key}-bo-sung.csv", filed=_clock(last, 62_400), figures=tuple(late))

    def corrections(self, index: int) -> list[dict[str, object]]:
        """What the correction of a month changed: file, unit, field, before, after."""
        files = list(self.month(index))
        found: list[dict[str, object]] = []
        for corrected in [file for file in files if file.name.endswith("-dieu-chinh.xlsx")]:
            first = next(file for file in files if file.name == corrected.name.replace("-dieu-chinh", ""))
            before = {(f.unit, f.field): f.value for f in first.figures}
            for figure in corrected.figures:
                old = before[figure.unit, figure.field]
                found.append(
                    {
                        "file": corrected.name,
                        "period": figure.period,
                        "unit": figure.unit,
                        "field": figure.field,
                        "before": old,
                        "after": figure.value,
                    }
                )
        return found

    def write(self, file: ReportFile, folder: Path) -> bool:
        """Put a file into the inbox unless it is there; it appears whole."""
        path = folder / file.name
        if path.exists():
            return False
        folder.mkdir(parents=True, exist_ok=True)
        content = self._csv(file) if path.suffix == ".csv" else self._excel(file)
        aside = folder / f".{file.name}.part"
        aside.write_bytes(content)
        aside.replace(path)
        return True

    def _head(self, file: ReportFile) -> list[str]:
        filed = texts(np.array([file.filed]))[0]
        return [
            file.title,
            f"Kỳ báo cáo: {file.period}",
            f"Số văn bản: {file.document}",
            f"Ngày nộp: {filed}",
            f"Hạn nộp: {file.due}",
            f"Đơn vị báo cáo: {file.office}",
        ]

    def _cells(self, figure: Figure) -> list[Any]:
        name, unit = FILE_FIELDS[figure.field]
        return [
            figure.unit,
            self.names[figure.unit],
            figure.field,
            name,
            unit,
            figure.period,
            figure.value,
            figure.done,
            figure.plan,
            figure.quality,
        ]

    def _csv(self, file: ReportFile) -> bytes:
        lines = [*self._head(file), "", ";".join(HEADER)]
        for figure in file.figures:
            lines.append(";".join(_decimal(cell) for cell in self._cells(figure)))
        lines.append("Người lập biểu: Chuyên viên tổng hợp")
        return ("\r\n".join(lines) + "\r\n").encode("utf-8-sig")

    def _excel(self, file: ReportFile) -> bytes:
        book = Workbook(write_only=True)
        sheet = book.create_sheet("Bieu")
        for line in self._head(file):
            sheet.append([line])
        sheet.append([])
        sheet.append(list(HEADER))
        for figure in file.figures:
            sheet.append(self._cells(figure))
        sheet.append([])
        sheet.append(["Người lập biểu: Chuyên viên tổng hợp"])
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()


def _decimal(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        text = f"{cell:.4f}".rstrip("0").rstrip(".")
        return text.replace(".", ",")
    return str(cell)


def _clock(day: np.datetime64, seconds: int) -> np.datetime64:
    return day.astype("M8[s]") + np.timedelta64(seconds, "s")


def _chosen(figures: tuple[Figure, ...]) -> set[str]:
    """The province and every thirtieth commune are concerned by the yearly correction."""
    units = [figure.unit for figure in figures if figure.field == "public_investment"]
    return {units[0], *units[3::30]}


def _corrected(figures: tuple[Figure, ...]) -> list[Figure]:
    return [f for f in figures if f.field == "public_investment" and f.unit in _chosen(figures)]


def _misread(figures: tuple[Figure, ...]) -> tuple[Figure, ...]:
    """The first filing: an instalment was counted twice for the units that are corrected later."""
    wrong = {id(figure) for figure in _corrected(figures)}
    found = []
    for figure in figures:
        if id(figure) in wrong and figure.done is not None and figure.plan is not None:
            done = round(figure.done * 1.08, 2)
            figure = replace(figure, done=done, value=round(100 * done / figure.plan, 2))
        found.append(figure)
    return tuple(found)

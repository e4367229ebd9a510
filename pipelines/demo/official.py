"""The register of published figures: quoted from documents of 2024-2025, the readiness map, our own earlier years."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from pipelines.demo.chance import draw
from pipelines.demo.economy import Economy
from pipelines.demo.moment import month_first, month_index
from pipelines.demo.obligations import MERGER_MONTH
from pipelines.demo.sectors import write_rows

QUOTED = Path(__file__).with_name("official_figures.csv")
GROUPS = ("party", "council", "committee", "front")
COLOURS = ((3, "Xanh"), (2, "Vàng"), (1, "Đỏ"))
HISTORY_YEARS = (2021, 2022, 2023, 2024)
DAY = np.timedelta64(1, "D")
Row = dict[str, object]


class OfficialMaker:
    """What the office enters into the register of one province."""

    def __init__(self, economy: Economy) -> None:
        self.economy, self.place = economy, economy.place

    def write(self, folder: Path, now: np.datetime64) -> None:
        """Bring the register to what was stated by a local instant."""
        folder.mkdir(parents=True, exist_ok=True)
        today = str(now)[:10]
        quoted, own = self.quoted(), self.history()
        write_rows(folder / "so-lieu-cong-bo.csv", [row for row in quoted if str(row["ngay_biet"]) <= today])
        write_rows(folder / "lich-su-cong-bo.csv", [row for row in own if str(row["ngay_biet"]) <= today])
        quarter = month_index(now.astype("M8[D]").astype(object)) // 3 - 1
        ended = range(MERGER_MONTH // 3, quarter + 1)
        write_rows(folder / "san-sang-nq57.csv", [row for one in ended for row in self.readiness(one)])

    def quoted(self) -> list[Row]:
        """The quoted figures as they stand in the documents."""
        with QUOTED.open(encoding="utf-8", newline="") as lines:
            return [dict(row) for row in csv.DictReader(lines, delimiter=";")]

    def history(self) -> list[Row]:
        """Growth of earlier years as the statistics office published it (demonstration figures with a document)."""
        found = []
        for year in HISTORY_YEARS:
            figure = next(
                f for f in self.economy.statistics(year, 12) if f.field == "grdp_growth" and f.period == str(year)
            )
            found.append(
                self._row(
                    "reporting.grdp_growth_published",
                    self.place.province.code,
                    self.place.province.full_name,
                    str(year),
                    figure.value,
                    stated=f"{year + 1}-01-06",
                    document=f"{12 + year - 2021}/BC-TK (số minh họa)",
                    publisher="Thống kê tỉnh",
                    method="Số đã công bố theo địa giới khi đó; không tính lại",
                )
            )
        return found

    def readiness(self, quarter: int) -> list[Row]:
        """The colours of the communes by group at the end of a quarter, as the follow-up system shows them."""
        chance = draw(self.place.options, "readiness", quarter)
        colours = np.where(
            chance.random((len(self.place.communes), len(GROUPS))) < 0.86,
            0,
            chance.choice([1, 2], p=[0.8, 0.2], size=(len(self.place.communes), len(GROUPS))),
        )
        key, day = f"{quarter // 4}-Q{quarter % 4 + 1}", str(np.datetime64(month_first(quarter * 3 + 3), "D") - DAY)
        found = []
        for column, group in enumerate(GROUPS):
            for place, unit in enumerate(self.place.communes):
                value, colour = COLOURS[int(colours[place, column])]
                found.append(
                    self._row(
                        f"digital.readiness_{group}",
                        unit.code,
                        unit.full_name,
                        key,
                        float(value),
                        stated=day,
                        document=f"Bản đồ nhiệt {key} (số minh họa)",
                        publisher="Hệ thống theo dõi thực hiện nghị quyết",
                        method="Trạng thái chép lại: 3 xanh, 2 vàng, 1 đỏ; không tính lại",
                        status=colour,
                    )
                )
        return found

    def _row(
        self, code: str, unit: str, name: str, period: str, value: float, *, stated: str, document: str,
        publisher: str, method: str, status: str = "",
    ) -> Row:  # fmt: skip
        return {
            "ma_chi_tieu": code, "don_vi": unit, "ten_don_vi": name, "ky": period, "so_sanh": "=", "gia_tri": value,
            "tu_so": "", "mau_so": "", "tinh_trang": status, "tu_ngay": "", "den_ngay": stated, "ngay_biet": stated,
            "noi_cong_bo": publisher, "so_van_ban": document, "cach_tinh": method, "xep_loai": "",
        }  # fmt: skip

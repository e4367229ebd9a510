"""Files of the sectors: a CSV a year that grows by a month, the slow land file by quarter, the villages left out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from pipelines.demo.chance import draw
from pipelines.demo.digital import DigitalMaker
from pipelines.demo.moment import month_first, month_index
from pipelines.demo.obligations import MERGER_MONTH

DAY = np.timedelta64(1, "D")
MONTH_DAYS = 4  # the sectors deliver a month on its fourth day after
LAND_DAYS = (
    55  # the land register delivers a quarter so many days after: late and incomplete (the sector is known for it)
)
GAP_FROM = "2025-07-01"
Rows = list[dict[str, object]]


class SectorMaker:
    """What the sectors' offices drop into `inbox/sectors` for one province."""

    def __init__(self, digital: DigitalMaker, first_month: int) -> None:
        self.digital, self.place, self.first = digital, digital.place, max(first_month, MERGER_MONTH)
        self.villages = digital.economy.villages.astype(int)

    def released(self, now: np.datetime64) -> tuple[int, int]:
        """Up to which month the sectors, and up to which quarter the land register have delivered (exclusive)."""
        month = _month_of(now - MONTH_DAYS * DAY)
        land = _month_of(now - LAND_DAYS * DAY)
        return month, land // 3

    def write(self, folder: Path, now: np.datetime64) -> None:
        """Bring the folder to what has been delivered by a local instant; a file that would not change stays."""
        month, land = self.released(now)
        folder.mkdir(parents=True, exist_ok=True)
        for year in range(self.first // 12, (month - 1) // 12 + 1):
            span = range(max(year * 12, self.first), min(year * 12 + 12, month))
            write_rows(folder / f"LV-{year}.csv", (row for index in span for row in self.month(index)))
        first = -(-self.first // 3)
        for year in range(first // 4, (land - 1) // 4 + 1):
            quarters = range(max(year * 4, first), min(year * 4 + 4, land))
            write_rows(folder / f"DD-{year}.csv", (row for quarter in quarters for row in self.land(quarter)))
        write_rows(folder / "thon-trang.csv", self.gaps())

    def month(self, index: int) -> Rows:
        """One row a commune: what health, education, tax, justice, the Party's office and the police count."""
        place, age = self.place, index - MERGER_MONTH
        steady, chance = draw(place.options, "sector habits"), draw(place.options, "sectors", index)
        n, people, villages = len(place.communes), place.population, self.villages
        far = np.where(place.is_remote, -0.06, 0.01)
        habit = np.clip(steady.normal(0, 0.03, n), -0.09, 0.05) + far

        def part(whole: np.ndarray, centre: float, growth: float) -> np.ndarray:
            return np.minimum(np.round(whole * np.clip(centre + growth * age + habit, 0.05, 1.0)), whole).astype(int)

        adults = np.round(people * 0.69).astype(int)
        schools = np.maximum(np.round(people / 4300), 3).astype(int)
        firms = np.maximum(np.round(people * 0.0019 * steady.lognormal(0, 0.4, n)), 3).astype(int)
        teams = part(villages, 0.93, 0.004)
        records = np.round(people * 1.9).astype(int)
        members = np.maximum(np.round(people / 110), 20).astype(int)
        columns = {
            "ho_tich": records,
            "ho_tich_so_hoa": part(records, 0.955, 0.003),
            "dan_so": people,
            "so_suc_khoe": part(people, 0.86, 0.006),
            "truong_hoc": schools,
            "truong_dung_nen_tang": part(schools, 0.94, 0.003),
            "doanh_nghiep": firms,
            "dn_hoa_don_dt": part(firms, 0.97, 0.001),
            "kios": np.where(people > np.quantile(people, 0.6), 2, 1),
            "kios_chay": np.minimum(np.where(people > np.quantile(people, 0.6), 2, 1), chance.integers(0, 8, n)),
            "dang_vien": members,
            "dang_vien_du": part(members, 0.93, 0.004),
            "to_cns": teams,
            "thanh_vien_to": teams * 6 + steady.integers(0, 4, n),
            "nguoi_duoc_giup": chance.poisson(teams * 17),
            "nguoi_lon": adults,
            "co_tai_khoan": part(adults, 0.84, 0.004),
            "co_chu_ky_so": part(adults, 0.38, 0.014),
            "co_dinh_danh": part(adults, 0.87, 0.004),
            "giao_dich": chance.poisson(people * 0.4) + 1,
            "nhan_khau_lam_sach": part(people, 0.965, 0.001),
        }
        columns["gd_khong_tien_mat"] = part(columns["giao_dich"], 0.71, 0.008)
        day = str(np.datetime64(month_first(index + 1), "D") - DAY)
        return [
            {"don_vi": unit.code, "ngay": day} | {name: int(column[k]) for name, column in columns.items()}
            for k, unit in enumerate(place.communes)
        ]

    def land(self, quarter: int) -> Rows:
        """One row a commune and quarter: parcels in the land database; a tenth of the communes deliver nothing."""
        place, age = self.place, quarter - MERGER_MONTH // 3
        steady, chance = draw(place.options, "land"), draw(place.options, "land quarter", quarter)
        n = len(place.communes)
        parcels = np.round(place.population * steady.uniform(1.3, 2.4, n)).astype(int)
        done = np.round(parcels * np.clip(0.54 + 0.03 * age + steady.normal(0, 0.12, n), 0.1, 0.98)).astype(int)
        silent = chance.random(n) < 0.1
        day = str(np.datetime64(month_first(quarter * 3 + 3), "D") - DAY)
        return [
            {"don_vi": unit.code, "ngay": day, "thua_dat": int(parcels[k]), "thua_hoan_thien": int(done[k])}
            for k, unit in enumerate(place.communes)
            if not silent[k]
        ]

    def gaps(self) -> Rows:
        """The villages without grid power or mobile signal, by name (names are invented)."""
        found: Rows = []
        for row, count in self.digital.offline():
            unit = self.place.communes[row]
            for number in range(1, count + 1):
                found.append(
                    {
                        "ma_thon": f"{unit.code}-{number:02d}",
                        "ten_thon": f"Thôn {number}, {unit.full_name}",
                        "don_vi": unit.code,
                        "thieu_dien": int(number % 2 == 1),
                        "thieu_song": 1,
                        "tu_ngay": GAP_FROM,
                        "het_ngay": "",
                    }
                )
        return found


def _month_of(local: np.datetime64) -> int:
    return month_index(local.astype("M8[D]").astype(object))


def write_rows(path: Path, rows: Iterable[dict[str, object]]) -> None:
    """A CSV with `;` and UTF-8 mark, written aside and renamed; not touched when its content stands already."""
    made = list(rows)
    if not made:
        return
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(made[0]), delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(made)
    content = text.getvalue().encode("utf-8-sig")
    if path.exists() and path.read_bytes() == content:
        return
    aside = path.with_name(f".{path.name}.part")
    aside.write_bytes(content)
    aside.replace(path)

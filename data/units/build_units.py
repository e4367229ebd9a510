"""Derive the unit tables in this folder from the package `vietnamadminunits` (MIT, data of 1 July 2025).

    python data/units/build_units.py

Writes province.csv, commune.csv, legacy_commune.csv, succession.csv (UTF-8, sorted, codes as
text) beside itself. override.csv and agency_template.yaml are written by hand and never touched. The
result is deterministic: run it again after a new release of the package and read the diff.

What is decided here, because the package leaves it open or contradicts itself:
* the kind of a unit comes from its full name, not from `wardType` (four contradictions: 10543, 11848,
  31213, 31299);
* five island districts had no communes (Bạch Long Vĩ, Cồn Cỏ, Hoàng Sa, Lý Sơn, Côn Đảo): each stands in
  the legacy table as one row of type `huyện`, under the code of the special zone it became;
* areas: an area of 0 is left blank. The package found some areas by name alone, so that units of one name
  in several provinces carry one area: `override.csv` blanks the doubtful ones;
* eight points were taken from a namesake far away (`NAMESAKE_POINTS`, each more than 0.6 degrees off):
  they are replaced by the middle of the former communes of the unit.
"""

from __future__ import annotations

import csv
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean
from typing import Any

HERE = Path(__file__).parent
TYPES = ("Đặc khu", "Phường", "Xã", "Thị trấn", "Thành phố", "Thị xã", "Tỉnh", "Quận", "Huyện")
VALID_FROM = "2025-07-01"
BASIS = "QĐ 19/2025/QĐ-TTg"
NAMESAKE_POINTS = frozenset({"04714", "04924", "06757", "06967", "08296", "28615", "29983", "30130"})

Row = dict[str, Any]


def find_package_data() -> Path:
    """The data folder of the installed package (found without importing it: an import loads 50 MB)."""
    spec = find_spec("vietnamadminunits")
    if spec is None or spec.origin is None:
        raise SystemExit("vietnamadminunits is not installed: install the requirements first")
    return Path(spec.origin).parent / "data"


def read_table(folder: Path, table: str) -> list[Row]:
    with sqlite3.connect(f"file:{folder / 'dataset.db'}?mode=ro", uri=True) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f"select * from {table}")]


def split_type(full_name: str) -> tuple[str, str]:
    """'Đặc khu Lý Sơn' -> ('đặc khu', 'Lý Sơn')."""
    for kind in TYPES:
        if full_name.lower().startswith(kind.lower() + " "):
            return kind.lower(), full_name[len(kind) + 1 :]
    raise SystemExit(f"no known type at the head of {full_name!r}")


def read_succession(folder: Path, old_codes: dict[str, str], new_codes: dict[str, str]) -> list[tuple[str, str, int]]:
    """(old code, new code, is_exact) from the converter's keys."""
    converter = json.loads((folder / "converter_2025.json").read_text(encoding="utf-8"))
    rows = []
    for province, parts in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        rows += [(old_codes[old], new_codes[f"{province}_{new}"], 1) for new, olds in parts.items() for old in olds]
    for province, parts in converter["DICT_PROVINCE_WARD_DIVIDED"].items():
        for old, shares in parts.items():
            rows += [(old_codes[old], new_codes[f"{province}_{share['newWardKey']}"], 0) for share in shares]
    return sorted(rows)


def code_islands(folder: Path, legacy: list[Row], new_codes: dict[str, str]) -> None:
    """Give the five districts without communes one row each, under the code of their only successor."""
    converter = json.loads((folder / "converter_2025.json").read_text(encoding="utf-8"))
    taken = {row["wardCode"] for row in legacy}
    successor = {
        old: new_codes[f"{province}_{new}"]
        for province, parts in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].items()
        for new, olds in parts.items()
        for old in olds
        if old.endswith("_")
    }
    for row in legacy:
        if row["wardCode"] is None:
            code = successor[f"{row['provinceKey']}_{row['districtKey']}_"]
            if code in taken:
                raise SystemExit(f"code {code} for {row['district']} is taken by another former commune")
            row |= {"wardCode": code, "ward": row["district"], "wardKey": ""}
            row |= {"wardLat": row["districtLat"], "wardLon": row["districtLon"]}


def write(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def choose_point(row: Row, parents: list[Row]) -> tuple[float, float, str]:
    lon, lat = row["wardLon"], row["wardLat"]
    if row["wardCode"] not in NAMESAKE_POINTS:
        return lon, lat, "packaged"
    middle = fmean(p["wardLon"] for p in parents), fmean(p["wardLat"] for p in parents)
    return round(middle[0], 4), round(middle[1], 4), "former_communes"


def build() -> None:
    folder = find_package_data()
    communes, legacy = read_table(folder, "admin_units"), read_table(folder, "admin_units_legacy")
    new_codes = {f"{row['provinceKey']}_{row['wardKey']}": row["wardCode"] for row in communes}
    code_islands(folder, legacy, new_codes)
    old_codes = {f"{r['provinceKey']}_{r['districtKey']}_{r['wardKey']}": r["wardCode"] for r in legacy}
    succession = read_succession(folder, old_codes, new_codes)

    by_old = {row["wardCode"]: row for row in legacy}
    parents: dict[str, list[Row]] = defaultdict(list)
    for old, new, _ in succession:
        parents[new].append(by_old[old])

    provinces = {row["provinceCode"]: row for row in communes}
    write(
        "province.csv",
        ["code", "type", "name", "lon", "lat", "valid_from"],
        ([code, *split_type(row["province"]), row["provinceLon"], row["provinceLat"], VALID_FROM]
         for code, row in sorted(provinces.items())),
    )  # fmt: skip
    rows = []
    for row in sorted(communes, key=lambda r: r["wardCode"]):
        lon, lat, point = choose_point(row, parents[row["wardCode"]])
        area = row["wardAreaKm2"] or ""
        rows.append(
            [
                row["wardCode"],
                *split_type(row["ward"]),
                row["provinceCode"],
                lon,
                lat,
                point,
                area,
                VALID_FROM,
            ]
        )
    header = ["code", "type", "name", "province_code", "lon", "lat", "point_basis", "area_km2", "valid_from"]
    write("commune.csv", header, rows)
    write(
        "legacy_commune.csv",
        ["code", "type", "name", "district_code", "district_type", "district", "province_code", "province"],
        ([code, *split_type(r["ward"]), r["districtCode"], *split_type(r["district"]),
          r["provinceCode"], split_type(r["province"])[1]]
         for code, r in sorted(by_old.items())),
    )  # fmt: skip
    write(
        "succession.csv",
        ["old_code", "new_code", "weight", "is_exact", "basis", "valid_from"],
        ([old, new, 1 if exact else "", exact, BASIS, VALID_FROM] for old, new, exact in succession),
    )


if __name__ == "__main__":
    build()

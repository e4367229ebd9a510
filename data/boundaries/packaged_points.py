"""Read the packaged points of old and new communes and weed out misplaced ones.

Input is the data folder of the PyPI package ``vietnamadminunits`` (MIT): ``dataset.db`` holds a point and a
bounding box for each of the 10,040 communes of before 1 July 2025 and a point and a published area for each
of the 3,321 present ones; ``converter_2025.json`` says which old commune went into which new one.

Coordinates are handled in kilometres of an equal-area projection centred on the country, so that areas can
be compared with published ones.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from pyproj import Transformer

EQUAL_AREA = "+proj=laea +lat_0=16 +lon_0=106.5 +datum=WGS84 +units=km"
TO_KM = Transformer.from_crs("OGC:CRS84", EQUAL_AREA, always_xy=True)
TO_DEGREES = Transformer.from_crs(EQUAL_AREA, "OGC:CRS84", always_xy=True)

HOANG_SA, TRUONG_SA = "20333", "22736"
KM_PER_DEGREE = 111.2


@dataclass(slots=True)
class Points:
    """Old and new communes as points, in kilometres.

    ``old`` is indexed by old commune code: x, y, half_width, half_height (km) of good points only.
    ``new`` is indexed by commune code: province, name, x, y, area_km2 (NaN where the package has none),
    is_point_good. ``heirs`` maps an old code to the new communes that took it over, in code order.
    """

    old: pd.DataFrame
    new: pd.DataFrame
    heirs: dict[str, tuple[str, ...]]
    dropped: list[str] = field(default_factory=list)


def read_points(package_data: Path) -> Points:
    """Read the package and keep the points that agree with their surroundings.

    Raises FileNotFoundError when the folder is not the package's data folder, ValueError when a key of the
    converter has no unit.
    """
    database = package_data / "dataset.db"
    if not database.exists():
        raise FileNotFoundError(f"{database}: expected the data folder of the package vietnamadminunits")
    with sqlite3.connect(database) as connection:
        old = pd.read_sql("select * from admin_units_legacy", connection)
        new = pd.read_sql("select * from admin_units", connection)
    heirs = _read_heirs(package_data / "converter_2025.json", old, new)
    new = _place_new(new)
    old = _place_old(old[old.wardCode.notna()])
    old["new_code"] = [heirs[code][0] if len(heirs[code]) == 1 else "" for code in old.index]
    dropped = _find_misplaced(old, new)
    good = old.drop(index=dropped)
    _judge_new_points(good, new)
    vague = _find_vague(good, new)
    dropped, good = [*dropped, *vague], good.drop(index=vague)
    return Points(old=good, new=new, heirs=heirs, dropped=sorted(dropped))


def _read_heirs(path: Path, old: pd.DataFrame, new: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Translate the converter's name keys into codes: old code -> new codes."""
    converter = json.loads(path.read_text(encoding="utf-8"))
    new_code = {(r.provinceKey, r.wardKey): r.wardCode for r in new.itertuples()}
    old_code = {
        f"{r.provinceKey}_{r.districtKey}_{r.wardKey}": r.wardCode for r in old[old.wardCode.notna()].itertuples()
    }
    found: dict[str, set[str]] = {}
    for province, wards in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for ward, keys in wards.items():
            for key in keys:
                if key.endswith("_"):  # five island districts had no commune of their own
                    continue
                found.setdefault(old_code[key], set()).add(new_code[province, ward])
    for province, wards in converter["DICT_PROVINCE_WARD_DIVIDED"].items():
        for key, parts in wards.items():
            codes = {new_code[province, part["newWardKey"]] for part in parts}
            found.setdefault(old_code[key], set()).update(codes)
    return {code: tuple(sorted(codes)) for code, codes in sorted(found.items())}


def _place_new(new: pd.DataFrame) -> pd.DataFrame:
    x, y = TO_KM.transform(new.wardLon.to_numpy(), new.wardLat.to_numpy())
    area = new.wardAreaKm2.astype(float).where(new.wardAreaKm2.astype(float) > 0.1)
    frame = pd.DataFrame(
        {
            "province": new.provinceCode,
            "name": new.ward,
            "x": x,
            "y": y,
            "area_km2": area,
            "is_point_good": True,
        }
    )
    return frame.set_index(new.wardCode.rename("code")).sort_index()


def _place_old(old: pd.DataFrame) -> pd.DataFrame:
    """Old communes in km. Half axes come from the geocoder's box; NaN where the box is not the commune's."""
    box = old.wardBounds.str.extract(r"(.*),(.*) – (.*),(.*)").astype(float)
    box.columns = pd.Index(["south", "west", "north", "east"])
    x, y = TO_KM.transform(old.wardLon.to_numpy(), old.wardLat.to_numpy())
    mid_x, mid_y = TO_KM.transform(((box.west + box.east) / 2).to_numpy(), ((box.south + box.north) / 2).to_numpy())
    half_width = (box.east - box.west) * KM_PER_DEGREE * np.cos(np.radians(old.wardLat)) / 2
    half_height = (box.north - box.south) * KM_PER_DEGREE / 2
    # A box shared by several communes is a district's or a province's; a box of 0.30 km is an address.
    is_own = ~box.duplicated(keep=False) & (np.minimum(half_width, half_height) > 0.16)
    is_own &= (np.maximum(half_width, half_height) < 25) & (half_width / half_height).between(0.2, 5)
    is_own &= (np.abs(mid_x - x) < half_width) & (np.abs(mid_y - y) < half_height)
    frame = pd.DataFrame(
        {
            "x": np.where(is_own, mid_x, x),
            "y": np.where(is_own, mid_y, y),
            "half_width": half_width.where(is_own),
            "half_height": half_height.where(is_own),
            "district": old.districtCode,
            "is_shared": old.duplicated(["wardLat", "wardLon"], keep=False),
        }
    )
    return frame.set_index(old.wardCode.rename("code")).sort_index()


def _find_misplaced(old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    """Codes of old points that lie far from both their old district and their new commune.

    Geocoders confuse communes of the same name, so a point is kept only when it is near the middle of its
    old district, or near its siblings in the new commune.
    """
    middle = old.groupby("district")[["x", "y"]].transform("median")
    far = np.hypot(old.x - middle.x, old.y - middle.y)
    usual = far.groupby(old.district).transform("median").clip(lower=2.0)
    is_far = far > 4 * usual + 6
    # A point of several communes at once is the district's or the province's, not theirs.
    return list(old.index[is_far | old.is_shared])


def _judge_new_points(old: pd.DataFrame, new: pd.DataFrame) -> None:
    """Mark new points that lie far from every old commune they are made of."""
    groups = {code: part for code, part in old.groupby("new_code") if code}
    for code, row in new.iterrows():
        parts = groups.get(str(code))
        if parts is None:
            continue
        reach = 1.5 * np.sqrt(row.area_km2) + 3 if row.area_km2 == row.area_km2 else 12.0
        nearest = np.hypot(parts.x - row.x, parts.y - row.y).min()
        if nearest > reach:
            new.loc[code, "is_point_good"] = False


def _find_vague(old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    """Old points without their own box (an address, a road) towards the rim of the new commune."""
    target = new.reindex(old.new_code)
    away = np.hypot(old.x - target.x.to_numpy(), old.y - target.y.to_numpy())
    is_rim = away > 0.5 * np.sqrt(target.area_km2.to_numpy()) + 1
    is_trusted = target.is_point_good.eq(True).to_numpy()
    return list(old.index[old.half_width.isna() & is_rim & is_trusted])

"""Reads the shipped tables of data/units: one place that knows their files and columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from ioc.errors import StorageError
from ioc.unit.model import AdminUnit, Succession
from ioc.words.letters import fold

FOLDER = Path(__file__).resolve().parents[2] / "data" / "units"
_TYPE_EN = {
    "tỉnh": "Province", "thành phố": "City", "xã": "Commune", "phường": "Ward", "đặc khu": "Special Zone",
    "quận": "District", "huyện": "District", "thị xã": "Town",
}  # fmt: skip
_SHORT_TYPES = {"x": "xã", "p": "phường", "đk": "đặc khu"}
_SHORT_TYPE = re.compile(r"\s*(x|p|đk)\.\s*(?=\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TypeChange:
    """A unit that got another type on a day, with the act that ordered it."""

    code: str
    unit_type: str
    valid_from: date
    legal_basis: str


@dataclass(frozen=True, slots=True)
class District:
    """A district of before 1 July 2025, with the province it stood in then."""

    code: str
    unit_type: str  # huyện, quận, thị xã, thành phố
    name: str
    province_code: str
    province: str  # without its type: Kon Tum


def spell_type(name: str) -> str:
    """The type written out where an office shortens it with a point: 'X. Sơn Hà' is 'Xã Sơn Hà'; other names as they
    are."""
    found = _SHORT_TYPE.match(name)
    return f"{_SHORT_TYPES[found[1].lower()]} {name[found.end() :]}" if found else name


def name_in_full(unit_type: str, name: str) -> str:
    """'xã', 'Sơn Hà' -> 'Xã Sơn Hà'."""
    return f"{unit_type[0].upper()}{unit_type[1:]} {name}"


def name_in_english(unit_type: str, name: str) -> str:
    """'phường', 'Ba Đình' -> 'Ba Dinh Ward'."""
    folded = " ".join(word[0].upper() + word[1:] for word in fold(name).split())
    return f"{folded} {_TYPE_EN[unit_type]}"


def with_type(unit: AdminUnit, unit_type: str) -> AdminUnit:
    """The same unit under another type: its full names follow."""
    full, english = name_in_full(unit_type, unit.name), name_in_english(unit_type, unit.name)
    return replace(unit, unit_type=unit_type, full_name=full, name_en=english)


@lru_cache(maxsize=1)
def read_units() -> dict[str, AdminUnit]:
    """The 34 provinces and 3,321 communes as they were made on 1 July 2025, corrected but before later
    changes.
    """
    overrides = [row for row in _rows("override.csv") if row["field"] != "type"]
    blank = {row["code"] for row in overrides if row["field"] == "area_km2" and not row["value"]}
    alias: dict[str, list[str]] = {}
    for row in overrides:
        if row["field"] == "alias":
            alias.setdefault(row["code"], []).append(row["value"])
    units: dict[str, AdminUnit] = {}
    for file, kind in (("province.csv", "province"), ("commune.csv", "commune")):
        for row in _rows(file):
            code, area, unit_type, name = row["code"], row.get("area_km2", ""), row["type"], row["name"]
            units[code] = AdminUnit(
                code=code, kind=kind, unit_type=unit_type, name=name,
                full_name=name_in_full(unit_type, name), name_en=name_in_english(unit_type, name),
                parent_code=row.get("province_code", "VN"), commune_code=code if kind == "commune" else None,
                valid_from=date.fromisoformat(row["valid_from"]), valid_to=None,
                lon=float(row["lon"]), lat=float(row["lat"]),
                area_km2=float(area) if area and code not in blank else None,
                is_invented=False, former_codes=tuple(alias.get(code, ())),
            )  # fmt: skip
    return units


@lru_cache(maxsize=1)
def read_type_changes() -> tuple[TypeChange, ...]:
    """Changes of type since 1 July 2025, oldest first."""
    changes = [
        TypeChange(row["code"], row["value"], date.fromisoformat(row["valid_from"]), row["legal_basis"])
        for row in _rows("override.csv")
        if row["field"] == "type"
    ]
    return tuple(sorted(changes, key=lambda change: (change.valid_from, change.code)))


@lru_cache(maxsize=1)
def read_succession() -> dict[str, tuple[Succession, ...]]:
    """Former commune code -> the communes it went into."""
    found: dict[str, list[Succession]] = {}
    for row in _rows("succession.csv"):
        weight = float(row["weight"]) if row["weight"] else None
        step = Succession(row["new_code"], weight, row["is_exact"] == "1", row["basis"])
        found.setdefault(row["old_code"], []).append(step)
    return {code: tuple(steps) for code, steps in found.items()}


@lru_cache(maxsize=1)
def read_legacy_names() -> dict[str, str]:
    """Former commune code -> its full name and district, for messages."""
    rows = _rows("legacy_commune.csv")
    return {
        row["code"]: f"{name_in_full(row['type'], row['name'])}, {row['district_type']} {row['district']}"
        for row in rows
    }


@lru_cache(maxsize=64)
def read_districts(province_code: str) -> tuple[District, ...]:
    """The former districts whose communes went into this province, in the order of old province, then
    code.
    """
    units, succession = read_units(), read_succession()
    found: dict[str, District] = {}
    for row in _rows("legacy_commune.csv"):
        if any(units[step.new_code].parent_code == province_code for step in succession[row["code"]]):
            district = District(
                row["district_code"],
                row["district_type"],
                row["district"],
                row["province_code"],
                row["province"],
            )
            found.setdefault(district.code, district)
    return tuple(sorted(found.values(), key=lambda d: (d.province_code, d.code)))


def _rows(file: str) -> Iterator[dict[str, str]]:
    path = FOLDER / file
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines)
    except OSError as error:
        remedy = "restore data/units from the release, or run data/units/build_units.py"
        raise StorageError(f"unit table {path} cannot be read: {error.strerror}", remedy=remedy) from error

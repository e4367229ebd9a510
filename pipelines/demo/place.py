"""The province a demo plays in: real units and agencies, with invented sizes."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np

from ioc.unit import AdminUnit, UnitRegistry
from ioc.unit.tables import FOLDER, read_districts, read_succession, read_units
from ioc.words.letters import fold
from pipelines.demo.chance import draw
from pipelines.demo.options import DemoOptions

MERGER = date(2025, 7, 1)
MEAN_POPULATION = 22_500  # persons a commune, a round figure near the national mean without the large cities


@dataclass(frozen=True, slots=True)
class OldCommune:
    """A commune of before 1 July 2025: its code, its agency's code, its district's agency, where it went."""

    code: str
    name: str
    agency: str
    district_agency: str
    successors: tuple[int, ...]  # positions in `Place.communes`


class Place:
    """Units, agencies and sizes of one province; the same for the same options."""

    def __init__(self, options: DemoOptions) -> None:
        self.options = options
        self.registry = UnitRegistry.load(options.province)
        self.province: AdminUnit = self.registry.province
        self.communes: list[AdminUnit] = sorted(self.registry.communes(), key=lambda unit: unit.code)
        self.departments: list[AdminUnit] = self.registry.departments()
        agencies = self.registry.agencies()
        by_commune = {unit.commune_code: unit for unit in agencies if unit.kind == "commune_agency"}
        self.commune_agencies: list[AdminUnit] = [by_commune[unit.code] for unit in self.communes]
        self.districts: list[AdminUnit] = [unit for unit in agencies if unit.kind == "district_agency"]
        self.prefix = site_prefix(self.province.name)

    @cached_property
    def population(self) -> np.ndarray:
        """Invented persons per commune in 2025, shape (communes,): wards dense, wide highland communes thin."""
        chance = draw(self.options, "population")
        area = np.array([unit.area_km2 or 60.0 for unit in self.communes])
        is_ward = np.array([unit.unit_type == "phường" for unit in self.communes])
        base = np.where(is_ward, 2.2, np.clip((90.0 / np.maximum(area, 8.0)) ** 0.55, 0.22, 1.6))
        size = base * chance.lognormal(0.0, 0.22, len(self.communes))
        return np.round(size / size.mean() * MEAN_POPULATION).astype(np.int64)

    @cached_property
    def demand(self) -> np.ndarray:
        """Share of commune dossiers by commune, shape (communes,), sums to 1."""
        chance = draw(self.options, "demand")
        is_ward = np.array([unit.unit_type == "phường" for unit in self.communes])
        weight = self.population * np.where(is_ward, 1.5, 1.0) * chance.lognormal(0.0, 0.18, len(self.communes))
        return weight / weight.sum()

    @cached_property
    def is_remote(self) -> np.ndarray:
        """Communes of the thin third: fewer online filings, fewer devices."""
        return self.population < np.quantile(self.population, 0.33)

    def write_terrain(self, path: Path) -> None:
        """The demo administrator's list of terrain, as `home/terrain.csv` wants it; a list that stands is kept."""
        if path.exists():
            return
        with path.open("w", encoding="utf-8", newline="") as lines:
            rows = csv.writer(lines)
            rows.writerow(["unit_code", "terrain"])
            for unit, remote in zip(self.communes, self.is_remote, strict=True):
                island = unit.unit_type == "đặc khu"
                rows.writerow([unit.code, "island" if island else "mountain" if remote else "plain"])

    @cached_property
    def old_communes(self) -> list[OldCommune]:
        """The communes of before 1 July 2025 that became part of this province, by code."""
        position = {unit.code: index for index, unit in enumerate(self.communes)}
        districts = read_districts(self.province.code)
        agency_of = {d.code: unit.code for d, unit in zip(districts, self.districts, strict=True)}
        serial: dict[str, int] = {}
        found = []
        with (FOLDER / "legacy_commune.csv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                steps = read_succession().get(row["code"], ())
                successors = tuple(position[step.new_code] for step in steps if step.new_code in position)
                if not successors or row["district_code"] not in agency_of:
                    continue
                district = agency_of[row["district_code"]]
                serial[district] = number = serial.get(district, 0) + 1
                agency = f"000.{number:02d}.{district[7:]}"
                found.append(OldCommune(row["code"], row["name"], agency, district, successors))
        return found

    @cached_property
    def old_demand(self) -> np.ndarray:
        """Share of old-commune dossiers by old commune: the new commune's share split over its parts."""
        parts = np.zeros(len(self.communes))
        for old in self.old_communes:
            parts[old.successors[0]] += 1
        return_weights = np.array([self.demand[o.successors[0]] / parts[o.successors[0]] for o in self.old_communes])
        return return_weights / return_weights.sum()

    @property
    def size(self) -> float:
        """Dossier volume against the default province: by number of communes."""
        return len(self.communes) / 96


def site_prefix(name: str) -> str:
    """Three letters for traffic sites: Quảng Ngãi -> QNG, Lâm Đồng -> LDO, Huế -> HUE."""
    words = fold(name).upper().replace("-", " ").split()
    return (words[0][:1] + words[-1][:2]) if len(words) > 1 else words[0][:3]


def is_known_province(code: str) -> bool:
    """Whether a two-digit code names one of the 34 provinces."""
    unit = read_units().get(code)
    return unit is not None and unit.kind == "province"

"""Who may fairly be compared with whom: peers by kind, terrain and size, or the nearest by Gower (METHODS 2.9)."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from ioc.errors import ConfigError

LEAST = 8  # a group with fewer units is merged into the next coarser one
Terrain = Literal["plain", "mountain", "island"]


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of a unit besides its results; None where nobody has said."""

    unit: str
    kind: str  # xã | phường | đặc khu
    terrain: str = ""  # plain | mountain | island, '' unknown
    population: float | None = None  # persons
    area: float | None = None  # km2
    poverty: float | None = None  # percent
    dossiers: float | None = None  # received in the last year known

    @property
    def density(self) -> float | None:
        """Persons per km2."""
        return self.population / self.area if self.population and self.area else None

    @property
    def dossiers_per_head(self) -> float | None:
        """Dossiers per inhabitant."""
        return self.dossiers / self.population if self.dossiers is not None and self.population else None


@dataclass(frozen=True, slots=True)
class Peers:
    """The peers of a unit, itself included, and how they were chosen: the shared properties, or `nearest`."""

    group: str
    units: tuple[str, ...]


def read_terrain(path: Path) -> dict[str, str]:
    """The administrator's list `unit_code,terrain`; an absent file is an empty list. Raises ConfigError."""
    if not path.exists():
        return {}
    found: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        if rows.fieldnames is None or not {"unit_code", "terrain"} <= set(rows.fieldnames):
            raise ConfigError(
                str(path), 1, "the terrain list needs the columns unit_code and terrain", remedy="add them"
            )
        for row in rows:
            terrain = (row["terrain"] or "").strip()
            if terrain not in get_args(Terrain):
                raise ConfigError(
                    str(path), rows.line_num, f"unknown terrain {terrain!r}",
                    remedy=f"write one of {', '.join(get_args(Terrain))}",
                )  # fmt: skip
            found[(row["unit_code"] or "").strip()] = terrain
    return found


def choose_peers(places: Sequence[Place]) -> dict[str, Peers]:
    """Peers of every unit: the finest of kind x terrain x population third, kind x terrain, kind with 8 units.

    A unit whose kind itself is too small (a special zone) gets the 8 nearest units by Gower distance.
    """
    thirds = population_thirds(places)
    levels: list[dict[str, tuple[str, ...]]] = [
        {place.unit: (place.kind, place.terrain, thirds[place.unit]) for place in places},
        {place.unit: (place.kind, place.terrain) for place in places},
        {place.unit: (place.kind,) for place in places},
    ]
    found: dict[str, Peers] = {}
    for level in levels:
        members: dict[tuple[str, ...], list[str]] = {}
        for place in places:
            members.setdefault(level[place.unit], []).append(place.unit)
        for key, units in members.items():
            if len(units) >= LEAST:
                for unit in units:
                    found.setdefault(unit, Peers("|".join(key), tuple(units)))
    for place in places:
        if place.unit not in found:
            near = nearest(place, places)
            found[place.unit] = Peers("nearest", (place.unit, *near))
    return found


def population_thirds(places: Sequence[Place]) -> dict[str, str]:
    """'1' smallest to '3' largest third of the known populations; '' unknown."""
    known = np.array([place.population for place in places if place.population is not None])
    if not len(known):
        return {place.unit: "" for place in places}
    low, high = np.quantile(known, [1 / 3, 2 / 3])
    thirds = {}
    for place in places:
        size = place.population
        thirds[place.unit] = "" if size is None else str(1 + int(size > low) + int(size > high))
    return thirds


def nearest(place: Place, places: Sequence[Place], count: int = LEAST) -> list[str]:
    """The units closest by Gower distance on population, density, poverty, terrain and dossiers per head."""
    spans = {name: span([getattr(one, name) for one in places]) for name in _NUMBERS}
    ranked = sorted((gower(place, one, spans), one.unit) for one in places if one.unit != place.unit)
    return [unit for _, unit in ranked[:count]]


_NUMBERS = ("population", "density", "poverty", "dossiers_per_head")


def span(values: Sequence[float | None]) -> float:
    """Range of the known values."""
    known = [value for value in values if value is not None]
    return max(known) - min(known) if known else 0.0


def gower(a: Place, b: Place, spans: Mapping[str, float]) -> float:
    """Mean over what both are known for: |difference| over the range for numbers, 0 or 1 for terrain.

    Two units that share no known property are as far apart as can be.
    """
    parts = []
    for name in _NUMBERS:
        x, y = getattr(a, name), getattr(b, name)
        if x is not None and y is not None and spans[name] > 0:
            parts.append(abs(x - y) / spans[name])
    if a.terrain and b.terrain:
        parts.append(float(a.terrain != b.terrain))
    return math.fsum(parts) / len(parts) if parts else 1.0

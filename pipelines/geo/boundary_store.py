"""Where boundaries lie: the shipped schematic ones, and the imported ones of a home, which come first."""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping, shape

from ioc.errors import StorageError

SCHEMATIC = Path(__file__).resolve().parents[2] / "data" / "boundaries" / "schematic"
LEVELS = ("commune", "province", "nation")  # from the finest to the coarsest


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Commune shapes (WGS84 degrees) in code order, with what is known about them."""

    codes: tuple[str, ...]
    shapes: np.ndarray
    metadata: dict[str, Any]

    @property
    def is_schematic(self) -> bool:
        return bool(self.metadata["is_schematic"])


def province_codes() -> list[str]:
    """The 34 provinces that have shipped boundaries."""
    return sorted(path.name[:2] for path in SCHEMATIC.glob("[0-9][0-9].json.gz"))


def load_schematic(province_code: str) -> Boundaries:
    """The shipped schematic shapes of a province. Raises StorageError when the province has none."""
    path = SCHEMATIC / f"{province_code}.json.gz"
    if not path.exists():
        known = ", ".join(province_codes())
        raise StorageError(f"no boundaries for province {province_code!r}", remedy=f"use one of {known}")
    return _read_collection(json.loads(gzip.decompress(path.read_bytes())))


def load_province_outlines() -> Boundaries:
    """The shipped outlines of the 34 provinces, by province code."""
    return _read_collection(json.loads(gzip.decompress((SCHEMATIC / "provinces.json.gz").read_bytes())))


def load_boundaries(home: Path, province_code: str, *, level: str = "commune") -> Boundaries:
    """Imported boundaries when the home has them, else the schematic ones.

    Raises StorageError when the imported file is damaged.
    """
    path = imported_path(home, province_code)
    if not path.exists():
        return load_schematic(province_code)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return _read_collection(document["levels"][level] | {"metadata": document["metadata"]})
    except (json.JSONDecodeError, KeyError, UnicodeDecodeError) as error:
        raise StorageError(
            f"{path}: the imported boundaries are damaged ({type(error).__name__})",
            remedy="import the boundary file again, or delete this file to return to the schematic shapes",
        ) from error


def imported_path(home: Path, province_code: str) -> Path:
    """The file that holds a province's imported boundaries."""
    return home / "boundaries" / f"{province_code}.json"


def save_imported(
    home: Path, province_code: str, codes: list[str], levels: dict[str, np.ndarray], metadata: dict[str, Any]
) -> Path:
    """Replace a province's boundaries at once: all levels and their provenance are one file."""
    document = {
        "metadata": metadata,
        "levels": {level: collect_features(codes, shapes) for level, shapes in levels.items()},
    }
    return write_whole(imported_path(home, province_code), json.dumps(document, separators=(",", ":")).encode())


def collect_features(codes: list[str] | tuple[str, ...], shapes: np.ndarray) -> dict[str, Any]:
    """GeoJSON FeatureCollection; the feature id is the code."""
    features = [
        {"type": "Feature", "id": code, "properties": {"code": code}, "geometry": mapping(one)}
        for code, one in zip(codes, shapes, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file so that a reader sees the old one or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    with draft.open("wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
    draft.replace(path)
    return path


def _read_collection(document: dict[str, Any]) -> Boundaries:
    features = sorted(document["features"], key=lambda feature: str(feature["id"]))
    shapes = np.array([shape(feature["geometry"]) for feature in features], dtype=object)
    return Boundaries(tuple(str(feature["id"]) for feature in features), shapely.force_2d(shapes), document["metadata"])

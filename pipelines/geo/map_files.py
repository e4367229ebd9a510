"""The geometry a browser draws: small files named by their content, and one list of what they are."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from pipelines.geo.boundary_store import (
    Boundaries,
    collect_features,
    load_boundaries,
    load_province_outlines,
    load_schematic,
    province_codes,
    write_whole,
)
from pipelines.geo.map_frame import find_label_points, frame_nation, frame_province
from pipelines.geo.shape_cleaning import orient_clockwise, round_shapes, simplify_to

DECIMALS = 4
NATION_VERTICES = 8.0
NATION_OUTLINE_VERTICES = 160.0
META_NAME = "meta.json"


@dataclass(frozen=True, slots=True)
class MapFiles:
    """Paths of the written files; ``meta`` is the parsed content of ``meta.json``."""

    communes: Path
    outline: Path
    nation_provinces: Path
    nation_communes: Path
    meta_path: Path
    meta: dict[str, Any]


def build_map_files(home: Path, province_code: str, out_dir: Path) -> MapFiles:
    """Write the web geometry of a province and of the country into ``out_dir``.

    Files are GeoJSON FeatureCollections in WGS84 with the unit code as feature id and clockwise outer rings.
    Their names carry the first 12 digits of their sha256, so that they may be cached for ever. ``meta.json``
    is written last and names them, with frames, insets, label points, and whether the shapes are schematic.
    Files that an earlier meta.json named stay, since a page may still be showing them.
    """
    own = load_boundaries(home, province_code, level="province")
    shapes = round_shapes(own.shapes, decimals=DECIMALS, fallback=own.shapes)
    outline = _draw_outline(shapes)
    nation, nation_is_schematic = _gather_nation(home, province_code)
    provinces = load_province_outlines()
    nation_shapes = simplify_to(provinces.shapes, NATION_OUTLINE_VERTICES, decimals=DECIMALS)
    communes_path = _write_hashed(out_dir, province_code, own.codes, shapes)
    outline_path = _write_hashed(out_dir, f"{province_code}-outline", (province_code,), np.array([outline]))
    nation_provinces = _write_hashed(out_dir, "nation-provinces", provinces.codes, nation_shapes)
    nation_communes = _write_hashed(out_dir, "nation-communes", nation.codes, nation.shapes)
    meta = {
        "province": {
            "code": province_code,
            "communes": communes_path.name,
            "outline": outline_path.name,
            **_credit(own),
            **frame_province(own.codes, shapes),
            "label_points": find_label_points(own.codes, shapes),
        },
        "nation": {
            "provinces": nation_provinces.name,
            "communes": nation_communes.name,
            **_credit(provinces),
            "is_schematic": nation_is_schematic,
            **frame_nation(nation.codes, nation.shapes),
            "label_points": find_label_points(provinces.codes, nation_shapes),
        },
    }
    meta_path = write_whole(out_dir / META_NAME, json.dumps(meta, ensure_ascii=False, separators=(",", ":")).encode())
    return MapFiles(communes_path, outline_path, nation_provinces, nation_communes, meta_path, meta)


def _gather_nation(home: Path, province_code: str) -> tuple[Boundaries, bool]:
    """All communes coarsely: schematic ones simplified together, the home's own province as imported."""
    parts = [load_schematic(code) for code in province_codes()]
    codes = np.array([code for part in parts for code in part.codes])
    shapes = simplify_to(np.concatenate([part.shapes for part in parts]), NATION_VERTICES, decimals=DECIMALS)
    placed = dict(zip(codes.tolist(), shapes, strict=True))
    own = load_boundaries(home, province_code, level="nation")
    if not own.is_schematic:
        placed |= dict(zip(own.codes, own.shapes, strict=True))
    ordered = sorted(placed)
    # Other provinces stay schematic, so the country's map is marked as such.
    return Boundaries(tuple(ordered), np.array([placed[code] for code in ordered]), parts[0].metadata), True


def _draw_outline(shapes: np.ndarray) -> shapely.Geometry:
    """The province without its inner borders; pin holes left by rounding are closed."""
    merged = shapely.union_all(shapes)
    solid = [shapely.Polygon(part.exterior) for part in shapely.get_parts(merged)]
    return orient_clockwise(shapely.union_all(solid))


def _credit(boundaries: Boundaries) -> dict[str, Any]:
    return {
        "is_schematic": boundaries.is_schematic,
        "attribution": boundaries.metadata.get("attribution", ""),
        "source": boundaries.metadata.get("source", ""),
    }


def _write_hashed(folder: Path, stem: str, codes: tuple[str, ...], shapes: np.ndarray) -> Path:
    content = json.dumps(collect_features(codes, shapes), separators=(",", ":")).encode()
    path = folder / f"{stem}-{hashlib.sha256(content).hexdigest()[:12]}.json"
    return path if path.exists() else write_whole(path, content)

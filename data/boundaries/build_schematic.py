"""Build the schematic boundaries of the 3,321 communes and 34 provinces (see docs/boundaries.md).

    python data/boundaries/build_schematic.py --outline countries-10m.json [--units FOLDER] [--out FOLDER]

``--outline`` is ``package/countries-10m.json`` of the npm package world-atlas 2.0.2 (``npm pack``);
``--units`` is the data folder of the PyPI package vietnamadminunits (default: the installed one). Nothing is
fetched. The same inputs give the same files, byte for byte.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from cells import gather_claims, judge_seeds, scatter_seeds
from coast import read_land
from islands import draw_islands, extend_land, find_anchors
from packaged_points import TO_KM, Points, read_points
from scipy.spatial import cKDTree
from shapes import (
    dissolve,
    drop_crumbs,
    join_fragments,
    orient_clockwise,
    simplify,
    smooth_owners,
    to_degrees,
    triangulate,
)

SEEDS_PER_CLAIM = 24
GRID_KM = 1.5
SMOOTH_ROUNDS = 3
CRUMB_KM2 = 2.0
OUTLINE_DEGREES = 0.01
META: dict[str, Any] = {
    "is_schematic": True,
    "source": "old and new commune points of vietnamadminunits 1.0.4; "
    "coast of Natural Earth 1:10m 4.1 (world-atlas 2.0.2)",
    "licence": "points: MIT, (c) 2025 Tran Ngoc Minh Hieu; coast: public domain",
    "attribution": "vietnamadminunits (MIT), Natural Earth",
    "as_on": "2025-07-01",
    "crs": "OGC:CRS84",
}


def build(points: Points, land: shapely.Geometry) -> dict[str, shapely.Geometry]:
    """Shape of every commune in degrees, by code."""
    anchors = find_anchors(points)
    land = extend_land(land, points, anchors)
    islands = draw_islands(land, points, anchors)
    codes = [str(code) for code in points.new.index if code not in islands]
    claims = gather_claims(points, codes)
    seeds = scatter_seeds(claims, land, per_claim=SEEDS_PER_CLAIM, grid_km=GRID_KM)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=land, ordered=True))
    shapely.prepare(land)
    at_coast = ~shapely.contains_properly(land, cells)
    cells[at_coast] = shapely.intersection(cells[at_coast], land)
    areas = shapely.area(cells)
    new = points.new.loc[codes]
    owner = judge_seeds(seeds, areas, claims, new.area_km2.to_numpy(), anchors.loc[codes].to_numpy())
    edges = triangulate(seeds, longest_km=4 * GRID_KM)
    owner = smooth_owners(owner, edges, rounds=SMOOTH_ROUNDS)
    anchor_seed = cKDTree(seeds).query(anchors.loc[codes].to_numpy())[1]
    owner = join_fragments(areas, owner, edges, anchor_seed)
    shapes = simplify(drop_crumbs(dissolve(cells, owner, len(codes)), least_km2=CRUMB_KM2))
    placed = dict(zip(codes, shapes, strict=True))
    for code, island in islands.items():
        placed[code] = island
    empty = sorted(code for code, shape in placed.items() if shape.is_empty)
    if empty:
        raise ValueError(f"no ground left for {', '.join(empty)}: check the points of these communes")
    ordered = sorted(placed)
    return dict(zip(ordered, to_degrees(np.array([placed[code] for code in ordered])), strict=True))


def write(folder: Path, shapes: dict[str, shapely.Geometry], province_of: dict[str, str]) -> None:
    """One gzipped file for each province and one with the outlines of all provinces."""
    folder.mkdir(parents=True, exist_ok=True)
    outlines = {}
    for province in sorted(set(province_of.values())):
        members = {code: shape for code, shape in shapes.items() if province_of[code] == province}
        _write_collection(folder / f"{province}.json.gz", members, META | {"province_code": province})
        merged = shapely.union_all(list(members.values()), grid_size=10**-4)
        parts = [shapely.Polygon(part.exterior) for part in shapely.get_parts(merged)]
        outlines[province] = shapely.MultiPolygon(parts)
    simple = shapely.coverage_simplify(np.array(list(outlines.values())), OUTLINE_DEGREES)
    rounded = [orient_clockwise(shapely.set_precision(shape, 10**-4)) for shape in simple]
    _write_collection(folder / "provinces.json.gz", dict(zip(outlines, rounded, strict=True)), META)


def _write_collection(path: Path, shapes: dict[str, shapely.Geometry], meta: dict[str, Any]) -> None:
    features = [
        {
            "type": "Feature",
            "id": code,
            "properties": {"code": code},
            "geometry": shapely.geometry.mapping(shape),
        }
        for code, shape in sorted(shapes.items())
    ]
    text = json.dumps({"type": "FeatureCollection", "metadata": meta, "features": features}, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0))


def main(arguments: list[str] | None = None) -> int:
    """Read the arguments, build and write; prints what was written."""
    parser = argparse.ArgumentParser(description="Build the schematic boundaries.")
    parser.add_argument("--outline", type=Path, required=True, help="countries-10m.json of world-atlas 2")
    parser.add_argument("--units", type=Path, help="data folder of vietnamadminunits")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "schematic")
    options = parser.parse_args(arguments)
    units = options.units or _find_units()
    points = read_points(units)
    land = shapely.transform(read_land(options.outline), lambda a: np.column_stack(TO_KM.transform(a[:, 0], a[:, 1])))
    shapes = build(points, land)
    write(options.out, shapes, dict(zip(points.new.index.astype(str), points.new.province, strict=True)))
    size = sum(path.stat().st_size for path in options.out.glob("*.json.gz"))
    print(f"{len(shapes)} communes, {points.new.province.nunique()} provinces, {size / 1e6:.2f} MB in {options.out}")
    return 0


def _find_units() -> Path:
    spec = find_spec("vietnamadminunits")
    if spec is None or spec.origin is None:
        raise SystemExit("vietnamadminunits is not installed: pip install vietnamadminunits, or pass --units FOLDER")
    return Path(spec.origin).parent / "data"


if __name__ == "__main__":
    sys.exit(main())

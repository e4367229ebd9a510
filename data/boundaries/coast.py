"""The land of Viet Nam from Natural Earth 1:10m (public domain), as packed in the npm package world-atlas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.ops import unary_union

VIET_NAM = "704"  # ISO 3166-1 numeric


def read_land(topojson: Path) -> MultiPolygon:
    """Outline of mainland and larger islands in degrees (WGS84), one valid multipolygon.

    ``topojson`` is ``countries-10m.json`` of world-atlas 2. Raises ValueError when the country is not in it.
    """
    topology = json.loads(topojson.read_text(encoding="utf-8"))
    for country in topology["objects"]["countries"]["geometries"]:
        if country.get("id") == VIET_NAM:
            break
    else:
        raise ValueError(f"{topojson}: no country {VIET_NAM}; expected countries-10m.json of world-atlas")
    shapes = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
    polygons = [Polygon(_join(topology, rings[0]), [_join(topology, hole) for hole in rings[1:]]) for rings in shapes]
    merged = unary_union([shapely.make_valid(polygon) for polygon in polygons])
    parts = [part for part in shapely.get_parts(merged) if part.geom_type == "Polygon" and part.area > 1e-5]
    return MultiPolygon(sorted(parts, key=lambda part: -part.area))


def _join(topology: dict[str, Any], arcs: list[int]) -> list[tuple[float, float]]:
    """Follow the arcs of one ring; a negative number is the arc walked backwards (TopoJSON 2.1.4)."""
    ring: list[tuple[float, float]] = []
    for number in arcs:
        points = _decode(topology, number if number >= 0 else ~number)
        points = points if number >= 0 else points[::-1]
        ring.extend(points[1:] if ring else points)
    return ring


def _decode(topology: dict[str, Any], number: int) -> list[tuple[float, float]]:
    (scale_x, scale_y), (origin_x, origin_y) = (
        topology["transform"]["scale"],
        topology["transform"]["translate"],
    )
    x = y = 0
    points = []
    for dx, dy in topology["arcs"][number]:
        x, y = x + dx, y + dy
        points.append((x * scale_x + origin_x, y * scale_y + origin_y))
    return points

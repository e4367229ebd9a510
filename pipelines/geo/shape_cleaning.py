"""Operations on sets of shapes that share edges: make valid, measure faults, simplify, orient."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.polygon import orient


def repair(shapes: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Valid polygons, and the positions of those that had to be repaired."""
    broken = np.flatnonzero(~shapely.is_valid(shapes))
    repaired = shapes.copy()
    for number in broken:
        repaired[number] = keep_areas(shapely.make_valid(shapes[number], method="structure", keep_collapsed=False))
    return repaired, [int(number) for number in broken]


def keep_areas(shape: shapely.Geometry) -> shapely.Geometry:
    """Only the polygons of a shape; lines and points that a repair leaves behind are dropped."""
    parts = [part for part in shapely.get_parts(shapely.get_parts(shape)) if part.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def measure_overlap(shapes: np.ndarray) -> float:
    """Area covered twice as a share of the whole."""
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pair = first < second
    shared = shapely.area(shapely.intersection(shapes[first[pair]], shapes[second[pair]]))
    return float(shared.sum() / shapely.area(shapes).sum())


def measure_gaps(shapes: np.ndarray) -> float:
    """Area of the enclosed holes between the shapes as a share of the whole."""
    merged = shapely.union_all(shapes)
    filled = sum(Polygon(part.exterior).area for part in shapely.get_parts(merged))
    return float(max(0.0, filled - merged.area) / filled)


def close_seams(shapes: np.ndarray, *, gap_width: float) -> np.ndarray:
    """Make neighbours share their edges exactly: overlaps are given to one side, narrow gaps are filled."""
    if shapely.coverage_is_valid(shapes, gap_width=gap_width):
        return shapes
    cleaned = shapely.coverage_clean(shapes, gap_width=gap_width)
    return np.array([keep_areas(shape) for shape in cleaned])


def simplify_to(shapes: np.ndarray, vertices: float, *, decimals: int) -> np.ndarray:
    """Shared-edge simplification to about ``vertices`` a shape, rounded, valid, outer rings clockwise.

    The tolerance is searched for; shapes that already have fewer vertices are only rounded.
    """
    chosen = shapes
    if mean_vertices(shapes) > vertices:
        low, high = 0.0, 0.5
        for _ in range(11):
            middle = (low + high) / 2
            chosen = shapely.coverage_simplify(shapes, middle)
            low, high = (middle, high) if mean_vertices(chosen) > vertices else (low, middle)
        chosen = shapely.coverage_simplify(shapes, high)
    return round_shapes(chosen, decimals=decimals, fallback=shapes)


def round_shapes(shapes: np.ndarray, *, decimals: int, fallback: np.ndarray) -> np.ndarray:
    """Round both sides of an edge alike; a shape that rounding breaks is repaired, or kept finer."""
    rounded = shapely.transform(shapes, lambda points: np.round(points, decimals))
    for number in np.flatnonzero(~shapely.is_valid(rounded)):
        repaired = keep_areas(shapely.make_valid(rounded[number], method="structure", keep_collapsed=False))
        rounded[number] = repaired if repaired.area > 0 else fallback[number]
    return np.array([orient_clockwise(shape) for shape in rounded])


def orient_clockwise(shape: shapely.Geometry) -> shapely.Geometry:
    """Outer rings clockwise, holes counter-clockwise, or d3-geo floods the panel (against RFC 7946)."""
    parts = sorted(shapely.get_parts(shape), key=lambda part: -part.area)
    turned = [orient(part, -1.0) for part in parts]
    return turned[0] if len(turned) == 1 else MultiPolygon(turned)


def mean_vertices(shapes: np.ndarray) -> float:
    """Vertices a shape, closing vertices counted."""
    return float(shapely.get_num_coordinates(shapes).mean())

"""What part of the earth a map shows: a tight frame, insets for what lies far out, and places for labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

HOANG_SA, TRUONG_SA = "20333", "22736"
ARCHIPELAGOS = (HOANG_SA, TRUONG_SA)
MARGIN = 0.03
INSET_MARGIN = 0.15
LEAST_INSET_DEGREES = 0.12
MOST_GROWTH = 0.4  # an island that would widen the frame by more gets an inset
LEAST_GROWTH_DEGREES2 = 0.02


def frame_province(codes: tuple[str, ...], shapes: np.ndarray) -> dict[str, Any]:
    """Frame and insets of a province's map (degrees).

    Every commune is in the frame or in an inset. Hoàng Sa and Trường Sa always have an inset.
    """
    outside = [number for number, code in enumerate(codes) if code in ARCHIPELAGOS]
    near = [number for number in range(len(codes)) if number not in outside]
    main = _find_mainland(shapes[near])
    away = shapely.distance(shapes[near], main)
    frame = np.array(main.bounds)
    for position in np.argsort(away, kind="stable"):
        number = near[int(position)]
        bounds = np.array(shapes[number].bounds)
        grown = _join(frame, bounds)
        touches = away[position] == 0
        if touches or _area(grown) - _area(frame) <= max(MOST_GROWTH * _area(frame), LEAST_GROWTH_DEGREES2):
            frame = grown
        else:
            outside.append(number)
    return _ranges(frame, MARGIN) | {"insets": [_inset(codes[number], shapes[number]) for number in sorted(outside)]}


def frame_nation(codes: tuple[str, ...], shapes: np.ndarray) -> dict[str, Any]:
    """Frame of the country with its near islands; the two archipelagos are insets."""
    archipelago = np.isin(codes, ARCHIPELAGOS)
    frame = shapely.total_bounds(shapes[~archipelago])
    insets = [_inset(code, one) for code, one in zip(codes, shapes, strict=True) if code in ARCHIPELAGOS]
    return _ranges(frame, MARGIN / 2) | {"insets": insets}


def find_label_points(codes: tuple[str, ...], shapes: np.ndarray) -> dict[str, list[float]]:
    """Middle of the largest circle that fits into each shape: [longitude, latitude], always inside."""
    points = {}
    for code, one in zip(codes, shapes, strict=True):
        largest = max(shapely.get_parts(one), key=lambda part: part.area)
        radius = shapely.maximum_inscribed_circle(largest, tolerance=float(np.sqrt(largest.area)) / 50)
        longitude, latitude = radius.coords[0]
        points[code] = [round(longitude, 4), round(latitude, 4)]
    return points


def _find_mainland(shapes: np.ndarray) -> shapely.Geometry:
    """The largest connected piece of a province."""
    merged = shapely.union_all(shapes)
    return max(shapely.get_parts(merged), key=lambda part: part.area)


def _inset(code: str, one: shapely.Geometry) -> dict[str, Any]:
    west, south, east, north = one.bounds
    grow_x = max(0.0, LEAST_INSET_DEGREES - (east - west)) / 2
    grow_y = max(0.0, LEAST_INSET_DEGREES - (north - south)) / 2
    return {"code": code} | _ranges(
        np.array([west - grow_x, south - grow_y, east + grow_x, north + grow_y]), INSET_MARGIN
    )


def _ranges(bounds: np.ndarray, margin: float) -> dict[str, list[float]]:
    west, south, east, north = (float(value) for value in bounds)
    side = margin * max(east - west, north - south)
    return {
        "lon_range": [round(west - side, 4), round(east + side, 4)],
        "lat_range": [round(south - side, 4), round(north + side, 4)],
    }


def _join(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.concatenate([np.minimum(first[:2], second[:2]), np.maximum(first[2:], second[2:])])


def _area(bounds: np.ndarray) -> float:
    return float((bounds[2] - bounds[0]) * (bounds[3] - bounds[1]))

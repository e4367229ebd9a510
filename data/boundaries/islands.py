"""Ground that the coast outline leaves out: river isles, near-shore communes, islands, archipelagos."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from packaged_points import HOANG_SA, TO_KM, TRUONG_SA, Points
from shapely.geometry import MultiPolygon, Polygon

CHANNEL_KM = 3.0  # water narrower than this counts as land: the outline draws river arms as sea
NEAR_SHORE_KM = 6.0  # a point no further out than this belongs to the coast, not to an island of its own
CORNERS = 14
USUAL_ISLAND_KM2 = 5.0

# Named features of the archipelagos: longitude, latitude (degrees, WGS84), to two decimals.
FEATURES: dict[str, tuple[tuple[float, float], ...]] = {
    HOANG_SA: (
        (112.34, 16.83), (112.27, 16.98), (112.73, 16.67), (111.61, 16.53), (111.51, 16.45), (111.59, 16.50),
        (111.74, 16.47), (111.71, 16.45), (111.20, 15.79), (111.76, 16.05), (112.53, 16.05), (111.77, 17.10),
    ),
    TRUONG_SA: (
        (114.33, 11.43), (114.36, 11.46), (114.28, 11.05), (114.42, 10.67), (114.37, 10.38), (114.48, 10.38),
        (114.37, 10.18), (114.33, 9.89), (114.56, 9.90), (114.26, 9.77), (114.37, 9.78), (114.28, 9.72),
        (114.08, 10.92), (113.85, 10.06), (112.90, 9.55), (115.02, 11.08), (115.80, 10.73), (115.82, 10.82),
        (115.53, 9.90), (114.65, 8.86), (113.98, 8.81), (114.19, 8.71), (113.70, 8.97), (113.30, 8.17),
        (112.91, 7.89), (112.35, 8.93), (112.22, 8.86), (111.92, 8.64), (111.66, 8.67), (112.84, 8.86),
        (115.22, 8.36),
    ),
}  # fmt: skip
# Drawn far larger than they are: true islets would be invisible at the scale of an inset.
FEATURE_RADIUS_KM = {HOANG_SA: 7.0, TRUONG_SA: 14.0}


def draw_disc(x: float, y: float, radius: float, *, corners: int = CORNERS) -> Polygon:
    """A slightly uneven disc (km), the same for the same middle: an island is not a dot."""
    angle = 2 * np.pi * np.arange(corners) / corners
    wobble = 1 + 0.08 * np.sin(2 * angle + x) + 0.05 * np.sin(3 * angle + y)
    return Polygon(np.column_stack([x + radius * wobble * np.cos(angle), y + radius * wobble * np.sin(angle)]))


def draw_archipelago(code: str) -> MultiPolygon:
    """Hoàng Sa or Trường Sa as enlarged islets (km) at the true place of the named features."""
    x, y = TO_KM.transform(*np.array(FEATURES[code]).T)
    discs = [draw_disc(a, b, FEATURE_RADIUS_KM[code], corners=8) for a, b in zip(x, y, strict=True)]
    merged = shapely.union_all(discs)
    return MultiPolygon(list(shapely.get_parts(merged)))


def find_anchors(points: Points) -> pd.DataFrame:
    """One trusted place (x, y in km) for each new commune: its own point, else the median of its old ones."""
    parts = points.old[points.old.new_code != ""].groupby("new_code")[["x", "y"]].median()
    own = points.new[["x", "y"]]
    return own.where(points.new.is_point_good, parts.reindex(own.index)).fillna(own)


def extend_land(land: shapely.Geometry, points: Points, anchors: pd.DataFrame) -> shapely.Geometry:
    """Land (km) with narrow channels closed and ground added for communes just off the outline."""
    closed = _close(land, CHANNEL_KM / 2)
    off = anchors[shapely.distance(closed, shapely.points(anchors.to_numpy())) > 0]
    off = off[shapely.distance(closed, shapely.points(off.to_numpy())) <= NEAR_SHORE_KM]
    ground = []
    for code, place in off.iterrows():
        area = points.new.area_km2[code]
        radius = min(4.0, float(np.sqrt((area if np.isfinite(area) else USUAL_ISLAND_KM2) / np.pi)))
        ground.append(draw_disc(place.x, place.y, radius))
    return _close(shapely.union_all([closed, *ground]), CHANNEL_KM / 2)


def draw_islands(land: shapely.Geometry, points: Points, anchors: pd.DataFrame) -> dict[str, shapely.Geometry]:
    """Communes off the outline: discs (km) of the published area, one for each old commune in them."""
    shapes: dict[str, shapely.Geometry] = {code: draw_archipelago(code) for code in FEATURES}
    away = shapely.distance(land, shapely.points(anchors.to_numpy()))
    for code in anchors.index[away > NEAR_SHORE_KM]:
        if code in shapes:
            continue
        parts = points.old[(points.old.new_code == code)][["x", "y"]].to_numpy()
        parts = parts[shapely.distance(land, shapely.points(parts)) > NEAR_SHORE_KM / 2] if len(parts) else parts
        parts = parts if len(parts) else anchors.loc[[code]].to_numpy()
        area = points.new.area_km2[code]
        radius = np.sqrt((area if np.isfinite(area) else USUAL_ISLAND_KM2) / len(parts) / np.pi)
        shapes[str(code)] = shapely.union_all([draw_disc(x, y, float(radius)) for x, y in parts])
    return shapes


def _close(shape: shapely.Geometry, radius: float) -> shapely.Geometry:
    grown = shapely.buffer(shape, radius, quad_segs=4)
    return shapely.make_valid(shapely.union(shapely.buffer(grown, -radius, quad_segs=4), shape))

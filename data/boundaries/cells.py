"""Cells of the new communes: seeds scattered in the boxes of the old ones, given to the best claimant.

A plain Voronoi diagram of one point a commune ignores that communes differ in size. Here every old commune
claims ground by the distance from its middle measured in its own half axes (the geocoder's box), and each
new commune's claim is strengthened or weakened until its area comes near the published one. The ground is cut
into the Voronoi cells of many seeds, which are then dissolved by the winning new commune.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from packaged_points import Points
from scipy.spatial import cKDTree

Floats = npt.NDArray[np.float64]
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))
LARGEST_SHARE = 1.3


@dataclass(slots=True)
class Claims:
    """Claimants on the ground: middle (km), half axes (km), and the new communes they may speak for."""

    middle: Floats  # (n, 2)
    half_axes: Floats  # (n, 2)
    heirs: list[tuple[int, ...]]  # positions in the list of new communes


def gather_claims(points: Points, codes: list[str], *, own_point_weight: float = 0.7) -> Claims:
    """One claim for each good old commune and one, smaller, for each good point of a new commune."""
    place = {code: number for number, code in enumerate(codes)}
    old = points.old[[any(h in place for h in points.heirs[str(code)]) for code in points.old.index]]
    heir_area = points.new.area_km2.reindex([points.heirs[str(code)][-1] for code in old.index]).to_numpy()
    count = pd.Series([h for code in old.index for h in points.heirs[str(code)]]).value_counts()
    fallback = []
    for code in old.index:
        heir = points.heirs[str(code)][0]
        area = points.new.area_km2.get(heir, np.nan)
        area = area if np.isfinite(area) else 30.0
        fallback.append(0.5 * np.sqrt(area / max(1, int(count.get(heir, 1)))))
    usual = np.asarray(fallback)
    half = old[["half_width", "half_height"]].to_numpy(dtype=float)
    half = np.where(np.isnan(half), usual[:, None], half)
    # A box far larger than the whole new commune is a mistake of the geocoder: keep its form, not its size.
    is_whole = np.array([len(points.heirs[str(code)]) == 1 for code in old.index]) & (heir_area > 0)
    excess = np.where(is_whole, np.pi * half.prod(axis=1) / (LARGEST_SHARE * np.where(is_whole, heir_area, 1.0)), 1.0)
    half = half / np.sqrt(np.maximum(1.0, excess))[:, None]
    heirs = [tuple(place[h] for h in points.heirs[str(code)] if h in place) for code in old.index]
    middle = old[["x", "y"]].to_numpy(dtype=float)
    has_old = {h for group in heirs for h in group if len(group) == 1}
    own = [c for c in codes if points.new.is_point_good[c] or place[c] not in has_old]
    new = points.new.loc[own]
    radius = np.sqrt(new.area_km2.fillna(30.0).clip(lower=0.5).to_numpy() / np.pi)
    weight = np.where([place[c] in has_old for c in own], own_point_weight, 1.0)
    middle = np.vstack([middle, new[["x", "y"]].to_numpy(dtype=float)])
    half = np.vstack([half, np.column_stack([radius * weight, radius * weight])])
    return Claims(middle, half, heirs + [(place[c],) for c in own])


def scatter_seeds(claims: Claims, land: shapely.Geometry, *, per_claim: int, grid_km: float) -> Floats:
    """Seeds (m, 2) on land: a sunflower in each claim's ellipse, and a coarse grid for what none covers."""
    step = np.arange(per_claim) + 0.5
    reach, angle = np.sqrt(step / per_claim) * 1.15, step * GOLDEN_ANGLE
    flower = np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])
    near = (claims.middle[:, None, :] + flower[None] * claims.half_axes[:, None, :]).reshape(-1, 2)
    west, south, east, north = land.bounds
    columns, rows = np.meshgrid(np.arange(west, east, grid_km), np.arange(south, north, grid_km))
    columns = columns + (np.arange(rows.shape[0])[:, None] % 2) * grid_km / 2
    grid = np.column_stack([columns.ravel(), rows.ravel()])
    shapely.prepare(land)
    grid = grid[shapely.contains_xy(land, grid[:, 0], grid[:, 1])]
    near = near[shapely.contains_xy(land, near[:, 0], near[:, 1])]
    far = cKDTree(near).query(grid)[0] > grid_km * 0.6
    seeds = np.vstack([near, grid[far]])
    return np.asarray(np.unique(np.round(seeds, 3), axis=0))


def judge_seeds(
    seeds: Floats,
    areas: Floats,
    claims: Claims,
    published: Floats,
    own_points: Floats,
    *,
    rounds: int = 12,
    neighbours: int = 16,
    limit: float = 1.25,
) -> npt.NDArray[np.int64]:
    """The new commune (position) of every seed, with areas drawn towards the published ones.

    ``areas`` are the km² of the seeds' cells, ``published`` the km² of the new communes (NaN: unknown).
    A divided old commune speaks, at each seed, for the heir whose own ground lies nearest.
    """
    tree = cKDTree(claims.middle)
    candidates = tree.query(seeds, k=min(neighbours, len(claims.middle)))[1]
    offset = np.abs(seeds[:, None, :] - claims.middle[candidates]) / claims.half_axes[candidates]
    # Between ellipse and box: outside its box an old commune has no ground at all.
    distance = (offset[..., 0] ** 3 + offset[..., 1] ** 3) ** (1 / 3)
    speaks_for = _split_divided(seeds, candidates, claims, own_points)
    strength = np.ones(len(published))
    winner = np.zeros(len(seeds), dtype=np.int64)
    for _ in range(rounds):
        best = np.argmin(distance / strength[speaks_for], axis=1)
        winner = speaks_for[np.arange(len(seeds)), best]
        got = np.bincount(winner, weights=areas, minlength=len(published))
        ratio = np.where((published > 0) & (got > 0), published / np.maximum(got, 1e-9), 1.0)
        strength = np.clip(strength * np.clip(ratio, 0.5, 2) ** 0.35, 1 / limit, limit)
    return winner


def _split_divided(
    seeds: Floats, candidates: npt.NDArray[np.int64], claims: Claims, own_points: Floats
) -> npt.NDArray[np.int64]:
    first = np.array([group[0] for group in claims.heirs])
    speaks_for = first[candidates]
    single: dict[int, list[int]] = {}
    for claim, group in enumerate(claims.heirs):
        if len(group) == 1:
            single.setdefault(group[0], []).append(claim)
    for claim, group in enumerate(claims.heirs):
        if len(group) == 1:
            continue
        rows, columns = np.nonzero(candidates == claim)
        if not len(rows):
            continue
        reach = []
        for heir in group:
            ground = np.vstack([claims.middle[single.get(heir, [])], own_points[heir][None]])
            reach.append(cKDTree(ground).query(seeds[rows])[0])
        speaks_for[rows, columns] = np.array(group)[np.argmin(np.array(reach), axis=0)]
    return speaks_for

"""From judged seeds to clean shapes: connected communes, shared edges, fewer vertices, four decimals."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from packaged_points import TO_DEGREES
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay

DECIMALS = 4
# Tolerance (km) by the least area (km²) of a commune that may be simplified that far.
LEVELS = ((0.0, 0.15), (8.0, 0.4), (60.0, 0.7))


def triangulate(seeds: npt.NDArray[np.float64], *, longest_km: float) -> npt.NDArray[np.int64]:
    """Pairs of neighbouring seeds (n, 2); longer edges are left out, for they cross water."""
    corners = Delaunay(seeds).simplices
    pairs = np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
    edges = np.unique(np.sort(pairs, axis=1), axis=0)
    return np.asarray(edges[np.hypot(*(seeds[edges[:, 0]] - seeds[edges[:, 1]]).T) < longest_km])


def smooth_owners(owner: npt.NDArray[np.int64], edges: npt.NDArray[np.int64], *, rounds: int) -> npt.NDArray[np.int64]:
    """Let every seed follow the majority around it, its own vote counting twice: takes the teeth off borders.

    A small commune that would lose all its seeds keeps them.
    """
    before = owner
    both = np.vstack([edges, edges[:, ::-1]])
    for _ in range(rounds):
        own = np.repeat(np.column_stack([np.arange(len(owner)), owner]), 2, axis=0)
        ballots = np.vstack([np.column_stack([both[:, 0], owner[both[:, 1]]]), own])
        owner = _count_votes(ballots, owner)
    lost = np.setdiff1d(before, owner)
    return np.where(np.isin(before, lost), before, owner)


def _count_votes(ballots: npt.NDArray[np.int64], result: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """``result`` with each voter's (column 0) most frequent choice (column 1); ties: the lower."""
    pairs, votes = np.unique(ballots, axis=0, return_counts=True)
    best = pairs[np.lexsort((pairs[:, 1], -votes, pairs[:, 0]))]
    first = np.unique(best[:, 0], return_index=True)[1]
    result = result.copy()
    result[best[first, 0]] = best[first, 1]
    return result


def join_fragments(
    areas: npt.NDArray[np.float64],
    owner: npt.NDArray[np.int64],
    edges: npt.NDArray[np.int64],
    anchor_seed: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Give stray fragments of a commune to the neighbour they share most edges with.

    A commune keeps the connected piece that holds its anchor (its largest piece, when that one is five times
    larger or the anchor is in another commune) and every piece no neighbour touches (an island).
    ``anchor_seed`` is the seed nearest to the anchor of each commune.
    """
    for _ in range(8):
        same = owner[edges[:, 0]] == owner[edges[:, 1]]
        inner = edges[same]
        graph = coo_matrix((np.ones(len(inner)), (inner[:, 0], inner[:, 1])), shape=(len(owner), len(owner)))
        count, piece = connected_components(graph, directed=False)
        size = np.bincount(piece, weights=areas, minlength=count)
        piece_owner = np.zeros(count, dtype=np.int64)
        piece_owner[piece] = owner
        rank = size.copy()
        held = piece[anchor_seed]
        is_own = piece_owner[held] == np.arange(len(anchor_seed))
        rank[held[is_own]] *= 5
        order = np.lexsort((-rank, piece_owner))
        is_main = np.zeros(count, dtype=bool)
        is_main[order[np.unique(piece_owner[order], return_index=True)[1]]] = True
        outer = edges[~same]
        outer = np.vstack([outer, outer[:, ::-1]])
        outer = outer[~is_main[piece[outer[:, 0]]]]
        if not len(outer):
            break
        owner = _count_votes(np.column_stack([piece[outer[:, 0]], owner[outer[:, 1]]]), piece_owner)[piece]
    return owner


def dissolve(cells: npt.NDArray[np.object_], owner: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.object_]:
    """Union of the cells of each owner (km); an empty polygon where an owner has none."""
    order = np.argsort(owner, kind="stable")
    bounds = np.searchsorted(owner[order], np.arange(count + 1))
    return np.array([shapely.union_all(cells[order[a:b]]) for a, b in pairwise(bounds)])


def drop_crumbs(shapes: npt.NDArray[np.object_], *, least_km2: float) -> npt.NDArray[np.object_]:
    """Give small parts that touch another commune to it, and leave out those that touch none.

    The clip at the coast cuts such parts off. The largest part of a commune always stays.
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    keep = shapely.get_type_id(parts) == 3
    parts, owner = parts[keep], owner[keep]
    area = shapely.area(parts)
    order = np.lexsort((-area, owner))
    is_main = np.zeros(len(parts), dtype=bool)
    is_main[order[np.unique(owner[order], return_index=True)[1]]] = True
    is_crumb = ~is_main & (area < least_km2)
    tree = shapely.STRtree(parts[~is_crumb])
    solid_owner = owner[~is_crumb]
    gifts: list[list[shapely.Geometry]] = [[] for _ in shapes]
    for crumb in parts[is_crumb]:
        near = tree.query(crumb, predicate="intersects")
        shared = [shapely.length(shapely.intersection(crumb, tree.geometries[n])) for n in near]
        if shared and max(shared) > 0:
            gifts[int(solid_owner[near[int(np.argmax(shared))]])].append(crumb)
    solid: list[list[shapely.Geometry]] = [[] for _ in shapes]
    for part, number in zip(parts[~is_crumb], solid_owner, strict=True):
        solid[int(number)].append(part)
    return np.array([shapely.union_all(a + b) for a, b in zip(solid, gifts, strict=True)])


def simplify(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Fewer vertices with shared edges kept; large communes are simplified further than small ones."""
    shapes = shapes.copy()
    area = shapely.area(shapes)
    for least, tolerance in LEVELS:
        chosen = area >= least
        whole = least == LEVELS[0][0]
        shapes[chosen] = shapely.coverage_simplify(shapes[chosen], tolerance, simplify_boundary=whole)
    return shapes


def to_degrees(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """WGS84, rounded to 4 decimals (about 11 m) the same for both sides of an edge, rings clockwise."""

    def place(km: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.round(np.column_stack(TO_DEGREES.transform(km[:, 0], km[:, 1])), DECIMALS)

    rounded = shapely.transform(shapes, place)
    broken = ~shapely.is_valid(rounded)
    rounded[broken] = [_keep_polygons(shapely.make_valid(shape)) for shape in rounded[broken]]
    return np.array([orient_clockwise(shape) for shape in rounded])


def orient_clockwise(shape: shapely.Geometry) -> shapely.Geometry:
    """Outer rings clockwise and holes counter-clockwise, as d3-geo wants; the opposite of RFC 7946."""
    parts = [shapely.geometry.polygon.orient(part, -1.0) for part in shapely.get_parts(shape)]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(sorted(parts, key=lambda part: -part.area))


def _keep_polygons(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    return shapely.union_all(
        [part for part in parts if part.geom_type in ("Polygon", "MultiPolygon") and part.area > 1e-9]
    )

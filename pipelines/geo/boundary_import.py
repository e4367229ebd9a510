"""Take over a province's official boundaries: check the codes and the shapes, simplify, replace."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import shapely

from ioc.errors import StorageError
from pipelines.geo.boundary_file import BoundaryError, FileShapes, read_boundary_file
from pipelines.geo.boundary_store import load_schematic, save_imported
from pipelines.geo.shape_cleaning import close_seams, measure_gaps, measure_overlap, repair, simplify_to
from pipelines.geo.vn2000 import suggest_crs

VERTICES_AT = {"commune": 100.0, "province": 50.0, "nation": 8.0}
DECIMALS_AT = {"commune": 5, "province": 4, "nation": 4}
ARCHIPELAGOS = frozenset({"20333", "22736"})  # Hoàng Sa, Trường Sa: on the map even when a file leaves them out
WORST_OVERLAP = 0.01
WORST_GAPS = 0.05  # a lagoon that belongs to no commune may be left open
SEAM_DEGREES = 0.0005  # about 50 m: gaps narrower than this between neighbours are slips of the pen
WORST_SHIFT_KM = 12.0  # median over the province
FAR_SHIFT_KM = 30.0  # one commune
KM_PER_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. Shares are of the area of all shapes; ``left_out`` are codes of other provinces."""

    path: Path
    province_code: str
    source_name: str
    source_sha256: str
    imported_at: datetime
    crs: str
    code_column: str
    shape_count: int
    repaired: tuple[str, ...]
    left_out: tuple[str, ...]
    kept_schematic: tuple[str, ...]
    displaced: tuple[str, ...]
    overlap_share: float
    gap_share: float
    notes: tuple[str, ...] = field(default=())


def import_boundaries(
    file: Path,
    *,
    home: Path,
    registry_codes: set[str],
    province_code: str,
    now: datetime,
    crs: str | None = None,
    code_column: str | None = None,
    layer: str | None = None,
    attribution: str = "",
    aliases: Mapping[str, str] | None = None,
) -> ImportReport:
    """Validate a boundary file and make it the boundaries of the province.

    ``registry_codes`` are the communes the province has; each must have exactly one shape. ``aliases`` maps
    other codes in use to official ones. ``now`` is aware. When anything is refused (BoundaryError), what was
    in use stays.
    """
    if now.tzinfo is None:
        raise ValueError("now must be an aware datetime")
    names = dict(aliases or {})
    read = read_boundary_file(
        file,
        expected=registry_codes | set(names),
        province_code=province_code,
        crs=crs,
        code_column=code_column,
        layer=layer,
    )
    read.codes = [names.get(code, code) if code else code for code in read.codes]
    chosen, left_out = _match(file, read, registry_codes)
    codes = sorted(chosen)
    shapes, broken = repair(read.shapes[[chosen[code] for code in codes]])
    _refuse_empty(file, codes, shapes)
    overlap, gaps = measure_overlap(shapes), measure_gaps(shapes)
    _refuse_faulty(file, overlap, gaps)
    displaced = _find_displaced(file, codes, shapes, province_code)
    repaired = tuple(codes[number] for number in broken)
    kept = sorted(registry_codes - set(codes))
    shapes = close_seams(shapes, gap_width=SEAM_DEGREES)
    codes, shapes = _add_archipelagos(codes, shapes, kept, province_code)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    report = ImportReport(
        path=home / "boundaries" / f"{province_code}.json",
        province_code=province_code,
        source_name=file.name,
        source_sha256=digest,
        imported_at=now.astimezone(UTC),
        crs=read.crs if len(read.crs) < 40 else "as declared in the file",
        code_column=read.code_column,
        shape_count=len(codes),
        repaired=repaired,
        left_out=tuple(left_out),
        kept_schematic=tuple(kept),
        displaced=tuple(displaced),
        overlap_share=round(overlap, 6),
        gap_share=round(gaps, 6),
        notes=tuple(read.notes),
    )
    save_imported(home, province_code, codes, _simplify_levels(shapes), _describe(report, attribution))
    return report


def _match(file: Path, read: FileShapes, registry_codes: set[str]) -> tuple[dict[str, int], list[str]]:
    """Row number of each commune, and the codes that belong to no commune of the province."""
    without = [str(number + 1) for number, code in enumerate(read.codes) if code is None]
    if without:
        raise BoundaryError(
            f"{file.name}: {len(without)} rows have no usable code in column {read.code_column!r}: "
            f"row {_shorten(without)}",
            remedy="write the 5-digit official code (QĐ 19/2025/QĐ-TTg) as text",
        )
    codes = [code for code in read.codes if code is not None]
    twice = sorted(code for code, count in Counter(codes).items() if count > 1 and code in registry_codes)
    if twice:
        raise BoundaryError(
            f"{file.name}: {len(twice)} codes have several shapes: {_shorten(twice)}",
            remedy="dissolve the shapes by code so that every commune has one (multi)polygon",
        )
    chosen = {code: number for number, code in enumerate(codes) if code in registry_codes}
    unknown = sorted(set(codes) - registry_codes)
    missing = sorted(registry_codes - set(chosen) - ARCHIPELAGOS)
    if missing:
        others = f"; not communes of this province: {_shorten(unknown)}" if unknown else ""
        raise BoundaryError(
            f"{file.name}: {len(missing)} of {len(registry_codes)} communes have no shape: {_shorten(missing)}{others}",
            remedy="give all communes of the province as they are now (after 1 July 2025)",
        )
    return chosen, unknown


def _refuse_empty(file: Path, codes: list[str], shapes: np.ndarray) -> None:
    flat = [code for code, area in zip(codes, shapely.area(shapes), strict=True) if area <= 0]
    if flat:
        raise BoundaryError(
            f"{file.name}: {len(flat)} shapes have no area left after repair: {_shorten(flat)}",
            remedy="draw these communes again",
        )


def _refuse_faulty(file: Path, overlap: float, gaps: float) -> None:
    if overlap > WORST_OVERLAP or gaps > WORST_GAPS:
        raise BoundaryError(
            f"{file.name}: {overlap:.1%} of the area is covered twice and {gaps:.1%} by none "
            f"(allowed: {WORST_OVERLAP:.0%} and {WORST_GAPS:.0%})",
            remedy="check that the file holds one level of units only and repair its topology",
        )


def _find_displaced(file: Path, codes: list[str], shapes: np.ndarray, province_code: str) -> list[str]:
    """Codes whose shape lies far from where the commune is known to be.

    Refuses when most are: that is a wrong central meridian (30 minutes: 54 km) or shuffled codes.
    """
    try:
        known = load_schematic(province_code)
    except StorageError:
        return []
    place = {code: shapely.centroid(one) for code, one in zip(known.codes, known.shapes, strict=True)}
    compared = [number for number, code in enumerate(codes) if code in place and code not in ARCHIPELAGOS]
    if not compared:
        return []
    here = shapely.get_coordinates(shapely.centroid(shapes[compared]))
    there = shapely.get_coordinates(np.array([place[codes[number]] for number in compared]))
    apart = (here - there) * KM_PER_DEGREE * np.column_stack([np.cos(np.radians(there[:, 1])), np.ones(len(there))])
    shift = np.hypot(apart[:, 0], apart[:, 1])
    middle = float(np.median(shift))
    if middle > WORST_SHIFT_KM:
        east, north = np.median(apart, axis=0)
        raise BoundaryError(
            f"{file.name}: the communes lie {middle:.0f} km from where they are known to be "
            f"(median shift {east:+.0f} km east, {north:+.0f} km north): wrong zone, or shuffled codes",
            remedy=suggest_crs(province_code),
        )
    return [codes[number] for number, distance in zip(compared, shift, strict=True) if distance > FAR_SHIFT_KM]


def _add_archipelagos(
    codes: list[str], shapes: np.ndarray, kept: list[str], province_code: str
) -> tuple[list[str], np.ndarray]:
    if not kept:
        return codes, shapes
    known = load_schematic(province_code)
    place = dict(zip(known.codes, known.shapes, strict=True))
    joined = dict(zip(codes, shapes, strict=True)) | {code: place[code] for code in kept}
    ordered = sorted(joined)
    return ordered, np.array([joined[code] for code in ordered], dtype=object)


def _simplify_levels(shapes: np.ndarray) -> dict[str, np.ndarray]:
    levels = {}
    for level, vertices in VERTICES_AT.items():
        shapes = simplify_to(shapes, vertices, decimals=DECIMALS_AT[level])
        levels[level] = shapes
    return levels


def _describe(report: ImportReport, attribution: str) -> dict[str, object]:
    """Provenance as it is stored beside the shapes."""
    facts = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(report).items()}
    del facts["path"]
    facts["imported_at"] = report.imported_at.isoformat()
    return {"is_schematic": False, "attribution": attribution, "source": report.source_name, **facts}


def _shorten(items: list[str]) -> str:
    return ", ".join(items[:10]) + (f" and {len(items) - 10} more" if len(items) > 10 else "")

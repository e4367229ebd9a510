"""Read a boundary file of any usual kind into WGS84 shapes keyed by commune code."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from ioc.errors import IocError
from pipelines.geo.vn2000 import suggest_crs

LON_RANGE, LAT_RANGE = (102.0, 118.0), (6.0, 24.0)
LARGEST_BYTES = 512 * 1024 * 1024
WEB_CRS = "OGC:CRS84"
PARQUET = {".parquet", ".geoparquet", ".pq"}
KINDS = "GeoJSON, GeoPackage, shapefile (.shp or .zip) or GeoParquet"


class BoundaryError(IocError):
    """A boundary file that cannot be taken over; the boundaries in use stay as they are."""


@dataclass(slots=True)
class FileShapes:
    """Shapes of a file in WGS84 degrees, one row each, in file order; ``code`` is five digits or None."""

    codes: list[str | None]
    shapes: np.ndarray
    crs: str
    code_column: str
    notes: list[str] = field(default_factory=list)


def read_boundary_file(
    file: Path,
    *,
    expected: set[str],
    province_code: str,
    crs: str | None = None,
    code_column: str | None = None,
    layer: str | None = None,
) -> FileShapes:
    """Read, find the code column, and bring the shapes to WGS84.

    ``crs`` overrules what the file says of itself (many VN-2000 files say nothing). Attribute text is never
    used for matching, so its encoding (TCVN3, VNI) does not matter. Raises BoundaryError with the remedy.
    """
    frame = _open(file, layer)
    if frame.empty:
        raise BoundaryError(f"{file.name}: the file holds no rows", remedy=f"give a {KINDS} file with communes")
    column, codes = _find_codes(frame, file, expected, code_column)
    shapes = np.asarray(frame.geometry.array)
    _refuse_unusable(file, shapes, codes)
    notes: list[str] = []
    declared = _declare_crs(file, frame, crs, province_code, notes)
    shapes = shapely.force_2d(shapes)
    if declared != WEB_CRS:
        placed = geopandas.GeoSeries(shapes, crs=declared).to_crs(WEB_CRS)
        shapes = np.asarray(placed.array)
    _refuse_implausible(file, shapes, declared, province_code)
    return FileShapes(codes=codes, shapes=shapes, crs=declared, code_column=column, notes=notes)


def _open(file: Path, layer: str | None) -> geopandas.GeoDataFrame:
    if not file.is_file():
        raise BoundaryError(f"{file}: no such file", remedy=f"give the path of a {KINDS} file")
    size = file.stat().st_size
    if zipfile.is_zipfile(file) and file.suffix.lower() == ".zip":
        with zipfile.ZipFile(file) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    if size > LARGEST_BYTES:
        raise BoundaryError(
            f"{file.name}: {size / 1e6:.0f} MB is more than a province's boundaries need",
            remedy=f"simplify or cut it to the province (at most {LARGEST_BYTES // 2**20} MB unpacked)",
        )
    try:
        if file.suffix.lower() in PARQUET:
            return geopandas.read_parquet(file)
        chosen = layer or _choose_layer(file)
        # Latin-1 never fails on TCVN3 or VNI bytes; names come from the registry, not from here.
        encoding = "ISO-8859-1" if file.suffix.lower() in {".shp", ".zip"} else None
        return geopandas.GeoDataFrame(pyogrio.read_dataframe(file, layer=chosen, encoding=encoding))
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, OSError) as error:
        raise BoundaryError(f"{file.name}: cannot be read: {error}", remedy=f"give a {KINDS} file") from error


def _choose_layer(file: Path) -> str:
    layers = [(str(name), str(kind)) for name, kind in pyogrio.list_layers(file)]
    areal = [name for name, kind in layers if "Polygon" in kind or kind in {"Unknown", "None", "Geometry"}]
    if len(areal) == 1:
        return areal[0]
    listed = ", ".join(f"{name} ({kind})" for name, kind in layers) or "none"
    raise BoundaryError(
        f"{file.name}: {len(areal)} layers with areas (layers: {listed})", remedy="name it with --layer"
    )


def _find_codes(
    frame: geopandas.GeoDataFrame, file: Path, expected: set[str], code_column: str | None
) -> tuple[str, list[str | None]]:
    columns = [str(name) for name in frame.columns if name != frame.geometry.name]
    if code_column is not None:
        if code_column not in columns:
            raise BoundaryError(
                f"{file.name}: no column {code_column!r}",
                remedy=f"choose --code-column from: {', '.join(columns)}",
            )
        return code_column, read_codes(frame[code_column], expected)
    found = {name: read_codes(frame[name], expected) for name in columns}
    scores = {name: len({code for code in codes if code in expected}) for name, codes in found.items()}
    best = max(scores.values(), default=0)
    if best == 0:
        raise BoundaryError(
            f"{file.name}: no column holds commune codes of the province (columns: {', '.join(columns) or 'none'})",
            remedy="add the 5-digit official code (QĐ 19/2025/QĐ-TTg) as text, or name it with --code-column",
        )
    winners = [name for name, score in scores.items() if score == best]
    if len({tuple(found[name]) for name in winners}) > 1:
        raise BoundaryError(
            f"{file.name}: several columns look like commune codes: {', '.join(winners)}",
            remedy="name the right one with --code-column",
        )
    return winners[0], found[winners[0]]


def read_codes(values: pd.Series, expected: set[str]) -> list[str | None]:
    """Commune codes of a column: five digits as they are; shorter ones padded when that is known."""
    return [_read_code(value, expected) for value in values]


def _read_code(value: object, expected: set[str]) -> str | None:
    if value is None or isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        return None
    text = str(int(value)) if isinstance(value, (int, float, np.integer, np.floating)) else str(value).strip()
    text = re.sub(r"\.0$", "", text)
    if not re.fullmatch(r"[0-9]{1,5}", text):
        return None
    padded = text.zfill(5)
    return padded if len(text) == 5 or padded in expected else None


def _refuse_unusable(file: Path, shapes: np.ndarray, codes: list[str | None]) -> None:
    kinds = shapely.get_type_id(shapes)
    bad = [number for number, kind in enumerate(kinds) if kind not in (3, 6) or shapely.is_empty(shapes[number])]
    if bad:
        rows = ", ".join(f"row {number + 1} (code {codes[number] or 'none'})" for number in bad[:8])
        raise BoundaryError(
            f"{file.name}: {len(bad)} rows have no area: {rows}",
            remedy="give every commune a polygon or multipolygon",
        )


def _declare_crs(
    file: Path, frame: geopandas.GeoDataFrame, crs: str | None, province_code: str, notes: list[str]
) -> str:
    """The CRS to read the numbers in: the declared, else the file's own, else degrees if they look so."""
    in_degrees = _looks_like_degrees(frame.total_bounds)
    if crs is not None:
        try:
            declared = pyproj.CRS.from_user_input(crs)
        except pyproj.exceptions.CRSError as error:
            raise BoundaryError(f"unknown CRS {crs!r}", remedy=suggest_crs(province_code)) from error
        if frame.crs is not None and not declared.equals(frame.crs, ignore_axis_order=True):
            notes.append(f"declared {crs} was used in place of the file's own {frame.crs.name}")
        if declared.is_projected and in_degrees:
            raise BoundaryError(
                f"{file.name}: the coordinates are degrees, {crs} is in metres", remedy="leave out --crs"
            )
        return WEB_CRS if declared.equals(pyproj.CRS(WEB_CRS), ignore_axis_order=True) else crs
    if frame.crs is not None and (frame.crs.is_projected or in_degrees):
        known = frame.crs
        return WEB_CRS if known.equals(pyproj.CRS(WEB_CRS), ignore_axis_order=True) else known.to_wkt()
    if in_degrees:
        notes.append("the file names no CRS; its numbers are degrees and were read as WGS84")
        return WEB_CRS
    raise BoundaryError(
        f"{file.name}: the coordinates are metres and the file does not say in which CRS (no .prj)",
        remedy=suggest_crs(province_code),
    )


def _looks_like_degrees(bounds: np.ndarray) -> bool:
    return bool(np.all(np.abs(bounds[[0, 2]]) <= 180) and np.all(np.abs(bounds[[1, 3]]) <= 180))


def _refuse_implausible(file: Path, shapes: np.ndarray, declared: str, province_code: str) -> None:
    west, south, east, north = (float(value) for value in shapely.total_bounds(shapes))
    if LON_RANGE[0] <= west and east <= LON_RANGE[1] and LAT_RANGE[0] <= south and north <= LAT_RANGE[1]:
        return
    place = f"longitude {west:.3f} to {east:.3f}, latitude {south:.3f} to {north:.3f}"
    if LON_RANGE[0] <= south and north <= LON_RANGE[1] and LAT_RANGE[0] <= west and east <= LAT_RANGE[1]:
        raise BoundaryError(
            f"{file.name}: the axes are swapped ({place})",
            remedy="write longitude first, then latitude, and import again",
        )
    remedy = suggest_crs(province_code) if declared != WEB_CRS else "check the coordinates of the file"
    raise BoundaryError(f"{file.name}: the shapes are not in Viet Nam ({place}); axes may be swapped", remedy=remedy)

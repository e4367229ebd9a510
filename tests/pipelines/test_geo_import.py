"""Importing official boundaries: every usual format, VN-2000, and clear refusals."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyproj
import pytest
import shapely

from pipelines.geo import BoundaryError, ImportReport, build_map_files, import_boundaries
from pipelines.geo.boundary_file import read_codes
from pipelines.geo.boundary_store import imported_path, load_boundaries, load_schematic
from pipelines.geo.vn2000 import EPSG_OF_MERIDIAN, MERIDIANS_OF_PROVINCE
from tests.shared import shared_data

NOW = datetime(2026, 6, 15, 3, 0, tzinfo=UTC)


@pytest.fixture
def frame() -> geopandas.GeoDataFrame:
    known = load_schematic("51")
    columns = {"ma_xa": list(known.codes), "ten": ["x"] * len(known.codes)}
    return geopandas.GeoDataFrame(columns, geometry=list(known.shapes), crs="EPSG:4326")


def take(file: Path, home: Path, province: str = "51", **options: Any) -> ImportReport:
    codes = set(load_schematic(province).codes)
    return import_boundaries(file, home=home, registry_codes=codes, province_code=province, now=NOW, **options)


def save(frame: geopandas.GeoDataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".zip":
        inner = path.with_suffix(".shp")
        frame.to_file(inner)
        with zipfile.ZipFile(path, "w") as archive:
            for part in path.parent.glob(f"{path.stem}.*"):
                if part != path:
                    archive.write(part, part.name)
    else:
        frame.to_file(path)
    return path


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.shp", "a.zip", "a.parquet"])
def test_every_usual_format_is_taken(frame: geopandas.GeoDataFrame, tmp_path: Path, name: str) -> None:
    report = take(save(frame, tmp_path / name), tmp_path / "home")
    assert report.shape_count == 96
    assert report.code_column == "ma_xa"
    loaded = load_boundaries(tmp_path / "home", "51")
    assert not loaded.is_schematic
    assert loaded.metadata["source_sha256"] == report.source_sha256
    assert loaded.metadata["imported_at"] == "2026-06-15T03:00:00+00:00"


def test_real_communes_are_imported_and_served(tmp_path: Path) -> None:
    file = shared_data("boundaries", "51_quang_ngai_communes_30m.geojson")
    report = take(file, tmp_path, attribution="test")
    assert report.shape_count == 96
    assert report.displaced == ()
    real = geopandas.read_file(file).set_index("code").geometry
    for level, least in (("commune", 0.97), ("province", 0.93)):
        shapes = load_boundaries(tmp_path, "51", level=level)
        assert shapely.coverage_is_valid(shapes.shapes)
        same = [
            one.intersection(shapely.make_valid(real[code])).area / one.union(shapely.make_valid(real[code])).area
            for code, one in zip(shapes.codes, shapes.shapes, strict=True)
        ]
        assert np.mean(same) > least
    meta = build_map_files(tmp_path, "51", tmp_path / "geo").meta
    assert meta["province"]["is_schematic"] is False
    assert meta["province"]["attribution"] == "test"
    assert meta["nation"]["is_schematic"] is True


def test_vn2000_without_prj_needs_a_declared_crs(frame: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    shifted = frame.to_crs("EPSG:5898").set_crs(None, allow_override=True)
    file = save(shifted, tmp_path / "vn2000.shp")
    with pytest.raises(BoundaryError, match=r"metres.*--crs.*EPSG:5898.*108"):
        take(file, tmp_path / "home")
    assert not imported_path(tmp_path / "home", "51").exists()
    report = take(file, tmp_path / "home", crs="EPSG:5898")
    assert report.crs == "EPSG:5898"
    there = dict(zip(load_schematic("51").codes, load_schematic("51").shapes, strict=True))
    loaded = load_boundaries(tmp_path / "home", "51")
    moved = [
        shapely.distance(one.centroid, there[code].centroid)
        for code, one in zip(*(loaded.codes, loaded.shapes), strict=True)
    ]
    assert max(moved) < 0.002


def test_a_wrong_zone_is_refused_and_the_last_good_stays(frame: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    home = tmp_path / "home"
    take(save(frame, tmp_path / "good.gpkg"), home)
    before = imported_path(home, "51").read_bytes()
    shifted = frame.to_crs("EPSG:5898").set_crs(None, allow_override=True)
    file = save(shifted, tmp_path / "vn2000.shp")
    with pytest.raises(BoundaryError, match="wrong zone"):
        take(file, home, crs="EPSG:9216")
    assert imported_path(home, "51").read_bytes() == before
    assert [path.name for path in imported_path(home, "51").parent.iterdir()] == ["51.json"]


def test_swapped_axes_are_refused(frame: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    frame["geometry"] = shapely.transform(frame.geometry.array, lambda points: points[:, ::-1])
    with pytest.raises(BoundaryError, match="axes are swapped"):
        take(save(frame, tmp_path / "a.geojson"), tmp_path / "home")


def test_faults_of_codes_are_named(frame: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with pytest.raises(BoundaryError, match=r"1 of 96 communes have no shape: 21025"):
        take(save(frame[frame.ma_xa != "21025"], tmp_path / "missing.gpkg"), home)
    twice = frame.copy()
    twice.loc[1, "ma_xa"] = twice.loc[0, "ma_xa"]
    with pytest.raises(BoundaryError, match=r"several shapes: 21025"):
        take(save(twice, tmp_path / "twice.gpkg"), home)
    nameless = frame.copy()
    nameless.loc[3, "ma_xa"] = None
    with pytest.raises(BoundaryError, match="row 4"):
        take(save(nameless, tmp_path / "nameless.gpkg"), home)
    foreign = frame.copy()
    foreign.loc[len(frame)] = {"ma_xa": "99999", "ten": "y", "geometry": shapely.box(109.5, 15, 109.6, 15.1)}
    assert take(save(foreign, tmp_path / "foreign.gpkg"), home).left_out == ("99999",)
    with pytest.raises(BoundaryError, match="no column holds commune codes"):
        take(save(frame.drop(columns="ma_xa"), tmp_path / "names.gpkg"), home)
    with pytest.raises(BoundaryError, match=r"no column 'code'.*ma_xa"):
        take(save(frame, tmp_path / "a.gpkg"), home, code_column="code")


def test_numbers_are_padded_only_when_that_gives_a_known_code() -> None:
    values = geopandas.pd.Series([4, "00008", 4.0, "4.0", 12345, "12a", None, 3.5, 9], dtype=object)
    expected = {"00004", "00008", "12345"}
    assert read_codes(values, expected) == [
        "00004",
        "00008",
        "00004",
        "00004",
        "12345",
        None,
        None,
        None,
        None,
    ]


def test_legacy_text_does_not_disturb_the_codes(frame: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    file = save(frame, tmp_path / "a.shp")
    table = file.with_suffix(".dbf")
    file.with_suffix(".cpg").unlink(missing_ok=True)
    raw = bytearray(table.read_bytes())
    place = raw.index(b"x  ")
    raw[place : place + 3] = bytes([0xB5, 0xB8, 0x81])  # à, á and a stray byte in TCVN3
    table.write_bytes(bytes(raw))
    assert take(file, tmp_path / "home").shape_count == 96


def test_faults_of_shapes(frame: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    home = tmp_path / "home"
    bow = frame.copy()
    west, south, east, north = bow.geometry[0].bounds
    bow.loc[0, "geometry"] = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    big = frame.copy()
    big.loc[0, "geometry"] = shapely.box(108, 14, 108.8, 15)
    with pytest.raises(BoundaryError, match="covered twice"):
        take(save(big, tmp_path / "big.gpkg"), home)
    assert take(save(bow, tmp_path / "bow.gpkg"), home).repaired == ("21025",)
    empty = frame.copy()
    empty.loc[2, "geometry"] = shapely.Point(108, 15)
    with pytest.raises(BoundaryError, match=r"no area: row 3"):
        take(save(empty, tmp_path / "point.gpkg"), home)


def test_small_overlaps_and_gaps_are_mended(frame: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    frame["geometry"] = frame.geometry.buffer(0.0001)
    report = take(save(frame, tmp_path / "a.gpkg"), tmp_path / "home")
    assert 0 < report.overlap_share < 0.01
    assert shapely.coverage_is_valid(load_boundaries(tmp_path / "home", "51").shapes)


def test_a_file_without_the_archipelago_keeps_the_schematic_one(tmp_path: Path) -> None:
    known = load_schematic("48")
    whole = geopandas.GeoDataFrame({"code": list(known.codes)}, geometry=list(known.shapes), crs="EPSG:4326")
    file = save(whole[whole.code != "20333"], tmp_path / "a.gpkg")
    report = take(file, tmp_path / "home", province="48")
    assert report.kept_schematic == ("20333",)
    assert report.repaired == ()
    meta = build_map_files(tmp_path / "home", "48", tmp_path / "geo").meta
    assert "20333" in {inset["code"] for inset in meta["province"]["insets"]}
    assert "20333" in meta["province"]["label_points"]


def test_what_is_not_a_boundary_file_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "a.geojson"
    text.write_text(json.dumps({"hello": "world"}), encoding="utf-8")
    with pytest.raises(BoundaryError):
        take(text, tmp_path / "home")
    with pytest.raises(BoundaryError, match="no such file"):
        take(tmp_path / "none.gpkg", tmp_path / "home")
    broken = tmp_path / "b.parquet"
    broken.write_bytes(b"PAR1 no")
    with pytest.raises(BoundaryError, match="cannot be read"):
        take(broken, tmp_path / "home")


def test_vn2000_zones_have_the_meridian_they_are_named_for() -> None:
    for meridian, code in EPSG_OF_MERIDIAN.items():
        degrees, minutes = (int(part) for part in meridian.split("-"))
        found = {p.name: p.value for p in pyproj.CRS.from_epsg(code).coordinate_operation.params}
        assert found["Longitude of natural origin"] == pytest.approx(degrees + minutes / 60)
    assert len(MERIDIANS_OF_PROVINCE) == 34
    assert all(zone in EPSG_OF_MERIDIAN for zones in MERIDIANS_OF_PROVINCE.values() for zone in zones)

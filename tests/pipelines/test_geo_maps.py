"""Web geometry: small, clockwise, framed, with both archipelagos."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import shapely
from shapely.geometry import shape

from pipelines.geo import MapFiles, build_map_files
from pipelines.geo.boundary_store import load_schematic
from pipelines.geo.map_frame import frame_province


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> MapFiles:
    home = tmp_path_factory.mktemp("home")
    return build_map_files(home, "51", home / "geo")


def test_payloads_stay_small(files: MapFiles) -> None:
    assert len(gzip.compress(files.communes.read_bytes())) < 55_000
    assert len(gzip.compress(files.nation_communes.read_bytes())) < 135_000
    assert len(gzip.compress(files.nation_provinces.read_bytes())) < 40_000


def test_collections_are_whole_clockwise_and_valid(files: MapFiles) -> None:
    expected = {files.communes: 96, files.outline: 1, files.nation_provinces: 34, files.nation_communes: 3321}
    for path, count in expected.items():
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        assert len({feature["id"] for feature in features}) == count
        for feature in features:
            one = shape(feature["geometry"])
            assert one.is_valid, feature["id"]
            assert not any(part.exterior.is_ccw for part in shapely.get_parts(one))
    nation = {feature["id"] for feature in json.loads(files.nation_communes.read_text(encoding="utf-8"))["features"]}
    assert {"20333", "22736"} <= nation


def test_meta_names_files_and_marks_them_schematic(files: MapFiles) -> None:
    meta = json.loads(files.meta_path.read_text(encoding="utf-8"))
    assert meta == files.meta
    assert meta["province"]["communes"] == files.communes.name
    assert meta["province"]["is_schematic"] is True
    assert {inset["code"] for inset in meta["nation"]["insets"]} == {"20333", "22736"}
    shapes = {f["id"]: shape(f["geometry"]) for f in json.loads(files.communes.read_text(encoding="utf-8"))["features"]}
    assert set(meta["province"]["label_points"]) == set(shapes)
    for code, point in meta["province"]["label_points"].items():
        assert shapely.contains_xy(shapes[code], *point), code


@pytest.mark.parametrize(
    ("province", "insets"), [("48", {"20333"}), ("56", {"22736"}), ("51", set()), ("79", {"26732"})]
)
def test_every_commune_is_in_the_frame_or_in_an_inset(province: str, insets: set[str]) -> None:
    known = load_schematic(province)
    frame = frame_province(known.codes, known.shapes)
    assert {inset["code"] for inset in frame["insets"]} == insets
    places = {"": frame} | {inset["code"]: inset for inset in frame["insets"]}
    for code, one in zip(known.codes, known.shapes, strict=True):
        place = places[code if code in insets else ""]
        (west, east), (south, north) = place["lon_range"], place["lat_range"]
        assert shapely.box(west, south, east, north).contains(one), code
    assert frame["lon_range"][1] - frame["lon_range"][0] < 3, "the mainland must fill the frame"


def test_the_same_shapes_give_the_same_names(files: MapFiles, tmp_path: Path) -> None:
    again = build_map_files(tmp_path, "51", tmp_path / "geo")
    assert again.communes.name == files.communes.name
    assert again.meta == files.meta

"""The shipped schematic boundaries: complete, valid, recognisable."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from pipelines.geo.boundary_store import load_province_outlines, load_schematic, province_codes
from pipelines.geo.shape_cleaning import measure_overlap
from tests.shared import shared_data


@pytest.fixture(scope="module")
def nation() -> dict[str, dict[str, shapely.Geometry]]:
    loaded = {code: load_schematic(code) for code in province_codes()}
    return {code: dict(zip(part.codes, part.shapes, strict=True)) for code, part in loaded.items()}


def test_every_commune_has_exactly_one_valid_shape(nation: dict[str, dict[str, shapely.Geometry]]) -> None:
    counts = {code: len(part) for code, part in nation.items()}
    assert len(counts) == 34
    assert sum(counts.values()) == 3321
    assert (counts["51"], counts["68"], counts["25"], counts["22"], counts["44"]) == (96, 124, 148, 54, 78)
    codes = [code for part in nation.values() for code in part]
    assert len(set(codes)) == 3321
    shapes = np.array([one for part in nation.values() for one in part.values()])
    assert shapely.is_valid(shapes).all()
    assert (shapely.area(shapes) > 0).all()
    assert shapely.coverage_is_valid(shapes)
    assert measure_overlap(shapes) == 0


def test_outer_rings_are_clockwise(nation: dict[str, dict[str, shapely.Geometry]]) -> None:
    shapes = [one for part in nation.values() for one in part.values()] + list(load_province_outlines().shapes)
    for one in shapes:
        for part in shapely.get_parts(one):
            assert not part.exterior.is_ccw


def test_files_say_that_they_are_schematic_and_where_they_come_from() -> None:
    for code in province_codes():
        metadata = load_schematic(code).metadata
        assert metadata["is_schematic"] is True
        assert "MIT" in metadata["licence"]
        assert "Natural Earth" in metadata["attribution"]


def test_archipelagos_lie_where_they_are(nation: dict[str, dict[str, shapely.Geometry]]) -> None:
    hoang_sa, truong_sa = nation["48"]["20333"], nation["56"]["22736"]
    assert shapely.box(111, 15.5, 113, 17.3).contains(hoang_sa)
    assert shapely.box(111.3, 6.5, 117, 12).contains(truong_sa)
    assert len(shapely.get_parts(hoang_sa)) > 5
    assert len(shapely.get_parts(truong_sa)) > 10
    provinces = dict(zip(load_province_outlines().codes, load_province_outlines().shapes, strict=True))
    assert provinces["48"].intersects(hoang_sa)
    assert provinces["56"].intersects(truong_sa)


def test_quang_ngai_is_recognisable(nation: dict[str, dict[str, shapely.Geometry]]) -> None:
    path = shared_data("boundaries", "51_quang_ngai_communes_30m.geojson")
    overlaps = {}
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        code, real = feature["properties"]["code"], shapely.make_valid(shape(feature["geometry"]))
        ours = nation["51"][code]
        overlaps[code] = ours.intersection(real).area / ours.union(real).area
    assert len(overlaps) == 96
    assert np.mean(list(overlaps.values())) >= 0.68
    assert min(overlaps.values()) > 0.3


def test_communes_hold_their_true_place(nation: dict[str, dict[str, shapely.Geometry]]) -> None:
    """The true label point of at least 97 of 100 communes falls into the schematic shape."""
    path = shared_data("units", "vn_communes_2025_attributes.csv")
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    names = lines[0].split(",")
    hits = total = 0
    for line in lines[1:]:
        cells = dict(zip(names, line.split(","), strict=False))
        code = "06970" if cells["code"] == "06978" else cells["code"]
        one = nation[cells["province_code"]].get(code)
        assert one is not None, code
        total += 1
        hits += bool(shapely.contains_xy(one, float(cells["lon"]), float(cells["lat"])))
    assert total == 3321
    assert hits / total > 0.97

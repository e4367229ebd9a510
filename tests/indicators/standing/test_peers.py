"""Peers: the finest group with eight units, the nearest for the odd one, an administrator's list that is checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from indicators.standing.peers import Place, choose_peers, gower, nearest, read_terrain
from ioc.errors import ConfigError


def province() -> list[Place]:
    xa = [Place(f"2{i:04d}", "xã", "mountain" if i < 27 else "plain", 1000.0 * (1 + i), 50.0) for i in range(60)]
    wards = [Place(f"3{i:04d}", "phường", "plain", 40_000.0 + i, 10.0) for i in range(8)]
    return [*xa, *wards, Place("40000", "đặc khu", "island", 22_000.0, 10.0, 3.0)]


def test_groups_are_the_finest_with_eight_units_and_the_zone_gets_its_nearest() -> None:
    peers = choose_peers(province())
    assert peers["20000"].group == "xã|mountain|1"
    assert len(peers["20000"].units) == 22
    assert peers["20025"].group == "xã|mountain"  # only five of the middle third lie in the mountains
    assert len(peers["20025"].units) == 27
    assert peers["30003"].group == "phường|plain"
    assert peers["40000"].group == "nearest"
    assert len(peers["40000"].units) == 9
    assert all(unit in peers[unit].units for unit in peers)


def test_gower_is_the_mean_over_what_both_are_known_for() -> None:
    spans = {"population": 10_000.0, "density": 0.0, "poverty": 20.0, "dossiers_per_head": 0.0}
    a = Place("1", "xã", "plain", 10_000.0, None, 5.0)
    b = Place("2", "xã", "island", 15_000.0, None, 15.0)
    assert gower(a, b, spans) == pytest.approx((0.5 + 0.5 + 1.0) / 3)
    assert gower(a, Place("3", "xã"), spans) == 1.0
    assert nearest(a, [a, b, Place("4", "xã", "plain", 10_500.0, None, 5.0)], 1) == ["4"]


def test_the_terrain_list_is_read_and_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "terrain.csv"
    assert read_terrain(path) == {}
    path.write_text("unit_code,terrain\n21289,mountain\n21548,island\n", encoding="utf-8")
    assert read_terrain(path) == {"21289": "mountain", "21548": "island"}
    path.write_text("unit_code,terrain\n21289,hill\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"terrain.csv:2: unknown terrain 'hill'"):
        read_terrain(path)

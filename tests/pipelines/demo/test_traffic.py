"""Traffic: the archive and the broker tell the same, and what is planted is there."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from pipelines.demo import DemoSystems

Bins = dict[tuple[str, str], dict[str, str]]


@pytest.fixture(scope="module")
def june(systems: DemoSystems) -> Bins:
    path = systems.folder / "archive" / "traffic" / "traffic-2026-06.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        return {(row["id"], row["dateObservedFrom"]): row for row in csv.DictReader(lines)}


def test_archive_ends_yesterday_and_is_small(systems: DemoSystems, june: Bins) -> None:
    assert max(moment for _, moment in june) == "2026-06-14T16:45:00Z"
    folder = systems.folder / "archive" / "traffic"
    assert len(list(folder.iterdir())) == 25
    assert sum(path.stat().st_size for path in folder.iterdir()) < 60e6
    assert len({site for site, _ in june}) == 14


def test_broker_and_archive_agree_bin_by_bin(june: Bins, client: httpx.Client) -> None:
    query = {
        "type": "TrafficFlowObserved",
        "timerel": "between",
        "timeAt": "2026-06-12T00:00:00Z",
        "endTimeAt": "2026-06-13T00:00:00Z",
    }
    compared, offset = 0, 0
    while True:
        answer = client.get("/ngsi-ld/v1/temporal/entities", params=query | {"limit": 10, "offset": offset})
        assert answer.headers["NGSILD-Results-Count"] == "14"
        for entity in answer.json():
            site = entity["id"].rsplit(":", 1)[1]
            for begin, count in zip(entity["dateObservedFrom"], entity["intensity"], strict=True):
                row = june[site, begin["value"]["@value"]]
                assert int(row["intensity"]) == count["value"]
                assert row["dateObservedTo"] == count["observedAt"]
                compared += 1
        if "next" not in answer.links:
            break
        offset += 10
    assert 1250 < compared <= 14 * 96


def test_current_entities_are_the_last_bin(client: httpx.Client) -> None:
    answer = client.get("/ngsi-ld/v1/entities", params={"type": "TrafficFlowObserved", "limit": 100})
    assert answer.headers["content-type"].startswith("application/ld+json")
    assert {entity["dateObservedTo"]["value"]["@value"] for entity in answer.json()} == {"2026-06-15T03:15:00Z"}


def test_sites_stand_in_real_communes(systems: DemoSystems, client: httpx.Client) -> None:
    sites: list[dict[str, Any]] = client.get(
        "/ngsi-ld/v1/entities", params={"type": "RoadSegment", "limit": 100}
    ).json()
    assert len(sites) == 14
    assert len({site["junctionCode"]["value"] for site in sites}) == 7
    assert {site["refAdminUnit"]["value"] for site in sites} <= {unit.code for unit in systems.place.communes}


def test_window_of_the_temporal_interface(client: httpx.Client) -> None:
    base = {"type": "TrafficFlowObserved", "timerel": "between", "limit": "1"}
    long = client.get(
        "/ngsi-ld/v1/temporal/entities",
        params=base | {"timeAt": "2026-06-01T00:00:00Z", "endTimeAt": "2026-06-10T00:00:00Z"},
    )
    assert long.status_code == 400
    old = client.get(
        "/ngsi-ld/v1/temporal/entities",
        params=base | {"timeAt": "2026-05-01T00:00:00Z", "endTimeAt": "2026-05-02T00:00:00Z"},
    )
    assert old.json()[0]["intensity"] == []


def test_planted_sensors_are_stuck_and_silent(systems: DemoSystems, june: Bins) -> None:
    truth = json.loads((systems.folder / "planted.json").read_text(encoding="utf-8"))
    seen = 0
    for fault in truth["stuck_sensors"]:
        for moment in moments(fault, "2026-06-01T00:00:00+07:00"):
            if (fault["site"], moment) in june:
                seen += 1
                assert june[fault["site"], moment]["intensity"] in (
                    str(fault["intensity"]),
                    *spikes(truth, fault["site"]),
                )
    for fault in truth["sensor_outages"]:
        assert not [m for m in moments(fault, "2026-06-01T00:00:00+07:00") if (fault["site"], m) in june]
    assert seen >= 12


def spikes(truth: dict[str, Any], site: str) -> list[str]:
    return [str(entry["intensity"]) for entry in truth["sensor_spikes"] if entry["site"] == site]


def moments(fault: dict[str, Any], since: str) -> list[str]:
    """UTC bin starts of a fault from a moment on."""
    start, end = (datetime.fromisoformat(fault[name]) - timedelta(hours=7) for name in ("from", "to"))
    if fault["from"] < since:
        return []
    count = int((end - start) / timedelta(minutes=15))
    return [f"{start + k * timedelta(minutes=15):%Y-%m-%dT%H:%M:%SZ}" for k in range(count)]


def test_commuters_make_two_peaks_and_tet_is_quiet(systems: DemoSystems) -> None:
    flow = systems.traffic.month(2026 * 12 + 1)
    day = flow.intensity.sum(axis=2)
    hours = day.mean(axis=0).reshape(24, 4).sum(axis=1)
    assert hours[17] > 1.25 * hours[14]
    assert hours[6:8].max() > 1.1 * hours[10]
    assert day[16].sum() < 0.7 * day[2].sum()  # 17 February 2026, first day of the lunar year

"""REST and NGSI services: pages, encodings, and everything that is no data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ioc.errors import SourceError
from pipelines.connect import ngsi, rest
from pipelines.connect.delivery import Ask, Column, Deadline, Delivery
from pipelines.connect.origin import is_outside, origin_of
from tests.pipelines.places import NOW
from tests.pipelines.services import Answer, as_json, serving

RECORDS = [{"ma": f"P{i:03d}", "so": i, "nguoi_gui": "Người Thử"} for i in range(25)]


def read(
    url: str, request: dict[str, Any], pull: Any = rest.pull, columns: tuple[str, ...] = ("ma",), **given: Any
) -> list[dict[str, Any]]:
    ask = Ask(
        "demo",
        "rows",
        [Column(name.partition("=")[0], "text", name.partition("=")[2]) for name in columns],
        {"url": url, "allow_origins": [url], **given},
        request,
        None,
        NOW,
        Deadline("demo", 20),
        Path(),
    )
    delivery = next(iter(pull(ask)))
    assert isinstance(delivery, Delivery)
    return [row for table in delivery.tables for row in table.to_pylist()]


def paged(kind: str, base: list[str]) -> Any:
    def route(path: str, query: dict[str, str]) -> Answer:
        start = int(query.get("cursor", 0)) if kind != "page" else (int(query["page"]) - 1) * 10
        part = RECORDS[start : start + 10]
        more = start + 10 < len(RECORDS)
        if kind == "page":
            return as_json({"items": part, "total": len(RECORDS)})
        link = f"{base[0]}/rows?cursor={start + 10}" if more else None
        return as_json({"data": part, "next": link, "next_cursor": str(start + 10) if more else None})

    return route


@pytest.mark.parametrize(
    ("kind", "items", "paging"),
    [
        ("page", "items", {"kind": "page", "size": 10, "total": "total"}),
        ("link", "data", {"kind": "link", "next": "next"}),
        ("cursor", "data", {"kind": "cursor", "next": "next_cursor"}),
    ],
)
def test_every_way_of_paging_brings_all_rows_once(kind: str, items: str, paging: dict[str, Any]) -> None:
    """Only the allow-listed column is taken."""
    base: list[str] = []
    with serving(paged(kind, base)) as url:
        base.append(url)
        rows = read(url, {"path": "/rows", "items": items, "paging": paging})
    assert [row["ma"] for row in rows] == [record["ma"] for record in RECORDS]
    assert set(rows[0]) == {"ma", "_position", "_file"}


def test_a_next_link_to_another_origin_is_refused() -> None:
    """C-03: the origin is pinned."""
    with (
        serving(lambda path, query: as_json({"data": RECORDS[:1], "next": "http://169.254.169.254/rows"})) as url,
        pytest.raises(SourceError, match="refused to follow"),
    ):
        read(url, {"path": "/rows", "items": "data", "paging": {"kind": "link", "next": "next"}})


def test_redirects_are_not_followed() -> None:
    """C-02."""
    with (
        serving(lambda path, query: (302, {"location": "http://127.0.0.1:1/"}, b"")) as url,
        pytest.raises(SourceError, match="redirect"),
    ):
        read(url, {"path": "/rows", "items": "data"})


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9",
        "http://localhost:9",
        "http://[::1]:9",
        "http://0.0.0.0:9",
        "http://169.254.169.254",
        "http://10.0.0.1",
        "http://2130706433",
        "http://0x7f000001",
        "http://127.1",
        "ftp://example.org",
        "file:///etc/passwd",
        "http://a@example.org",
        "http://[::ffff:127.0.0.1]:9",
    ],
)
def test_inside_and_odd_addresses_are_refused_unless_listed(address: str) -> None:
    """C-01."""
    with pytest.raises(SourceError) as error:
        read(address, {"path": "/rows", "items": ""}, allow_origins=[])
    assert error.value.permanent


def test_what_counts_as_outside() -> None:
    """Public addresses only."""
    assert is_outside("8.8.8.8")
    assert not any(map(is_outside, ("10.1.2.3", "192.168.1.1", "fe80::1", "224.0.0.1", "::ffff:10.0.0.1")))
    assert origin_of("s", "HTTPS://Example.org/x") == "https://example.org:443"


@pytest.mark.parametrize(
    ("answer", "words", "permanent"),
    [
        ((200, {"content-type": "text/html"}, b"<html>dang nhap</html>"), "web page", True),
        ((200, {"content-type": "application/json"}, b"<!doctype html>"), "web page", True),
        ((200, {"content-type": "application/json"}, b"null"), "null", False),
        ((200, {"content-type": "application/json"}, b""), "nothing", False),
        ((200, {"content-type": "application/json"}, b'{"error": "qua tai"}'), "qua tai", False),
        (
            (200, {"content-type": "application/json"}, b'{"success": false, "message": "het phien"}'),
            "het phien",
            False,
        ),
        ((200, {"content-type": "application/json"}, b'{"data": NaN}'), "not readable", False),
        ((200, {"content-type": "application/json"}, b'{"rows": []}'), "no list of records", True),
        ((200, {"content-type": "application/json"}, b"[" * 200_000), "nested too deeply|not readable", None),
        ((404, {}, b""), "404", True),
        ((503, {}, b""), "503", False),
    ],
)
def test_what_is_no_data_is_told_apart(answer: Answer, words: str, permanent: bool | None) -> None:
    """P-08, C-07: a SourceError that says what came and whether to try again."""
    with serving(lambda path, query: answer) as url, pytest.raises(SourceError, match=words) as error:
        read(url, {"path": "/rows", "items": "data"})
    assert permanent is None or error.value.permanent is permanent


def test_a_passing_failure_is_tried_again() -> None:
    """429 and 5xx, then the answer."""
    calls: list[str] = []

    def route(path: str, query: dict[str, str]) -> Answer:
        calls.append(path)
        return (503, {}, b"") if len(calls) < 3 else as_json({"data": RECORDS})

    with serving(route) as url:
        assert len(read(url, {"path": "/rows", "items": "data"})) == 25
    assert len(calls) == 3


def test_a_body_beyond_the_limit_ends_the_run() -> None:
    """P-02: the size cap is honoured."""
    with (
        serving(lambda path, query: as_json({"data": [{"ma": "x" * 100_000}] * 20})) as url,
        pytest.raises(SourceError, match="more than"),
    ):
        read(url, {"path": "/rows", "items": "data"}, max_bytes=1_000_000)


ENCODINGS = {
    "v2 normalised": {
        "id": "S1",
        "type": "T",
        "intensity": {"type": "Number", "value": 12, "metadata": {}},
        "location": {"type": "geo:json", "value": {"type": "Point", "coordinates": [108.8, 15.1]}},
    },
    "v2 keyValues": {
        "id": "S1",
        "type": "T",
        "intensity": 12,
        "location": {"type": "Point", "coordinates": [108.8, 15.1]},
    },
    "LD normalised": {
        "id": "S1",
        "type": "T",
        "@context": [],
        "intensity": {"type": "Property", "value": 12, "unitCode": "C62"},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [108.8, 15.1]}},
    },
    "LD concise": {
        "id": "S1",
        "type": "T",
        "intensity": {"value": 12},
        "location": {"type": "Point", "coordinates": [108.8, 15.1]},
    },
}


@pytest.mark.parametrize("encoding", list(ENCODINGS))
def test_all_encodings_of_an_entity_give_one_row_shape(encoding: str) -> None:
    """NGSI-v2 and NGSI-LD, normalised and simple."""
    with serving(lambda path, query: as_json([ENCODINGS[encoding]] if query["offset"] == "0" else [])) as url:
        rows = read(
            url, {"type": "T", "path": "/entities"}, ngsi.pull, ("id", "intensity", "lon=location.coordinates.0")
        )
    assert [(row["id"], row["intensity"], row["lon"]) for row in rows] == [("S1", "12", "108.8")]


def test_the_history_is_aligned_by_moment_not_by_place_in_the_list() -> None:
    """A bin without speed must not move the speeds of the others (P-22)."""

    def one(value: Any, at: str) -> dict[str, Any]:
        return {"type": "Property", "value": value, "observedAt": at}

    a, b = "2026-06-30T01:15:00Z", "2026-06-30T01:30:00Z"
    entity = {
        "id": "S1",
        "type": "T",
        "dateObservedTo": [{"type": "Property", "value": {"@value": a}}, {"value": {"@value": b}}],
        "intensity": [one(5, a), one(7, b)],
        "speed": [one(31.5, b)],
        "refRoadSegment": {"object": "R1"},
    }
    simple = {"id": "S1", "type": "T", "intensity": {"values": [[5, a], [7, b]]}, "speed": {"values": [[31.5, b]]}}
    for form in (entity, simple):
        with serving(lambda path, query, form=form: as_json([form], NGSILD_Results_Count="1")) as url:
            rows = read(
                url, {"type": "T", "temporal": {"window": "14d"}}, ngsi.pull, ("observedAt", "intensity", "speed")
            )
        assert [(row["observedAt"], row["intensity"], row["speed"]) for row in rows] == [
            (a, "5", None),
            (b, "7", "31.5"),
        ]


def test_another_unit_or_a_partial_history_is_refused() -> None:
    """P-22: a change of unit would change the scale of every number; 206 is only a part."""
    mph = [{"id": "S1", "type": "T", "speed": {"type": "Property", "value": 30, "unitCode": "HM"}}]
    with serving(lambda path, query: as_json(mph)) as url, pytest.raises(SourceError, match="unit HM"):
        read(url, {"type": "T", "path": "/e", "unit_codes": {"speed": "KMH"}}, ngsi.pull, ("speed",))
    with serving(lambda path, query: as_json([], 206)) as url, pytest.raises(SourceError, match="206"):
        read(url, {"type": "T", "path": "/e"}, ngsi.pull, ("speed",))

"""Pages over HTTP: every number has a card, callbacks are counted, strangers are refused, headers stand."""

from __future__ import annotations

import json
import re
import time
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from ioc.words import Words
from layouts.blocks.group import group
from layouts.page import NOTE, Block, Page
from layouts.pages import PAGES
from layouts.tree import Tree, compact, plant
from layouts.words import load_words
from tests.screen.fixture_home import NOW, shipped_catalogue
from tests.screen.serve import make_server

KINDS = {
    "group",
    "kpi",
    "map",
    "trend",
    "ranking",
    "table",
    "parts",
    "heat",
    "counts",
    "floor",
    "tiers",
    "pillars",
    "place",
    "waterfall",
    "path",
    "rates",
    "picker",
    "compare",
    "pairs",
    "double",
    "editions",
    "sliders",
    "outcome",
    "queue",
    "findings",
    "claims",
    "meanwhile",
    "meter",
    "trust",
}


@pytest.fixture(scope="module")
def server(screen_home: Path) -> Flask:
    return make_server(screen_home)


def layout(server: Flask, address: str) -> Any:
    answer = server.test_client().get("/_dash-layout", headers={"Referer": f"http://localhost{address}"})
    assert answer.status_code == 200
    return answer.get_json()


def walk(node: Any) -> Any:
    """All dictionaries of a layout, the elements of trees included."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def texts_of_notes(found: Any) -> list[str]:
    return [
        str(one["props"].get("tree"))
        for one in walk(found)
        if one.get("type") == "Tree" and str(one["props"]["id"]).endswith(f"-{NOTE}") and one["props"].get("tree")
    ]


def test_words_are_complete(server: Flask) -> None:
    assert load_words().gaps() == []
    assert isinstance(load_words(), Words)


def test_every_column_of_a_record_list_has_a_word() -> None:
    words = load_words()
    columns = {column for dataset in shipped_catalogue().datasets.values() for column in dataset.columns}
    assert len(columns) > 200
    assert sorted(column for column in columns if f"records.column_{column}" not in words) == []


def test_pages_hold_at_least_36_blocks_of_the_catalogue() -> None:
    blocks = [block for page in PAGES for block in page.blocks if block.indicators]
    assert len(blocks) >= 36
    assert {block.kind for block in blocks} == KINDS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.key)
@pytest.mark.parametrize(
    "query",
    ["", "?unit=21400&period=2026-Q3&compare=previous", "?unit=H48.01&lang=en", "?period=2026-09.ytd"],
)
def test_every_block_of_every_page_draws(server: Flask, page: Page, query: str) -> None:
    found = layout(server, f"{page.path}{query}")
    assert texts_of_notes(found) == []
    assert f'"{page.key}-main"' in json.dumps(found)


def test_every_number_leads_to_a_card_that_opens(server: Flask) -> None:
    keys: set[str] = set()
    for page in PAGES:
        found = layout(server, page.path)
        keys |= {one["data-card"] for one in walk(found) if "data-card" in one}
    assert len(keys) > 150
    for key in sorted(keys)[::9]:
        found = layout(server, f"/?card={key}")
        drawers = [one for one in walk(found) if one.get("role") == "dialog"]
        assert [one["data-card"] for one in drawers] == [key]


def test_counts_add_up_to_the_communes(server: Flask) -> None:
    found = layout(server, "/")
    counts = next(
        one["props"]["tree"]
        for one in walk(found)
        if one.get("type") == "Tree" and one["props"]["id"].endswith("-counts")
    )
    numbers = [int(one["c"]) for one in walk(counts) if one.get("t") == "b"]
    assert sum(numbers) == 96


def test_callbacks_are_counted(server: Flask) -> None:
    known = server.test_client().get("/_dash-dependencies").get_json()
    # heartbeat and route, and for every page a steer and a render
    assert len(known) == 2 + 2 * len(PAGES)
    assert sum(one["clientside_function"] is not None for one in known) == 1 + len(PAGES)


def test_a_failing_block_becomes_a_sentence() -> None:
    def fail(view: Any) -> dict[str, Any]:
        raise ZeroDivisionError("secret detail")

    class Seen:
        def word(self, key: str, **params: object) -> str:
            return f"{key} {params}"

    block = Block("kpi", {"card": "children"}, fail, lambda put: None)
    filled = block.fill(Seen())  # type: ignore[arg-type]
    assert re.search(r"[0-9a-f]{8}", filled[NOTE])
    assert "secret" not in filled[NOTE]


def test_a_number_that_an_older_version_does_not_have_stays_away() -> None:
    """After an upgrade, until the next version is published: the other cards of the group stand."""

    class Older:
        catalogue = SimpleNamespace(indicators={"procedures.on_time": None})

        def word(self, key: str, **params: object) -> str:
            return key

        def told(self, indicator: str) -> Any:
            assert indicator in self.catalogue.indicators
            return SimpleNamespace(observation=None)

    drawn = group("any", "traffic.of_tomorrow", "procedures.on_time").draw(Older())  # type: ignore[arg-type]
    assert len(drawn["cards"]) == 1


@pytest.mark.parametrize(
    "query", ["?period=2026-13", "?unit=99999", "?unit='; DROP TABLE x", "?lang=xx", "?card=a|b|c"]
)
def test_a_broken_address_is_answered_by_a_sentence(server: Flask, query: str) -> None:
    text = json.dumps(layout(server, f"/{query}"))
    assert "Traceback" not in text
    assert "sentence" in text or texts_of_notes(json.loads(text))


def body_of(server: Flask, number: int, value: Any) -> dict[str, Any]:
    known = [
        one for one in server.test_client().get("/_dash-dependencies").get_json() if one["clientside_function"] is None
    ]
    spec = known[number]
    outputs = [
        dict(zip(("id", "property"), part.rsplit(".", 1), strict=True))
        for part in spec["output"].strip(".").split("...")
    ]
    return {
        "output": spec["output"],
        "outputs": outputs[0] if number == 0 else outputs,
        "inputs": [{**one, "value": value} for one in spec["inputs"]],
        "state": [{**one, "value": "/"} for one in spec["state"]],
        "changedPropIds": ["url.search"],
    }


def post(server: Flask, body: Any, **headers: str) -> int:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = headers.pop("kind", "application/json")
    return (
        server.test_client().post("/_dash-update-component", data=data, content_type=kind, headers=headers).status_code
    )


def test_strangers_are_refused_and_nothing_is_a_500(server: Flask) -> None:
    good = body_of(server, 1, "?unit=21400")
    assert post(server, good) == 200
    assert post(server, good, Origin="https://evil.example") == 403
    assert post(server, good, **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert post(server, good, kind="text/plain") == 415
    assert post(server, {**good, "output": "nothing.children"}) == 404
    assert post(server, {**good, "inputs": []}) == 400
    assert post(server, {**good, "inputs": [{**one, "value": {"a": 1}} for one in good["inputs"]]}) == 400
    assert post(server, {**good, "state": [*good["state"], *good["state"]]}) == 400
    assert post(server, {**good, "outputs": good["outputs"][:3]}) == 400
    assert post(server, b"[" * 100_000) == 400
    assert post(server, b"x" * 300_000) == 413
    assert post(server, b"{\xff") == 400
    assert post(server, body_of(server, 0, "/../../etc/passwd")) == 200


def test_headers_stand_on_every_answer(server: Flask, screen_home: Path) -> None:
    client = server.test_client()
    for path in (
        "/",
        "/nowhere",
        "/_dash-layout",
        "/assets/analyst.css",
        "/geo/none-000000000000.json",
        "/records.csv",
    ):
        answer = client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe-eval" not in policy
        assert "'unsafe-inline'" not in policy.split("style-src")[0]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
    assert client.get("/nowhere").status_code == 404
    assert client.get("/").headers["Cache-Control"] == "no-store"
    assert client.get("/geo/../CURRENT").status_code == 404 or b"duckdb" not in client.get("/geo/../CURRENT").data
    geometry = next(screen_home.joinpath("published", "geo").glob("51-??????*.json")).name
    assert "immutable" in client.get(f"/geo/{geometry}").headers["Cache-Control"]


def test_the_same_question_is_answered_from_kept_bytes(server: Flask) -> None:
    client = server.test_client()
    where = {"Referer": "http://localhost/digital?unit=21400"}
    first = client.get("/_dash-layout", headers=where).data
    times = []
    for _ in range(20):
        start = time.perf_counter()
        assert client.get("/_dash-layout", headers=where).data == first
        times.append(time.perf_counter() - start)
    assert sorted(times)[18] < 0.15


def test_trees_hold_plain_data_only() -> None:
    from dash import dcc, html

    made = compact(html.Div([html.A("<img onerror=1>", href="/x", className="a"), None, "text"]))
    assert made == {
        "t": "div",
        "c": [{"t": "a", "p": {"href": "/x", "className": "a"}, "c": "<img onerror=1>"}, None, "text"],
    }
    with pytest.raises(TypeError):
        compact(dcc.Markdown("x"))
    planted = plant(html.Div([html.P("a", id="note", className="n")]), {"note"})
    assert isinstance(planted.children[0], Tree)
    assert planted.children[0].attrs == {"className": "n"}


def test_p01_after_seven_days_without_a_source_the_pages_stand_and_say_so(server: Flask, screen_home: Path) -> None:
    """P-01: every page answers; values stay as they were, no zero is invented; tiles say their source is down."""
    late = make_server(screen_home, now=NOW + timedelta(days=7))

    def tiles(one: Flask, mark: str) -> list[str]:
        return re.findall(mark, json.dumps(layout(one, "/procedures"), ensure_ascii=False))

    for path in ("/", "/procedures", "/traffic", "/sources"):
        assert late.test_client().get(path).status_code == 200
    values = r'"k-val num"}, "c": "([^"]+)"'
    assert sorted(tiles(late, values)) == sorted(tiles(server, values))  # those off track stand first
    assert len(tiles(server, values)) > 5
    forms = r"kpi kpi--([a-z_]+)"
    assert "source_error" not in tiles(server, forms)
    assert set(tiles(late, forms)) == {"source_error"}

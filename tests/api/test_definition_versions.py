"""A definition that changed, on every way out: API, card, page; both definitions for a year, and the break named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from dash.development.base_component import Component
from flask import Flask
from flask.testing import FlaskClient

from ioc.published import Publication, Reader
from ioc_api import create_api
from layouts.analyst import dress
from layouts.pages import PAGES
from layouts.render import Renderer
from layouts.words import load_words
from tests.api.test_api import body, publication  # noqa: F401 - the small province
from tests.indicators import small_core

KEY = "digital.resolution57_on_time"
ASK = f"indicator={KEY}&unit=51&period=2026-07"


@pytest.fixture(scope="module")
def client(publication: Publication) -> FlaskClient:  # noqa: F811
    server = Flask("versions")
    server.register_blueprint(create_api(publication))
    return server.test_client()


@pytest.fixture
def reader(publication: Publication) -> Iterator[Reader]:  # noqa: F811
    with publication.reader() as found:
        yield found


def count(reader: Reader, condition: str) -> int:
    """Resolution 57 tasks of the month that fulfil a condition, counted by hand."""
    rows = reader.select(
        "SELECT count(*) AS n FROM core.task WHERE origin = 'resolution57' AND is_time_bound "
        f"AND due_on BETWEEN DATE '2026-07-01' AND DATE '2026-07-31' AND {condition}"
    )
    return int(str(rows[0]["n"]))


def test_a_number_of_the_double_run_names_both_definitions(client: FlaskClient, reader: Reader) -> None:
    found = body(client, f"/api/v1/observation?{ASK}")
    assert found["version"] == 2
    (other,) = found["by_other_definitions"]
    assert other["version"] == 1
    in_time = count(reader, "completed_on <= due_on")
    proved = count(reader, "completed_on <= due_on AND evidence_ref IS NOT NULL")
    assert proved < in_time
    assert (found["numerator"], other["numerator"]) == (proved, in_time)
    assert found["denominator"] == other["denominator"] == count(reader, "true")
    card = body(client, f"/api/v1/explain?{ASK}")
    assert [one["version"] for one in card["versions"]] == [1, 2]
    assert card["versions"][0]["valid_to"] == "2026-07-10"
    assert card["by_other_definitions"][0]["numerator"] == in_time


def test_a_series_says_where_it_breaks_and_carries_both(client: FlaskClient) -> None:
    found = body(client, f"/api/v1/series?indicator={KEY}&unit=51&kind=month&last=2026-08&count=6")
    (gap,) = found["breaks"]
    assert (gap["period"], gap["version"], gap["valid_from"]) == ("2026-07", 2, "2026-07-11")
    assert "05-KH" in gap["change"]["vi"]
    versions = {item["period"]: item["version"] for item in found["items"]}
    assert versions["2026-06"] == 1
    assert versions["2026-08"] == 2
    assert {item["period"] for item in found["items"] if "by_other_definitions" in item} == {"2026-07", "2026-08"}


def test_over_the_break_both_versions_are_compared(client: FlaskClient) -> None:
    """PRODUCT 4: a comparison across a break refuses, or shows both versions."""
    found = body(client, f"/api/v1/comparison?{ASK}&mode=previous")
    assert found["comparable"]
    assert "recounted" in found["notes"]
    assert found["now"]["version"] == 2
    now, base = found["by_old_definition"]
    assert (now["version"], base["version"]) == (1, 1)
    assert now["value"] > found["now"]["value"], "what was done without evidence counts by the old definition only"
    assert base["denominator"] == found["base"]["denominator"]
    assert "phiên bản 1" in " ".join(found["sentences"]["vi"])


def test_the_page_draws_the_break_and_the_double_run(publication: Publication) -> None:  # noqa: F811
    renderer = Renderer(
        publication, tuple(dress(page, PAGES) for page in PAGES), load_words(), now=lambda: small_core.NOW
    )
    page = renderer.page("/digital")
    assert page is not None
    query = f"?unit=51&period=2026-07&lang=vi&indicator={KEY}&card={KEY}%7C51%7C2026-07"
    filled, _, _ = renderer.fill(page, query)
    trend = next(part for block, part in zip(page.blocks, filled, strict=True) if block.kind == "trend")
    figure = trend["graph"]
    assert "ĐN 2" in {note["text"] for note in figure["layout"]["annotations"]}
    double = next(trace for trace in figure["data"] if trace.get("mode") == "lines+markers")
    assert sum(height is not None for height in double["y"]) == 1, "July has both"
    assert "Theo định nghĩa trước" in text(trend["legend"])
    drawer = text(next(part for block, part in zip(page.blocks, filled, strict=True) if block.kind == "drawer"))
    assert "Phiên bản 1, từ 01/01/2018 đến 10/07/2026" in drawer
    assert drawer.count("Theo định nghĩa này:") == 2
    assert "đang dùng cho kỳ này" in drawer


def text(node: Any) -> str:
    """All words of a piece of a page."""
    plain = lambda one: one.to_plotly_json() if isinstance(one, Component) else str(one)  # noqa: E731
    return json.dumps(node, default=plain, ensure_ascii=False)

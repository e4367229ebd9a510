"""Every rendered number explains itself: a crawler over the pages of the demo (PRODUCT 1; issue 4, "Done when").

No digit stands outside a traced number or the named list below; the card of each number answers over HTTP; its records,
one step away, count to the number again; the second engine agrees. CI takes a sample, IOC_FAULTS=full takes all.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus, urlencode

import pytest
from flask import Flask
from werkzeug.serving import make_server as make_listener

from indicators.standing.explained import DRAWN, known_facts
from ioc.published import Publication
from layouts.pages import PAGES
from tests.screen.serve import make_server

IS_FULL = os.environ.get("IOC_FAULTS") == "full"
PER_PAGE = 50 if IS_FULL else 2  # opened in a browser
# Where digits may stand without a card of their own: the class of the element or of one around it, and what they are.
NAMED = {
    "head": "period and language choices, dates and the version on screen",
    "nav": "names of pages",
    "chips": "what is chosen",
    "legend": "class limits, the ticks of a map",
    "sub": "period, date and number of units of the list below",
    "counts": "how many units of the table below have each status",
    "gap": "the difference in the title of a chart whose numbers are traced",
    "title": "name and period in the title of a chart",
    "k-": "period, target, date and age on a tile that is traced as a whole",
    "block--trust": "counts of the trust panel, explained by /api/v1/trust",
    "tier-head": "number of a tier and of its units, above numbers that are traced",
    "th": "names of rows and columns: units, criteria, periods, editions",
    "fact-name": "the name of a traced number",
    "criterion": "codes of criteria",
    "fall-gap": "the difference between numbers that are traced",
    "block--picker": "names of communes",
    "page--whatif": "what would be, not what is",
    "page--sources": "the ledger of loads: rows, times and file names, explained by the loads themselves",
    "page--records": "the records themselves",
}


@pytest.fixture(scope="module")
def server(demo_home: Path) -> Flask:
    return make_server(demo_home)


@pytest.fixture(scope="module")
def layouts(server: Flask) -> dict[str, Any]:
    client = server.test_client()
    found = {}
    for page in PAGES:
        answer = client.get("/_dash-layout", headers={"Referer": f"http://localhost{page.path}"})
        assert answer.status_code == 200, page.path
        found[page.key] = answer.get_json()
    return found


def texts(node: Any, around: tuple[str, ...] = (), traced: bool = False) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Every text with the classes around it, and whether it stands in a number that opens its card."""
    if isinstance(node, str):
        yield node, around, traced
    elif isinstance(node, list):
        for one in node:
            yield from texts(one, around, traced)
    elif isinstance(node, dict):
        given = node.get("p") if "t" in node else node.get("props")
        own = given or {}
        attributes = own.get("attrs") or {}
        names = (own.get("className"), attributes.get("className"), own.get("id"), node.get("t"))
        inside = (*around, *(str(name) for name in names if name))
        is_traced = traced or "data-card" in own or "data-card" in attributes or "card=" in str(own.get("href", ""))
        if node.get("type") == "Graph":
            return  # marks and axis ticks; their numbers stand in the table and the card
        for content in (node.get("c"), own.get("children"), own.get("tree")):
            yield from texts(content, inside, is_traced)


def cards(node: Any) -> Iterator[str]:
    """The keys of all numbers of a page."""
    if isinstance(node, dict):
        if isinstance(node.get("data-card"), str):
            yield node["data-card"]
        for one in node.values():
            yield from cards(one)
    elif isinstance(node, list):
        for one in node:
            yield from cards(one)


def facts(node: Any) -> Iterator[str]:
    """The keys of all numbers beside scores of a page, from the addresses that open their cards."""
    if isinstance(node, str):
        for key in re.findall(r"card=((?:score|appraisal)\.[^&\"]+)", node):
            yield unquote_plus(key)
    elif isinstance(node, dict):
        for one in node.values():
            yield from facts(one)
    elif isinstance(node, list):
        for one in node:
            yield from facts(one)


def is_named(around: tuple[str, ...]) -> bool:
    """Whether the text stands in one of the named places."""
    return any(word.startswith(tuple(NAMED)) for name in around for word in name.split())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.key)
def test_no_digit_outside_a_traced_number(layouts: dict[str, Any], page: Any) -> None:
    stray = [
        (text, around[-4:])
        for text, around, traced in texts(layouts[page.key])
        if re.search(r"\d", text) and not traced and not is_named(around) and not around_title(around)
    ]
    assert stray == []


def around_title(around: tuple[str, ...]) -> bool:
    """Titles of blocks and the hidden fingerprints of their contents: the id of the slot says so."""
    return any(re.search(r"-(title|head|standing|period|periods|kind|sub|name|marks)$", name) for name in around)


def asked(key: str) -> dict[str, str]:
    return dict(zip(("indicator", "unit", "period", "slice_dim", "slice_value"), key.split("|"), strict=False))


def test_the_card_of_every_number_answers_and_its_records_recompute_it(server: Flask, layouts: dict[str, Any]) -> None:
    client = server.test_client()
    keys = sorted({key for layout in layouts.values() for key in cards(layout)})
    assert len(keys) > 150
    recomputed = 0
    for key in keys if IS_FULL else keys[::14]:
        query = urlencode(asked(key))
        answer = client.get(f"/api/v1/explain?{query}")
        assert answer.status_code == 200, (key, answer.get_data(as_text=True))
        card = answer.get_json()
        for part in ("definition", "formula", "legal_basis", "owner", "freshness", "coverage", "records", "versions"):
            assert card[part], (key, part)
        seen = card["observation"]
        if seen is None or seen["value"] is None or card["kind"] in ("score", "external"):
            continue
        found = client.get(f"/api/v1/records?limit=1&{card['records']}").get_json()
        assert found["agrees"], (key, found["recomputed"], found["shown"])
        again = client.get(f"/api/v1/check?{query}").get_json()
        assert again.get("agrees"), (key, again)
        recomputed += 1
    assert recomputed > (150 if IS_FULL else 8)


def test_cards_open_in_a_browser(server: Flask, layouts: dict[str, Any], chromium: Any) -> None:
    listener = make_listener("127.0.0.1", 0, server, threaded=True)
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    view = chromium.new_page(viewport={"width": 1440, "height": 900})
    try:
        for page in PAGES:
            keys, beside = sorted(set(cards(layouts[page.key]))), sorted(set(facts(layouts[page.key])))
            for key in beside[:: max(1, len(beside) // PER_PAGE)][: PER_PAGE // 2]:
                view.goto(f"http://127.0.0.1:{listener.server_port}{page.path}?{urlencode({'card': key})}")
                drawer = view.wait_for_selector(f'[role="dialog"][data-card="{key}"]', timeout=60_000)
                assert drawer.query_selector("h2").inner_text().strip()
                assert drawer.query_selector("dd").inner_text().strip()
            for key in keys[:: max(1, len(keys) // PER_PAGE)][:PER_PAGE]:
                view.goto(f"http://127.0.0.1:{listener.server_port}{page.path}?{urlencode({'card': key})}")
                drawer = view.wait_for_selector(f'[role="dialog"][data-card="{key}"]', timeout=60_000)
                assert drawer.query_selector("h2").inner_text().strip()
                assert "/records?" in drawer.query_selector(".drawer-actions a").get_attribute("href")
    finally:
        view.close()
        listener.shutdown()
        thread.join(5)


def test_the_card_of_every_number_beside_a_score_answers_and_counts_again(
    server: Flask, layouts: dict[str, Any], demo_home: Path
) -> None:
    client = server.test_client()
    keys = sorted({key for layout in layouts.values() for key in facts(layout)})
    kinds = {key.split("|")[0] for key in keys}
    at_times = {"score.path", "appraisal.cell"}  # no plan for a period that is over, no queue when all is verified
    assert kinds | at_times == set(known_facts()), "every fact is on a page, and no page links to another"
    publication = Publication(demo_home)  # plans are made for the newest periods only, pages open with one that is over
    publication.refresh()
    with publication.reader() as reader:
        cell = reader.select("SELECT period, unit, criterion FROM mart.appraisal ORDER BY ALL LIMIT 1")[0]
        plan = reader.select("SELECT min(unit) AS unit, max(period) AS period FROM mart.next_point")[0]
    publication.close()
    keys.append(f"score.path|{plan['unit']}|{plan['period']}")
    keys.append(f"appraisal.cell|{cell['unit']}|{cell['period']}|part|{cell['criterion']}")
    first = {key.split("|")[0]: key for key in reversed(keys)}
    chosen = keys if IS_FULL else sorted(first.values())
    counted = 0
    for key in chosen:
        query = urlencode(asked(key))
        answer = client.get(f"/api/v1/explain?{query}")
        assert answer.status_code == 200, (key, answer.get_data(as_text=True))
        card = answer.get_json()
        for part in ("texts", "source", "numbers", "version"):
            assert card[part], (key, part)
        if key.startswith("score."):
            assert re.fullmatch(r"[0-9a-f]{64}:[0-9a-f]{64}", card["recipe_hash"]), key
            assert card["edition"]["legal_basis"]
            assert card["known_at"]
            assert card["inputs"] or card["fact"] == "score.summary"
        assert (card["draws"] == 2000) == (card["fact"] in DRAWN)
        again = client.get(f"/api/v1/check?{query}").get_json()
        if "agrees" in again:
            counted += 1
            assert again["agrees"], (key, again)
            assert again["same_recipe"], key
    assert counted >= (500 if IS_FULL else 5)

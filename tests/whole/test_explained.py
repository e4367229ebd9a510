"""Every rendered number explains itself: a crawler over the pages of the demo (PRODUCT 1; issue 4, "Done when").

No digit stands outside a traced number once dates, periods and names are taken out of a text (`Wording`), but in the
few places of NAMED. The card of each number answers over HTTP and says the number that the page says; its records, one
step away, count to the number again; the second engine agrees. CI takes a sample, IOC_FAULTS=full takes all.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from werkzeug.serving import make_server as make_listener

from indicators.answer import catalogue_of
from indicators.standing.explained import DRAWN, known_facts
from ioc.published import Publication
from layouts.charts.numeral import card_key
from layouts.pages import PAGES
from layouts.tree import compact
from layouts.wall import board
from layouts.wall.scenes import SCENES
from layouts.wall.story import Teller
from layouts.words import load_words
from tests.screen.fixture_home import NOW
from tests.screen.serve import make_server
from tests.whole.wording import Wording, numbers_in, said_by

IS_FULL = os.environ.get("IOC_FAULTS") == "full"
PER_PAGE = 50 if IS_FULL else 2  # opened in a browser
# Where digits may stand without a card of their own: the class or tag of the element or of one around it.
NAMED = {
    "legend": "class limits, the ticks of a map",
    "slide-now": "what the sliders of a try are set to",
    "age": "how long ago, by the viewer's clock",
    "code": "names of runs, loads and files",
    "paging": "which rows of the record list are shown",
    "records-2-rows": "the records themselves",
    "sources-6-rows": "the refused rows themselves",
}
# The same pages as other readers see them: a commune, English, a comparison, a try, today's map, lists of records.
VIEWS = (
    "/?lang=en&compare=previous",
    "/procedures?unit=21289&lang=en",
    "/procedures?period=2026-Q3&unit=H48.01",
    "/commune?unit=21289&lang=en",
    "/what-if?w1=60&t1=70&unit=21289",
    "/compare?units=21289,21490,23416",
    "/appraisal?lang=en",
    "/sources?lang=en",
    "/records?indicator=procedures.on_time&unit=51&period=2026-10",
    "/records?indicator=trust.cause&unit=51&period=2026-10&slice_dim=part&slice_value=late",
)


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
    for view in VIEWS:
        answer = client.get("/_dash-layout", headers={"Referer": f"http://localhost{view}"})
        assert answer.status_code == 200, view
        found[view] = answer.get_json()
    return found


@pytest.fixture(scope="module")
def wording(demo_home: Path) -> Iterator[Wording]:
    publication = Publication(demo_home)
    publication.refresh()
    with publication.reader() as reader:
        yield Wording(reader)
    publication.close()


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
        if own.get("hidden") is True or attributes.get("hidden") is True:
            return  # what the browser keeps for its next question is on no screen
        names = (own.get("className"), attributes.get("className"), own.get("id"), node.get("t"), own.get("tag"))
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


def fact_links(node: Any) -> Iterator[tuple[str, str]]:
    """(key, text) of every link of a page that opens the card of a number that is no observation."""
    if isinstance(node, list):
        for one in node:
            yield from fact_links(one)
    elif isinstance(node, dict):
        own = (node.get("p") if "t" in node else node.get("props")) or {}
        key = (parse_qs(urlsplit(str(own.get("href", ""))).query).get("card") or [""])[0]
        if key.partition("|")[0] in known_facts():
            yield key, "".join(text for text, _, _ in texts({**node, "p": {}, "props": own}))
            return
        for one in node.values():
            yield from fact_links(one)


def facts(node: Any) -> list[str]:
    """The keys of all numbers of a page that are no observations."""
    return [key for key, _ in fact_links(node)]


def is_named(around: tuple[str, ...]) -> bool:
    """Whether the text stands in one of the named places."""
    return any(word in NAMED for name in around for word in name.split())


@pytest.mark.parametrize("view", [*(page.key for page in PAGES), *VIEWS])
def test_no_digit_outside_a_traced_number(layouts: dict[str, Any], wording: Wording, view: str) -> None:
    stray = [
        (text, around[-4:])
        for text, around, traced in texts(layouts[view])
        if not traced and not is_named(around) and re.search(r"\d", wording.without(text))
    ]
    assert stray == []


def test_what_is_taken_out_of_a_text_is_no_number(wording: Wording) -> None:
    """The crawler sees values: it fails on each of these, and grants each of those."""
    for value in (
        "96 xã, phường",
        "96,7%",
        "Còn 395 tiêu chí",
        "Tháng 10/2026: 12 hồ sơ",
        "bản 2: 86,74 điểm",
        "+18,32",
    ):
        assert re.search(r"\d", wording.without(value)), value
    for name in ("Tháng 10/2026", "Quý III/2026", "Số liệu đến 23/11/2026 09:18", "khoảng hạng 5–95%", "Oct 2026"):
        assert not re.search(r"\d", wording.without(name)), name


@pytest.fixture(scope="module")
def card_of(server: Flask) -> Callable[[str], dict[str, Any]]:
    """The card of a number over HTTP, asked for once."""
    client = server.test_client()

    @cache
    def ask(key: str) -> dict[str, Any]:
        answer = client.get(f"/api/v1/explain?{urlencode(asked(key))}")
        assert answer.status_code == 200, (key, answer.get_data(as_text=True))
        found: dict[str, Any] = answer.get_json()
        return found

    return ask


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


# No plan for a period that is over, no queue when all is verified, nobody excused, no two agencies that differ.
AT_TIMES = {"score.path", "appraisal.cell", "supply.grace"}


def test_every_kind_of_number_is_on_a_page(layouts: dict[str, Any]) -> None:
    kinds = {key.split("|")[0] for layout in layouts.values() for key in facts(layout)}
    assert kinds | AT_TIMES == set(known_facts()), "every fact is on a page, and no page links to another"


def test_the_card_of_every_number_that_is_no_observation_answers_and_counts_again(
    server: Flask, layouts: dict[str, Any], demo_home: Path, card_of: Callable[[str], dict[str, Any]]
) -> None:
    """Ranks, gaps, counts of units, tries, loads, the trust panel: the card says the number, its list counts it."""
    client = server.test_client()
    keys = sorted({key for layout in layouts.values() for key in facts(layout)})
    publication = Publication(demo_home)  # plans are made for the newest periods only, pages open with one that is over
    publication.refresh()
    with publication.reader() as reader:
        cell = reader.select("SELECT period, unit, criterion FROM mart.appraisal ORDER BY ALL LIMIT 1")[0]
        plan = reader.select("SELECT min(unit) AS unit, max(period) AS period FROM mart.next_point")[0]
    publication.close()
    keys.append(f"score.path|{plan['unit']}|{plan['period']}")
    keys.append(f"appraisal.cell|{cell['unit']}|{cell['period']}|part|{cell['criterion']}")
    counted, listed = 0, 0
    for key in keys if IS_FULL else one_of_each(keys):
        card = card_of(key)
        for part in ("texts", "source", "numbers", "version"):
            assert card[part], (key, part)
        if key.startswith("score."):
            assert re.fullmatch(r"[0-9a-f]{64}:[0-9a-f]{64}", card["recipe_hash"]), key
            assert card["edition"]["legal_basis"]
            assert card["known_at"]
            has_parts = card["inputs"] or card["listed"]
            assert has_parts or card["fact"] in ("score.summary", "score.edition_move"), key
        assert (card["draws"] == 2000) == (card["fact"] in DRAWN)
        if card["records"]:
            listed += 1
            found = client.get(f"/api/v1/records?limit=1&{card['records']}").get_json()
            assert found["agrees"], (key, found)
            continue
        if key.startswith("level.count"):
            assert len(card["listed"]["rows"]) == card["numbers"]["count"], key
        again = client.get(f"/api/v1/check?{urlencode(asked(key))}").get_json()
        assert ("agrees" in again) == card["is_countable"], key
        if "agrees" in again:
            counted += 1
            assert again["agrees"], (key, again)
            assert again["same_recipe"], key
    assert counted >= (500 if IS_FULL else 15)
    assert listed >= 15


def test_the_card_says_the_number_that_the_page_says(
    layouts: dict[str, Any], wording: Wording, card_of: Callable[[str], dict[str, Any]]
) -> None:
    """Each number in the text of a link is among those of the card that it opens."""
    links = {(key, text, "lang=en" in view) for view, layout in layouts.items() for key, text in fact_links(layout)}
    keys = {key for key, _, _ in links}
    wanted = keys if IS_FULL else set(one_of_each(keys))
    missed = []
    for key, text, is_english in sorted(links):
        if key in wanted:
            lang = "en" if is_english else "vi"
            known = said_by(card_of(key), lang)
            missed += [(key, text, one) for one in numbers_in(wording.without(text), lang) if one not in known]
    assert len(wanted) > 25
    assert missed == []


def one_of_each(keys: Iterable[str]) -> list[str]:
    """One number of every kind and part: all conditions of the panels, one unit of many."""
    first: dict[tuple[str, str], str] = {}
    for key in sorted(set(keys)):
        fact, *rest = key.split("|")
        part = rest[3] if len(rest) > 3 and fact.startswith(("level.", "trust.")) else ""
        status = part.rpartition(":")[2] if fact == "level.count" else part.partition(":")[0]
        first.setdefault((fact, status), key)
    return list(first.values())


def test_every_number_of_the_wall_has_a_card(
    server: Flask, demo_home: Path, card_of: Callable[[str], dict[str, Any]]
) -> None:
    """Tiles and list rows of every scene name their card; the QR code of each scene opens one of them."""
    publication = Publication(demo_home)
    publication.refresh()
    client, seen = server.test_client(), set()
    with publication.reader() as reader:
        teller = Teller(reader, catalogue_of(reader), NOW, "vi")
        for scene in SCENES:
            story = teller.tell(scene)
            filled = compact(list(board.fill(story, teller, {}, load_words(), density="S", public_url="").values()))
            keys = sorted(set(cards(filled)))
            assert len(keys) >= sum(told.period is not None for told in story.tiles), scene.key
            if story.lead.observation is not None and story.lead.period is not None:
                lead = card_key(story.lead.indicator.id, teller.province, story.lead.period.key)
                assert lead in keys, f"the QR code of {scene.key} opens a number of the scene"
            seen |= set(keys)
    publication.close()
    for place, key in enumerate(sorted(seen)):
        card = card_of(key)
        if card["observation"] is None or card["observation"]["value"] is None or card["kind"] in ("score", "external"):
            continue
        if IS_FULL or place % 5 == 0:
            assert client.get(f"/api/v1/records?limit=1&{card['records']}").get_json()["agrees"], key

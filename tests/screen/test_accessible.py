"""Every page, an open card, the desk and every scene, in both languages: no violation of any rule of axe-core.

Rules: WCAG 2.2 A and AA and axe's best practice, no exception. Two things are asked in another way: contrast by
`looks.CONTRAST`, which also decides what axe leaves open (text over hatching) and takes a tenth of its time (scenes in
`test_wall.py`), and the size of targets once, in Vietnamese, as it does not hang on the language. What is drawn inside
a plot is left out: a plot is one image with a text (`role=img`), its parts are not read out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from ioc.published import Publication
from layouts.desk.routes import create_desk
from layouts.pages import PAGES
from layouts.words import load_words
from tests.screen import looks
from tests.screen.album import CLICK, STEWARD
from tests.screen.conftest import listening
from tests.screen.fixture_home import NOW
from tests.screen.serve_wall import create as create_walls
from tests.screen.watch import until

pytestmark = pytest.mark.screen
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LEFT_OUT = {"exclude": [[".js-plotly-plot"]]}
AGED = "[...document.querySelectorAll('.k-age[data-as-of]')].every(one => one.textContent !== '')"
CARD = "?card=procedures.on_time%7C51%7C2026-09"
CELL = "desk/appraisal/cell?period=2026-Q3&unit=21289&criterion=XA.01"
LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


def violations(page: Page, *, sizes: bool) -> list[str]:
    """What axe-core finds on a page, a sentence a rule with the first place; `sizes` asks for targets of 24 px too."""
    rules = {"color-contrast": {"enabled": False}, "target-size": {"enabled": sizes}}
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"], "rules": rules}
    found = Axe().run(page, context=LEFT_OUT if page.locator(".js-plotly-plot").count() else None, options=options)
    return [
        f"{one['id']}: {one['help']}: {one['nodes'][0]['target']} and {len(one['nodes']) - 1} more"
        for one in found.response["violations"]
    ]


@pytest.fixture(scope="module")
def side_address(screen_home: Path) -> Iterator[str]:
    """The walls and the desk on the home of the analyst pages."""
    server = create_walls(screen_home)
    create_desk(server, SimpleNamespace(language="vi"), Publication(screen_home), load_words(), now=lambda: NOW)
    with listening(server) as found:
        yield found


@pytest.fixture(scope="module")
def page(chromium: Any) -> Iterator[Page]:
    opened = chromium.new_page(viewport={"width": 1440, "height": 900})
    opened.set_default_timeout(60_000)
    yield opened
    opened.close()


@LANGUAGES
@pytest.mark.parametrize("path", [*(one.path for one in PAGES), CARD])
def test_a_page_is_legible_named_and_without_violation(page: Page, analyst_address: str, path: str, lang: str) -> None:
    page.goto(f"{analyst_address}{path if path != CARD else '/' + CARD}{'&' if '?' in path else '?'}lang={lang}")
    page.wait_for_selector("[data-page] h1" if path != CARD else ".drawer dd")
    until(page, AGED)
    assert page.evaluate(looks.CONTRAST) == []
    assert page.evaluate(looks.TILES) == []
    assert page.evaluate(looks.NAMES) == []
    until(page, "[...document.querySelectorAll('.dash-dropdown-focus-target')].every(one => one.tabIndex === -1)")
    page.evaluate("document.querySelectorAll('.slide.is-hidden').forEach(one => one.classList.remove('is-hidden'))")
    assert violations(page, sizes=lang == "vi") == []


@LANGUAGES
def test_the_desk_is_without_violation(page: Page, side_address: str, lang: str) -> None:
    paths = [path if CLICK not in path else CELL for _, path in STEWARD.values()]
    for path in paths:
        answer = page.goto(f"{side_address}/{path}{'&' if '?' in path else '?'}lang={lang}")
        assert answer is not None
        assert answer.status == 200, path
        assert (path, violations(page, sizes=lang == "vi")) == (path, [])


@LANGUAGES
def test_every_scene_is_without_violation(page: Page, side_address: str, lang: str) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(f"{side_address}/wall/main/{'en/' if lang == 'en' else ''}")
    page.wait_for_selector(".scene .kpi")
    page.keyboard.press("Space")
    for place in range(page.locator(".scene").count()):
        until(page, f"document.querySelectorAll('.scene')[{place}].dataset.on === '1'")
        assert (place, violations(page, sizes=lang == "vi")) == (place, [])
        page.keyboard.press("ArrowRight")

"""Every desk page in both languages: contrast, shape with word, age on each tile, names, keyboard."""

from __future__ import annotations

from typing import Any

import pytest

from layouts.pages import PAGES
from tests.screen import looks
from tests.screen.watch import until

pytestmark = pytest.mark.screen
PATHS = (*(page.path for page in PAGES), "/?lang=en", "/commune?unit=21289&lang=en")
AGED = "[...document.querySelectorAll('.k-age[data-as-of]')].every(one => one.textContent !== '')"


@pytest.fixture(scope="module")
def page(chromium: Any, analyst_address: str) -> Any:
    opened = chromium.new_page(viewport={"width": 1440, "height": 900}, base_url=analyst_address)
    opened.set_default_timeout(60_000)
    yield opened
    opened.close()


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_legible_and_named(page: Any, path: str) -> None:
    page.goto(path)
    page.wait_for_selector("[data-page] h1")
    until(page, AGED)
    assert page.evaluate(looks.CONTRAST) == []
    assert page.evaluate(looks.TILES) == []
    assert page.evaluate(looks.NAMES) == []


def test_the_card_of_a_number_is_legible_and_reached_by_keyboard(page: Any) -> None:
    page.goto("/procedures")
    page.wait_for_selector(".kpi .k-num")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip", "the first stop skips the menu"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('k-num')"):
            break
    ring = page.evaluate(
        "getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth"
    )
    assert ring.startswith("solid")
    page.keyboard.press("Enter")
    page.wait_for_selector(".drawer[role=dialog]")
    until(page, "document.activeElement.classList.contains('drawer')")
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.drawer') !== null"), "focus stays in the dialog"
    assert page.evaluate(looks.CONTRAST) == []
    assert page.evaluate(looks.NAMES) == []
    page.keyboard.press("Escape")
    page.wait_for_selector(".drawer", state="detached")
    assert page.evaluate("document.activeElement.classList.contains('k-num')"), "focus comes back to the number"

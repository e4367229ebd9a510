"""The keyboard on a page and in the card of a number; what every page must hold is asked in `test_accessible.py`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.screen import looks
from tests.screen.watch import until

pytestmark = pytest.mark.screen
# Every visible control in the order of the document, those the keyboard came to, and stops without a visible ring.
STOPS = """() => {
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, [tabindex]')].filter((node) =>
    node.tabIndex >= 0 && !node.disabled && node.getBoundingClientRect().width > 0 && node.checkVisibility());
  const stops = window.stops = { all, seen: [], blind: [] };
  document.addEventListener('focusin', (event) => {
    const style = getComputedStyle(event.target);
    stops.seen.push(event.target);
    const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
    if (!ring) { stops.blind.push(event.target.outerHTML); }
  });
}"""


@pytest.fixture(scope="module")
def page(chromium: Any, analyst_address: str) -> Any:
    opened = chromium.new_page(viewport={"width": 1440, "height": 900}, base_url=analyst_address)
    opened.set_default_timeout(60_000)
    yield opened
    opened.close()


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


def test_every_control_is_a_stop_of_the_keyboard_in_reading_order(page: Any) -> None:
    page.goto("/commune?unit=21289")
    page.wait_for_selector(".pick button, button.pick")
    until(page, "document.querySelector('.dash-dropdown-focus-target')?.tabIndex === -1")
    page.evaluate(STOPS)
    for _ in range(page.evaluate("window.stops.all.length")):
        page.keyboard.press("Tab")
    assert (
        page.evaluate("window.stops.all.filter((node) => !window.stops.seen.includes(node)).map((n) => n.outerHTML)")
        == []
    )
    assert page.evaluate("window.stops.seen.every((node, at) => node === window.stops.all[at])"), "the order of reading"
    assert page.evaluate("window.stops.blind") == [], "each stop shows where the keyboard is"


def test_a_list_is_opened_and_left_by_the_keyboard(page: Any) -> None:
    page.goto("/")
    until(page, "document.querySelector('.dash-dropdown-focus-target')?.tabIndex === -1")
    page.locator("[role=group] button.pick--period").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".dash-dropdown-content")
    page.keyboard.press("Escape")
    page.wait_for_selector(".dash-dropdown-content", state="detached")
    assert page.evaluate("document.activeElement.classList.contains('pick--period')"), "focus comes back to the list"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.classList.contains('pick--unit')"), "one stop each, none unseen"

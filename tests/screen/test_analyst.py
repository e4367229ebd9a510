"""The analyst pages in a real browser: no error, nothing asked outside, plots survive, Back works, no clipped text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ioc import room
from layouts.pages import PAGES

pytestmark = pytest.mark.screen
PATHS = tuple(page.path for page in PAGES)
CLIPPED = """() => [...document.querySelectorAll('.k-t,.k-val,.k-target,.k-delta,h1,h2,.r-name,.r-val,.seg')]
  .filter(one => one.offsetParent && !one.closest('.sr') && one.scrollWidth > one.clientWidth + 1)
  .filter(one => getComputedStyle(one).display !== 'inline')
  .map(one => one.className + ': ' + one.textContent)"""


@pytest.fixture
def tab(chromium: Any, analyst_address: str) -> Iterator[Any]:
    """A tab that notes errors and foreign requests, and fails the test for them."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=analyst_address)
    page = context.new_page()
    page.set_default_timeout(60_000)
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda asked: None if asked.url.startswith((analyst_address, "data:", "blob:")) else wrong.append(asked.url),
    )
    yield page
    context.close()
    assert not wrong, wrong[:5]


def open_page(tab: Any, path: str) -> None:
    tab.goto(path)
    tab.wait_for_selector("[data-page] h1")


def test_pages_stand_in_both_languages_and_on_a_phone(tab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in PATHS:
        open_page(tab, path)
        assert tab.evaluate(CLIPPED) == [], path
        assert not tab.evaluate(
            "[...document.querySelectorAll('.note')].some(one => /[0-9a-f]{8}/.test(one.textContent))"
        )
    open_page(tab, "/?lang=en")
    assert tab.evaluate("document.documentElement.lang") == "en"
    assert tab.evaluate(CLIPPED) == []
    tab.set_viewport_size({"width": 390, "height": 844})
    for path in ("/", "/sources"):
        open_page(tab, path)
        tab.wait_for_timeout(300)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    # S-06: the heartbeat tells at once that the disk is nearly full, and when it is no more
    assert not tab.locator(".room--full").is_visible()
    usage = room.shutil.disk_usage
    monkeypatch.setattr(room.shutil, "disk_usage", lambda place: usage(place)._replace(total=2**30, free=2**24))
    tab.evaluate("window.ioc.heartbeat(0)")
    assert "tạm dừng đọc" in tab.locator(".room--full").inner_text()
    monkeypatch.undo()
    tab.evaluate("window.ioc.heartbeat(0)")
    assert not tab.locator(".room--full").is_visible()


def test_a_choice_changes_the_address_and_keeps_the_plots(tab: Any) -> None:
    posts: list[str] = []
    tab.on("request", lambda asked: posts.append(asked.url) if asked.method == "POST" else None)
    open_page(tab, "/")
    tab.wait_for_selector(".choroplethlayer path")
    assert posts == [], "the first picture needs no callback"
    tab.evaluate("document.querySelector('.block--map .js-plotly-plot').dataset.mark = 'same'")
    tab.click(".c-pick >> nth=2")
    tab.wait_for_selector(".chip")
    assert "unit=" in tab.url
    assert tab.evaluate("document.querySelector('.block--map .js-plotly-plot').dataset.mark") == "same"
    tab.go_back()
    tab.wait_for_selector(".chip", state="detached")
    assert "unit=" not in tab.url


def test_a_number_opens_its_card_and_escape_closes_it(tab: Any) -> None:
    open_page(tab, "/procedures")
    tab.wait_for_selector(".choroplethlayer path")
    tab.click(".k-num >> nth=0")
    tab.wait_for_selector(".drawer[role=dialog]")
    assert "card=procedures.on_time" in tab.url
    tab.wait_for_function("document.activeElement.classList.contains('drawer')")
    assert "sum(" in tab.inner_text(".drawer") or "count(" in tab.inner_text(".drawer")
    tab.keyboard.press("Escape")
    tab.wait_for_selector(".drawer", state="detached")
    assert "card=" not in tab.url


def test_a_page_reached_by_the_menu_is_the_page_of_its_address(tab: Any) -> None:
    open_page(tab, "/?unit=21400")
    tab.click(".menu a[href^='/reporting']")
    tab.wait_for_selector(".page--reporting")
    assert "unit=21400" in tab.url
    seen = tab.inner_text("h1")
    tab.reload()
    tab.wait_for_selector(".page--reporting")
    assert tab.inner_text("h1") == seen

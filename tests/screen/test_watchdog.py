"""The rules of an unattended wall one by one, with the browser's clock and the server's answers in the test's hand.

Rules 1-3 (asks, never reloads while unreachable, reloads for a new build) stand in `test_wall.py`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Page
from playwright.sync_api import Error as PageError

from tests.screen.test_wall import MAP_DRAWN, Server, free_port, open_wall
from tests.screen.watch import until

pytestmark = pytest.mark.screen
RELOADS = "(JSON.parse(sessionStorage.getItem('wall-reloads') || '[]')).length"
UPDATES = 300 if os.environ.get("IOC_FAULTS") == "full" else 10

WARM = 15 if UPDATES == 300 else 4


@pytest.fixture(scope="module")
def server(wall_home: Path) -> Iterator[Server]:
    found = Server(wall_home, free_port())
    found.start()
    yield found
    found.kill()


@pytest.fixture(scope="module")
def browser(chromium: Browser) -> Browser:
    return chromium


def build_of(page: Page) -> str:
    return str(page.evaluate("document.documentElement.dataset.build"))


def reloads(page: Page) -> int:
    """How often the page started anew; a moment of it has no answer, and counts as none."""
    try:
        return int(page.evaluate(RELOADS))
    except PageError:
        return 0


def test_rule_4_a_picture_that_stays_behind_is_loaded_again(browser: Browser, server: Server) -> None:
    """The server says a newer version and the render never brings it: after a minute the page starts anew."""
    page = browser.new_page()
    page.clock.install()
    page.goto(f"{server.url}/wall/main/?pulse=400")
    page.wait_for_selector(MAP_DRAWN, state="attached", timeout=60_000)
    answer = {"version": "9999999999999", "build": build_of(page)}
    page.route("**/wall/pulse?*", lambda route: route.fulfill(json=answer, status=200))
    page.route("**/_dash-update-component", lambda route: route.abort())
    page.clock.run_for(5_000)
    until(page, "document.getElementById('wall-shown').textContent !== '0'")
    assert reloads(page) == 0, "a moment behind is no reason"
    deadline = time.monotonic() + 60
    while reloads(page) == 0 and time.monotonic() < deadline:
        page.clock.run_for(5_000)
        page.wait_for_timeout(150)
    assert reloads(page) >= 1
    page.wait_for_selector(MAP_DRAWN, state="attached", timeout=60_000)
    page.close()


def test_rule_5_once_a_night_it_starts_anew(browser: Browser, server: Server) -> None:
    """Between 03:30 and 03:55 by the screen's clock, when the page is older than an hour; one time only."""
    context = browser.new_context(timezone_id="Asia/Ho_Chi_Minh")
    page = context.new_page()
    page.clock.install(time="2026-10-06T18:00:00Z")  # 01:00 of the 7th
    page.goto(f"{server.url}/wall/main/?pulse=20000")
    page.wait_for_selector(MAP_DRAWN, state="attached", timeout=60_000)
    page.clock.run_for(60_000)
    page.wait_for_timeout(500)
    assert reloads(page) == 0
    page.clock.fast_forward("02:29:00")  # 03:30
    deadline = time.monotonic() + 90
    while reloads(page) == 0 and time.monotonic() < deadline:
        page.clock.run_for(60_000)
        page.wait_for_timeout(150)
    assert reloads(page) == 1
    hour, minute = map(int, page.evaluate("new Date().toTimeString().slice(0, 5)").split(":"))
    assert (hour, 29 < minute < 59) == (3, True)
    page.wait_for_selector(MAP_DRAWN, state="attached", timeout=60_000)
    page.clock.run_for(300_000)
    page.wait_for_timeout(500)
    assert reloads(page) == 1
    context.close()


def sizes(page: Page, session: CDPSession) -> tuple[float, int]:
    """Heap in MB after a forced collection, and nodes of the document."""
    session.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return metrics["JSHeapUsedSize"] / 1e6, int(page.evaluate("document.querySelectorAll('*').length"))


def test_hundreds_of_refreshes_leave_heap_and_nodes_where_they_were(browser: Browser, server: Server) -> None:
    """300 renders of all scenes and figures in the long run, 10 in the short one (heap growth below 3 MB)."""
    page = open_wall(browser, server, "/wall/main/?pulse=3600000").page
    page.keyboard.press("Space")
    until(page, "document.querySelectorAll('.js-plotly-plot .main-svg').length >= 12")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    # Every render sends all slots again, as if each had changed: the marks are forgotten before it.
    update = """(round) => new Promise((done) => {
      const forget = window.dash_clientside.set_props;
      forget('wall-marks', { children: '' });
      const seen = new MutationObserver(() => { seen.disconnect(); setTimeout(done, 20); });
      const marks = document.getElementById('wall-marks');
      setTimeout(() => {
        seen.observe(marks, { childList: true, characterData: true, subtree: true });
        forget('wall-version', { data: 'round ' + round });
      }, 0);
    })"""

    def turn(first: int, last: int) -> None:
        for place in range(first, last):
            page.evaluate(update, place)

    turn(0, WARM)
    page.wait_for_timeout(500)
    heap, nodes = sizes(page, session)
    turn(WARM, WARM + UPDATES)
    page.wait_for_timeout(500)
    heap_after, nodes_after = sizes(page, session)
    assert nodes_after == nodes
    assert heap_after - heap < 3.0, f"{heap:.1f} -> {heap_after:.1f} MB in {UPDATES} updates"
    page.close()


@pytest.mark.faults
def test_thirty_seconds_without_a_server_heal_by_themselves(browser: Browser, server: Server) -> None:
    """With the beat of a real wall (10-15 s): the picture stays, says since when, and comes back within a minute."""
    page = open_wall(browser, server, "/wall/main/").page
    until(page, "document.documentElement.dataset.contact")
    value = page.locator(".scene--overview .k-val").first.text_content()
    page.evaluate("window.mark = 'the same page'")
    server.kill()
    until(page, "document.documentElement.dataset.conn === 'unsteady'", timeout=30_000)
    page.wait_for_timeout(30_000)
    assert page.locator(".scene--overview .k-val").first.text_content() == value
    server.start()
    until(page, "document.documentElement.dataset.conn === 'ok'", timeout=60_000)
    assert page.evaluate("window.mark") == "the same page"
    assert not page.locator(".lost").is_visible()
    page.close()

"""The wall in a real browser: quiet console, nothing from outside, nodes that survive, recovery by itself."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.layouts.wall_home import NOW, ROOT, publish_next
from tests.screen import looks, watch
from tests.screen.watch import until

pytestmark = pytest.mark.screen
MAP_DRAWN = ".scene--overview .choroplethlayer path"
CLIPPED = """() => {
  const found = [];
  const boxes = '.kpi,.k-t,.k-sub,.k-scope,.pill,.k-num,.k-val,.k-target,.k-delta,.k-when,.k-owner,.panel,' +
    '.panel h2,.list-sub,.r-item,.r-name,.r-nums,.cards,.head,.head h1,.counts,.foot,.foot>span,.clock,' +
    '.clock-time,.progress,.legend';
  document.querySelectorAll(boxes).forEach((node) => {
    const style = getComputedStyle(node);
    if (style.display === 'none' || (style.display === 'inline')) { return; }
    if (node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 3) {
      found.push([node.closest('.scene')?.id, node.className, node.textContent.slice(0, 60), node.scrollWidth,
        node.clientWidth, node.scrollHeight, node.clientHeight].join(' | '));
    }
  });
  document.querySelectorAll('.head').forEach((head) => {
    const title = head.querySelector('h1').getBoundingClientRect();
    const counts = head.querySelector('.counts').firstElementChild.getBoundingClientRect();
    if (title.right > counts.left) { found.push('title runs into the counts: ' + head.textContent); }
  });
  return found;
}"""


class Server:
    """The wall server as a process of its own, that can be killed and started again."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port = home, port
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.screen.serve_wall", str(self.home), str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/wall/pulse", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise AssertionError("the wall server did not answer in 60 s")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server(wall_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = Path(shutil.copytree(wall_home, tmp_path_factory.mktemp("wall") / "home"))  # tests publish into it
    found = Server(home, free_port())
    found.start()
    yield found
    found.kill()


@pytest.fixture(scope="module")
def browser(chromium: Browser) -> Browser:
    """The one browser of the session."""
    return chromium


class Watched:
    """A page with all that it must not do noted down."""

    def __init__(self, browser: Browser, origin: str, width: int = 1920, height: int = 1080) -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": height})
        self.faults: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self._check(request.url, origin))

    def _note(self, message: Any) -> None:
        early = "was preloaded using link preload" in message.text  # a busy machine uses it later than Chromium expects
        if message.type in ("error", "warning") and not early:
            self.faults.append(message.text)

    def _check(self, url: str, origin: str) -> None:
        if not url.startswith((origin, "data:", "blob:")):
            self.faults.append(f"outside: {url}")


def open_wall(browser: Browser, server: Server, path: str = "/wall/main/?pulse=400", **size: int) -> Watched:
    watched = Watched(browser, server.url, **size)
    watched.page.goto(server.url + path)
    watched.page.wait_for_selector(MAP_DRAWN, state="attached", timeout=60_000)
    until(watched.page, "document.querySelector('.clock-time').textContent !== ''")
    return watched


def test_all_scenes_are_drawn_quietly(browser: Browser, server: Server) -> None:
    watched = open_wall(browser, server)
    page = watched.page
    until(page, "document.querySelectorAll('.choroplethlayer').length >= 5", timeout=60_000)
    assert page.locator(".scene").count() == 6
    for place in range(6):
        until(page, f"document.querySelectorAll('.scene')[{place}].dataset.on === '1'")
        counts = page.locator(".scene").nth(place).locator(".count b").all_text_contents()
        assert sum(map(int, counts)) in (96, 7)
        page.keyboard.press("ArrowRight")
    until(page, "document.querySelectorAll('.scene')[0].dataset.on === '1'")
    page.keyboard.press("Space")
    assert page.locator(".next").text_content() == "Tạm dừng"
    assert page.evaluate("document.fonts.check('16px Inter', 'ộ')")
    assert watched.faults == []
    page.close()


@pytest.mark.parametrize("lang", ["", "en/"])
@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160), (7680, 2160)])
def test_no_text_is_clipped_and_all_is_legible(
    browser: Browser, server: Server, lang: str, width: int, height: int
) -> None:
    watched = open_wall(browser, server, f"/wall/main/{lang}", width=width, height=height)
    until(watched.page, "document.querySelector('.k-age').textContent !== ''")
    assert watched.page.evaluate(CLIPPED) == []
    if width == 1920:
        for _ in range(watched.page.locator(".scene").count()):
            assert watched.page.evaluate(looks.CONTRAST) == []
            assert watched.page.evaluate(looks.NAMES) == []
            watched.page.keyboard.press("ArrowRight")
        assert watched.page.evaluate(looks.TILES) == []
    assert watched.faults == []
    watched.page.close()


def test_every_card_shows_its_age_from_the_viewers_clock(browser: Browser, server: Server) -> None:
    watched = Watched(browser, server.url)
    page = watched.page
    page.clock.install(time="2026-10-06T07:05:00Z")
    page.goto(f"{server.url}/wall/main/")
    page.wait_for_selector(MAP_DRAWN, state="attached", timeout=60_000)
    page.clock.run_for(1000)
    ages = page.locator(".k-age").all_text_contents()
    assert len(ages) == 30
    assert set(ages) == {"8 giờ"}
    page.clock.fast_forward("30:00:00")
    page.clock.run_for(1000)
    assert set(page.locator(".k-age").all_text_contents()) == {"1 ngày"}
    page.close()


def publish_and_wait(page: Page, home: Path, salt: float, minute: int, only: str = "") -> None:
    version = publish_next(home, salt, datetime(2026, 10, 6, 7, minute, tzinfo=UTC), only=only)
    until(page, f"document.getElementById('wall-shown').textContent === '{version}'", timeout=60_000)
    page.wait_for_timeout(500)


def test_a_publish_changes_texts_and_traces_only(browser: Browser, server: Server) -> None:
    watched = open_wall(browser, server)
    page = watched.page
    page.keyboard.press("Space")
    until(page, "document.querySelectorAll('.js-plotly-plot').length === 12")
    page.wait_for_timeout(1500)
    page.evaluate(watch.START, watch.PARTS)
    before = page.locator(".scene--overview .kpi--lead .k-val").text_content()
    publish_and_wait(page, server.home, 0.7, 30)
    found = page.evaluate(watch.STOP)
    assert page.locator(".scene--overview .kpi--lead .k-val").text_content() != before
    assert (found["replaced"], found["lost"], found["disturbed"]) == ([], [], [])
    assert len(found["changed"]) > 40
    # One number moves: its card, and what leads with it, change; every other card and plot is not touched at all.
    publish_and_wait(page, server.home, 0.0, 40)
    page.evaluate(watch.START, watch.PARTS)
    publish_and_wait(page, server.home, 0.9, 50, only="procedures.satisfaction")
    found = page.evaluate(watch.STOP)
    assert (found["replaced"], found["lost"], found["disturbed"]) == ([], [], [])
    cards = [name for name in found["changed"] if "|" in name]
    assert cards
    assert all(name.startswith("procedures.satisfaction|") for name in cards)
    assert len([name for name in found["same"] if "|" in name]) == 30 - len(cards)
    assert watched.faults == []
    page.close()


def test_the_wall_outlives_a_killed_server(browser: Browser, server: Server) -> None:
    watched = open_wall(browser, server)
    page = watched.page
    until(page, "document.documentElement.dataset.contact")
    value = page.locator(".scene--overview .k-val").first.text_content()
    server.kill()
    until(page, "document.documentElement.dataset.conn === 'lost'", timeout=30_000)
    assert page.locator(".lost").is_visible()
    until(page, "document.querySelector('.lost-since').textContent.includes(':')")
    assert page.locator(".scene--overview .k-val").first.text_content() == value, "the last picture stays"
    page.wait_for_timeout(5_000)
    assert page.url.startswith(f"{server.url}/wall/main/")
    assert page.locator("#wall").count() == 1, "an error page cannot heal itself: never reload while unreachable"
    server.start()
    until(page, "document.documentElement.dataset.conn === 'ok'", timeout=60_000)
    assert not page.locator(".lost").is_visible()
    page.close()


def test_a_kiosk_started_before_the_server_opens_by_itself(browser: Browser, server: Server) -> None:
    watched = Watched(browser, server.url)
    page = watched.page
    page.goto(f"{server.url}/wall/boot?wall=/wall/nothing/&pulse=300")
    page.wait_for_timeout(800)
    assert "/wall/boot" in page.url, "an address that does not answer is waited for"
    page.route(re.compile(r"/wall/main/$"), lambda route: route.abort())
    page.goto(f"{server.url}/wall/boot?wall=/wall/main/&pulse=300")
    page.wait_for_timeout(1_000)
    assert "/wall/boot" in page.url
    page.unroute(re.compile(r"/wall/main/$"))
    page.wait_for_selector(MAP_DRAWN, state="attached", timeout=60_000)
    assert page.url.endswith("/wall/main/")
    page.close()


def test_a_new_build_reloads_the_page_but_not_for_ever(browser: Browser, server: Server) -> None:
    page = open_wall(browser, server).page
    page.route("**/wall/pulse?*", lambda route: route.fulfill(json={"version": "1", "build": "another"}, status=200))
    until(page, "document.documentElement.dataset.stuck === 'build'", timeout=60_000)
    assert page.evaluate("JSON.parse(sessionStorage.getItem('wall-reloads')).length") == 3
    page.locator(".lost").wait_for(state="visible", timeout=30_000)  # drawn once the page itself is
    page.close()


def test_each_number_names_its_card_and_the_lead_has_a_code(browser: Browser, server: Server) -> None:
    page = open_wall(browser, server).page
    keys = page.eval_on_selector_all("[data-card]", "(nodes) => nodes.map((node) => node.dataset.card)")
    assert len(keys) == 6 * 5 + 6 * 5
    assert all(2 <= key.count("|") <= 4 for key in keys)
    sources = page.eval_on_selector_all(".qr", "(nodes) => nodes.map((node) => node.src)")
    assert len(sources) == 6
    assert all(source.startswith("data:image/svg+xml") for source in sources)
    assert NOW.year == 2026
    page.close()

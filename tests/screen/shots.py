"""Pictures of every page and every wall scene: `python -m tests.screen.shots --home HOME --out DIR [--only A,B]`.

What is taken stands in `album.py`. A real web process is started on a free loopback port for a finished home. Each
picture is taken when the page says that it is drawn. Ends with 1 when a page logged an error, threw, or asked for
anything outside the server.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PageError

from ioc_cli.web import child_environment
from tests.conftest import ARGUMENTS, CHROMIUM
from tests.screen.album import CLICK, DESK, PHONE, STEWARD, VIEWS, WALLS, in_english

ROOT = Path(__file__).resolve().parents[2]
DRAWN = """() => document.fonts.status === 'loaded' && document.querySelector('[data-page] h1')
  && !document.querySelector('._dash-loading')
  && [...document.querySelectorAll('.js-plotly-plot')].every(one => one.querySelector('.main-svg'))
  && [...document.querySelectorAll('.block--map .js-plotly-plot')]
    .every(one => one.querySelector('.choroplethlayer path'))
  && [...document.querySelectorAll('.k-age[data-as-of]')].every(one => one.textContent !== '')
  && [...document.querySelectorAll('.plot')].every(one => one.querySelector('.main-svg'))
  && [...document.querySelectorAll('.slide:not(.is-hidden) .slide-w')]
    .every(one => one.querySelector('[role=slider]'))"""
PAPER_DRAWN = (
    "() => document.readyState === 'complete' && document.fonts.status === 'loaded' && document.querySelector('h1')"
)
WALL_DRAWN = """() => document.fonts.status === 'loaded' && document.querySelector('.scene')
  && document.querySelector('.clock-time')?.textContent !== ''
  && [...document.querySelectorAll('.plot')].every(one => one.querySelector('.main-svg'))
  && document.querySelectorAll('.panel--map .choroplethlayer path').length
     >= document.querySelectorAll('.panel--map').length"""


@contextmanager
def web_server(home: Path, folder: Path) -> Iterator[str]:
    """The web process of the product on a home and a free port; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    config = folder / "config.yaml"
    shipped = (ROOT / "config.yaml").read_text(encoding="utf-8")
    config.write_text(shipped.replace("port: 8050, workers: 2", f"port: {port}, workers: 1"), encoding="utf-8")
    command = [sys.executable, "-m", "ioc_cli.web", "--home", str(home.resolve()), "--config", str(config.resolve())]
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(command, cwd=ROOT, env=child_environment(os.environ))
    try:
        deadline = time.monotonic() + 60
        while not _answers(f"{address}/healthz"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the web process did not answer on {address}")
            time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(30)
        config.unlink(missing_ok=True)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


class Camera:
    """Opens pages in one browser, notes what they must not do, and keeps the pictures."""

    def __init__(self, browser: Browser, address: str, out: Path, only: str) -> None:
        self.browser, self.address, self.out, self.only = browser, address, out, only
        self.faults: list[str] = []
        self.taken = 0

    def wants(self, name: str) -> bool:
        """Whether a picture was asked for: one of the texts stands in its name, or nothing was named."""
        return any(text in name for text in self.only.split(","))

    def open(self, path: str, size: tuple[int, int], drawn: str = DRAWN) -> Page:
        """A new tab at an address, drawn."""
        page = self.browser.new_page(viewport={"width": size[0], "height": size[1]})
        page.on("console", lambda said: self._note(path, said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self._note(path, str(error)))
        page.on("request", lambda asked: self._check(path, asked.url))
        address, _, click = path.partition(CLICK)
        page.goto(f"{self.address}/{address}")
        wait_until(page, drawn)
        if click:
            page.locator(click).first.click()
            page.wait_for_load_state()
            wait_until(page, drawn)
        return page

    def take(self, page: Page, name: str, *, full: bool = False) -> None:
        """Write one picture."""
        page.screenshot(path=str(self.out / f"{name}.png"), full_page=full, animations="disabled")
        self.taken += 1

    def _check(self, path: str, asked: str) -> None:
        if not asked.startswith((self.address, "data:", "blob:")):
            self._note(path, f"asked outside: {asked}")

    def _note(self, path: str, fault: str) -> None:
        self.faults.append(f"/{path}: {fault}")


def wait_until(page: Page, condition: str, *, seconds: float = 60) -> None:
    """Ask a page again until it says yes: its own policy forbids the eval of wait_for_function."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if page.evaluate(condition):
                page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
                return
        except PageError:  # the page is just being loaded
            pass
        page.wait_for_timeout(100)
    raise SystemExit(f"{page.url}: not drawn within {seconds:.0f} s")


def shoot_pages(camera: Camera) -> None:
    """Every page at the desk and on a phone, the first screen and the whole page, and whole in English."""
    for name, path in VIEWS.items():
        _shoot_page(camera, name, path, DRAWN)
    for name, path in STEWARD.values():
        _shoot_page(camera, name, path, PAPER_DRAWN)
    if camera.wants("card-desk"):
        page = camera.open("", DESK)
        page.click(".k-num >> nth=0")
        wait_until(page, "() => document.querySelectorAll('.drawer[role=dialog] dd').length > 3")
        camera.take(page, "card-desk")
        page.close()


def _shoot_page(camera: Camera, name: str, path: str, drawn: str) -> None:
    for device, size in (("desk", DESK), ("phone", PHONE)):
        if not camera.wants(f"{name}-{device}"):
            continue
        page = camera.open(path, size, drawn)
        camera.take(page, f"{name}-{device}")
        camera.take(page, f"{name}-{device}-full", full=True)
        page.close()
    if camera.wants(f"{name}-en"):
        page = camera.open(in_english(path), DESK, drawn)
        camera.take(page, f"{name}-en", full=True)
        page.close()


def shoot_walls(camera: Camera) -> None:
    """Every scene of the first wall in every size, and the English wall once."""
    places = [("wall", "wall/main/", size) for size in WALLS] + [("wall-en", "wall/main/en/", WALLS[0])]
    for kind, path, (width, height) in places:
        start = f"{kind}-{width}x{height}"
        if not camera.wants(start):
            continue
        page = camera.open(path, (width, height), WALL_DRAWN)
        page.keyboard.press("Space")
        for place in range(page.locator(".scene").count()):
            on = f"document.querySelectorAll('.scene')[{place}]"
            wait_until(page, f"() => {on}.dataset.on === '1' && getComputedStyle({on}).opacity === '1'")
            scene = str(page.evaluate(f"{on}.className.match(/scene--(\\w+)/)[1]"))
            camera.take(page, f"{start}-{place + 1}-{scene}")
            page.keyboard.press("ArrowRight")
        page.close()


def main(arguments: list[str] | None = None) -> int:
    """Take the pictures; 0 when no page did what it must not do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", default="", help="only pictures whose name holds one of these texts")
    told: Any = parser.parse_args(arguments)
    if not (told.home / "published" / "CURRENT").exists():
        print(f"{told.home} holds no published numbers: build the demo province first (make demo)", file=sys.stderr)
        return 2
    if not CHROMIUM.exists():
        print("Chromium is not installed (make system)", file=sys.stderr)
        return 2
    told.out.mkdir(parents=True, exist_ok=True)
    with web_server(told.home, told.out) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        camera = Camera(browser, address, told.out, told.only)
        shoot_pages(camera)
        shoot_walls(camera)
        browser.close()
    for fault in dict.fromkeys(camera.faults):
        print(fault, file=sys.stderr)
    print(f"{camera.taken} pictures in {told.out}, {len(camera.faults)} faults")
    return 1 if camera.faults else 0


if __name__ == "__main__":
    sys.exit(main())

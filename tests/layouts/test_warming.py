"""Pages drawn ahead: what a person opens first stands ready, and nobody who asks waits for it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from layouts.page import Page
from layouts.pages import PAGES
from layouts.warming import Warmer
from tests.screen.serve import make_server

MENU = [page.path for page in PAGES if page.in_menu]


@pytest.fixture
def server(screen_home: Path) -> Flask:
    made = make_server(screen_home)
    made.extensions["warming"]._renderer.kept.clear()  # Dash asked for the first page when its layout was set
    return made


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of the pages drawn, in order."""
    found: list[str] = []
    fill = Page.fill

    def noting(page: Page, view: Any, **how: Any) -> Any:
        found.append(page.key)
        return fill(page, view, **how)

    monkeypatch.setattr(Page, "fill", noting)
    return found


def layout(server: Flask, path: str) -> Any:
    answer = server.test_client().get("/_dash-layout", headers={"Referer": f"http://localhost{path}"})
    assert answer.status_code == 200
    return answer.get_json()


def test_the_pages_of_the_menu_stand_ready_and_are_what_a_request_draws(server: Flask, drawn: list[str]) -> None:
    warmer: Warmer = server.extensions["warming"]
    assert warmer.warm() == 0, "nobody asked yet, and nobody started it"
    with warmer.asking("vi"):
        pass
    assert warmer.warm() == len(MENU)
    assert len(drawn) == len(MENU)
    assert warmer.warm() == len(MENU)
    warmed = {path: layout(server, path) for path in MENU}
    assert len(drawn) == len(MENU), "neither a second warming nor a request draws again"
    warmer._renderer.kept.clear()
    assert layout(server, MENU[1]) == warmed[MENU[1]]
    assert len(drawn) == len(MENU) + 1


def test_a_page_that_cannot_be_drawn_ahead_stops_nothing(
    server: Flask, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    warmer: Warmer = server.extensions["warming"]
    fill = Page.fill

    def failing(page: Page, view: Any, **how: Any) -> Any:
        if page.key == "traffic":
            raise RuntimeError("not this time")
        return fill(page, view, **how)

    with monkeypatch.context() as broken, warmer.asking("vi"):
        broken.setattr(Page, "fill", failing)
        broken.setattr("layouts.warming.QUIET_SECONDS", 0.01)
        assert warmer.warm() == len(MENU) - 1
    assert layout(server, "/traffic")["props"]["children"]
    assert drawn[-1] == "traffic", "the request drew it"


def test_it_waits_for_a_moment_without_requests_and_ends_when_told(server: Flask, drawn: list[str]) -> None:
    warmer: Warmer = server.extensions["warming"]
    done: list[int] = []
    with warmer.asking("vi"):
        thread = threading.Thread(target=lambda: done.append(warmer.warm()))
        thread.start()
        thread.join(0.3)
        assert (drawn, done) == ([], [])
        warmer.stop()
    thread.join(20)
    assert done == [0]


def test_the_thread_begins_with_the_server_and_follows_a_new_version(server: Flask, drawn: list[str]) -> None:
    """`start` is called in each worker after the fork; a change of version wakes it."""
    warmer: Warmer = server.extensions["warming"]
    ready = threading.Event()
    warm = warmer.warm

    def telling() -> int:
        count = warm()
        ready.set()
        return count

    warmer.warm = telling  # type: ignore[method-assign]
    warmer.start()
    try:
        assert ready.wait(60)
        assert len(drawn) == len(MENU)
        ready.clear()
        warmer._renderer.kept.clear()
        warmer._renderer.publication.on_change()
        assert ready.wait(60)
        assert len(drawn) == 2 * len(MENU)
    finally:
        warmer.stop()

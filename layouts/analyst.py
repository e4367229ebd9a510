"""The analyst application: pages for desk, phone and paper, mounted at `/`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from dash import Dash, dcc, html
from dash.development.base_component import Component
from flask import Flask, has_request_context, request

from ioc.published import Publication
from ioc.words import Words
from layouts import delivery, steering
from layouts.blocks.card import drawer
from layouts.page import Page
from layouts.pages import PAGES
from layouts.render import Renderer
from layouts.shell import head, menu
from layouts.theme import ANALYST_ASSETS_IGNORE, ASSETS
from layouts.warming import Warmer

PICKLESS = ("sources", "records")  # pages that follow no unit or period


def create_analyst(
    server: Flask,
    settings: Any,
    publication: Publication,
    words: Words,
    *,
    now: Callable[[], datetime] | None = None,
    pages: tuple[Page, ...] = PAGES,
) -> Dash:
    """Mount the application on the server. `settings.language` is the house language; `now` is for tests."""
    dressed = tuple(dress(page, pages) for page in pages)
    renderer = Renderer(publication, dressed, words, now=now or _now, lang=getattr(settings, "language", "vi"))
    app = Dash(
        "ioc-analyst",
        server=server,
        url_base_pathname="/",
        assets_folder=str(ASSETS),
        assets_ignore=ANALYST_ASSETS_IGNORE,
        serve_locally=True,
        update_title=None,
        title=words("page.document", renderer.lang),
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        compress=False,
    )
    app.layout = lambda: _layout(renderer)
    app.validation_layout = html.Div([_shell("/", "", html.Div(), 0), *steering.skeletons(dressed, renderer)])
    steering.steer(app, dressed)
    steering.render(app, dressed, renderer)
    warmer = Warmer(renderer, dressed)
    delivery.deliver(server, app, renderer, warmer)
    server.extensions["warming"] = warmer  # whoever serves starts it: a test or a command draws nothing ahead
    return app


def dress(page: Page, pages: tuple[Page, ...]) -> Page:
    """A page with menu, head and drawer."""
    shown = tuple(one for one in pages if one.in_menu)
    blocks = (menu(shown), head(page.title_key, picks=page.key not in PICKLESS), *page.blocks, drawer())
    return Page(page.key, page.path, blocks, page.in_menu)


def _layout(renderer: Renderer) -> Component:
    """The first picture: the page the browser stands on, already filled, so that no callback has to run first."""
    path, search = _standing()
    body, version = renderer.body(path or "/", search)
    return _shell(path, search, body, version)


def _standing() -> tuple[str, str]:
    """Path and query of the page that asks for its layout; the browser names it as referrer of its own request."""
    if not has_request_context() or not request.referrer:
        return "", ""
    parts = urlsplit(request.referrer)
    if parts.netloc != request.host:
        return "", ""
    return parts.path or "/", f"?{parts.query}" if parts.query else ""


def _shell(path: str, search: str, body: Component, version: int) -> Component:
    known = {"pathname": path, "search": search} if path else {}
    return html.Div(
        [
            dcc.Location(id="url", refresh=False, **known),
            dcc.Store(id="version", data=version),
            dcc.Interval(id="tick", interval=steering.HEARTBEAT_MS),
            html.Div(body, id="app"),
        ]
    )


def _now() -> datetime:
    return datetime.now(UTC)

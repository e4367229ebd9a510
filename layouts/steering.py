"""The generated callbacks: heartbeat, steer, route, and one render a page. Nobody writes another one.

steer      pickers and map clicks write the address (in the browser)
route      a new path -> the page with its first contents
render     a new address or a new version -> the slots of the page that is open
heartbeat  asks for the version every 15 seconds (in the browser); nothing new, nothing more
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dash import Dash, Input, Output, State, html, no_update

from ioc.errors import IocError
from layouts.page import NOTE, Page
from layouts.render import Renderer

HEARTBEAT_MS = 15_000

STEER = """function () {
  var args = Array.prototype.slice.call(arguments);
  return window.ioc ? window.ioc.steer(%s, args) : window.dash_clientside.no_update;
}"""
HEARTBEAT = """function (n, shown) {
  return window.ioc ? window.ioc.heartbeat(shown) : window.dash_clientside.no_update;
}"""


def steer(app: Dash, pages: Sequence[Page]) -> None:
    """Register the callbacks of all pages."""
    app.clientside_callback(
        HEARTBEAT,
        Output("version", "data"),
        Input("tick", "n_intervals"),
        State("version", "data"),
        prevent_initial_call=True,
    )
    for page in pages:
        _register_steer(app, page)


def _register_steer(app: Dash, page: Page) -> None:
    meanings = json.dumps([name for _, _, name in page.inputs()])
    app.clientside_callback(
        STEER % meanings,
        Output(f"{page.key}-main", "data-steered"),
        *[Input(owner, prop) for owner, prop, _ in page.inputs()],
        State(page.standing, "children"),
        prevent_initial_call=True,
    )


def render(app: Dash, pages: Sequence[Page], renderer: Renderer) -> None:
    """Register route and the renders."""

    @app.callback(
        Output("app", "children"), Input("url", "pathname"), State("url", "search"), prevent_initial_call=True
    )
    def route(path: str | None, search: str | None) -> Any:
        body, _ = renderer.body(path or "/", search or "")
        return body

    for page in pages:
        _register_render(app, page, renderer)


def _register_render(app: Dash, page: Page, renderer: Renderer) -> None:
    properties = [prop for _, prop in page.slots()]

    @app.callback(
        [*[Output(owner, prop) for owner, prop in page.slots()], Output(page.marks, "children")],
        Input("url", "search"),
        Input("version", "data"),
        State("url", "pathname"),
        State(page.standing, "children"),
        State(page.marks, "children"),
        prevent_initial_call=True,
    )
    def show(
        search: str | None, version: object, path: str | None, standing: str | None, held: str | None
    ) -> list[Any]:
        del version  # a newer one is only the reason to look again
        if renderer.page(path or "/") is not page:
            return [no_update] * (len(properties) + 1)
        try:
            drawing = renderer.draw(page, search or "", standing or "")
        except IocError:
            word = renderer.words("page.refused", renderer.language(search or ""))
            filled = [{**dict.fromkeys(block.all_slots, no_update), NOTE: ""} for block in page.blocks]
            filled[1][NOTE] = word  # in the head of the page
            drawing = page.drawing(filled, renderer.lang, 0)
        news, holds = drawing.news(properties, held or "")
        return [*news, holds]


def skeletons(pages: Sequence[Page], renderer: Renderer) -> list[html.Div]:
    """All pages without contents, for the check of callbacks."""
    return [page.skeleton(renderer.lang, renderer.word_in(renderer.lang)) for page in pages]

"""The frame of every page: menu, head with title and controls, the drawer. Made of blocks, like the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from ioc.words import format_datetime
from layouts import controls
from layouts.page import Block, Page, Put
from layouts.view import View

MENU_FIELDS = {"card": "", "indicator": "", "sort": ""}
# The first page of each part of the menu and the heading it stands under.
PARTS = {"procedures": "menu.fields", "commune": "menu.scores", "sources": "menu.data"}
HEAD = {
    "title": "children", "sub": "children", "kinds": "children", "period": "value", "periods": "options@period",
    "unit": "value",
    "units": "options@unit", "lang": "children", "compare": "children", "chips": "children", "standing": "text",
}  # fmt: skip


def menu(entries: Sequence[Page]) -> Block:
    """The menu: province, pages (each keeps unit, period and comparison), connection."""

    def draw(view: View) -> dict[str, Any]:
        return {
            "links": [item for page in entries for item in _entry(view, page)],
            "province": view.word("page.ioc", province=view.place_name),
        }

    return Block("menu", {"links": "children", "province": "children"}, draw, _menu_frame, area="nav")


def _entry(view: View, page: Page) -> list[Component]:
    current = view.path == page.path
    link = html.A(
        view.word(page.title_key),
        href=view.link(page.path, **MENU_FIELDS),
        **({"aria-current": "page"} if current else {}),
    )
    part = PARTS.get(page.key)
    heading = [html.Li(view.word(part), className="menu-head")] if part else []
    return [*heading, html.Li(link)]


def _menu_frame(put: Put) -> Component:
    return html.Nav(
        [
            html.A(put.word("page.skip"), href=f"#{put.main}", className="skip"),
            html.Div(
                [html.Span(className="logo"), html.Span(put.content("province", ""), id=put.id("province"))],
                className="brand",
            ),
            html.Ul(put.content("links", []), id=put.id("links"), className="menu"),
            html.A(put.word("page.wall"), href="/wall/", className="menu-foot", target="_blank"),
            html.Div(
                [
                    html.I(className="dot"),
                    html.Span(put.word("page.connected"), className="conn conn--ok"),
                    html.Span(put.word("page.lost"), className="conn conn--lost"),
                ],
                className="connection",
                role="status",
            ),
            put.note(),
        ],
        className="nav",
        **{"aria-label": put.word("page.menu")},
    )


def head(title_key: str, *, picks: bool = True) -> Block:
    """Title, age of the data and the controls; `picks=False` leaves out what a page does not follow."""

    def draw(view: View) -> dict[str, Any]:
        title = view.word(title_key)
        place = view.name(view.selection.unit)
        return {
            "title": [html.Span(title), html.Span(place, className="place", hidden=not picks or None)],
            "sub": _sub(view),
            "kinds": controls.kind_links(view),
            "period": view.period.key,
            "periods": controls.period_options(view),
            "unit": view.selection.unit,
            "units": controls.unit_options(view),
            "lang": controls.language_links(view),
            "compare": controls.compare_links(view),
            "chips": controls.chips(view) if picks else [],
            "standing": f"{view.selection.unit}|{view.selection.period}|{view.key}",
        }

    def frame(put: Put) -> Component:
        return _head_frame(put, picks)

    inputs = {"period": "value", "unit": "value"}
    return Block("head", HEAD, draw, frame, area="head", inputs=inputs)


def _sub(view: View) -> str:
    version = view.reader.version
    data = format_datetime(version.data_as_of, view.lang) if version.data_as_of else "—"
    return view.word("page.sub", data=data, published=format_datetime(version.published_at, view.lang))


def _head_frame(put: Put, picks: bool) -> Component:
    hidden = "" if picks else " is-hidden"
    return html.Header(
        [
            html.Div(
                [
                    html.Div(
                        [
                            html.H1(put.content("title", ""), id=put.id("title")),
                            html.P(put.content("sub", ""), id=put.id("sub"), className="head-sub"),
                        ],
                        className="head-title",
                    ),
                    html.Div(
                        [
                            html.Div(
                                controls.dropdown(put, "period", searchable=False), className="head-pick" + hidden
                            ),
                            html.Div(controls.dropdown(put, "unit", searchable=True), className="head-pick" + hidden),
                            html.Div(
                                put.content("lang", []), id=put.id("lang"), className="segs segs--lang", role="group",
                                **{"aria-label": put.word("page.pick_lang")},
                            ),
                        ],
                        className="head-controls",
                    ),
                ],
                className="head-row",
            ),
            html.Div(
                [
                    html.Div(
                        put.content("kinds", []), id=put.id("kinds"), className="segs", role="group",
                        **{"aria-label": put.word("page.pick_kind")},
                    ),
                    html.Span(put.word("page.compare"), className="compare-word"),
                    html.Div(put.content("compare", []), id=put.id("compare"), className="segs", role="group",
                             **{"aria-label": put.word("page.compare")}),
                    html.Div(put.content("chips", []), id=put.id("chips"), className="chips"),
                ],
                className="head-second" + hidden,
            ),
            html.Span(put.content("standing", ""), id=put.id("standing"), hidden=True),
            put.note(),
        ],
        className="head",
    )  # fmt: skip

"""A heading for those who do not see the page: it parts what the eye parts by place (WCAG 1.3.1)."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from layouts.page import Block, Put
from layouts.view import View


def spoken(name: str, *, area: str) -> Block:
    """The heading `spoken.<name>` at the beginning of an area; it is read out and takes no room."""

    def draw(view: View) -> dict[str, object]:
        return {"title": view.word(f"spoken.{name}")}

    def frame(put: Put) -> Component:
        title = html.H2(put.content("title", ""), id=put.id("title"))
        return html.Div([title, put.note()], className="sr")

    return Block("spoken", {"title": "children"}, draw, frame, area=area)

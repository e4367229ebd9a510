"""The group block: cards of one subject under a heading, those that need attention first."""

from __future__ import annotations

from typing import Any

from dash import html, no_update
from dash.development.base_component import Component

from layouts.blocks.kpi import kpi
from layouts.page import NOTE, Block, Put
from layouts.view import View

ROW = 5  # cards beside each other on a desk
NEED = {"bad": 0, "watch": 1, "good": 3, "unknown": 4}
SILENT = 2  # no number, or one that is too old: after what is off track, before what is well


def group(name: str, *indicators: str, columns: int = 0) -> Block:
    """Cards under the heading `group.<name>`, worst first, in the page's order where they are equal.

    `columns` is how many stand beside each other on a desk; groups whose columns add up to five share a row.
    """
    cards = tuple(kpi(indicator) for indicator in indicators)

    def draw(view: View) -> dict[str, Any]:
        known = [card for card in cards if card.indicators[0] in view.catalogue.indicators]  # not yet: an older version
        ordered = sorted(known, key=lambda card: need(view, card.indicators[0]))
        return {"title": view.word(f"group.{name}"), "cards": [_card(card, view) for card in ordered]}

    def frame(put: Put) -> Component:
        return html.Section(
            [
                html.H2(put.content("title", ""), id=put.id("title"), className="group-title"),
                put.note(),
                html.Div(put.content("cards", []), id=put.id("cards"), className="group-cards"),
            ],
            className=f"block block--group group--{columns or min(ROW, len(indicators))}",
        )

    slots = {"title": "children", "cards": "children"}
    return Block("group", slots, draw, frame, area="cards", indicators=tuple(indicators))


def need(view: View, indicator: str) -> int:
    """How much a number needs to be looked at: 0 off track ... 4 nothing to judge by."""
    told = view.told(indicator)
    if told.observation is None or told.observation.value is None or told.freshness.level in ("late", "down"):
        return SILENT
    return NEED[told.status.level]


def _card(card: Block, view: View) -> Component:
    """One card; where it cannot be drawn its sentence stands in, and the other cards stand."""
    filled = card.fill(view)
    shown = filled.get("card", no_update)
    return html.P(filled[NOTE], className="note") if shown is no_update else shown

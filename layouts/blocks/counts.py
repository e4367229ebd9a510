"""The counts block: how many units are behind, on watch, good and without a number; together all of them."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from ioc.words import format_number
from layouts.blocks.lead import leading
from layouts.page import Block, Put
from layouts.theme import LEVELS
from layouts.view import View


def counts(indicator: str) -> Block:
    """One line of four counts that add up to the units of the level."""

    def draw(view: View) -> dict[str, Any]:
        lead = leading(view, indicator)
        level = view.level_of(lead)
        period = view.period_for(lead)
        statuses = view.statuses(view.everyone(lead.id, level, period.key))
        members = view.members(level)
        found = dict.fromkeys(LEVELS, 0)
        for code in members:
            found[statuses[code].level if code in statuses else "unknown"] += 1
        head = view.word(f"page.counts_{level}", name=lead.short_name.text(view.lang), count=len(members))
        marks = [
            html.Span(
                [
                    html.Span(className=f"shape shape-{one}"),
                    html.B(format_number(found[one], 0, view.lang), className="num"),
                    html.Span(view.word(f"chart.count.{one}")),
                ],
                className="count",
            )
            for one in LEVELS
        ]
        return {"counts": [html.Span(head, className="counts-of"), *marks]}

    return Block("counts", {"counts": "children"}, draw, _frame, area="counts", indicators=(indicator,))


def _frame(put: Put) -> Component:
    return html.Div(
        [html.Div(put.content("counts", []), id=put.id("counts"), className="counts"), put.note()],
        className="block block--counts",
    )

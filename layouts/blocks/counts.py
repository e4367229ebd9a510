"""The counts block: how many units are behind, on watch, good, without a number, without a case; together all."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from indicators.beside.level import ALL
from ioc.words import format_number
from layouts.blocks.lead import leading
from layouts.blocks.linked import counted
from layouts.charts.tally import tally, word_key
from layouts.page import Block, Put
from layouts.theme import COUNTED
from layouts.view import View


def counts(indicator: str) -> Block:
    """One line of five counts that add up to the units of the level; each lists its units on its card."""

    def draw(view: View) -> dict[str, Any]:
        lead = leading(view, indicator)
        level = view.level_of(lead)
        period = view.period_for(lead)
        items = view.everyone(lead.id, level, period.key)
        statuses = view.statuses(items)
        members = view.members(level)
        found = tally(members, items, statuses)
        head = view.word(f"page.counts_{level}", name=lead.short_name.text(view.lang), count=len(members))
        marks = [
            counted(
                view,
                [
                    html.Span(className=f"shape shape-{one}"),
                    html.B(format_number(found[one], 0, view.lang), className="num"),
                    html.Span(view.word(word_key(one, statuses))),
                ],
                lead.id,
                level,
                period.key,
                one,
                "count",
            )
            for one in COUNTED
        ]
        whole = counted(view, head, lead.id, level, period.key, ALL, "counts-of")
        return {"counts": [whole, *marks]}

    return Block("counts", {"counts": "children"}, draw, _frame, area="counts", indicators=(indicator,))


def _frame(put: Put) -> Component:
    return html.Div(
        [html.Div(put.content("counts", []), id=put.id("counts"), className="counts"), put.note()],
        className="block block--counts",
    )

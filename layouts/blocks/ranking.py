"""The ranking block: the units that need attention most, and where the chosen unit stands."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from indicators.beside.level import RANKED
from layouts.blocks.lead import leading
from layouts.blocks.linked import counted
from layouts.charts import numeral
from layouts.charts import ranking as chart
from layouts.page import Block, Put
from layouts.view import View

WORST = 5


def ranking(indicator: str) -> Block:
    """The worst five of the level, with a bar and a tick at the target."""

    def draw(view: View) -> dict[str, Any]:
        lead = leading(view, indicator)
        level = view.level_of(lead)
        period = view.period_for(lead)
        items = view.everyone(lead.id, level, period.key)
        ordered = chart.worst_first(items, lead)
        target = view.catalogue.target_for(lead.id, "*", level, period)
        aim = float(target.value) if target is not None else None
        name = lead.short_name.text(view.lang)
        shown = min(WORST, len(ordered))
        title = view.word(
            f"page.worst_{'high' if lead.direction == 'down' else 'low'}_{level}", count=shown
        )  # fmt: skip
        sub = (
            view.word("chart.worst_sub", name=name, target=numeral.whole(aim, lead, view.lang, view.words))
            if aim is not None
            else view.word("chart.worst_sub_plain", name=name, period=period.label(view.lang))
        )

        def told(text: str) -> dict[str, Any]:
            return counted(view, text, lead.id, level, period.key, RANKED)

        levels = {code: status.level for code, status in view.statuses(items).items()}
        return {
            "title": told(title),
            "sub": told(sub),
            "list": chart.rows(
                items,
                lead,
                aim,
                view.names,
                view.lang,
                view.words,
                levels=levels,
                count=WORST,
                href=view.card_link,
            ),
            "place": told(_place(view, [item.unit for item in ordered], len(view.members(level)))),
        }

    slots = {"title": "children", "sub": "children", "list": "children", "place": "children"}
    return Block("ranking", slots, draw, _frame, area="side", indicators=(indicator,))


def _place(view: View, codes: list[str], total: int) -> str:
    """Where the chosen unit stands, counted from the best; how many have no value is part of the sentence."""
    unit = view.selection.unit
    if unit in codes:
        place = len(codes) - codes.index(unit)
        return view.word("page.place", unit=view.name(unit), place=place, ranked=len(codes), total=total)
    return view.word("page.ranked", ranked=len(codes), total=total)


def _frame(put: Put) -> Component:
    return html.Section(
        [
            html.H2(put.content("title", ""), id=put.id("title")),
            html.P(put.content("sub", ""), id=put.id("sub"), className="sub"),
            put.note(),
            html.Ol(put.content("list", []), id=put.id("list"), className="ranking"),
            html.P(put.content("place", ""), id=put.id("place"), className="sub place"),
        ],
        className="block panel block--ranking",
    )

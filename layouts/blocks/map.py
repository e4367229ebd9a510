"""The map block: communes in five classes, the worst numbered, a click chooses the commune."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from indicators.beside.level import RANKED
from layouts.blocks.lead import leading, titled
from layouts.blocks.linked import counted
from layouts.charts import commune_map as chart
from layouts.charts import ranking
from layouts.page import EMPTY_FIGURE, Block, Put
from layouts.theme import graph_config
from layouts.view import View

SIZE = 12.5


def commune_map(indicator: str) -> Block:
    """The commune map of a number."""

    def draw(view: View) -> dict[str, Any]:
        lead = leading(view, indicator, needs="commune")
        period = view.period_for(lead)
        items = view.everyone(lead.id, "commune", period.key)
        levels = {code: status.level for code, status in view.statuses(items).items()}
        worst = ranking.worst_first(items, lead)[:1]
        title = view.word("page.map_title", name=titled(view, lead), period=period.label(view.lang))
        figure = EMPTY_FIGURE
        if view.geo:
            figure = chart.figure(
                items, lead, view.geo, view.lang, view.theme, size=SIZE, names=view.names, words=view.words,
                levels=levels, selected=view.selection.unit,
            )  # fmt: skip
        return {
            "title": counted(view, title, lead.id, "commune", period.key, RANKED),
            "legend": chart.legend(items, lead, view.geo, view.lang, view.words),
            "map": figure,
            "label": view.word(
                "chart.map_label", name=lead.name.text(view.lang), count=len(items),
                worst=view.name(worst[0].unit) if worst else "—",
            ),
            "missing": "" if view.geo else view.word("page.no_map"),
        }  # fmt: skip

    slots = {
        "title": "children",
        "legend": "children",
        "map": "figure",
        "label": "aria-label",
        "missing": "children",
    }
    return Block("map", slots, draw, _frame, area="map", indicators=(indicator,), inputs={"map": "clickData"})


def _frame(put: Put) -> Component:
    graph = dcc.Graph(
        id=put.id("map"), figure=put.content("map", EMPTY_FIGURE), config=graph_config(put.lang), responsive=True,
        className="graph",
    )  # fmt: skip
    plot = html.Div(graph, id=put.id("label"), className="plot", role="img", **{"aria-label": put.content("label", "")})
    return html.Section(
        [
            html.H2(put.content("title", ""), id=put.id("title")),
            html.Div(put.content("legend", []), id=put.id("legend"), className="legend"),
            html.P(put.content("missing", ""), id=put.id("missing"), className="note"),
            put.note(),
            plot,
        ],
        className="block panel block--map",
    )

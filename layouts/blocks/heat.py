"""The heat block: the parts of a number (junctions) by month, in the classes of the map."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from ioc.value import Observation
from layouts.blocks.lead import titled
from layouts.blocks.linked import linked
from layouts.blocks.parts import slice_names
from layouts.charts import commune_map, heatmap
from layouts.charts.numeral import card_key
from layouts.page import EMPTY_FIGURE, Block, Put
from layouts.theme import graph_config
from layouts.view import View

COLUMNS = 9
MOST = 12
SIZE = 12.0


def heat(indicator: str, dimension: str) -> Block:
    """The parts of a number of the chosen unit over the last nine periods."""

    def draw(view: View) -> dict[str, Any]:
        told = view.told(indicator)
        items = view.reader.slices(indicator, told.unit, told.period.key, dimension)
        items.sort(key=lambda item: (-(item.value or 0.0), item.slice_value))
        periods = [told.period.shift(step) for step in range(1 - COLUMNS, 1)]
        rows: list[list[Observation | None]] = []
        for item in items[:MOST]:
            series = view.reader.series(
                indicator, told.unit, told.period.kind, last=told.period.key, count=COLUMNS,
                slice_dim=dimension, slice_value=item.slice_value,
            )  # fmt: skip
            by_key = {one.period: one for one in series}
            rows.append([by_key.get(period.key) for period in periods])
        names = slice_names(view, dimension)
        labels = [names.get(item.slice_value, item.slice_value) for item in items[:MOST]]
        known = [one for row in rows for one in row if one is not None]
        title = view.word("page.parts_title", name=titled(view, told.indicator), by=view.word(f"slice.{dimension}"))
        figure = EMPTY_FIGURE
        if rows:
            figure = heatmap.figure(rows, labels, periods, told.indicator, view.lang, view.theme, size=SIZE)
        return {
            "title": linked(view, title, card_key(indicator, told.unit, told.period.key)),
            "legend": commune_map.legend(known, told.indicator, {}, view.lang, view.words, gaps=heatmap.has_gaps(rows)),
            "graph": figure,
            "label": title,
            "missing": "" if rows else view.word("page.no_parts"),
        }

    slots = {
        "title": "children",
        "legend": "children",
        "graph": "figure",
        "label": "aria-label",
        "missing": "children",
    }
    return Block("heat", slots, draw, _frame, area="map", indicators=(indicator,))


def _frame(put: Put) -> Component:
    graph = dcc.Graph(
        id=put.id("graph"), figure=put.content("graph", EMPTY_FIGURE), config=graph_config(put.lang, static=True),
        responsive=True, className="graph",
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
        className="block panel block--heat",
    )

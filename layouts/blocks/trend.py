"""The trend block: the message as title, a year of columns with plan and previous year, the gap above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from ioc.period import Period
from ioc.value import Observation
from layouts.blocks.lead import leading
from layouts.blocks.linked import linked
from layouts.blocks.timeline import add_double_run, map_links, mark_figure, on_chosen_map
from layouts.charts import trend as chart
from layouts.charts.numeral import card_key
from layouts.page import EMPTY_FIGURE, Block, Put
from layouts.theme import graph_config
from layouts.view import Told, View

SIZE = 12.0
AHEAD = 6  # years of a path beyond the one shown
COLUMNS = {
    "month": 12,
    "ytd": 12,
    "week": 12,
    "day": 14,
    "quarter": 8,
    "half": 6,
    "nine_months": 4,
    "year": 5,
}


def trend(indicator: str, kind: str = "") -> Block:
    """The history of a number of the chosen unit."""

    def draw(view: View) -> dict[str, Any]:
        lead = leading(view, indicator)
        told = view.told(lead.id, kind if lead.id == indicator else "")
        periods = [*shown_periods(told), *years_ahead(view, told)]
        history = {item.period: item for item in told.series}
        series: list[Observation | None] = [history.get(period.key) for period in periods]
        series, shares = on_chosen_map(view, told, periods, series)
        before = chart.values_of([history.get(period.same_last_year().key) for period in periods])
        plan = _plan(view, told, periods)
        year_ago = history.get(told.period.same_last_year().key)
        message = chart.message(
            told.observation,
            told.indicator,
            told.status,
            year_ago.value if year_ago else None,
            view.lang,
            view.words,
        )
        figure = chart.figure(
            series,
            plan,
            before,
            periods=periods,
            indicator=told.indicator,
            lang=view.lang,
            theme=view.theme,
            words=view.words,
            size=SIZE,
        )
        mark_figure(figure, view, told, periods, series, shares)
        doubled = add_double_run(figure, view, told, series)
        legend = chart.legend(
            view.lang,
            view.words,
            plan=any(value is not None for value in plan),
            last_year=any(value is not None for value in before),
        )
        key = card_key(told.indicator.id, told.unit, told.period.key)
        return {
            "title": linked(view, chart.title(message, told.status.level), key),
            "legend": [*legend, *doubled, *map_links(view, told, periods, shares)],
            "graph": figure,
            "label": "".join(message),
        }  # fmt: skip

    slots = {"title": "children", "legend": "children", "graph": "figure", "label": "aria-label"}
    return Block("trend", slots, draw, _frame, area="side", indicators=(indicator,))


def shown_periods(told: Told) -> list[Period]:
    """The columns: the running year for cumulative numbers, else the last ones of the kind, to the one shown."""
    if told.period.kind == "ytd":
        return [Period.parse(f"{told.period.year}-{month:02d}.ytd") for month in range(1, 13)]
    count = COLUMNS.get(told.period.kind, 8)
    first = told.series[0].period_start if told.series else told.period.start
    found = [told.period.shift(step) for step in range(1 - count, 1)]
    return [period for period in found if period.start >= first] or [told.period]


def _plan(view: View, told: Told, periods: Sequence[Period]) -> list[float | None]:
    found = []
    for period in periods:
        target = view.catalogue.target_for(told.indicator.id, told.unit, told.level, period)
        due = target is not None and not target.awaits(period.end)
        found.append(float(target.value) if target is not None and due else None)
    return found


def years_ahead(view: View, told: Told) -> list[Period]:
    """The years from the one shown to the end of a path of years, so that the way there is seen."""
    if told.period.kind != "year":
        return []
    target = view.catalogue.target_for(told.indicator.id, told.unit, told.level, told.period)
    if target is None or target.path != "years" or target.reach_on is None:
        return []
    last = min(target.reach_on.year, told.period.year + AHEAD)
    return [told.period.shift(step) for step in range(1, last - told.period.year + 1)]


def _frame(put: Put) -> Component:
    graph = dcc.Graph(
        id=put.id("graph"), figure=put.content("graph", EMPTY_FIGURE), config=graph_config(put.lang, static=True),
        responsive=True, className="graph",
    )  # fmt: skip
    plot = html.Div(graph, id=put.id("label"), className="plot", role="img", **{"aria-label": put.content("label", "")})
    return html.Section(
        [
            html.H2(put.content("title", []), id=put.id("title")),
            html.Div(put.content("legend", []), id=put.id("legend"), className="legend"),
            put.note(),
            plot,
        ],
        className="block panel block--trend",
    )

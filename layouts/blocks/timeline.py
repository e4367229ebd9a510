"""What a trend must tell beside its columns: breaks of the definition, boundaries of the time or today's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from indicators.concordance import HATCHED_BELOW, observe_today
from indicators.double import by_other_definitions
from ioc.errors import UsageError
from ioc.period import Period
from ioc.value import Observation
from ioc.words import format_date
from layouts.view import Told, View


def on_chosen_map(
    view: View, told: Told, periods: Sequence[Period], series: Sequence[Observation | None]
) -> tuple[list[Observation | None], list[float | None]]:
    """The observations on the chosen map, and the exact share of each (None: nothing was converted)."""
    plain: list[Observation | None] = list(series)
    shares: list[float | None] = [None] * len(plain)
    if view.selection.basis != "today" or not crosses_boundary(view, told, periods):
        return plain, shares
    born = view.units[told.unit].valid_from
    for spot, period in enumerate(periods):
        if born is None or period.start >= born:
            continue
        try:
            found = observe_today(view.reader, view.catalogue, told.indicator.id, told.unit, period.key)
        except UsageError:
            plain[spot] = None  # no answer on today's map: a gap, never the number of another area
            continue
        plain[spot] = found.observation if found.observation.value is not None else None
        shares[spot] = found.exact_share if found.moved else None
    return plain, shares


def crosses_boundary(view: View, told: Told, periods: Sequence[Period]) -> bool:
    """Whether columns lie before the unit existed, so that the map of the day and today's differ."""
    unit = view.units.get(told.unit)
    born = unit.valid_from if unit is not None and unit.unit_kind == "commune" else None
    return born is not None and any(period.start < born for period in periods)


def map_links(view: View, told: Told, periods: Sequence[Period], shares: Sequence[float | None]) -> list[Component]:
    """The choice of boundaries, where it matters; what hatching means, where there is any."""
    if not crosses_boundary(view, told, periods) or view.catalogue.dataset_of(told.indicator).today is None:
        return []
    links: list[Component] = [
        html.A(
            view.word(f"compare.basis_{key or 'then'}"), href=view.link(basis=key), className="seg",
            **{"aria-current": "true" if view.selection.basis == key else "false"},
        )
        for key in ("", "today")
    ]  # fmt: skip
    if any(share is not None and share < HATCHED_BELOW for share in shares):
        links.append(html.Span(view.word("compare.hatched"), className="legend-note"))
    return [html.Span(links, className="legend-basis")]


def mark_figure(
    figure: dict[str, Any], view: View, told: Told, periods: Sequence[Period], series: Sequence[Observation | None],
    shares: Sequence[float | None],
) -> None:  # fmt: skip
    """Hatch columns that are largely estimated, and draw a line where the definition changed."""
    theme = view.theme
    hatched = [share is not None and share < HATCHED_BELOW for share in shares]
    if any(hatched):
        for trace in figure["data"]:
            if trace.get("type") == "bar" and trace.get("marker", {}).get("color") == theme.actual:
                shapes = ["/" if one else "" for one in hatched]
                colours = {"fgcolor": theme.actual, "bgcolor": theme.panel}
                trace["marker"]["pattern"] = {"shape": shapes, **colours, "solidity": 0.35, "size": 6}
                trace["marker"]["line"] = {"color": theme.actual, "width": [1.5 if one else 0 for one in hatched]}
                break
    before: Observation | None = None
    for spot, item in enumerate(series):
        if item is None:
            continue
        if before is not None and before.version != item.version:
            _draw_break(figure, view, told, spot, item.version)
        before = item


def add_double_run(
    figure: dict[str, Any], view: View, told: Told, series: Sequence[Observation | None]
) -> list[Component]:
    """The numbers by the earlier definition, as a thin line over the year of both; its entry of the legend."""
    shown = [item for item in series if item is not None]
    doubles = by_other_definitions(view.reader, view.catalogue, shown)
    heights = [
        next((one.value for one in doubles.get(item.period, ()) if one.version < item.version), None) if item else None
        for item in series
    ]
    if all(height is None for height in heights):
        return []
    theme = view.theme
    figure["data"].append(
        {
            "type": "scatter", "mode": "lines+markers", "x": [spot - 0.07 for spot in range(len(heights))],
            "y": heights, "line": {"color": theme.text_2, "width": 1.5, "dash": "dot"}, "hoverinfo": "skip",
            "marker": {"symbol": "circle-open", "size": 7, "color": theme.text_2}, "cliponaxis": False,
            "connectgaps": False,
        }
    )  # fmt: skip
    _clear_labels(figure, heights)
    return [html.Span([html.I(className="mark mark--double"), html.Span(view.word("version.double"))])]


def _clear_labels(figure: dict[str, Any], heights: Sequence[float | None]) -> None:
    """Lift the labels of columns over the marks of the double run that would cross them."""
    top = figure["layout"]["yaxis"]["range"][1]
    for note in figure["layout"]["annotations"]:
        spot = round(note["x"]) if note.get("yref") == "y" else -1
        height = heights[spot] if 0 <= spot < len(heights) else None
        if height is not None and note["y"] - top * 0.05 <= height <= note["y"] + top * 0.12:
            note |= {"y": max(note["y"], height), "yshift": 5}


def _draw_break(figure: dict[str, Any], view: View, told: Told, spot: int, version: int) -> None:
    theme = view.theme
    line = {"color": theme.text_2, "width": 1.5, "dash": "dot"}
    place = {"xref": "x", "yref": "paper"}
    figure["layout"].setdefault("shapes", []).append(
        {"type": "line", "x0": spot - 0.52, "x1": spot - 0.52, "y0": 0, "y1": 1, "line": line, **place}
    )
    definition = view.catalogue.definition(told.indicator.id, version)
    change = definition.change.text(view.lang) if definition.change is not None else ""
    day = format_date(definition.valid_from, view.lang)
    figure["layout"].setdefault("annotations", []).append(
        {
            "x": spot - 0.5, "y": 1, **place, "text": view.word("compare.break", version=version),
            "showarrow": False, "xanchor": "left", "yanchor": "top", "font": {"size": 12, "color": theme.text_2},
            "hovertext": view.word("compare.break_long", version=version, day=day, change=change),
        }
    )  # fmt: skip

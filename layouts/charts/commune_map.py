"""Commune map: five classes of one hue, areas without a value in their own grey, the worst five outlined
and numbered.

The figure carries ids and class numbers only; the geometry is an address the browser keeps
(`geo_meta["url"]`). Plotly's own outlines are replaced by `assets/geo_stub.js`; rings must run clockwise
(checked where they are
built).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ioc.catalogue import Indicator
from ioc.value import Observation
from ioc.words import Words
from layouts.charts import numeral
from layouts.charts.class_legend import legend
from layouts.charts.classes import BREAKS, breaks, class_of
from layouts.charts.ranking import worst_first
from layouts.theme import Theme, base_layout

__all__ = ["figure", "legend", "spread"]

INSET_WIDTH, INSET_HEIGHT, INSET_GAP = 0.17, 0.17, 0.03


def figure(
    observations: Sequence[Observation],
    indicator: Indicator,
    geo_meta: Mapping[str, Any],
    lang: str,
    theme: Theme,
    *,
    size: float = 12,
    names: Mapping[str, str] | None = None,
    words: Words | None = None,
    worst: int = 5,
    levels: Mapping[str, str] | None = None,
    selected: str = "",
) -> dict[str, Any]:
    """The figure as a plain dict.

    `geo_meta` is the meta data beside the geometry: url, lon_range, lat_range, label_points {code: [lon,
    lat]}, insets [{code, lon_range, lat_range}]. `names` adds names and values on hover; `levels` (unit ->
    status
    level) limits the numbered markers to units that are off track; `selected` outlines one unit.
    """
    borders = breaks(observations, indicator)
    shown = {item.unit: item for item in observations if item.state in numeral.SHOWN and item.value is not None}
    idle = {item.unit for item in observations if item.state == "not_applicable"}
    codes = sorted(geo_meta["label_points"])
    marked = [item.unit for item in worst_first(observations, indicator)[:worst]]
    if levels is not None:
        marked = [code for code in marked if levels.get(code) in ("bad", "watch", "unknown")]
    data: list[dict[str, Any]] = []
    layout = base_layout(theme, lang, size=size)
    for place, frame in enumerate(_frames(geo_meta)):
        axis = "geo" if place == 0 else f"geo{place + 1}"
        inside = [code for code in codes if _within(geo_meta["label_points"][code], frame)] if place else codes
        layout[axis] = _subplot(frame)
        with_value = [code for code in inside if code in shown]
        without = [code for code in inside if code not in shown]
        hover = _hover(inside, shown, idle, indicator, lang, names, words)
        ranks = [class_of(shown[code].value or 0.0, borders) for code in with_value]
        scale = list(theme.classes) if len(borders) == BREAKS else list(theme.classes)[: len(borders) + 1]
        shapes = _areas(with_value, ranks, scale, geo_meta["url"], axis, theme, size, hover)
        if place:  # islands smaller than a dot show by their edge
            shapes["marker"] = {"line": {"color": theme.text_2, "width": size * 0.11}}
        data.append(shapes)
        data.append(_areas(without, [0] * len(without), [theme.missing], geo_meta["url"], axis, theme, size, hover))
        outlined = [code for code in marked if code in with_value]
        lines = [class_of(shown[code].value or 0.0, borders) for code in outlined]
        top = _areas(outlined, lines, scale, geo_meta["url"], axis, theme, size, hover)
        top["marker"] = {"line": {"color": theme.bad, "width": size * 0.19}}
        data.append(top)
        chosen = [selected] if selected in inside else []
        pick = _areas(chosen, [0] * len(chosen), ["rgba(0,0,0,0)"], geo_meta["url"], axis, theme, size, hover)
        pick["marker"] = {"line": {"color": theme.text, "width": size * 0.22}}
        data.append(pick)
        points = spread({code: geo_meta["label_points"][code] for code in outlined}, frame, place)
        data.append(_markers(outlined, marked, points, axis, theme, size))
    layout["shapes"] = _frames_drawn(geo_meta, theme)
    layout["annotations"] = _frame_names(geo_meta, names or {}, theme, size)
    return {"data": data, "layout": layout}


def _frames(geo_meta: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Main view and insets with their places on the paper; insets stand in a column at the right edge,
    lowest last."""
    insets = list(geo_meta.get("insets", ()))
    frames: list[dict[str, Any]] = [
        {"lon": geo_meta["lon_range"], "lat": geo_meta["lat_range"], "x": [0.0, 1.0], "y": [0.0, 1.0]}
    ]
    for place, inset in enumerate(insets):
        top = 1.0 - 0.085 - place * (INSET_HEIGHT + INSET_GAP + 0.03)
        frames.append(
            {
                "lon": inset["lon_range"],
                "lat": inset["lat_range"],
                "x": [1.0 - INSET_WIDTH, 0.995],
                "y": [top - INSET_HEIGHT, top],
                "code": inset["code"],
            }
        )
    return frames


def spread(
    points: Mapping[str, Sequence[float]], frame: Mapping[str, Any], place: int = 0
) -> dict[str, tuple[float, float]]:
    """Where the numbered markers stand: pushed apart until none covers another's number.

    Distances are shares of the frame's height; a marker is about 1/15 of a map's height across (twice
    that in an inset). Deterministic: pairs are taken in order of code.
    """
    height = float(frame["lat"][1] - frame["lat"][0])
    near = height * (0.062 if place == 0 else 0.2)
    found = {code: [float(point[0]), float(point[1])] for code, point in points.items()}
    for _ in range(40):
        moved = False
        for one, other in itertools.combinations(sorted(found), 2):
            first, second = found[one], found[other]
            across, up = second[0] - first[0], second[1] - first[1]
            apart = math.hypot(across, up)
            if apart >= near * 0.999:
                continue
            across, up = (across / apart, up / apart) if apart else (1.0, 0.0)
            push = (near - apart) / 2
            first[0], first[1] = first[0] - across * push, first[1] - up * push
            second[0], second[1] = second[0] + across * push, second[1] + up * push
            moved = True
        if not moved:
            break
    return {code: (point[0], point[1]) for code, point in found.items()}


def _within(point: Sequence[float], frame: Mapping[str, Any]) -> bool:
    return bool(frame["lon"][0] <= point[0] <= frame["lon"][1] and frame["lat"][0] <= point[1] <= frame["lat"][1])


def _subplot(frame: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "visible": False,
        "projection": {"type": "mercator"},
        "lonaxis": {"range": list(frame["lon"])},
        "lataxis": {"range": list(frame["lat"])},
        "domain": {"x": list(frame["x"]), "y": list(frame["y"])},
        "bgcolor": "rgba(0,0,0,0)",
        "showframe": False,
        "fitbounds": False,
    }


def _areas(
    codes: list[str],
    ranks: list[int],
    scale: list[str],
    url: str,
    axis: str,
    theme: Theme,
    size: float,
    hover: Mapping[str, str],
) -> dict[str, Any]:
    top = max(len(scale), 1)
    steps = [
        pair for place, colour in enumerate(scale) for pair in ([place / top, colour], [(place + 1) / top, colour])
    ]
    trace: dict[str, Any] = {
        "type": "choropleth",
        "geojson": url,
        "featureidkey": "id",
        "locationmode": "geojson-id",
        "locations": codes,
        "z": ranks,
        "zmin": -0.5,
        "zmax": top - 0.5,
        "colorscale": steps,
        "showscale": False,
        "geo": axis,
        "marker": {"line": {"color": theme.panel, "width": size * 0.075}},
        "hoverinfo": "skip",
    }
    if hover:
        trace |= {"hoverinfo": "text", "text": [hover.get(code, code) for code in codes]}
    return trace


def _hover(
    codes: Sequence[str],
    shown: Mapping[str, Observation],
    idle: Collection[str],
    indicator: Indicator,
    lang: str,
    names: Mapping[str, str] | None,
    words: Words | None,
) -> dict[str, str]:
    if names is None or words is None:
        return {}
    found = {}
    for code in codes:
        item = shown.get(code)
        absent = "chart.not_applicable" if code in idle else "chart.not_received"
        value = numeral.whole(item.value, indicator, lang, words) if item else words(absent, lang)
        found[code] = f"<b>{names.get(code, code)}</b><br>{value}"
    return found


def _markers(
    codes: list[str],
    marked: list[str],
    points: Mapping[str, Sequence[float]],
    axis: str,
    theme: Theme,
    size: float,
) -> dict[str, Any]:
    return {
        "type": "scattergeo",
        "mode": "markers+text",
        "lon": [points[code][0] for code in codes],
        "lat": [points[code][1] for code in codes],
        "text": [f"<b>{marked.index(code) + 1}</b>" for code in codes],
        "textfont": {"size": size * 0.86, "color": "#140A08" if theme.name == "dark" else "#FFFFFF"},
        "marker": {
            "size": size * 1.42,
            "color": theme.bad,
            "line": {"color": theme.panel, "width": size * 0.09},
        },
        "hoverinfo": "skip",
        "geo": axis,
    }


def _frames_drawn(geo_meta: Mapping[str, Any], theme: Theme) -> list[dict[str, Any]]:
    return [
        {
            "type": "rect",
            "xref": "paper",
            "yref": "paper",
            "x0": frame["x"][0],
            "x1": frame["x"][1],
            "y0": frame["y"][0],
            "y1": frame["y"][1],
            "line": {"color": theme.line, "width": 1.5},
            "fillcolor": "rgba(0,0,0,0)",
            "layer": "below",
        }
        for frame in _frames(geo_meta)[1:]
    ]


def _frame_names(
    geo_meta: Mapping[str, Any], names: Mapping[str, str], theme: Theme, size: float
) -> list[dict[str, Any]]:
    return [
        {
            "xref": "paper",
            "yref": "paper",
            "x": frame["x"][1],
            "y": frame["y"][1],
            "xanchor": "right",
            "yanchor": "bottom",
            "showarrow": False,
            "text": names.get(frame["code"], frame["code"]),
            "font": {"size": size * 0.9, "color": theme.text_2},
        }
        for frame in _frames(geo_meta)[1:]
    ]

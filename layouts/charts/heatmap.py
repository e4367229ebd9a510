"""Heatmap: rows (units, junctions) by periods, five classes of the map's hue, missing cells in their own
grey."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ioc.catalogue import Indicator
from ioc.period import Period
from ioc.value import Observation
from layouts.charts import numeral
from layouts.charts.classes import breaks, class_of
from layouts.charts.junction import BETWEEN
from layouts.theme import Theme, base_layout


def figure(
    rows: Sequence[Sequence[Observation | None]],
    labels: Sequence[str],
    periods: Sequence[Period],
    indicator: Indicator,
    lang: str,
    theme: Theme,
    *,
    size: float = 12,
) -> dict[str, Any]:
    """The figure as a plain dict: `rows[i][j]` is the value of row i (named `labels[i]`) in period j, top
    row first.

    The last column carries its numbers; a missing value is a cell of its own colour (class 0), never the
    least class.
    """
    known = [item for row in rows for item in row if item is not None]
    borders = breaks(known, indicator)
    count = len(labels)
    z = [[_class(item, borders) for item in row] for row in rows]
    colours = [theme.missing, *theme.classes]
    scale = [pair for place, colour in enumerate(colours) for pair in ([place / 6, colour], [(place + 1) / 6, colour])]
    notes = []
    for place, row in enumerate(rows):
        for spot, item in enumerate(row):
            if spot < len(row) - 1 or item is None or item.value is None or item.state not in numeral.SHOWN:
                continue
            # On the dark wall more is lighter, at the desk more is darker: the ink stands against its cell.
            high = _class(item, borders) >= 4
            ink = (theme.bg if high else theme.text) if theme.name == "dark" else "#FFFFFF" if high else theme.text
            notes.append(
                {
                    "x": spot,
                    "y": place,
                    "text": f"<b>{numeral.plain(item.value, indicator, lang)}</b>",
                    "showarrow": False,
                    "font": {"size": size * 0.9, "color": ink},
                }
            )
    layout = base_layout(theme, lang, size=size)
    layout |= {
        "margin": {"l": size * (0.6 + 0.56 * _widest(labels)), "r": 2, "t": 2, "b": size * 1.8, "pad": 4},
        "xaxis": {
            "tickmode": "array",
            "tickvals": list(range(len(periods))),
            "fixedrange": True,
            "showgrid": False,
            "ticktext": [period.short_label(lang) for period in periods],
            "zeroline": False,
            "tickangle": 0,
            "ticks": "",
            "tickfont": {"size": size, "color": theme.text_2},
        },
        "yaxis": {
            "tickmode": "array",
            "tickvals": list(range(count)),
            "ticktext": [label.replace(BETWEEN, "<br>– ") for label in labels],
            "fixedrange": True,
            "range": [count - 0.5, -0.5],
            "showgrid": False,
            "zeroline": False,
            "tickfont": {"size": size * 0.97, "color": theme.text},
            "ticks": "",
        },
        "annotations": notes,
    }
    trace = {
        "type": "heatmap",
        "z": z,
        "x": list(range(len(periods))),
        "y": list(range(count)),
        "zmin": -0.5,
        "zmax": 5.5,
        "colorscale": scale,
        "showscale": False,
        "xgap": size * 0.14,
        "ygap": size * 0.2,
        "hoverinfo": "skip",
    }
    return {"data": [trace], "layout": layout}


def _widest(labels: Sequence[str]) -> int:
    """Letters of the longest line among the names, which are set in two lines."""
    return max((len(line) for label in labels for line in label.split(BETWEEN)), default=0)


def _class(item: Observation | None, borders: Sequence[float]) -> int:
    if item is None or item.value is None or item.state not in numeral.SHOWN:
        return 0
    return 1 + class_of(item.value, borders)


def has_gaps(rows: Sequence[Sequence[Observation | None]]) -> bool:
    """Whether a cell is drawn in the colour of no value."""
    return any(item is None or item.value is None or item.state not in numeral.SHOWN for row in rows for item in row)

"""Trend: actual as solid columns, plan outlined behind, last year as triangles, the variance above.

Notation after IBCS (solid, outlined, hatched), zero baseline, labels at first, last and worst
only. The title is the message, computed from the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from ioc.catalogue import Indicator
from ioc.period import Period
from ioc.status import Status
from ioc.value import Observation
from ioc.words import Words, format_number
from layouts.charts import numeral, trend_notes
from layouts.charts.kpi import year_change
from layouts.theme import Theme, base_layout

TIER = (0.72, 0.92)  # paper heights of the variance tier
MAIN = (0.0, 0.60)
LABELLED = 1.45  # the variance tier holds its labels too, clear of the captions above and below


def tick(period: Period, lang: str) -> str:
    """Axis name; a cumulative month takes the month's name, the caption says that it is cumulative."""
    return (Period.of(period.end, "month") if period.kind == "ytd" else period).short_label(lang)


def values_of(series: Sequence[Observation | None]) -> list[float | None]:
    """Values of a series, None where there is nothing to draw."""
    return [item.value if item is not None and item.state in numeral.SHOWN else None for item in series]


def message(
    observation: Observation | None,
    indicator: Indicator,
    status: Status,
    last_year: float | None,
    lang: str,
    words: Words,
) -> tuple[str, str, str]:
    """The title in three parts, the middle one (the gap) to be underlined."""
    name = indicator.short_name.text(lang)
    if observation is None or observation.value is None or observation.state not in numeral.SHOWN:
        return words("chart.title_none", lang, name=name), "", ""
    value = numeral.whole(observation.value, indicator, lang, words, observation.comparator)
    down = indicator.direction == "down"
    if status.delta is not None and status.level != "unknown":
        gap = numeral.gap(status.delta, indicator, lang, words)
        if status.level == "good":
            even = "_even" if status.delta == 0 else ""
            key = "chart.title_met_down" if down else f"chart.title_met{even}"
        else:
            key = "chart.title_short_down" if down else "chart.title_short"
        return _around(words(key, lang, name=name, value=value, gap="\0"), gap)
    change = year_change(observation.value, last_year, indicator, lang, words)
    if last_year is None or not change:
        return words("chart.title_plain", lang, name=name, value=value), "", ""
    if observation.value == last_year:
        return words("chart.title_year_even", lang, name=name, value=value), "", ""
    key = "chart.title_year_up" if observation.value > last_year else "chart.title_year_down"
    if indicator.measure_unit in ("percent", "points", "index"):
        gap = numeral.gap(observation.value - last_year, indicator, lang, words)
    else:
        gap = format_number(abs(observation.value / last_year - 1) * 100, 1, lang) + "%" if last_year else ""
    return _around(words(key, lang, name=name, value=value, gap="\0"), gap)


def _around(text: str, gap: str) -> tuple[str, str, str]:
    before, found, after = text.partition("\0")
    return before, gap if found else "", after


def title(parts: tuple[str, str, str], level: str) -> list[html.Span]:
    """The message as spans; the gap carries the underline of its status. A long title breaks between its clauses."""
    before, gap, after = parts
    first, comma, second = before.rpartition(", ")
    together = {ord(" "): "\u00a0"}
    return [
        html.Span(f"{first}," if comma else "", className="clause"),
        html.Span(f" {second.translate(together)}" if comma else before),
        html.Span(gap.translate(together), className=f"gap gap--{level}" if gap else "gap"),
        html.Span(after.translate(together)),
    ]


def legend(lang: str, words: Words, *, plan: bool, last_year: bool, forecast: bool = False) -> list[html.Span]:
    """The legend drawn like the marks, one line under the title."""
    kinds = [("actual", True), ("forecast", forecast), ("plan", plan), ("previous_year", last_year)]
    return [
        html.Span([html.I(className=f"mark mark--{kind}"), html.Span(words(f"chart.{kind}", lang))])
        for kind, shown in kinds
        if shown
    ]


def figure(
    series: Sequence[Observation | None],
    plan: Sequence[float | None],
    last_year: Sequence[float | None],
    *,
    periods: Sequence[Period],
    indicator: Indicator,
    lang: str,
    theme: Theme,
    words: Words,
    size: float = 12,
    forecast: Sequence[float | None] = (),
    note: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """The figure as a plain dict. All sequences run along `periods` (oldest first); None draws nothing.

    `plan` holds targets in measure units, `note` is a computed sentence (bold, small) for the corner above
    low columns. Errors: ValueError when the lengths differ.
    """
    count = len(periods)
    actual = values_of(series)
    plan, last_year = list(plan) or [None] * count, list(last_year) or [None] * count
    ahead = list(forecast) or [None] * count
    if not len(actual) == len(plan) == len(last_year) == len(ahead) == count:
        raise ValueError(f"trend needs {count} values in every row")
    spots = list(range(count))
    has_plan = any(value is not None for value in plan)
    edge = max(1.5, size / 11)
    data: list[dict[str, Any]] = []
    if has_plan:
        data.append(_columns([spot - 0.14 for spot in spots], plan, 0.56, "rgba(0,0,0,0)", theme.plan, edge))
    data.append(_columns([spot - 0.36 for spot in spots], actual, 0.58, theme.actual, theme.actual, 0))
    if any(value is not None for value in ahead):
        bars = _columns([spot - 0.36 for spot in spots], ahead, 0.58, theme.panel, theme.plan, edge)
        bars["marker"]["pattern"] = {
            "shape": "/",
            "fgcolor": theme.plan,
            "size": size * 0.45,
            "solidity": 0.3,
        }
        data.append(bars)
    if any(value is not None for value in last_year):
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [spot - 0.42 for spot in spots],
                "y": last_year,
                "marker": {"symbol": "triangle-right", "size": size * 0.66, "color": theme.last_year},
                "hoverinfo": "skip",
                "cliponaxis": False,
            }
        )
    planned = any(aim is not None and value is not None for aim, value in zip(plan, actual, strict=True))
    variance = _variance(actual, plan if planned else last_year, indicator, planned)
    tier = _tier(spots, variance, indicator, theme, planned)
    data.append(tier)
    top = max((value for row in (actual, plan, last_year, ahead) for value in row if value is not None), default=1.0)
    low = min((value for row in (actual, plan, last_year) for value in row if value is not None), default=0.0)
    notes = trend_notes.column_labels(actual, plan, last_year, indicator, lang, theme, words, size)
    notes += trend_notes.variance_labels(variance, indicator, lang, theme, size, planned)
    cumulative = bool(periods) and periods[-1].kind == "ytd"
    notes += trend_notes.captions(indicator, lang, theme, words, size, planned, cumulative, MAIN[1], note)
    bound = max((abs(value) for value in variance if value is not None), default=1.0) or 1.0
    fall = min((value for value in variance if value is not None), default=0.0) < 0
    rise = max((value for value in variance if value is not None), default=0.0) > 0
    layout = base_layout(theme, lang, size=size)
    layout |= {
        "barmode": "overlay",
        "bargap": 0,
        "margin": {"l": 2, "r": 2, "t": 2, "b": size * 1.7, "pad": 0},
        "xaxis": {
            "tickmode": "array",
            "tickvals": spots,
            "ticktext": [tick(period, lang) for period in periods],
            "tickfont": {"size": size, "color": theme.text_2},
            "range": [-0.62, count - 0.38],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "ticks": "",
            "tickangle": 0,
            "anchor": "y",
        },
        "yaxis": {
            "domain": list(MAIN),
            "range": [min(0.0, low * 1.15), top * 1.16 or 1],
            "visible": True,
            "showticklabels": False,
            "showgrid": False,
            "zeroline": True,
            "zerolinecolor": theme.plan,
            "zerolinewidth": edge,
            "fixedrange": True,
        },
        "yaxis2": {
            "domain": list(TIER),
            "range": [-bound * LABELLED if fall else 0, bound * LABELLED if rise or not fall else 0],
            "anchor": "x",
            "showticklabels": False,
            "showgrid": False,
            "zeroline": True,
            "zerolinecolor": theme.plan,
            "zerolinewidth": edge,
            "fixedrange": True,
        },
        "annotations": notes,
    }
    return {"data": data, "layout": layout}


def _columns(
    base: list[float], values: Sequence[float | None], width: float, fill: str, line: str, edge: float
) -> dict[str, Any]:
    return {
        "type": "bar",
        "x": base,
        "y": list(values),
        "width": width,
        "offset": 0,
        "hoverinfo": "skip",
        "marker": {"color": fill, "line": {"color": line, "width": edge}},
    }


def _variance(
    actual: Sequence[float | None], reference: Sequence[float | None], indicator: Indicator, to_plan: bool
) -> list[float | None]:
    found: list[float | None] = []
    for value, aim in zip(actual, reference, strict=True):
        if value is None or aim is None or (not to_plan and aim == 0):
            found.append(None)
        elif to_plan or indicator.measure_unit == "percent":
            found.append(value - aim)
        else:
            found.append((value / aim - 1) * 100)
    return found


def impact(variance: float | None, indicator: Indicator) -> str:
    """Level of a variance by its effect, not its sign: good, watch (inside the band) or bad."""
    if variance is None or indicator.direction in ("none", "band"):
        return "unknown"
    effect = -variance if indicator.direction == "down" else variance
    band = float(indicator.bands.watch) if indicator.bands is not None else 0.0
    return "good" if effect >= 0 else "watch" if effect >= -band else "bad"


def _tier(
    spots: list[int], variance: list[float | None], indicator: Indicator, theme: Theme, to_plan: bool
) -> dict[str, Any]:
    def colour(value: float | None) -> str:
        level = impact(value, indicator)
        return theme.actual if level == "unknown" or (not to_plan and level == "watch") else theme.status(level)

    bars = _columns([spot - 0.3 for spot in spots], variance, 0.46, "", theme.panel, 0)
    bars["marker"]["color"] = [colour(value) for value in variance]
    return bars | {"yaxis": "y2"}

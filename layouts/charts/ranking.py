"""Ranking: the worst units of a level first, as a list with bars and a tick at the target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import html

from indicators.ranked import worst_first
from ioc.catalogue import Indicator
from ioc.value import Observation
from ioc.words import Words, format_delta, format_number
from layouts.charts import numeral

__all__ = ["heading", "rows", "worst_first"]


def rows(
    observations: Sequence[Observation],
    indicator: Indicator,
    target: float | None,
    names: Mapping[str, str],
    lang: str,
    words: Words,
    *,
    levels: Mapping[str, str] | None = None,
    count: int = 5,
    numbered: bool = True,
    href: Callable[[Observation], str] | None = None,
    whole: str = "",
) -> list[html.Li]:
    """`count` list items, worst first; short lists are filled with empty items, so the nodes stay the same.

    `names` maps unit codes to names, `levels` to status levels (colour of the badge); `target` draws the
    tick. `whole` is the unit that the items are parts of, where they stand in the place of units.
    """
    ordered = worst_first(observations, indicator)[:count]
    scale = _scale([item.value or 0.0 for item in ordered], target, indicator)
    items = [
        _row(place, item, indicator, target, names, lang, words, levels or {}, scale, numbered, href, whole)
        for place, item in enumerate(ordered, start=1)
    ]
    return items + [html.Li(className="r-item r-item--empty") for _ in range(count - len(items))]


def _scale(values: Sequence[float], target: float | None, indicator: Indicator) -> float:
    top = max([*values, target or 0.0, 0.0]) * 1.08 or 1.0
    return min(top, 100.0) if indicator.measure_unit == "percent" and top <= 108 else top


def _row(
    place: int,
    item: Observation,
    indicator: Indicator,
    target: float | None,
    names: Mapping[str, str],
    lang: str,
    words: Words,
    levels: Mapping[str, str],
    scale: float,
    numbered: bool,
    href: Callable[[Observation], str] | None,
    whole: str,
) -> html.Li:
    key = numeral.card_key(item.indicator, whole or item.unit, item.period, item.slice_dim, item.slice_value)
    value = item.value or 0.0
    level = levels.get(item.unit, "unknown")
    unit = "%" if indicator.measure_unit == "percent" else ""
    bar: list[Any] = [html.Span(className="r-fill", style={"width": f"{max(0.0, min(1.0, value / scale)) * 100:.1f}%"})]
    tick = {"left": f"{min(1.0, target / scale) * 100:.1f}%"} if target is not None else {"display": "none"}
    bar.append(html.Span(className="r-tick", style=tick))
    number = format_number(value, indicator.precision, lang) + unit
    second = (
        format_delta(value - target, "number", indicator.precision, lang) if target is not None else _ratio(item, lang)
    )
    head = html.Span(str(place) if numbered else "", className=f"r-no r-no--{level}")
    return html.Li(
        [
            head,
            html.Div(
                [
                    html.Div(names.get(item.unit, item.unit), className="r-name"),
                    html.Div(bar, className="r-bar"),
                ],
                className="r-body",
            ),
            html.Div(
                [
                    html.A(number, href=href(item), className="r-val num")
                    if href
                    else html.Div(number, className="r-val num"),
                    html.Div(second, className="r-delta num"),
                ],
                className="r-nums",
            ),
        ],
        className="r-item",
        **{"data-card": key},
    )


def _ratio(item: Observation, lang: str) -> str:
    if item.numerator is None or not item.denominator:
        return ""
    return f"{format_number(item.numerator, 0, lang)}/{format_number(item.denominator, 0, lang)}"


def heading(indicator: Indicator, count: int, lang: str, words: Words) -> str:
    """'Lowest: 5 communes', or 'Highest' where less is better."""
    return words("chart.worst_high" if indicator.direction == "down" else "chart.worst_low", lang, count=count)

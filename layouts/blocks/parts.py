"""The parts block: one number along one dimension (channels, categories, junctions) as sorted bars."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dash import html
from dash.development.base_component import Component

from ioc.catalogue import Indicator
from ioc.value import Observation
from ioc.words import format_ratio
from layouts.charts import numeral
from layouts.charts.junction import junction_name
from layouts.page import Block, Put
from layouts.view import View

MOST = 8
JUNCTIONS = Path(__file__).with_name("junction_name.sql")


def parts(indicator: str, dimension: str) -> Block:
    """The parts of a number of the chosen unit, largest first."""

    def draw(view: View) -> dict[str, Any]:
        told = view.told(indicator)
        items = view.reader.slices(indicator, told.unit, told.period.key, dimension)
        shown = [item for item in items if item.value is not None and item.state in numeral.SHOWN]
        shown.sort(key=lambda item: (-(item.value or 0.0), item.slice_value))
        names = slice_names(view, dimension)
        top = max((item.value or 0.0 for item in shown), default=1.0) or 1.0
        name = told.indicator.short_name.text(view.lang)
        empty = [] if shown else [html.Li(view.word("page.no_parts"), className="part--none")]
        return {
            "title": view.word("page.parts_title", name=name, by=view.word(f"slice.{dimension}")),
            "sub": f"{view.name(told.unit)}, {told.period.label(view.lang)}",
            "list": [_part(view, item, told.indicator, names, top) for item in shown[:MOST]] or empty,
        }

    slots = {"title": "children", "sub": "children", "list": "children"}
    return Block("parts", slots, draw, _frame, area="parts", indicators=(indicator,))


def slice_names(view: View, dimension: str) -> dict[str, str]:
    """Names of the values of a dimension: from the words, or of junctions from their register."""
    if dimension == "junction_code":
        rows = view.reader.select(JUNCTIONS.read_text(encoding="utf-8"))
        return {str(row["code"]): junction_name(str(row["name"]), view.lang) for row in rows}
    prefix, texts = f"slice.{dimension}.", view.words.keys()
    return {key.removeprefix(prefix): view.word(key) for key in texts if key.startswith(prefix)}


def _part(view: View, item: Observation, indicator: Indicator, names: dict[str, str], top: float) -> html.Li:
    value = numeral.whole(item.value, indicator, view.lang, view.words, item.comparator)
    share = max(0.0, min(1.0, (item.value or 0.0) / top)) * 100
    ratio = format_ratio(item.numerator, item.denominator, view.lang) if item.denominator else ""
    return html.Li(
        [
            html.Span(names.get(item.slice_value, item.slice_value), className="part-name"),
            html.Span(html.Span(className="part-fill", style={"width": f"{share:.1f}%"}), className="part-bar"),
            html.A(value, href=view.card_link(item), className="part-value num"),
            html.Span(ratio, className="part-ratio num"),
        ],
        className="part",
        **{"data-card": numeral.card_key(item.indicator, item.unit, item.period, item.slice_dim, item.slice_value)},
    )


def _frame(put: Put) -> Component:
    return html.Section(
        [
            html.H2(put.content("title", ""), id=put.id("title")),
            html.P(put.content("sub", ""), id=put.id("sub"), className="sub"),
            put.note(),
            html.Ul(put.content("list", []), id=put.id("list"), className="parts"),
        ],
        className="block panel block--parts",
    )

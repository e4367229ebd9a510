"""The quotes block: figures published by others, or by ourselves in earlier years, beside our own number of today."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from indicators.figure import Figure, figures
from ioc.catalogue import Indicator
from ioc.errors import PeriodError
from ioc.period import Period
from ioc.words import format_date, format_ratio
from layouts.charts import numeral
from layouts.page import Block, Put
from layouts.tree import element
from layouts.view import View

COLUMNS = ("what", "who", "value", "when", "document", "method", "own")


def quotes(*indicators: str) -> Block:
    """A row for every published figure of these external indicators: who, which document, by which method.

    A before/after claim carries the grade of its evidence (METHODS 4.5). Nothing is computed here, and no status is
    given: what others published is not judged by our targets.
    """

    def draw(view: View) -> dict[str, Any]:
        # figures of our own communes are many; the row of the chosen unit is enough
        others = view.units.keys() - {view.selection.unit, view.province.unit_code}
        found = figures(view.reader, list(indicators), without=others)
        view.prepare({own for key in indicators if (own := view.catalogue.indicator(key).quotes) is not None})
        order = {key: place for place, key in enumerate(indicators)}
        found.sort(key=lambda one: (order[one.figure_code], one.unit_code, one.period))
        head = [html.Th(view.word(f"quotes.{name}"), scope="col", className=_class(name)) for name in COLUMNS]
        return {
            "title": view.word("quotes.title"),
            "head": html.Tr(head),
            "rows": [_row(view, one) for one in found] or [element("tr", element("td", view.word("quotes.none")))],
        }

    slots = {"title": "children", "head": "children", "rows": "children"}
    return Block("quotes", slots, draw, _frame, area="wide", indicators=())


def _class(name: str) -> str:
    return {"value": "c-value", "own": "c-value", "who": "c-unit"}.get(name, "c-text")


def _row(view: View, figure: Figure) -> dict[str, Any]:
    entry = view.catalogue.indicator(figure.figure_code)
    comparator = figure.comparator
    value = numeral.whole(figure.value, entry, view.lang, view.words, comparator)
    key = numeral.card_key(entry.id, figure.unit_code, figure.period)
    ratio = format_ratio(figure.numerator, figure.denominator, view.lang) if figure.denominator else ""
    said = figure.status_text or ratio
    grade = view.word(f"quotes.grade_{figure.claim_grade.lower()}") if figure.claim_grade else ""
    shown = [element("a", value, href=view.link(card=key)), *([element("div", said, class_="c-said")] if said else [])]
    cells = [
        element("th", entry.short_name.text(view.lang), scope="row", class_="c-unit"),
        element("td", figure.unit_name, class_="c-text"),
        element("td", shown, class_="c-value num"),
        element("td", _when(view, figure), class_="c-text"),
        element("td", f"{figure.publisher}; {figure.document_ref}", class_="c-text"),
        element("td", " ".join(part for part in (figure.method, grade) if part), class_="c-text"),
        element("td", _own(view, entry), class_="c-value num"),
    ]
    return element("tr", cells, data_card=key)


def _when(view: View, figure: Figure) -> str:
    """The period in words, and since when it holds where the document says so."""
    try:
        label = Period.parse(figure.period).label(view.lang)
    except PeriodError:
        label = figure.period
    if figure.valid_from is not None and figure.valid_to is None:
        return view.word("quotes.since", period=label, day=format_date(figure.valid_from, view.lang))
    return label


def _own(view: View, entry: Indicator) -> Any:
    """Our own number in the period of the page, with its card; a dash where there is none of the same measure."""
    if entry.quotes is None or entry.quotes not in view.catalogue.indicators:
        return "—"
    told = view.told(entry.quotes)
    if told.indicator.measure_unit != entry.measure_unit:
        return "—"  # seven junctions beside five million vehicles would only mislead
    item = told.observation
    if item is None or item.value is None or item.state not in numeral.SHOWN:
        return "—"
    text = numeral.whole(item.value, told.indicator, view.lang, view.words, item.comparator)
    return element("a", text, href=view.card_link(item))


def _frame(put: Put) -> Component:
    body = put.grid("grid--text")
    return html.Section(
        [
            html.Div(html.H2(put.content("title", ""), id=put.id("title")), className="panel-head"),
            put.note(),
            html.Div(body, className="scroll", tabIndex="0", role="region", **{"aria-labelledby": put.id("title")}),
        ],
        className="block panel block--table",
    )

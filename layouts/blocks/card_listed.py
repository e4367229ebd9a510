"""What a number was counted from, on its card: one row a unit, criterion or refused row, each with its own card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from indicators.fact_card import FactCard
from ioc.words import format_number
from layouts.blocks.fact_cell import MOVES, shown
from layouts.charts import numeral
from layouts.view import View

MOST = 200
IN_MEASURE = ("value", "target", "delta")


def listed(view: View, card: FactCard) -> Component | str:
    """The list with its count; rows beyond the first 200 are left to the download of the page."""
    found = card.listed
    if found is None:
        return ""
    rows = [html.Tr([html.Th(view.word(f"fact.{name}"), scope="col", className=_side(name)) for name in found.columns])]
    for row in found.rows[:MOST]:
        cells = [_cell(view, row, name, found.indicator) for name in found.columns]
        key = {"data-card": row["card"]} if row["card"] else {}
        rows.append(
            html.Tr(
                [
                    html.Td(cell, className=_side(name))
                    for name, cell in zip(found.columns, cells, strict=True)
                ],
                **key,
            )
        )  # fmt: skip
    count = view.word("fact.listed", count=format_number(found.total, 0, view.lang))
    table = html.Div(html.Table(html.Tbody(rows), className="grid grid--small"), className="scroll")
    more = [html.P(view.word("fact.listed_first", count=MOST), className="sub")] if found.total > MOST else []
    return html.Section([html.H3(count), table, *more], className="drawer-section drawer-listed")


def _side(name: str) -> str:
    return "" if name in ("unit", "criterion", "field", "reason", "status") else "num"


def _cell(view: View, row: Mapping[str, Any], name: str, indicator: str) -> Any:
    value = row[name]
    if name == "unit":
        return html.A(view.name(value), href=view.link(card=row["card"])) if row["card"] else view.name(value)
    if name == "criterion":
        text = row["name"][view.lang] if "name" in row else value
        return html.A(text, href=view.link(card=row["card"])) if row["card"] else text
    if name == "status":
        return [html.Span(className=f"shape shape-{value}"), html.Span(view.word(f"fact.unit_{value}"))]
    if isinstance(value, Mapping):
        return value[view.lang]
    if value is None:
        return "—"
    if name in IN_MEASURE and indicator:
        entry = view.catalogue.indicator(indicator)
        if name == "delta":
            return numeral.difference(value, entry, view.lang, view.words)
        return numeral.plain(value, entry, view.lang)
    text = shown(view, name, value)
    return f"+{text}" if name in MOVES and value > 0 and not text.startswith("+") else text

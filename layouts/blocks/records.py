"""The records of a number: the rows it counts, and the number counted again from them beside the one shown."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from dash import html
from dash.development.base_component import Component

from indicators.listing import list_records
from indicators.record import Records
from indicators.standing.explained import fact_name, is_fact
from ioc.catalogue import Indicator
from ioc.errors import IocError
from ioc.period import Period
from ioc.words import format_date, format_datetime, format_number, format_ratio, format_value
from layouts import address
from layouts.blocks.compared import calendar_of
from layouts.charts import numeral
from layouts.page import Block, Put
from layouts.view import View

PAGE_ROWS = 100


def record_list() -> Block:
    """The page of records named by `indicator`, `unit`, `period` (and a slice) in the address."""

    def draw(view: View) -> dict[str, Any]:
        asked = view.selection.indicator
        chosen = view.catalogue.indicators.get(asked)
        empty: dict[str, Any] = {"title": view.word("page.records"), "proof": [], "head": [], "rows": [], "paging": []}
        if chosen is None and not is_fact(asked):
            return {**empty, "proof": html.P(view.word("records.choose"))}
        try:
            found = read_records(view)
        except IocError as error:
            return {**empty, "proof": html.P(view.word("records.refused", reason=error.message))}
        name = chosen.name.text(view.lang) if chosen is not None else fact_name(asked, _part(view), view.lang)
        title = view.word(
            "records.title", name=name, unit=view.name(found.unit),
            period=Period.parse(found.period).label(view.lang),
        )  # fmt: skip
        return {
            "title": title, "proof": _proof(view, chosen, found), "paging": _paging(view, found),
            "head": html.Tr([html.Th(_column(view, name), scope="col") for name in found.columns]),
            "rows": [html.Tr([html.Td(_cell(view, name, row[name])) for name in found.columns]) for row in found.rows],
        }  # fmt: skip

    slots = dict.fromkeys(("title", "proof", "head", "rows", "paging"), "children")
    return Block("records", slots, draw, _frame, area="wide")


def read_records(view: View, *, limit: int = PAGE_ROWS) -> Records:
    """The asked-for page of rows."""
    offset = view.extra.get("offset", "0")
    return list_records(
        view.reader, view.catalogue, view.selection.indicator, view.selection.unit, view.selection.period,
        slice_dim=view.extra.get("slice_dim", ""), slice_value=_part(view), basis=view.selection.basis,
        calendar=calendar_of(view), limit=limit,
        offset=int(offset) if offset.isdecimal() and len(offset) < 9 else 0,
    )  # fmt: skip


def _part(view: View) -> str:
    return view.extra.get("slice_value", "")


def _proof(view: View, indicator: Indicator | None, found: Records) -> list[Component]:
    """The number as shown and as counted from the rows, its card, what today's map converted, the download."""

    def number(value: float | None) -> str:
        if indicator is not None:
            return numeral.whole(value, indicator, view.lang, view.words)
        is_share = found.indicator == "trust.definition"
        return format_value(value, "percent", 1, view.lang) if is_share else format_number(value, 0, view.lang)

    word, level = ("agrees", "good") if found.agrees else ("differs", "bad")
    pairs = [("shown", number(found.shown)), ("recomputed", number(found.value))]
    if found.denominator:
        pairs.append(("ratio", format_ratio(found.numerator, found.denominator, view.lang)))
    key = numeral.card_key(
        found.indicator,
        found.unit,
        found.period,
        view.extra.get("slice_dim", ""),
        _part(view),
    )
    domain = indicator.domain if indicator is not None else "procedures"
    card = view.link(f"/{domain}", card=key, indicator="")
    return [
        *[
            html.Div(
                [html.Span(view.word(f"records.{name}")), html.A(html.B(text, className="num"), href=card)],
                className="fact",
            )
            for name, text in pairs
        ],
        *_converted(view, found),
        html.Span(
            [html.Span(className=f"shape shape-{level}"), html.Span(view.word(f"records.{word}"))],
            className=f"pill pill--{level}",
        ),
        html.A(view.word("records.back"), href=card, className="button button--small"),
        html.A(
            view.word("records.csv"), href=_link(view, found, 0, path="/records.csv"),
            className="button button--small", download="",
        ),
    ]  # fmt: skip


def _converted(view: View, found: Records) -> list[Component]:
    """What today's map made of the records: how many count in part, how much is exact, what it cannot place."""
    if found.conversion is None:
        return []
    shares = {
        name: format_value(None if share is None else share * 100, "percent", 1, view.lang)
        for name, share in (
            ("exact", found.conversion["exact_share"]), ("left", found.conversion["unassigned_share"]),
        )
    }  # fmt: skip
    apportioned = format_number(found.conversion["apportioned"], 0, view.lang)
    return [html.P(view.word("records.today", apportioned=apportioned, **shares), className="sub")]


def _link(view: View, found: Records, offset: int, *, path: str = "/records") -> str:
    return address.records(
        found.indicator, found.unit, found.period, view.lang, slice_dim=view.extra.get("slice_dim", ""),
        slice_value=_part(view), basis=view.selection.basis, offset=offset, path=path,
    )  # fmt: skip


def _paging(view: View, found: Records) -> list[Component]:
    if not found.rows:
        return [html.Span(view.word("records.none"))]
    first, last = found.offset + 1, found.offset + len(found.rows)
    numbers = [format_number(n, 0, view.lang) for n in (first, last, found.total)]
    text = view.word("records.count", first=numbers[0], last=numbers[1], total=numbers[2])
    parts: list[Component] = [html.Span(text)]
    if found.offset > 0:
        link = _link(view, found, max(0, found.offset - PAGE_ROWS))
        parts.append(html.A(view.word("records.previous"), href=link, className="button button--small"))
    if last < found.total:
        link = _link(view, found, found.offset + PAGE_ROWS)
        parts.append(html.A(view.word("records.next"), href=link, className="button button--small"))
    return parts


def _column(view: View, name: str) -> str:
    key = f"records.column_{name}"
    return view.word(key) if key in view.words else name


def _cell(view: View, name: str, value: object) -> Any:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return view.word("records.yes" if value else "records.no")
    if isinstance(value, datetime):
        return format_datetime(value, view.lang) if value.tzinfo else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return format_date(value, view.lang)
    if isinstance(value, float):
        return format_number(value, 0 if value == int(value) else 2, view.lang)
    text = str(value)
    for key in (f"slice.{name}.{text}", f"records.value_{name}.{text}"):
        if key in view.words:
            return view.word(key)
    return view.name(text) if text in view.units else text


def _frame(put: Put) -> Component:
    grid = put.grid()
    return html.Section(
        [
            html.H2(put.content("title", ""), id=put.id("title")),
            put.note(),
            html.Div(put.content("proof", []), id=put.id("proof"), className="proof"),
            html.Div(
                grid,
                className="scroll scroll--tall",
                tabIndex="0",
                role="region",
                **{"aria-labelledby": put.id("title")},
            ),
            html.Div(put.content("paging", []), id=put.id("paging"), className="paging"),
        ],
        className="block panel block--table",
    )

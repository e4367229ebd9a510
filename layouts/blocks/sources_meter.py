"""The four scores of the data (đúng, đủ, sạch, sống) as blocks: of the province, of a source, behind a number."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from json import loads as read_json
from typing import Any

from dash import html
from dash.development.base_component import Component

from ioc.period import Period
from ioc.published import SourceState
from ioc.value import Observation
from ioc.words import format_date, format_ratio
from layouts.blocks.linked import fact_key, linked
from layouts.charts import numeral
from layouts.page import Block, Put
from layouts.view import LOCAL, View

SCORES = ("digital.data_right", "digital.data_complete", "digital.data_clean", "digital.data_alive")


def meter_strip() -> Block:
    """The four scores of the whole province this month, each with its card."""

    def draw(view: View) -> dict[str, Any]:
        period = month_now(view)
        title = view.word("desk.meter_title", period=period.label(view.lang))
        return {"title": title, "meter": scores(view, view.province.unit_code, period)}

    return Block("meter", {"title": "children", "meter": "children"}, draw, _frame, area="top", indicators=SCORES)


def _frame(put: Put) -> Component:
    forms = html.A(put.word("desk.nav_forms"), href=f"/desk/forms?lang={put.lang}", className="button")
    return html.Section(
        [
            html.Div([html.H2(put.content("title", ""), id=put.id("title")), forms], className="panel-head"),
            put.note(),
            html.Div(put.content("meter", []), id=put.id("meter")),
        ],
        className="block panel",
    )


def month_now(view: View) -> Period:
    """The month that runs at the viewer's moment in Viet Nam."""
    return Period.of(view.now.astimezone(LOCAL).date(), "month")


def scores(view: View, unit: str, period: Period) -> Component:
    """Four figures with shape, word, n/N and the way to their cards; the last month where this one has none yet."""
    return html.Ul(
        [_score(view, key, unit, period) for key in SCORES if key in view.catalogue.indicators], className="q4"
    )


def _score(view: View, key: str, unit: str, period: Period) -> Component:
    indicator = view.catalogue.indicators[key]
    item = _newest(view, key, unit, period)
    name = indicator.short_name.text(view.lang)
    if item is None or item.value is None:
        state = item.state if item is not None else "missing"
        href = view.link(card=numeral.card_key(key, unit, period.key))
        shown: list[Any] = [html.Span(view.word(f"desk.state.{state}"), className="q4-none")]
        level, ratio = "none", ""
    else:
        href = view.card_link(item)
        text = numeral.whole(item.value, indicator, view.lang, view.words, item.comparator)
        shown = [html.Span(text, className="q4-value num")]
        level = view.judged(item).level
        ratio = format_ratio(item.numerator, item.denominator, view.lang)
        if item.period != period.key:
            ratio = f"{ratio} · {Period.parse(item.period).short_label(view.lang)}"
    word = view.word("chart.status.unknown" if level == "none" else f"chart.status.{level}")
    return html.Li(
        [
            html.Span([html.Span(className=f"shape shape-{level}"), html.Span(name)], className="q4-name", title=word),
            html.A(shown, href=href, title=f"{view.word('page.explain')}: {name}, {word}"),
            html.A(ratio.replace("/", "/\u200b"), href=href, className="q4-ratio num fact-num", tabIndex="-1")
            if ratio
            else html.Span("", className="q4-ratio num"),
        ]
    )


def _newest(view: View, key: str, unit: str, period: Period) -> Observation | None:
    """The score of the month, or of the month before while nothing was due in this one."""
    found = _of_all(view, key, period).get(unit)
    if found is not None and found.value is not None:
        return found
    before = _of_all(view, key, period.previous()).get(unit)
    return before if before is not None and before.value is not None else found


def _of_all(view: View, key: str, period: Period) -> Mapping[str, Observation]:
    """A score of every source and dataset, by unit: asked for once a version, not once a line or a card."""

    def ask() -> dict[str, Observation]:
        levels = view.catalogue.indicators[key].levels
        return {one.unit: one for level in levels for one in view.reader.level(key, level, period.key)}

    found: Mapping[str, Observation] = view.counted(("by unit", key, period.key), ask)
    return found


def behind(view: View, sources: list[SourceState]) -> list[Component]:
    """The scores of the datasets a number is made of, for its card: one line a dataset, each with its desk."""
    period = month_now(view)
    lines: list[Component] = []
    for one in sources:
        name = covenant_name(view, one.source)
        head = html.A(name, href=f"/desk/{one.source}?lang={view.lang}", className="q4-source")
        lines.append(html.Div([head, scores(view, f"src.{one.source}.{one.dataset}", period)], className="q4-line"))
    return lines


@cache
def _read(body: str) -> dict[str, Any]:
    found: dict[str, Any] = read_json(body)
    return found


def covenants(view: View) -> Mapping[str, dict[str, Any]]:
    """Every covenant in force, by source."""

    def ask() -> dict[str, dict[str, Any]]:
        rows = view.reader.select("SELECT source, body FROM ops.covenant ORDER BY source")
        return {str(row["source"]): _read(str(row["body"])) for row in rows}

    found: Mapping[str, dict[str, Any]] = view.once(("covenants",), ask)
    return found


def covenant_name(view: View, source: str) -> str:
    """The name of a source in the viewer's language: as its covenant says, else its word, else its key."""
    body = covenants(view).get(source)
    if body is not None:
        return str(body["name"]["en" if view.lang == "en" else "vi"])
    key = f"source.{source}"
    return view.word(key) if key in view.words else source


def grace_note() -> Block:
    """Who is excused from reporting now or in the chosen period, and why; nothing while nobody is."""

    def draw(view: View) -> dict[str, Any]:
        period = view.period
        rows = view.reader.select(
            """SELECT reason, from_on, to_on, min(grace_id) AS grace_id, list(unit_code ORDER BY unit_code) AS codes
            FROM ops.grace WHERE from_on <= ? AND to_on >= ? /*scope unit_code*/
            GROUP BY ALL ORDER BY from_on DESC LIMIT 5""",
            [max(period.end, view.now.astimezone(LOCAL).date()), period.start],
        )
        return {"grace": [_grace(view, row) for row in rows]}

    return Block("grace", {"grace": "children"}, draw, _grace_frame, area="top")


def _grace(view: View, row: Mapping[str, Any]) -> Component:
    codes = [str(code) for code in row["codes"]]
    names = ", ".join(view.name(code) for code in codes[:6])
    more = view.word("desk.grace_more", count=len(codes) - 6) if len(codes) > 6 else ""
    text = view.word(
        "desk.grace_note", count=len(codes), first=format_date(row["from_on"], view.lang),
        last=format_date(row["to_on"], view.lang), reason=str(row["reason"]),
    )  # fmt: skip
    month = Period.of(row["from_on"], "month")
    key = fact_key("supply.grace", view.province.unit_code, month.key, str(row["grace_id"]))
    return html.P([linked(view, [html.B(text), html.Span(f" {names}{more}")], key)], className="storm")


def _grace_frame(put: Put) -> Component:
    return html.Div(
        [html.Div(put.content("grace", []), id=put.id("grace")), put.note()], className="block block--grace"
    )


def room_note() -> Block:
    """That the disk of the server is getting full, or that reading pauses for it: shown by the heartbeat, at once."""
    return Block("room", {}, lambda view: {}, _room_frame, area="top")


def _room_frame(put: Put) -> Component:
    notes = [
        html.P(put.word(f"room.{level}"), className=f"note room room--{level}", role="status")
        for level in ("full", "low")
    ]
    return html.Div([*notes, put.note()], className="block block--room")

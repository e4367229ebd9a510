"""The trust panel of on-time settlement on a page: every figure leads to the list it was counted from."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from indicators.beside.trust import RATE
from indicators.trust import Panel, trust_panel
from indicators.trust.causes import CAUSES
from indicators.trust.lists import LATE, MISSING
from indicators.trust.signals import FALSE_ALARMS, Question
from ioc.words import format_delta, format_number, format_value
from layouts.blocks.compared import calendar_of
from layouts.blocks.linked import fact_key, linked
from layouts.charts import numeral
from layouts.page import Block, Put
from layouts.view import View

OFFICIAL, DUE = "procedures.on_time", "procedures.on_time_due_cohort"
DEFINITIONS = (("by_settled", OFFICIAL), ("by_settled_and_overdue", ""), ("by_stock", ""), ("by_due", DUE))
PORTAL = ("ours", "waiting", "lost", "moved_out", "moved_in", "unknown", "twice", "portal", "residue")
MOST = 6
# the terms of the account as its sentence names them, and as the panel does
ACCOUNT = {
    "before": "open_before", "received": "received", "settled": "settled", "closed": "closed", "after": "open_after",
}  # fmt: skip


def trust() -> Block:
    """The panel of the chosen unit and period."""

    def draw(view: View) -> dict[str, Any]:
        indicator = view.catalogue.indicator(OFFICIAL)
        unit, _ = view.shown_unit(indicator)
        period = view.period_for(indicator)
        days = calendar_of(view)
        panel: Panel = view.counted(
            ("trust", unit, period.key, days.version),
            lambda: trust_panel(view.reader, unit, period.key, calendar=days),
        )
        title = view.word("trust.title", unit=view.name(unit), period=period.label(view.lang))
        parts = [_definitions(view, panel), _causes(view, panel), _portal(view, panel), _questions(view, panel)]
        return {"title": title, "parts": parts}

    return Block("trust", {"title": "children", "parts": "children"}, draw, _frame, area="wide", indicators=(OFFICIAL,))


def _definitions(view: View, panel: Panel) -> Component:
    lang, found = view.lang, panel.on_time
    rows = []
    for name, key in DEFINITIONS:
        value = getattr(found, name)
        text = "—" if value is None else format_value(value, "percent", 1, lang)
        card = numeral.card_key(key, panel.unit, panel.period.key)
        cell: Any = html.A(text, href=view.link(card=card), **{"data-card": card}) if key else text
        if not key and value is not None:
            cell = _told(view, panel, "definition", name, text)
        rows.append(html.Tr([html.Th(view.word(f"trust.{name}"), scope="row"), html.Td(cell, className="num")]))
    lines = [html.P(_account(view, panel), className="trust-line")]
    holds = view.word("trust.identity_holds")
    fails = view.word("trust.identity_fails", residual=format_number(found.residual, 0, lang))
    balance = _told(view, panel, "flow", "residual", fails if found.residual else holds)
    lines.append(html.P(balance, className="trust-line"))
    if found.gap is not None and found.gap > 1:
        gap = format_delta(found.gap, "percent", 1, lang).removeprefix("+")
        text = _told(view, panel, "definition", "gap", view.word("trust.gap", gap=gap))
        lines.append(html.P(text, className="trust-line trust-line--warn"))
    return _part(view.word("trust.definitions"), [_table(rows), *lines])


def _account(view: View, panel: Panel) -> list[Any]:
    """The sentence of the account, each of its terms the way to its card."""
    marks = {name: f"\0{name}\0" for name in ACCOUNT}
    pieces = view.word("trust.identity", **marks).split("\0")
    found: list[Any] = []
    for piece in pieces:
        term = ACCOUNT.get(piece)
        text = piece if term is None else format_number(getattr(panel.on_time, term), 0, view.lang)
        found.append(text if term is None else _told(view, panel, "flow", term, text))
    return found


def _told(view: View, panel: Panel, fact: str, part: str, text: str) -> dict[str, Any]:
    """A number of the panel that opens its card."""
    return linked(view, text, fact_key(f"trust.{fact}", panel.unit, panel.period.key, part), "num")


def _causes(view: View, panel: Panel) -> Component:
    def told(cause: str, text: str) -> dict[str, Any]:
        return _told(view, panel, "cause", cause, text)

    rows = [
        html.Tr(
            [
                html.Th(view.word(f"trust.cause_{cause}"), scope="row"),
                html.Td(told(cause, format_number(panel.causes[cause], 0, view.lang)), className="num"),
                html.Td(told(cause, _share(panel.causes[cause], panel.late, view.lang)), className="num"),
            ]
        )
        for cause in CAUSES
    ]
    title = told(LATE, view.word("trust.causes", late=format_number(panel.late, 0, view.lang)))
    return _part(title, [_table(rows)])


def _portal(view: View, panel: Panel) -> Component:
    if panel.portal is None:
        return _part(view.word("trust.portal"), [html.P(view.word("trust.portal_none"), className="trust-line")])
    rows = []
    for name in PORTAL:
        count = getattr(panel.portal, name)
        if count or name in ("ours", "lost", "portal", "residue"):
            text = _told(view, panel, "portal", name, format_number(count, 0, view.lang))
            number = html.Td(text, className="num")
            rows.append(html.Tr([html.Th(view.word(f"trust.portal_{name}"), scope="row"), number]))
    names = {unit.unit_code: unit.name_en if view.lang == "en" else unit.full_name for unit in view.reader.units()}
    worst = [
        html.Li(
            [
                f"{names.get(one.agency, one.agency)} ",
                _told(view, panel, "portal", f"{MISSING}:{one.agency}", _pair(one.missing, one.ours, view.lang)),
            ]
        )
        for one in panel.mismatches[:MOST]
    ]
    more = (
        [html.P(view.word("trust.mismatch"), className="trust-sub"), html.Ul(worst, className="trust-list")]
        if worst
        else []
    )
    return _part(view.word("trust.portal"), [_table(rows), *more])


def _questions(view: View, panel: Panel) -> Component:
    rate = format_value(FALSE_ALARMS * 100, "percent", 0, view.lang)
    asked = [
        html.Li(_told(view, panel, "question", f"{one.kind}:{one.unit}", _question(view, one)))
        for one in panel.questions[:MOST]
    ]
    none = html.P(view.word("trust.question_none"), className="trust-line")
    body = html.Ul(asked, className="trust-list") if asked else none
    stated = _told(view, panel, "question", RATE, view.word("trust.questions_rate", rate=rate))
    title = view.word("trust.questions", quarter=panel.quarter.label(view.lang))
    return _part(title, [body, html.P(stated, className="sub")])


def _question(view: View, one: Question) -> str:
    expected = format_number(one.expected, 0 if one.expected >= 10 else 1, view.lang)
    seen, of = (format_number(count, 0, view.lang) for count in (one.seen, one.of))
    return view.word(f"trust.question_{one.kind}", unit=view.name(one.unit), seen=seen, of=of, expected=expected)


def _part(title: dict[str, Any] | str, body: list[Component]) -> Component:
    return html.Div([html.H3(title), *body], className="trust-part")


def _table(rows: list[Component]) -> Component:
    return html.Table(html.Tbody(rows), className="grid grid--small")


def _share(part: int, whole: int, lang: str) -> str:
    return format_value(part * 100 / whole, "percent", 0, lang) if whole else "—"


def _pair(part: int, whole: int, lang: str) -> str:
    return f"{format_number(part, 0, lang)}/{format_number(whole, 0, lang)}"


def _frame(put: Put) -> Component:
    return html.Section(
        [
            html.H2(put.content("title", ""), id=put.id("title")),
            put.note(),
            html.Div(put.content("parts", []), id=put.id("parts"), className="trust-parts"),
        ],
        className="block panel block--trust",
    )

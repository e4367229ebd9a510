"""The drawer: the card of one number over the page: what it is, where it comes from, whom to ask."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from indicators.explain import Card, explain
from indicators.standing.explained import is_fact
from ioc.catalogue import Indicator
from ioc.period import Period
from ioc.value import Observation
from ioc.words import format_age, format_date, format_datetime, format_number, format_ratio
from layouts import address
from layouts.blocks.aim import aim
from layouts.blocks.card_audit import audit
from layouts.blocks.card_fact import open_fact
from layouts.blocks.parts import slice_names
from layouts.blocks.source_names import dataset_name, source_name
from layouts.blocks.sources_meter import behind
from layouts.charts import kpi as cards
from layouts.charts import numeral
from layouts.page import Block, Put
from layouts.view import View

BEFORE = 6
FILES = 3
_NOTHING = numeral.Numeral("", "—", "")


def drawer() -> Block:
    """The drawer of a page; empty while no card is open."""

    def draw(view: View) -> dict[str, Any]:
        parts = view.selection.card_parts()
        return {"drawer": [] if parts is None else _open(view, parts)}

    return Block("drawer", {"drawer": "children"}, draw, _frame, area="drawer")


def _frame(put: Put) -> Component:
    return html.Div(
        [html.Div(put.content("drawer", []), id=put.id("drawer"), className="drawer-host"), put.note()],
        className="block--drawer",
    )


def _open(view: View, parts: tuple[str, str, str, str, str]) -> list[Component]:
    key, unit, period, slice_dim, slice_value = parts
    if is_fact(key):
        return open_fact(view, parts)
    card = explain(
        view.reader, view.catalogue, key, unit, period, slice_dim=slice_dim, slice_value=slice_value, now=view.now,
        calendar=view.calendar, basis=view.selection.basis or "as_then",
    )  # fmt: skip
    close = view.link(card="")
    title = "drawer-title"
    name = card.indicator.name.text(view.lang)
    part = slice_names(view, slice_dim).get(slice_value, slice_value) if slice_dim else ""
    scope = " · ".join(filter(None, (view.name(unit), card.period.label(view.lang), part)))
    body = [
        html.Div(
            [
                html.Div([html.P(scope, className="drawer-scope"), html.H2(name, id=title)]),
                html.A(
                    "×", href=close, className="drawer-close", title=view.word("card.close"),
                    **{"aria-label": view.word("card.close"), "data-close": ""},
                ),
            ],
            className="drawer-head",
        ),
        _value(view, card),
        *_facts(view, card, slice_dim, slice_value),
    ]  # fmt: skip
    dialog = {"aria-modal": "true", "aria-labelledby": title, "data-card": view.selection.card}
    return [
        html.A("", href=close, className="drawer-veil", tabIndex="-1", **{"aria-hidden": "true"}),
        html.Div(body, className="drawer", role="dialog", tabIndex="-1", **dialog),
    ]


def _value(view: View, card: Card) -> Component:
    item, status = card.observation, card.status
    form = cards.form_of(item, None)
    shown = item is not None and item.state in numeral.SHOWN and form.card in ("normal", "provisional")
    parts = numeral.split(item, card.indicator, view.lang, view.words) if item is not None and shown else _NOTHING
    ratio = (
        format_ratio(item.numerator, item.denominator, view.lang)
        if item is not None and shown and item.denominator
        else ""
    )
    pill = html.Span(
        [
            html.Span(className=f"shape shape-{status.level if shown else 'none'}"),
            html.Span(view.word(f"chart.status.{status.level}") if shown else view.word(f"chart.{form.word}")),
        ],
        className=f"pill pill--{status.level if shown else 'form'}",
    )
    return html.Div(
        [
            html.Div(
                [
                    html.Span("≈" if form.card == "provisional" else parts.sign, className="k-sign"),
                    html.Span(parts.number, className="k-val num"),
                    html.Span(parts.unit, className="k-unit"),
                ],
                className="k-num drawer-num",
            ),
            html.Span(ratio, className="drawer-ratio num", title=view.word("card.ratio")),
            pill,
        ],
        className="drawer-value",
    )


def _facts(view: View, card: Card, slice_dim: str, slice_value: str) -> list[Component]:
    lang, indicator, target = view.lang, card.indicator, card.target
    legal = [
        html.Span(indicator.legal_basis.text),
        html.Span(view.word(f"card.legal_{indicator.legal_basis.status}"), className="tag"),
    ]
    version = view.word("card.version_text", version=indicator.version, day=format_date(indicator.valid_from, lang))
    again = (
        view.word("card.restated", count=card.versions_known)
        if card.versions_known > 1
        else view.word("card.not_restated")
    )
    coverage = view.word(
        "card.coverage_text",
        have=format_number(card.with_values, 0, lang),
        total=format_number(card.declared, 0, lang),
    )
    records = address.records(
        indicator.id,
        card.unit["code"] or "",
        card.period.key,
        lang,
        slice_dim=slice_dim,
        slice_value=slice_value,
    )
    return [
        _section(view, "meaning", [
            ("definition", indicator.definition.text(lang)), ("formula", indicator.formula.text(lang)),
            ("target", aim(view, indicator, target, card.status.delta)), ("legal", legal), ("version", version),
        ]),
        _section(view, "call", [
            ("owner", indicator.owner.office.text(lang)), ("contact", indicator.owner.contact.text(lang)),
            ("unit_contact", card.unit["duty_contact"] or ""),
        ]),
        _section(view, "origin", [*_origin(view, card), ("coverage", coverage), ("history", again)]),
        _section(view, "computed", [
            ("expression", _code(_expression(indicator))), ("sql", _code(card.sql) if card.sql else ""),
        ]),
        _meter(view, card),
        _history(view, card),
        *audit(view, card),
        html.P(html.A(view.word("card.records"), href=records, className="button"), className="drawer-actions"),
    ]  # fmt: skip


def _section(view: View, name: str, facts: list[tuple[str, Any]]) -> Component:
    rows: list[Component] = []
    for key, content in facts:
        if content in ("", None, []):
            continue
        rows += [html.Dt(view.word(f"card.{key}")), html.Dd(content)]
    return html.Section([html.H3(view.word(f"card.section_{name}")), html.Dl(rows)], className="drawer-section")


def _code(text: str) -> Component:
    return html.Pre(html.Code(text))


def _expression(indicator: Indicator) -> str:
    lines = [f"where        {indicator.where}"] if indicator.where else []
    lines += [f"numerator    {indicator.numerator}"] if indicator.numerator else []
    lines += [f"denominator  {indicator.denominator}"] if indicator.denominator else []
    if indicator.reported is not None:
        lines.append(f"reported     {indicator.reported.field} ({indicator.reported.takes})")
    return "\n".join(lines) or indicator.kind


def _origin(view: View, card: Card) -> list[tuple[str, Any]]:
    lang, fresh, item = view.lang, card.freshness, card.observation
    facts: list[tuple[str, Any]] = []
    for one in card.sources:
        through = format_datetime(one.complete_through, lang) if one.complete_through else "—"
        where = view.word("card.through", moment=through)
        facts.append(("source", f"{source_name(view, one.source)} ({dataset_name(view, one.dataset)}) · {where}"))
    for file in card.files[:FILES]:
        facts.append(("file", _code(f"{file.path}\nsha256 {file.sha256}")))
    if fresh.age is not None:
        due = format_datetime(fresh.due_at, lang) if fresh.due_at else "—"
        word = view.word(f"card.fresh_{fresh.level}")
        facts.append(("age", view.word("card.age_text", age=format_age(fresh.age, lang), due=due, state=word)))
    if item is not None:
        if item.known_at is not None:
            facts.append(("known", format_datetime(cards.utc(item.known_at), lang)))
        facts.append(("run", html.Code(item.run_id)))
    return facts


def _meter(view: View, card: Card) -> Component | str:
    """How well the data behind the number come: right, complete, clean, alive, a line a dataset."""
    lines = behind(view, view.states(card.indicator))
    if not lines:
        return ""
    return html.Section([html.H3(view.word("desk.meter_behind")), *lines], className="drawer-section")


def _history(view: View, card: Card) -> Component:
    """The last periods, and the same period last year; every number is a link to its own card."""
    series = view.series(card.indicator.id, card.unit["code"] or "", card.period)[-BEFORE - 1 :]
    items = list(reversed(series))
    if card.last_year is not None and card.last_year.period not in {one.period for one in items}:
        items.append(card.last_year)
    rows = [
        html.Tr(
            [
                html.Th(Period.parse(one.period).label(view.lang), scope="row"),
                html.Td(html.A(_plain(view, one, card.indicator), href=view.card_link(one)), className="num"),
                html.Td(
                    format_ratio(one.numerator, one.denominator, view.lang) if one.denominator else "",
                    className="num",
                ),
            ],
            className="row--chosen" if one.period == card.period.key else "",
        )
        for one in items
    ]
    return html.Section(
        [
            html.H3(view.word("card.section_history")),
            html.Table(html.Tbody(rows), className="grid grid--small"),
        ],
        className="drawer-section",
    )


def _plain(view: View, item: Observation, indicator: Indicator) -> str:
    if item.state not in numeral.SHOWN:
        return view.word(f"chart.{cards.form_of(item, None).word}")
    return numeral.whole(item.value, indicator, view.lang, view.words, item.comparator)

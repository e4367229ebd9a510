"""The blocks of the sources page: how far each source has come, what was refused and why, the last loads."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dash import html
from dash.development.base_component import Component

from ioc.catalogue import FreshnessRule, Owner
from ioc.published import SourceState
from ioc.status import Freshness
from ioc.words import format_age, format_datetime, format_number
from layouts.page import Block, Put
from layouts.view import View

LEVEL = {"fresh": "good", "late": "watch", "down": "bad", "new": "unknown"}
REFUSED, LOADS = 100, 40


def source_cards() -> Block:
    """One card a source and dataset: state, owner and whom to call, rows of the last run, when the next is due."""

    def draw(view: View) -> dict[str, Any]:
        order = {"down": 0, "late": 1, "new": 2, "fresh": 3}
        told = [(state, *_answerable(view, state)) for state in view.sources]
        aged = [(view.fresh_of(state, rule), state, owner) for state, owner, rule in told]
        aged.sort(key=lambda one: (order[one[0].level], one[1].source, one[1].dataset))
        return {"cards": [_card(view, state, owner, fresh) for fresh, state, owner in aged]}

    return Block("sources", {"cards": "children"}, draw, _cards_frame, area="sources")


def _answerable(view: View, state: SourceState) -> tuple[Owner | None, FreshnessRule | None]:
    """The office behind most numbers made of this source, and the strictest deadline among them."""
    owners: Counter[str] = Counter()
    found: dict[str, Owner] = {}
    rule: FreshnessRule | None = None
    for indicator in view.catalogue.indicators.values():
        if state not in view.states(indicator):
            continue
        owners[indicator.owner.office.vi] += 1
        found[indicator.owner.office.vi] = indicator.owner
        if indicator.freshness is not None and (rule is None or indicator.freshness.due < rule.due):
            rule = indicator.freshness
    return (found[owners.most_common(1)[0][0]] if owners else None), rule


def source_name(view: View, source: str) -> str:
    """The name of a source system in the viewer's language; its key where it has none."""
    key = f"source.{source}"
    return view.word(key) if key in view.words else source


def _card(view: View, state: SourceState, owner: Owner | None, fresh: Freshness) -> Component:
    lang = view.lang
    level = LEVEL[fresh.level]
    age = format_age(fresh.age, lang) if fresh.age is not None else "—"
    rows = [
        ("through", format_datetime(state.complete_through, lang) if state.complete_through else "—"),
        ("age", age),
        ("due", format_datetime(fresh.due_at, lang) if fresh.due_at else view.word("sources.no_rule")),
        ("success", format_datetime(state.last_success_at, lang) if state.last_success_at else "—"),
        ("office", owner.office.text(lang) if owner else "—"),
        ("contact", owner.contact.text(lang) if owner else "—"),
    ]
    counts = (("in", state.rows_in), ("good", state.rows_good), ("refused", state.rows_refused),
              ("duplicate", state.rows_duplicate), ("changed", state.rows_changed))  # fmt: skip
    return html.Article(
        [
            html.Header(
                [
                    html.Div(
                        [
                            html.H2(source_name(view, state.source)),
                            html.P(html.Code(f"{state.source}/{state.dataset}")),
                        ]
                    ),
                    html.Span(
                        [
                            html.Span(className=f"shape shape-{level}"),
                            html.Span(view.word(f"sources.{fresh.level}")),
                        ],
                        className=f"pill pill--{level}",
                    ),
                ],
                className="panel-head",
            ),
            html.Dl([part for key, text in rows for part in (html.Dt(view.word(f"sources.{key}")), html.Dd(text))]),
            html.Ul(
                [
                    html.Li(
                        [
                            html.B(format_number(count, 0, lang), className="num"),
                            html.Span(view.word(f"sources.rows_{key}")),
                        ]
                    )
                    for key, count in counts
                ],
                className="rows",
            ),
            html.P(
                view.word(
                    "sources.total",
                    total=format_number(state.rows_total, 0, lang),
                    waiting=format_number(state.quarantined, 0, lang),
                ),
                className="sub",
            ),
        ],
        className=f"panel source source--{fresh.level}",
    )


def _cards_frame(put: Put) -> Component:
    return html.Div(
        [put.note(), html.Div(put.content("cards", []), id=put.id("cards"), className="source-grid")],
        className="block",
    )


def quarantine() -> Block:
    """Refused rows with rule, place and reason; cells are masked."""

    def draw(view: View) -> dict[str, Any]:
        found = view.reader.quarantine(limit=REFUSED)
        rows = [
            (
                source_name(view, one.source), one.dataset, one.rule, one.field or "—",
                one.reason_vi if view.lang == "vi" else one.reason_en,
                format_number(one.position, 0, view.lang), html.Code(one.masked_row or ""),
                format_datetime(one.quarantined_at, view.lang),
            )
            for one in found
        ]  # fmt: skip
        return {"title": view.word("sources.quarantine", count=len(found)), **_table(view, "q", _Q, rows)}

    return Block(
        "quarantine",
        {"title": "children", "head": "children", "rows": "children"},
        draw,
        _table_frame,
        area="wide",
    )


_Q = ("source", "dataset", "rule", "field", "reason", "position", "row", "moment")
_L = (
    "source",
    "dataset",
    "run",
    "loaded",
    "rows_in",
    "rows_good",
    "rows_refused",
    "rows_duplicate",
    "sha256",
)


def loads() -> Block:
    """The ledger of loads, newest first: what came, when, in which file."""

    def draw(view: View) -> dict[str, Any]:
        found = view.reader.loads(limit=LOADS)
        rows = [
            (
                source_name(view, one.source), one.dataset, html.Code(one.run_id),
                format_datetime(one.loaded_at, view.lang),
                *(format_number(n, 0, view.lang) for n in (one.rows_in, one.rows_good, one.rows_refused)),
                format_number(one.rows_duplicate, 0, view.lang),
                html.Code(one.sha256[:12], title=one.sha256),
            )
            for one in found
        ]  # fmt: skip
        return {"title": view.word("sources.loads", count=len(found)), **_table(view, "l", _L, rows)}

    return Block(
        "loads",
        {"title": "children", "head": "children", "rows": "children"},
        draw,
        _table_frame,
        area="wide",
    )


def _table(view: View, kind: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    head = html.Tr(
        [html.Th(view.word(f"sources.column_{name}"), scope="col", className=f"{kind}-{name}") for name in columns]
    )
    body = [
        html.Tr([html.Td(cell, className=f"{kind}-{name}") for name, cell in zip(columns, row, strict=True)])
        for row in rows
    ]
    return {"head": head, "rows": body}


def _table_frame(put: Put) -> Component:
    grid = html.Table(
        [
            html.Thead(put.content("head", []), id=put.id("head")),
            html.Tbody(put.content("rows", []), id=put.id("rows")),
        ],
        className="grid",
    )
    return html.Section(
        [
            html.H2(put.content("title", ""), id=put.id("title")),
            put.note(),
            html.Div(grid, className="scroll", tabIndex="0", role="region", **{"aria-labelledby": put.id("title")}),
        ],
        className="block panel block--table",
    )

"""The blocks of the sources page: how far each source has come, what was refused and why, the last loads."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dash import html
from dash.development.base_component import Component

from ioc.catalogue import FreshnessRule, Owner
from ioc.published import Quarantined, SourceState
from ioc.status import Freshness
from ioc.words import format_age, format_datetime, format_number
from layouts.blocks.sources_meter import covenant_name, covenants, month_now, scores
from layouts.page import Block, Put
from layouts.view import View

LEVEL = {"fresh": "good", "late": "watch", "down": "bad", "new": "unknown"}
ORDER = {"down": 0, "late": 1, "new": 2, "fresh": 3}
REFUSED, LOADS = 100, 40


def source_cards() -> Block:
    """One card a source, worst first: state, whom to call, the four scores, its datasets, the way to its desk."""

    def draw(view: View) -> dict[str, Any]:
        bodies, grouped = covenants(view), dict[str, list[SourceState]]()
        for state in view.sources:
            grouped.setdefault(state.source, []).append(state)
        for name in bodies:
            grouped.setdefault(name, [])
        cards = []
        for name, states in grouped.items():
            owner, rule = _promised(view, bodies.get(name), states)
            aged = [(state, view.fresh_of(state, rule)) for state in states]
            aged.sort(key=lambda one: (ORDER[one[1].level], one[0].dataset))
            worst = aged[0][1].level if aged else "new"
            cards.append((ORDER[worst], name, _card(view, name, aged, owner, worst)))
        return {"cards": [card for _, _, card in sorted(cards, key=lambda one: one[:2])]}

    return Block("sources", {"cards": "children"}, draw, _cards_frame, area="sources")


def _promised(
    view: View, body: dict[str, Any] | None, states: list[SourceState]
) -> tuple[Owner | None, FreshnessRule | None]:
    """Who answers for a source and its deadline: by its covenant, else by the numbers made of it."""
    if body is not None:
        return Owner(**body["owner"]), FreshnessRule(**body["freshness"])
    return _answerable(view, states[0]) if states else (None, None)


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


def _card(
    view: View, source: str, aged: list[tuple[SourceState, Freshness]], owner: Owner | None, worst: str
) -> Component:
    lang, level = view.lang, LEVEL[worst]
    call = (
        html.P(
            [
                html.Span(view.word("page.call")),
                html.B(owner.contact.text(lang)),
                html.Span(f", {owner.office.text(lang)}"),
            ],
            className="source-call",
        )
        if owner is not None
        else html.P("—")
    )
    desk = f"/desk/{source}"
    links = [
        html.A(view.word(f"desk.{name}"), href=f"{desk}{path}?lang={lang}")
        for name, path in (("nav_source", ""), ("nav_covenant", "/covenant"), ("nav_month", "/month"))
    ]
    return html.Article(
        [
            html.Header(
                [
                    html.Div([html.H2(source_name(view, source)), html.P(html.Code(source))]),
                    _pill(view, level, f"sources.{worst}"),
                ],
                className="panel-head",
            ),
            call,
            scores(view, f"src.{source}", month_now(view)),
            html.Div(html.Table(html.Tbody([_line(view, *one) for one in aged]), className="grid grid--small"))
            if aged
            else html.P(view.word("desk.never_came"), className="sub"),
            html.P(links, className="source-links"),
        ],
        className=f"panel source source--{worst}",
    )


def _pill(view: View, level: str, word: str) -> Component:
    return html.Span(
        [html.Span(className=f"shape shape-{level}"), html.Span(view.word(word))], className=f"pill pill--{level}"
    )


def _line(view: View, state: SourceState, fresh: Freshness) -> Component:
    """A dataset: how far it is, when the next part is due, what its last load brought and refused."""
    lang = view.lang
    through = format_datetime(state.complete_through, lang) if state.complete_through else "—"
    age = format_age(fresh.age, lang) if fresh.age is not None else "—"
    due = format_datetime(fresh.due_at, lang) if fresh.due_at else view.word("sources.no_rule")
    counts = view.word(
        "desk.no_load" if state.rows_in is None else "desk.last_load",
        **{
            name: format_number(count, 0, lang)
            for name, count in (
                ("rows_in", state.rows_in), ("good", state.rows_good), ("refused", state.rows_refused),
                ("duplicate", state.rows_duplicate),
            )
        },
    )  # fmt: skip
    return html.Tr(
        [
            html.Th(
                [
                    html.Span(className=f"shape shape-{LEVEL[fresh.level]}", title=view.word(f"sources.{fresh.level}")),
                    html.Span(dataset_name(view, state.dataset)),
                ],
                scope="row",
            ),
            html.Td(
                [
                    html.Div([html.B(age), html.Span(f" · {view.word('sources.through')} {through}")]),
                    html.Div(f"{view.word('sources.due')}: {due}"),
                    html.Div(counts),
                ]
            ),
        ]
    )


def source_name(view: View, source: str) -> str:
    """The name of a source system in the viewer's language."""
    return covenant_name(view, source)


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
                source_name(view, one.source), _field(view, one), one.reason_vi if view.lang == "vi" else one.reason_en,
                _to_do(view, one.rule),
                format_number(one.position, 0, view.lang), html.Code(one.masked_row or ""),
                format_datetime(one.quarantined_at, view.lang),
            )
            for one in found
        ]  # fmt: skip
        return {
            "title": view.word("sources.quarantine", count=len(found)),
            **_table(view, "q", _Q, rows, none="desk.nothing_refused"),
        }

    return Block(
        "quarantine",
        {"title": "children", "head": "children", "rows": "children"},
        draw,
        _table_frame,
        area="wide",
    )


_Q = ("source", "field", "reason", "todo", "position", "row", "moment")
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


def _field(view: View, one: Quarantined) -> str:
    """What a refused row is about, in words: its field, else its dataset."""
    for key in (f"desk.field.{one.field}", f"desk.dataset.{one.dataset}"):
        if key in view.words:
            return view.word(key)
    return one.field or one.dataset


def _to_do(view: View, rule: str) -> str:
    """What the supplier has to do about a rule."""
    key = f"desk.todo.{rule.partition(':')[0]}"
    return view.word(key) if key in view.words else rule


def dataset_name(view: View, dataset: str) -> str:
    """A dataset in words; its key where the words files do not know it."""
    key = f"desk.dataset.{dataset}"
    return view.word(key) if key in view.words else dataset


def loads() -> Block:
    """The ledger of loads, newest first: what came, when, in which file."""

    def draw(view: View) -> dict[str, Any]:
        found = view.reader.loads(limit=LOADS)
        rows = [
            (
                source_name(view, one.source), dataset_name(view, one.dataset), html.Code(one.run_id),
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


def _table(
    view: View, kind: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]], *, none: str = ""
) -> dict[str, Any]:
    head = html.Tr(
        [html.Th(view.word(f"sources.column_{name}"), scope="col", className=f"{kind}-{name}") for name in columns]
    )
    body = [
        html.Tr([html.Td(cell, className=f"{kind}-{name}") for name, cell in zip(columns, row, strict=True)])
        for row in rows
    ]
    if not rows and none:
        body = [html.Tr(html.Td(view.word(none), colSpan=str(len(columns))))]
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

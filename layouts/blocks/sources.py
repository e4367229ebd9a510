"""The cards of the sources page: how far each source has come, whom to call, what its last loads brought."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dash import html
from dash.development.base_component import Component

from ioc.catalogue import FreshnessRule, Owner
from ioc.published import SourceState
from ioc.status import Freshness
from ioc.words import format_age, format_datetime, format_number
from layouts.blocks.linked import linked
from layouts.blocks.source_loads import newest_loads
from layouts.blocks.source_names import dataset_name, source_name
from layouts.blocks.sources_meter import covenants, month_now, scores
from layouts.page import Block, Put
from layouts.view import View

LEVEL = {"fresh": "good", "late": "watch", "down": "bad", "new": "unknown"}
ORDER = {"down": 0, "late": 1, "new": 2, "fresh": 3}


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
                    html.Div([html.B(age, className="age"), html.Span(f" · {view.word('sources.through')} {through}")]),
                    html.Div(f"{view.word('sources.due')}: {due}"),
                    html.Div(_last(view, state, counts)),
                ]
            ),
        ]
    )


def _last(view: View, state: SourceState, counts: str) -> Any:
    """The counts of the newest load, as the way to its card."""
    key = newest_loads(view).get((state.source, state.dataset))
    return counts if key is None else linked(view, counts, key)


def _cards_frame(put: Put) -> Component:
    return html.Div(
        [put.note(), html.Div(put.content("cards", []), id=put.id("cards"), className="source-grid")],
        className="block",
    )

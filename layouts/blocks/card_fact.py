"""The drawer of a number beside a score: what it is, its parts, by which edition and recipe, from which inputs."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from indicators.fact_card import FactCard, Input
from indicators.standing.explained import explain_fact, known_facts
from ioc.errors import UsageError
from ioc.words import format_datetime, format_number
from layouts.blocks.card_listed import listed
from layouts.blocks.compared import calendar_of
from layouts.blocks.fact_cell import shown
from layouts.view import View

LABELS = {"method": "method_part"}  # the part of a move that the method makes, not how the number comes about


def open_fact(view: View, parts: tuple[str, str, str, str, str]) -> list[Component]:
    """The open drawer; `parts` as in the address."""
    fact, unit, period, _, part = parts
    try:
        card = explain_fact(
            view.reader, fact, unit, period, part, again=view.selection.engine == "second", calendar=calendar_of(view)
        )
    except UsageError:
        name = known_facts()[fact]["name"][view.lang]
        return _drawer(view, f"{unit} · {period}", name, [html.P(view.word("fact.missing"), className="sub")])
    name = card.texts["name"][view.lang]
    scope = " · ".join(filter(None, (view.name(unit), card.period.label(view.lang), card.part_name[view.lang])))
    body = [
        _section(view, "card.section_meaning", [
            ("card.definition", card.texts["definition"][view.lang]), ("fact.method", card.texts["method"][view.lang]),
            ("fact.source", card.source),
        ]),
        _section(view, "fact.section_numbers", [
            (f"fact.{LABELS.get(key, key)}", shown(view, key, value)) for key, value in card.numbers.items()
            if value not in (None, "") and f"fact.{LABELS.get(key, key)}" in view.words
        ]),
        listed(view, card),
        _section(view, "fact.section_rule", _rule(view, card)),
        _inputs(view, card),
        _again(view, card),
        _records(view, card),
    ]  # fmt: skip
    return _drawer(view, scope, name, body)


def _drawer(view: View, scope: str, name: str, body: list[Any]) -> list[Component]:
    close = view.link(card="")
    head = html.Div(
        [
            html.Div([html.P(scope, className="drawer-scope"), html.H2(name, id="drawer-title")]),
            html.A(
                "×", href=close, className="drawer-close", title=view.word("card.close"),
                **{"aria-label": view.word("card.close"), "data-close": ""},
            ),
        ],
        className="drawer-head",
    )  # fmt: skip
    dialog = {"aria-modal": "true", "aria-labelledby": "drawer-title", "data-card": view.selection.card}
    return [
        html.A("", href=close, className="drawer-veil", tabIndex="-1", **{"aria-hidden": "true"}),
        html.Div([head, *(part for part in body if part)], className="drawer", role="dialog", tabIndex="-1", **dialog),
    ]


def _rule(view: View, card: FactCard) -> list[tuple[str, Any]]:
    """Edition, basis, recipe, draws, as of when, run and version."""
    edition, facts = card.edition, list[tuple[str, Any]]()
    if edition:
        facts.append(("fact.edition", f"{edition['name'][view.lang]} ({edition['scorecard']}@{edition['edition']})"))
        facts.append(("card.legal", edition["legal_basis"]))
    if card.recipe_hash:
        facts.append(("fact.recipe", html.Pre(html.Code(card.recipe_hash.replace(":", "\n")))))
    if card.draws is not None:
        draws = format_number(card.draws, 0, view.lang)
        facts.append(("fact.draws", view.word("fact.draws_text", draws=draws, seed=card.seed)))
    if card.known_at is not None:
        facts.append(("card.known", format_datetime(card.known_at, view.lang)))
    if card.data_as_of is not None:
        facts.append(("fact.data_as_of", format_datetime(card.data_as_of, view.lang)))
    facts.append(("fact.version", html.Code(str(card.version))))
    return [*facts, ("card.run", html.Code(card.run_id))] if card.run_id else facts


def _inputs(view: View, card: FactCard) -> Component | str:
    """The criteria behind the number; each opens the card of its own indicator."""
    if not card.inputs:
        return ""
    head = [view.word(f"fact.input_{key}") for key in ("name", "points", "cases", "value")]
    rows = [html.Tr([html.Th(text, scope="col") for text in head])]
    for one in card.inputs:
        rows.append(
            html.Tr(
                [
                    html.Th(one.name[view.lang], scope="row"),
                    html.Td(f"{_number(view, one.points)} / {_number(view, one.available)}", className="num"),
                    html.Td(
                        f"{_number(view, one.numerator, 0)}/{_number(view, one.denominator, 0)}"
                        if one.denominator is not None
                        else "—",
                        className="num",
                    ),
                    html.Td(_observed(view, card, one), className="num"),
                ]
            )
        )
    table = html.Table(html.Tbody(rows), className="grid grid--small")
    return html.Section([html.H3(view.word("fact.section_inputs")), table], className="drawer-section")


def _observed(view: View, card: FactCard, one: Input) -> Component | str:
    if one.indicator is None or one.value is None:
        return "—"
    return html.A(_number(view, one.value), href=view.link(card=f"{one.indicator}|{card.unit}|{card.period.key}"))


def _number(view: View, value: float | None, decimals: int = 2) -> str:
    return format_number(value, decimals, view.lang)


def _again(view: View, card: FactCard) -> Component | str:
    """Counting again on request: same inputs, same edition, same seed."""
    if not card.is_countable:
        return ""
    if card.again is None:
        link = view.link(card=view.selection.card, engine="second")
        line: Any = html.A(view.word("fact.again"), href=link, className="button button--quiet")
    else:
        counted = "–".join(
            _number(view, value, 2).removesuffix(",00").removesuffix(".00") for value in card.again.counted
        )
        key = "fact.again_same" if card.again.agrees else "fact.again_differs"
        more = view.word("fact.same_recipe" if card.again.same_recipe else "fact.other_recipe")
        line = html.P(
            f"{view.word(key, value=counted)} {more}",
            className="checked" if card.again.agrees else "checked checked--bad",
        )
    return html.Section([html.H3(view.word("compare.section_check")), line], className="drawer-section drawer-check")


def _records(view: View, card: FactCard) -> Component | str:
    """The way to the dossiers behind the number."""
    if not card.records:
        return ""
    href = f"/records?{card.records}&lang={view.lang}"
    return html.P(html.A(view.word("card.records"), href=href, className="button"), className="drawer-actions")


def _section(view: View, title: str, facts: list[tuple[str, Any]]) -> Component | str:
    rows = [part for key, content in facts if content not in ("", None) for part in
            (html.Dt(view.word(key)), html.Dd(content))]  # fmt: skip
    return html.Section([html.H3(view.word(title)), html.Dl(rows)], className="drawer-section") if rows else ""

"""The drawer: the card of one number over the page: what it is, where it comes from, whom to ask."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from ioc.catalogue import Indicator
from ioc.period import Period
from ioc.status import Status
from ioc.value import Observation
from ioc.words import format_age, format_date, format_datetime, format_ratio
from layouts import address
from layouts.charts import kpi as cards
from layouts.charts import numeral
from layouts.page import Block, Put
from layouts.view import View

BEFORE = 6


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
    key, unit, period_key, slice_dim, slice_value = parts
    indicator = view.catalogue.indicator(key)
    period = Period.parse(period_key)
    item = view.reader.observation(key, unit, period.key, slice_dim=slice_dim, slice_value=slice_value)
    level = view.units[unit].unit_kind if unit in view.units else "commune"
    target = view.catalogue.target_for(key, unit, level, period)
    from ioc.status import judge

    status = judge(item, indicator, target)
    close = view.link(card="")
    title = "drawer-title"
    body = [
        html.Header(
            [
                html.Div(
                    [
                        html.P(f"{view.name(unit)} · {period.label(view.lang)}", className="drawer-scope"),
                        html.H2(indicator.name.text(view.lang), id=title),
                    ]
                ),
                html.A("×", href=close, className="drawer-close", title=view.word("card.close"),
                       **{"aria-label": view.word("card.close"), "data-close": ""}),
            ],
            className="drawer-head",
        ),
        _value(view, item, indicator, status),
        *_facts(view, item, indicator, unit, period, status),
    ]  # fmt: skip
    return [
        html.A("", href=close, className="drawer-veil", tabIndex="-1", **{"aria-hidden": "true"}),
        html.Aside(
            body,
            className="drawer",
            role="dialog",
            tabIndex="-1",
            **{"aria-modal": "true", "aria-labelledby": title},
        ),
    ]


def _value(view: View, item: Observation | None, indicator: Indicator, status: Status) -> Component:
    form = cards.form_of(item, None)
    shown = item is not None and item.state in numeral.SHOWN and form.card in ("normal", "provisional")
    parts = (
        numeral.split(item, indicator, view.lang, view.words)
        if item is not None and shown
        else numeral.Numeral("", "—", "")
    )
    word = view.word(f"chart.status.{status.level}") if shown else view.word(f"chart.{form.word}")
    ratio = ""
    if shown and item is not None and item.denominator:
        ratio = format_ratio(item.numerator, item.denominator, view.lang)
    pill = html.Span(
        [html.Span(className=f"shape shape-{status.level if shown else 'unknown'}"), html.Span(word)],
        className=f"pill pill--{status.level if shown else 'form'}",
    )
    return html.Div(
        [
            html.Div(
                [
                    html.Span(parts.sign, className="k-sign"),
                    html.Span(parts.number, className="k-val num"),
                    html.Span(parts.unit, className="k-unit"),
                ],
                className="k-num drawer-num",
            ),
            html.Span(ratio, className="drawer-ratio num", title=view.word("card.ratio")),
            pill,
        ],
        className="drawer-value",
        **{"data-shown": "true"},
    )


def _facts(
    view: View, item: Observation | None, indicator: Indicator, unit: str, period: Period, status: Status
) -> list[Component]:
    lang = view.lang
    target = status.target
    aim = view.word("card.no_target") if target is None else f"{target.text.text(lang)} · {target.basis}"
    delta = numeral.difference(status.delta, indicator, lang, view.words) if status.delta is not None else ""
    owner = indicator.owner
    legal = [
        html.Span(indicator.legal_basis.text),
        html.Span(view.word(f"card.legal_{indicator.legal_basis.status}"), className="tag"),
    ]
    return [
        _section(view, "meaning", [
            ("definition", indicator.definition.text(lang)),
            ("formula", indicator.formula.text(lang)),
            ("target", " · ".join(filter(None, (aim, delta)))),
            ("legal", legal),
            ("version", view.word("card.version_text", version=indicator.version, day=format_date(indicator.valid_from, lang))),
        ]),
        _section(view, "call", [("owner", owner.office.text(lang)), ("contact", owner.contact.text(lang))]),
        _section(view, "origin", _origin(view, item, indicator)),
        _section(view, "computed", [
            ("expression", _code(_expression(indicator))),
        ]),
        _history(view, indicator, unit, period),
        html.P(
            [
                html.A(view.word("card.records"), href=address.records(indicator.id, unit, period.key, lang),
                       className="button"),
            ],
            className="drawer-actions",
        ) if indicator.is_measured else html.P(view.word("card.no_records"), className="sub"),
    ]  # fmt: skip


def _section(view: View, name: str, facts: list[tuple[str, Any]]) -> Component:
    rows: list[Component] = []
    for key, content in facts:
        if content in ("", None, []):
            continue
        rows += [html.Dt(view.word(f"card.{key}")), html.Dd(content)]
    return html.Section(
        [html.H3(view.word(f"card.section_{name}")), html.Dl(rows)], className="drawer-section"
    )


def _code(text: str) -> Component:
    return html.Pre(html.Code(text))


def _expression(indicator: Indicator) -> str:
    lines = [f"where        {indicator.where}"] if indicator.where else []
    lines += [f"numerator    {indicator.numerator}"] if indicator.numerator else []
    lines += [f"denominator  {indicator.denominator}"] if indicator.denominator else []
    if indicator.reported is not None:
        lines.append(f"reported     {indicator.reported.field} ({indicator.reported.takes})")
    return "\n".join(lines) or indicator.kind


def _origin(view: View, item: Observation | None, indicator: Indicator) -> list[tuple[str, Any]]:
    lang = view.lang
    fresh = view.fresh(indicator)
    facts: list[tuple[str, Any]] = []
    for state in view.states(indicator):
        key = f"source.{state.source}"
        name = view.word(key) if key in view.words else state.source
        through = format_datetime(state.complete_through, lang) if state.complete_through else "—"
        facts.append(("source", f"{name} · {state.dataset} · {view.word('card.through', moment=through)}"))
        load = next(
            (one for one in view.reader.loads(state.source, 20) if one.load_id == state.last_load_id), None
        )
        if load is not None:
            facts.append(("file", _code(f"{load.landed_path}\nsha256 {load.sha256}\nrun {load.run_id}")))
    if fresh.age is not None:
        due = format_datetime(fresh.due_at, lang) if fresh.due_at else "—"
        word = view.word(f"card.fresh_{fresh.level}")
        facts.append(
            ("age", view.word("card.age_text", age=format_age(fresh.age, lang), due=due, state=word))
        )
    if item is not None and item.known_at is not None:
        facts.append(("known", format_datetime(cards.utc(item.known_at), lang)))
    if item is not None:
        facts.append(("run", html.Code(item.run_id)))
    return facts


def _history(view: View, indicator: Indicator, unit: str, period: Period) -> Component:
    items = [one for one in view.series(indicator.id, unit, period)][-BEFORE - 1 :]
    rows = [
        html.Tr(
            [
                html.Th(
                    html.A(Period.parse(one.period).label(view.lang), href=view.card_link(one)), scope="row"
                ),
                html.Td(_plain(view, one, indicator), className="num"),
                html.Td(
                    format_ratio(one.numerator, one.denominator, view.lang) if one.denominator else "",
                    className="num",
                ),
            ],
            className="row--chosen" if one.period == period.key else "",
        )
        for one in reversed(items)
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

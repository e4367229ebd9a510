"""The KPI block: one number of the chosen unit and period; its title makes it the lead of the page."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from indicators.compare.sentence import movement, sentences
from indicators.workdays import absent_years
from ioc.period import Period
from ioc.words import format_date
from layouts.address import card_key
from layouts.blocks.compared import calendar_of, compared
from layouts.charts import kpi as chart
from layouts.charts import numeral
from layouts.page import Block, Put
from layouts.view import LOCAL, Told, View

SPARK = 13


def kpi(indicator: str, kind: str = "") -> Block:
    """A card; `kind` fixes the kind of period where the page's makes no sense for the number."""

    def draw(view: View) -> dict[str, Any]:
        return {"card": draw_card(view, view.told(indicator, kind))}

    return Block("kpi", {"card": "children"}, draw, _frame, area="cards", indicators=(indicator,))


def draw_card(view: View, told: Told) -> Component:
    """The card of a number."""
    compare = view.selection.compare
    scope = told.period.label(view.lang)
    reported = told.indicator.reported
    if reported is not None and reported.key == "ytd" and reported.takes == "last" and told.period.kind != "ytd":
        # The report of a month gives what has come together since January: the scope must say so.
        month = Period.of(told.period.end, "month").short_label(view.lang)
        scope = view.word("page.cumulative_scope", month=month)
    if told.unit != view.selection.unit:
        # Short, so that it stands on one line beside the status.
        scope = view.word("page.province_scope", period=told.period.short_label(view.lang))
    key = numeral.card_key(told.indicator.id, told.unit, told.period.key)
    card = chart.card(
        told.observation,
        told.indicator,
        told.status,
        told.target,
        told.series[-SPARK:],
        told.freshness,
        view.lang,
        view.theme,
        view.words,
        period=told.period.key,
        unit=told.unit,
        scope=scope,
        href=view.link(card=key),
        last_year=told.compared,
    )
    state = told.observation.state if told.observation is not None else ""
    absent = absent_years(told.indicator, state, told.period, calendar_of(view))
    if absent:  # nothing to count, because nobody can say which days were worked
        card.children[1].children[1].children[1].children = view.word("calendar.absent")
        card.children[3].children[0].children[1].children = view.word("calendar.add", year=absent[0])
    chosen = view.selection.indicator == told.indicator.id
    title = card.children[0]
    link = view.link(indicator="" if chosen else told.indicator.id)
    title.children = html.A(
        title.children, href=link, className="k-pick", **{"aria-current": "true" if chosen else "false"}
    )
    card.children[2].title = view.word("page.explain")
    if compare and told.observation is not None:
        _show_comparison(view, told, card)
    if told.status.level == "bad" or told.freshness.level in ("late", "down"):
        # Whom to call stands beside every number that needs a call; for the others the card of the number tells.
        owner = told.indicator.owner
        call = html.Div(
            [
                html.Span(view.word("page.call"), className="k-call-word"),
                html.Span(owner.contact.text(view.lang)),
            ],
            className="k-call",
        )
        card.children.append(call)
    if chosen:
        card.className += " kpi--chosen"
    return card


def _show_comparison(view: View, told: Told, card: Component) -> None:
    """Replace the line of the target by the comparison the viewer asked for; why not, where it would mislead."""
    found = compared(view, told.indicator.id, told.unit, told.period.key)
    first, second = card.children[3].children[0].children
    first.title = " ".join(sentences(found, view.lang))
    if found.base is None:
        first.children = view.word("compare.refused_short", period=found.base_period.short_label(view.lang))
        second.children = ""
        return
    value = numeral.plain(found.base.value, told.indicator, view.lang)
    first.children = view.word("page.compared", period=found.base_period.short_label(view.lang), value=value)
    second.children = movement(found, view.lang, brief=True)


def day_of(view: View, told: Told) -> str:
    """The day the number's data reach."""
    item = told.observation
    if item is None or item.data_as_of is None:
        return "—"
    return format_date(min(chart.utc(item.data_as_of).astimezone(LOCAL).date(), item.period_end), view.lang)


def _frame(put: Put) -> Component:
    return html.Div(
        [html.Div(put.content("card", ""), id=put.id("card"), className="slot"), put.note()],
        className="block block--kpi",
    )


__all__ = ["card_key", "draw_card", "kpi"]

"""The parts of a card an auditor reads: comparison, versions, restatements, today's map, the second engine."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from indicators.compare.sentence import sentences
from indicators.explain import Card
from indicators.restate import PARTS, Restatement
from ioc.errors import IocError
from ioc.value import Observation
from ioc.words import format_date, format_ratio, format_value, significant
from layouts import address
from layouts.charts import numeral
from layouts.view import View


def audit(view: View, card: Card) -> list[Component]:
    """The sections that have something to say."""
    found = [
        _comparison(view, card), _versions(view, card), _restated(view, card), _today(view, card), _second(view, card),
    ]  # fmt: skip
    return [part for part in found if part is not None]


def _section(view: View, key: str, lines: list[Component], name: str) -> Component:
    return html.Section([html.H3(view.word(key)), *lines], className=f"drawer-section drawer-{name}")


def _comparison(view: View, card: Card) -> Component | None:
    lines = [html.P(" ".join(sentences(one, view.lang))) for one in card.comparisons]
    return _section(view, "compare.section", lines, "compare") if lines else None


def _versions(view: View, card: Card) -> Component | None:
    if len(card.definitions) < 2:
        return None
    values = {one.version: one for one in (*card.doubles, *([card.observation] if card.observation else []))}
    lines = []
    for one in card.definitions:
        first = format_date(one.valid_from, view.lang)
        text = view.word("compare.version", version=one.version, day=first)
        if one.valid_to is not None:
            last = format_date(one.valid_to, view.lang)
            text = view.word("version.until", version=one.version, first=first, last=last)
        lines.append(html.P(f"{text}: {one.change.text(view.lang)}" if one.change is not None else text))
        if card.doubles and one.version in values:
            lines.append(html.P(_by_definition(view, card, values[one.version]), className="drawer-double"))
    return _section(view, "compare.section_versions", lines, "versions")


def _by_definition(view: View, card: Card, item: Observation) -> str:
    """'By this definition: 93.8% (270/288)', and which of them is the number shown above."""
    value = numeral.whole(item.value, card.indicator, view.lang, view.words) if item.value is not None else "—"
    ratio = f" ({format_ratio(item.numerator, item.denominator, view.lang)})" if item.denominator else ""
    shown = f" · {view.word('version.shown')}" if item is card.observation else ""
    return view.word("version.by", value=value + ratio) + shown


def _restated(view: View, card: Card) -> Component | None:
    lines = [html.P(restated_line(view, card, one)) for one in reversed(card.restatements)]
    return _section(view, "compare.section_restated", lines, "restated") if lines else None


def restated_line(view: View, card: Card, one: Restatement) -> str:
    """'05/10/2026: 90,0% → 72,0% (đến muộn -18,0 điểm %)'."""
    entry = card.indicator
    before, after = (numeral.whole(value, entry, view.lang, view.words) for value in (one.before, one.after))
    parts = [
        view.word(
            f"compare.part_{part}",
            amount=numeral.difference(getattr(one, part), entry, view.lang, view.words),
            **({"records": one.late_records} if part == "late" else {}),
        )
        for part in PARTS
        if getattr(one, part)
    ]
    text = view.word("compare.restated", day=format_date(one.known_at, view.lang), before=before, after=after)
    return f"{text} ({'; '.join(parts)})" if parts else text


def _today(view: View, card: Card) -> Component | None:
    today = card.today
    if today is None or not today.moved or today.observation.value is None:
        return None
    value = numeral.whole(today.observation.value, card.indicator, view.lang, view.words)
    lines = [html.P(view.word("compare.today", value=value, share=_share(today.exact_share, view.lang)))]
    href = address.records(
        card.indicator.id, card.unit["code"] or "", card.period.key, view.lang, basis="today"
    )  # fmt: skip
    lines.append(html.P(html.A(view.word("compare.today_records"), href=href, className="button button--quiet")))
    if today.unassigned_share:
        lines.append(html.P(view.word("compare.unassigned", share=_share(today.unassigned_share, view.lang))))
    return _section(view, "compare.section_today", lines, "today")


def _second(view: View, card: Card) -> Component | None:
    item = card.observation
    if item is None or item.value is None or not (card.indicator.is_measured or card.indicator.kind == "reported"):
        return None
    if view.selection.engine != "second":
        link = view.link(card=view.selection.card, engine="second")
        button = html.A(view.word("compare.check"), href=link, className="button button--quiet")
        return _section(view, "compare.section_check", [html.P(button)], "check")
    from indicators.second.single import recompute_one  # pandas: only where somebody asks for it

    try:
        again = recompute_one(view.reader, view.catalogue, item)
    except IocError as error:
        return _section(view, "compare.section_check", [html.P(error.message)], "check")
    same = again.value is not None and significant(again.value) == significant(item.value)
    first, second = (numeral.whole(value, card.indicator, view.lang, view.words) for value in (item.value, again.value))
    key = "compare.checked_same" if same else "compare.checked_differs"
    line = html.P(view.word(key, first=first, second=second), className="checked" if same else "checked checked--bad")
    return _section(view, "compare.section_check", [line], "check")


def _share(share: float | None, lang: str) -> str:
    return "—" if share is None else format_value(share * 100, "percent", 1, lang)

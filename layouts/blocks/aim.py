"""What was promised, in words: the text of the target, its paper and how sure we are of it, and the way there."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from ioc.catalogue import Indicator, Target
from ioc.words import format_date
from layouts.charts import numeral
from layouts.view import View


def aim(view: View, indicator: Indicator, target: Target | None, delta: float | None) -> str | list[Component]:
    """The line of a card: '≥ 100% (Decision ...) official text · due by this period: 94.2% · +1.1 points'."""
    if target is None:
        return view.word("card.no_target")
    parts = [f"{target.text.text(view.lang)} ({target.basis})", way(view, indicator, target)]
    if delta is not None:
        parts.append(numeral.difference(delta, indicator, view.lang, view.words))
    tag = html.Span(view.word(f"card.legal_{target.status}"), className="tag")
    return [html.Span(" · ".join(part for part in parts if part)), tag]


def way(view: View, indicator: Indicator, target: Target) -> str:
    """Where the path of a target begins and ends and what is due by now; '' for a target that stays the same."""
    if target.promised is None and target.reach_on is None:
        return ""
    promised = target.value if target.promised is None else target.promised
    value = _plain(view, indicator, float(promised))
    if target.path == "year":
        return view.word("path.due", value=_plain(view, indicator, float(target.value)))
    assert target.reach_on is not None
    last = format_date(target.reach_on, view.lang)
    if target.start_value is None:
        return view.word("path.unknown_start", value=value, last=last)
    start = _plain(view, indicator, float(target.start_value))
    first = format_date(target.valid_from, view.lang)
    whole = view.word("path.start", first=first, start=start, last=last, value=value)
    return f"{whole} · {view.word('path.due', value=_plain(view, indicator, float(target.value)))}"


def _plain(view: View, indicator: Indicator, value: float) -> str:
    return numeral.whole(value, indicator, view.lang, view.words)

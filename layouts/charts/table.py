"""Table rows of a level: unit, value, n/N, target, difference, status as shape and word; worst first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dash import html

from ioc.catalogue import Indicator
from ioc.status import Status
from ioc.value import Observation
from ioc.words import Words, format_ratio
from layouts.charts import numeral
from layouts.charts.kpi import form_of

COLUMNS = ("unit", "value", "ratio", "target", "delta", "status")


def header(lang: str, words: Words) -> html.Tr:
    """The heading row."""
    return html.Tr(
        [html.Th(words(f"chart.column_{name}", lang), scope="col", className=f"c-{name}") for name in COLUMNS]
    )


def row(
    item: Observation,
    status: Status,
    indicator: Indicator,
    names: Mapping[str, str],
    lang: str,
    words: Words,
    *,
    href: Callable[[Observation], str] | None = None,
) -> html.Tr:
    """One unit. A state other than a value is written in words, never left blank; `href` links the number."""
    parts = numeral.split(item, indicator, lang, words)
    number = parts.sign + parts.number
    target = numeral.plain(float(status.target.value), indicator, lang) if status.target is not None else "—"
    delta = numeral.difference(status.delta, indicator, lang, words) if status.delta is not None else "—"
    form = form_of(item, None)
    shown = item.state in numeral.SHOWN and form.card in ("normal", "provisional")
    word = words(f"chart.status_long.{status.level}", lang) if shown else words(f"chart.{form.word}", lang)
    shape = status.level if shown else "none"
    return html.Tr(
        [
            html.Th(names.get(item.unit, item.unit), scope="row", className="c-unit"),
            html.Td(html.A(number, href=href(item)) if href else number, className="c-value num"),
            html.Td(
                format_ratio(item.numerator, item.denominator, lang) if item.denominator else "—",
                className="c-ratio num",
            ),
            html.Td(target, className="c-target num"),
            html.Td(delta, className="c-delta num"),
            html.Td([html.Span(className=f"shape shape-{shape}"), html.Span(word)], className="c-status"),
        ],
        **{"data-card": numeral.card_key(item.indicator, item.unit, item.period, item.slice_dim, item.slice_value)},
    )


def rows(
    items: Sequence[Observation],
    statuses: Mapping[str, Status],
    indicator: Indicator,
    names: Mapping[str, str],
    lang: str,
    words: Words,
    *,
    href: Callable[[Observation], str] | None = None,
) -> list[html.Tr]:
    """Rows in the given order; `statuses` by unit code."""
    return [row(item, statuses[item.unit], indicator, names, lang, words, href=href) for item in items]

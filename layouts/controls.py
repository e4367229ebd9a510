"""The controls of the header: period, unit, comparison, language. They write the address, nothing else."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from ioc.period import Period
from ioc.words import collation_key, fold
from layouts.page import Put
from layouts.view import View

KINDS = ("month", "quarter", "half", "nine_months", "year", "ytd")
COMPARES = ("", "previous", "last_year")


def kind_links(view: View) -> list[Component]:
    """One link a kind of period that has numbers; each leads to the period of that kind ending nearest before."""
    found = []
    for kind in KINDS:
        keys = view.keys_of(kind)
        if not keys:
            continue
        until = [key for key in keys if Period.parse(key).end <= view.period.end]
        chosen = kind == view.period.kind
        found.append(
            html.A(
                view.word(f"period.{kind}"),
                href=view.link(period=view.period.key if chosen else (until or keys[:1])[-1]),
                className="seg",
                **{"aria-current": "true" if chosen else "false"},
            )
        )
    return found


def period_options(view: View) -> list[dict[str, str]]:
    """The periods of the chosen kind, newest first; a chosen period without numbers is in the list too."""
    keys = view.keys_of(view.period.kind)
    if view.period.key not in keys:
        keys = sorted([*keys, view.period.key], key=Period.parse)
    return [{"value": key, "label": Period.parse(key).label(view.lang)} for key in reversed(keys)]


def unit_options(view: View) -> list[dict[str, str]]:
    """The province, its departments and its communes, each with its name without accents for the search."""
    order = {"province": 0, "department": 1, "commune": 2}
    units = sorted(view.units.values(), key=lambda unit: (order[unit.unit_kind], collation_key(unit.name)))
    found = []
    for unit in units:
        name = view.name(unit.unit_code)
        label = view.word("page.whole_province") if unit.unit_kind == "province" else name
        found.append({"value": unit.unit_code, "label": label, "search": f"{name} {fold(name)} {unit.unit_code}"})
    return found


def compare_links(view: View) -> list[Component]:
    """What the numbers are compared with: target, the period before, the same period last year."""
    return [
        html.A(
            view.word(f"page.compare_{key or 'target'}"),
            href=view.link(compare=key),
            className="seg",
            **{"aria-current": "true" if view.selection.compare == key else "false"},
        )
        for key in COMPARES
    ]


def language_links(view: View) -> list[Component]:
    """Vietnamese and English; a change loads the page anew, so that the document says its language."""
    return [
        html.A(
            key.upper(),
            href=view.link(lang=key),
            className="seg",
            lang=key,
            title=view.words(f"page.language_{key}", key),
            **{"aria-current": "true" if view.lang == key else "false", "data-reload": ""},
        )
        for key in ("vi", "en")
    ]


def chips(view: View) -> list[Component]:
    """What is chosen beside the defaults; each chip takes its own choice back."""
    chosen, defaults = view.selection, view.defaults
    found: list[tuple[str, str]] = []
    if chosen.unit != defaults.unit:
        found.append((view.word("page.chip_unit", value=view.name(chosen.unit)), view.link(unit=defaults.unit)))
    if chosen.period != defaults.period:
        found.append(
            (
                view.word("page.chip_period", value=view.period.label(view.lang)),
                view.link(period=defaults.period),
            )
        )
    if chosen.indicator in view.catalogue.indicators:
        name = view.catalogue.indicator(chosen.indicator).short_name.text(view.lang)
        found.append((view.word("page.chip_indicator", value=name), view.link(indicator="")))
    if chosen.sort:
        column = chosen.sort.removeprefix("-")
        key = f"chart.column_{column}"
        name = view.word(key) if key in view.words else column
        found.append((view.word("page.chip_sort", value=name), view.link(sort="")))
    return [
        html.A(
            [html.Span(text), html.Span("×", className="chip-x", **{"aria-hidden": "true"})],
            href=link,
            className="chip",
            title=view.word("page.chip_remove"),
        )
        for text, link in found
    ]


def dropdown(put: Put, name: str, *, searchable: bool) -> Component:
    """A list to choose from, with the words of the house."""
    return html.Div(
        dcc.Dropdown(
            id=put.id(name), options=put.content(f"{name}s", []), value=put.content(name), clearable=False,
            searchable=searchable, maxHeight=420, className=f"pick pick--{name}",
            labels={"search": put.word("page.search"), "no_options_found": put.word("page.nothing_found")},
        ),
        className="pick-box", role="group", **{"aria-label": put.word(f"page.pick_{name}")},
    )  # fmt: skip

"""The table block: every unit of the level; sorted through the address, downloadable as CSV."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import html
from dash.development.base_component import Component

from indicators.beside.level import ALL
from ioc.catalogue import Indicator
from ioc.status import Status
from ioc.value import Observation
from ioc.words import collation_key, format_ratio
from layouts import address
from layouts.blocks.lead import leading, titled
from layouts.blocks.linked import counted
from layouts.charts import kpi as cards
from layouts.charts import numeral
from layouts.charts import ranking as order
from layouts.charts import table as chart
from layouts.page import Block, Put
from layouts.theme import LEVELS
from layouts.tree import element
from layouts.view import View

SORTED = ("unit", "value", "ratio", "delta", "status")


def table(indicator: str) -> Block:
    """All units of the level with value, n/N, target, difference and status; worst first unless sorted."""

    def draw(view: View) -> dict[str, Any]:
        lead = leading(view, indicator)
        level = view.level_of(lead)
        period = view.period_for(lead)
        items = view.everyone(lead.id, level, period.key)
        statuses = view.statuses(items)
        ordered = sort_items(items, statuses, lead, view.names, view.selection.sort)
        before = _compared(view, lead, level, period.key)
        rows = [_row(view, item, statuses[item.unit], lead, before) for item in ordered]
        have = {item.unit for item in items}
        rows += [
            _silent(view, code, len(chart.COLUMNS) + (before is not None))
            for code in view.members(level)
            if code not in have
        ]
        title = view.word(
            f"page.table_{level}", name=titled(view, lead), count=len(rows), period=period.label(view.lang)
        )  # fmt: skip
        return {
            "title": counted(view, title, lead.id, level, period.key, ALL),
            "head": _head(view, lead, before is not None),
            "rows": rows,
            "csv": address.level_csv(lead.id, level, period.key),
        }

    slots = {"title": "children", "head": "children", "rows": "children", "csv": "href"}
    return Block("table", slots, draw, _frame, area="table", indicators=(indicator,))


def sort_items(
    items: list[Observation],
    statuses: dict[str, Status],
    indicator: Indicator,
    names: dict[str, str],
    sort: str,
) -> list[Observation]:
    """Items in the order asked for ('value', '-value', ...); units without a value come last, and worst first
    is the order when none is asked for."""
    column, falling = sort.removeprefix("-"), sort.startswith("-")
    worst = order.worst_first(items, indicator)
    rest = sorted((item for item in items if item not in worst), key=lambda item: item.unit)
    if column not in SORTED:
        return worst + rest
    keys: dict[str, Callable[[Observation], Any]] = {
        "unit": lambda item: collation_key(names.get(item.unit, item.unit)),
        "value": lambda item: item.value or 0.0,
        "ratio": lambda item: item.denominator or 0.0,
        "delta": lambda item: statuses[item.unit].delta or 0.0,
        "status": lambda item: LEVELS.index(statuses[item.unit].level),
    }
    if column == "unit":
        return sorted(items, key=keys["unit"], reverse=falling)
    return sorted(worst, key=keys[column], reverse=falling) + rest


def _compared(view: View, lead: Indicator, level: str, period: str) -> dict[str, Observation] | None:
    if not view.selection.compare:
        return None
    before = view.compared_period(view.period_for(lead))
    assert before is not None
    return {item.unit: item for item in view.everyone(lead.id, level, before.key)}


def _row(
    view: View, item: Observation, status: Status, lead: Indicator, before: dict[str, Observation] | None
) -> dict[str, Any]:
    """One unit; a state other than a value is written in words, never left blank."""
    lang, target = view.lang, status.target
    parts = numeral.split(item, lead, lang, view.words)
    form = cards.form_of(item, None)
    shown = item.state in numeral.SHOWN and form.card in ("normal", "provisional")
    number = parts.sign + parts.number if shown else "—"
    ratio = format_ratio(item.numerator, item.denominator, lang) if shown and item.denominator else "—"
    aim = numeral.plain(float(target.value), lead, lang) if target is not None else "—"
    delta = numeral.difference(status.delta, lead, lang, view.words) if status.delta is not None else "—"
    word = f"chart.status_long.{status.level}" if shown else f"chart.{form.word}"
    cells = [
        _name(view, item.unit),
        element("td", element("a", number, href=view.card_link(item)), class_="c-value num"),
        element("td", ratio, class_="c-ratio num"),
        element("td", aim, class_="c-target num"),
        element("td", delta, class_="c-delta num"),
        _word(view, _shape(item, status, shown), word),
    ]
    if before is not None:
        change = _change(view, item, before.get(item.unit), lead)
        cells.insert(5, element("td", change, class_="c-delta num"))
    chosen = {"class_": "row--chosen"} if item.unit == view.selection.unit else {}
    return element("tr", cells, data_card=address.card_key(item), **chosen)


def _shape(item: Observation, status: Status, shown: bool) -> str:
    if item.state == "not_applicable":
        return item.state
    return status.level if shown else "none"


def _name(view: View, code: str) -> dict[str, Any]:
    link = element("a", view.name(code), href=view.link(unit=code), class_="c-pick")
    return element("th", link, scope="row", class_="c-unit")


def _word(view: View, shape: str, key: str) -> dict[str, Any]:
    return element(
        "td",
        [element("span", class_=f"shape shape-{shape}"), element("span", view.word(key))],
        class_="c-status",
    )


def _change(view: View, item: Observation, before: Observation | None, lead: Indicator) -> str:
    if before is None or before.value is None or item.value is None:
        return "—"
    if lead.measure_unit in ("percent", "points", "index"):
        return numeral.difference(item.value - before.value, lead, view.lang, view.words)
    return cards.year_change(item.value, before.value, lead, view.lang, view.words) or "—"


def _silent(view: View, code: str, columns: int) -> dict[str, Any]:
    """A unit without any number in this period is a row too: silence must be seen."""
    blank = [element("td", "—", class_="num") for _ in range(columns - 2)]
    return element("tr", [_name(view, code), *blank, _word(view, "none", "chart.state.missing")])


def _head(view: View, lead: Indicator, compared: bool) -> html.Tr:
    columns = list(chart.COLUMNS)
    if compared:
        columns.insert(5, "compare")
    unit = numeral.unit_word(lead.measure_unit, view.lang, view.words)
    return html.Tr([_heading(view, name, unit) for name in columns])


def _heading(view: View, name: str, unit: str) -> html.Th:
    if name == "compare":
        return html.Th(view.word(f"page.compare_{view.selection.compare}"), scope="col", className="c-delta")
    text = view.word(f"chart.column_{name}")
    if name == "value" and unit:
        text = f"{text}, {unit}"
    if name not in SORTED:
        return html.Th(text, scope="col", className=f"c-{name}")
    current = view.selection.sort.removeprefix("-") == name
    falling = current and view.selection.sort.startswith("-")
    following = name if not current else ("" if falling else f"-{name}")
    state = ("descending" if falling else "ascending") if current else "none"
    link = html.A(text, href=view.link(sort=following), className="sort", **{"data-keep-scroll": ""})
    return html.Th(link, scope="col", className=f"c-{name}", **{"aria-sort": state})


def _frame(put: Put) -> Component:
    csv = html.A(
        put.word("page.csv"),
        href=put.content("csv", ""),
        id=put.id("csv"),
        className="button button--small",
        download="",
    )
    body = put.grid()
    return html.Section(
        [
            html.Div([html.H2(put.content("title", ""), id=put.id("title")), csv], className="panel-head"),
            put.note(),
            html.Div(body, className="scroll", tabIndex="0", role="region", **{"aria-labelledby": put.id("title")}),
        ],
        className="block panel block--table",
    )

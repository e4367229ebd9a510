"""The ledgers of the sources page: refused rows with their reasons, and the last loads; each load opens its card."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dash import html
from dash.development.base_component import Component

from ioc.period import Period
from ioc.published import Load, Quarantined
from ioc.words import format_datetime, format_number
from layouts.blocks.linked import fact_key
from layouts.blocks.source_names import dataset_name, source_name
from layouts.page import Block, Put
from layouts.tree import element
from layouts.view import LOCAL, View

REFUSED, LOADS = 100, 40


def newest_loads(view: View) -> Mapping[tuple[str, str], str]:
    """The card of the newest load of every dataset: the one whose counts the state tells."""

    def ask() -> dict[tuple[str, str], str]:
        rows = view.reader.select(
            """SELECT source, dataset, load_id, loaded_at FROM ops.load_ledger
            QUALIFY row_number() OVER (PARTITION BY source, dataset ORDER BY loaded_at DESC, load_id) = 1"""
        )
        return {(row["source"], row["dataset"]): load_key(**row) for row in rows}  # type: ignore[misc, arg-type]

    found: Mapping[tuple[str, str], str] = view.counted(("newest loads",), ask)
    return found


def load_key(source: str, dataset: str, load_id: str, loaded_at: datetime) -> str:
    """The key of the card of a load: under its dataset, in the month it came."""
    month = Period.of(loaded_at.astimezone(LOCAL).date(), "month")
    return fact_key("supply.load", f"src.{source}.{dataset}", month.key, load_id)


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
    return view.word(key if key in view.words else "desk.todo.other")


def loads() -> Block:
    """The ledger of loads, newest first: what came, when, in which file."""

    def draw(view: View) -> dict[str, Any]:
        found = view.reader.loads(limit=LOADS)
        rows = [_load(view, one) for one in found]
        return {"title": view.word("sources.loads", count=len(found)), **_table(view, "l", _L, rows)}

    return Block(
        "loads",
        {"title": "children", "head": "children", "rows": "children"},
        draw,
        _table_frame,
        area="wide",
    )


def _load(view: View, one: Load) -> tuple[Any, ...]:
    """The cells of a load; each count opens its card."""
    href = view.link(card=load_key(one.source, one.dataset, one.load_id, one.loaded_at))
    counts = (one.rows_in, one.rows_good, one.rows_refused, one.rows_duplicate)
    return (
        source_name(view, one.source), dataset_name(view, one.dataset), element("code", one.run_id),
        format_datetime(one.loaded_at, view.lang),
        *(element("a", format_number(count, 0, view.lang), href=href, class_="fact-num num") for count in counts),
        element("code", one.sha256[:12], title=one.sha256),
    )  # fmt: skip


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
    grid = put.grid()
    return html.Section(
        [
            html.H2(put.content("title", ""), id=put.id("title")),
            put.note(),
            html.Div(grid, className="scroll", tabIndex="0", role="region", **{"aria-labelledby": put.id("title")}),
        ],
        className="block panel block--table",
    )

"""Two to five communes side by side, and two editions of the index with their break."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from indicators.beside.editions import moves_part
from indicators.beside.gaps import gap_part
from layouts import address
from layouts.blocks import score_data as data
from layouts.page import Block, Put
from layouts.view import View

MOST = 5


def chosen(view: View) -> list[str]:
    """The communes of the address, two at least: the selected one and the best of its peers stand in."""
    rows = data.standing(view)
    known = {row["unit"]: row for row in rows}
    units = [unit for unit in view.extra.get("units", "").split(",") if unit in known]
    units = list(dict.fromkeys(units))[:MOST]
    if not units:
        units = [unit] if (unit := data.chosen_commune(view)) else []
    if units and len(units) < 2 and units[0] in known:
        mine = known[units[0]]
        peers = [row["unit"] for row in rows if row["unit"] in mine["peers"].split(",") and row["unit"] != units[0]]
        units += peers[:1]
    return units


def picker() -> Block:
    """Which communes are compared; the choice is part of the address."""

    def draw(view: View) -> dict[str, Any]:
        options = [{"label": view.name(unit), "value": unit} for unit in view.members("commune")]
        return {
            "title": view.word("score.pick_title"),
            "units": ",".join(chosen(view)),
            "list": _picked(view),
            "options": options,
            "add": None,
        }

    def frame(put: Put) -> Component:
        return html.Section(
            [
                html.H2(put.content("title", ""), id=put.id("title")),
                put.note(),
                html.Ul(put.content("list", []), id=put.id("list"), className="chips"),
                html.Div(
                    dcc.Dropdown(
                        id=put.id("more"),
                        options=put.content("options", []),
                        value=None,
                        placeholder=put.word("score.pick_add"),
                        className="pick pick--unit",
                    ),
                    className="pick-box",
                ),
                html.Span(put.content("units", ""), id=put.id("units"), hidden=True),
            ],
            className="block panel block--picker",
        )

    slots = {"title": "children", "units": "text", "list": "children", "options": "options@more", "add": "value@more"}
    return Block("picker", slots, draw, frame, area="lead", indicators=(data.INDEX,), inputs={"more": "value"})


def _picked(view: View) -> list[Component]:
    units = chosen(view)
    found = []
    for unit in units:
        rest = [one for one in units if one != unit]
        href = with_extra(view, units=",".join(rest))
        text = [view.name(unit), html.Span("×", className="chip-x")]
        found.append(html.Li(html.A(text, href=href, className="chip", title=view.word("score.pick_remove"))))
    return found


def with_extra(view: View, **extra: str) -> str:
    """The address of this view with some further keys."""
    return address.extended(view.link(), extra if any(extra.values()) else {})


def side_by_side() -> Block:
    """The chosen communes: place, interval, score and every criterion, with the gap to the first one."""

    def draw(view: View) -> dict[str, Any]:
        period = data.score_period(view)
        rows = {row["unit"]: row for row in data.standing(view)}
        units = [unit for unit in chosen(view) if unit in rows]
        if not units:
            return {"title": view.word("score.nothing"), "sub": "", "body": []}
        card = data.edition(view, period.key)
        found = {(n["unit"], n["node"]): n for n in data.ask(view, "nodes", [data.scorecard(view), period.key])}

        def told(fact: str, unit: str, text: str) -> Component:
            return data.fact_link(view, f"score.{fact}", unit, period.key, text)

        lines: list[list[Any]] = [
            [
                view.word("score.fact_score"),
                *(data.score_link(view, unit, period.key, data.number(view, rows[unit]["score"])) for unit in units),
            ],
            [view.word("score.fact_rank"), *(told("rank", unit, str(rows[unit]["rank"] or "—")) for unit in units)],
            [
                view.word("score.fact_interval"),
                *(
                    told("interval", unit, f"{rows[unit]['rank_low'] or '—'}–{rows[unit]['rank_high'] or '—'}")
                    for unit in units
                ),
            ],
            [view.word("score.fact_tier"), *(told("tier", unit, str(rows[unit]["tier"] or "—")) for unit in units)],
        ]
        for name, criterion in data.criteria(card).items():
            first = found.get((units[0], name))
            cells: list[Any] = [criterion.name.vi if view.lang == "vi" else criterion.name.en]
            for unit in units:
                node = found.get((unit, name))
                if node is None:
                    cells.append("—")
                    continue
                link = data.score_link(
                    view,
                    unit,
                    period.key,
                    data.earned(view, node),
                    criterion.indicator or data.INDEX,
                )
                both = first is not None and data.is_scored(first) and data.is_scored(node)
                gap = node["contribution"] - first["contribution"] if first and both and unit != units[0] else None
                cells.append(
                    html.Div(
                        [
                            link,
                            html.Span(
                                data.fact_link(
                                    view,
                                    "score.gap",
                                    unit,
                                    period.key,
                                    data.signed(view, gap, 2),
                                    gap_part(name, units[0]),
                                )
                                if gap is not None
                                else "",
                                className="fall-gap num",
                            ),
                        ]
                    )
                )
            lines.append(cells)
        head = [view.word("score.criterion"), *(view.name(unit) for unit in units)]
        return {
            "title": view.word("score.compare_title", period=period.label(view.lang)),
            "sub": view.word("score.compare_sub", name=view.name(units[0])),
            "body": data.table(head, lines),
        }

    return data.panel("compare", "wide", draw)


def overlap() -> Block:
    """In words: between which of the chosen communes the order is more than chance."""

    def draw(view: View) -> dict[str, Any]:
        rows = {row["unit"]: row for row in data.standing(view)}
        units = [unit for unit in chosen(view) if unit in rows]
        ordered = sorted((rows[unit] for unit in units if rows[unit]["rank"]), key=lambda row: row["rank"])
        lines = []
        for ahead, behind in pairwise(ordered):
            same = ahead["tier"] == behind["tier"] or ahead["rank_high"] >= behind["rank_low"]
            key = "score.pair_same" if same else "score.pair_apart"
            lines.append(html.Li(view.word(key, ahead=view.name(ahead["unit"]), behind=view.name(behind["unit"]))))
        return {"title": view.word("score.pairs_title"), "sub": "", "body": html.Ul(lines, className="steps")}

    return data.panel("pairs", "wide", draw)


def editions() -> Block:
    """Every commune under both editions in the same period, and how far the method alone moves it."""

    def draw(view: View) -> dict[str, Any]:
        period = data.score_period(view)
        found: dict[str, dict[str, data.Row]] = {}
        for row in data.ask(view, "editions", [data.scorecard(view), period.key]):
            found.setdefault(row["unit"], {})[row["edition"]] = row
        names = sorted({edition for rows in found.values() for edition in rows})
        if len(names) < 2:
            return {
                "title": view.word("score.editions_title", period=period.label(view.lang)),
                "sub": view.word("score.one_edition"),
                "body": [],
            }
        old, new = names[-2], names[-1]
        both = moves_part(old, new)
        pairs = [(unit, rows[old], rows[new]) for unit, rows in found.items() if old in rows and new in rows]
        pairs.sort(key=lambda pair: (-abs((pair[1]["rank"] or 0) - (pair[2]["rank"] or 0)), pair[0]))

        def told(unit: str, row: data.Row, text: str) -> Component:
            return data.fact_link(view, "score.rank", unit, period.key, text, f"@{row['edition']}")

        lines = []
        for unit, before, after in pairs:
            moved = before["rank"] - after["rank"] if before["rank"] and after["rank"] else None
            lines.append(
                [
                    html.A(view.name(unit), href=view.link("/commune", unit=unit)),
                    told(unit, before, data.number(view, before["score"])),
                    told(unit, before, str(before["rank"] or "—")),
                    told(unit, after, data.number(view, after["score"])),
                    told(unit, after, str(after["rank"] or "—")),
                    html.Span(
                        data.fact_link(view, "score.edition_move", unit, period.key, data.signed(view, moved, 0), both)
                        if moved is not None
                        else "—",
                        className="fall-gap",
                    ),
                ]
            )
        shifted = [abs(b["rank"] - a["rank"]) for _, b, a in pairs if a["rank"] and b["rank"]]
        mean = sum(shifted) / len(shifted) if shifted else None
        sub = view.word(
            "score.editions_sub", mean=data.number(view, mean), most=data.number(view, max(shifted, default=0), 0)
        )
        head = [view.word("score.commune")]
        for edition in (old, new):
            head += [
                view.word("score.edition_score", edition=edition),
                view.word("score.edition_rank", edition=edition),
            ]
        return {
            "title": view.word("score.editions_title", period=period.label(view.lang)),
            "sub": data.fact_link(view, "score.edition_moves", view.province.unit_code, period.key, sub, both),
            "body": data.table([*head, view.word("score.method_move")], lines),
        }

    return data.panel("editions", "wide", draw)


def double_run() -> Block:
    """The mean of both editions over the periods: the break stands where the edition in force changes."""

    def draw(view: View) -> dict[str, Any]:
        period = data.score_period(view)
        keys = [period.shift(step).key for step in range(-7, 1)]
        found: dict[str, dict[str, data.Row]] = {}
        for row in data.ask(view, "edition_means", [data.scorecard(view), keys]):
            found.setdefault(row["period"], {})[row["edition"]] = row
        names = sorted({edition for rows in found.values() for edition in rows})
        lines, before = [], None
        for key in keys:
            if key not in found:
                continue
            rows = found[key]
            current = next((name for name in names if name in rows and rows[name]["layer"] == "official"), None)
            label = type(period).parse(key).label(view.lang)
            broken = before is not None and current != before
            mark = html.Span(view.word("score.break"), className="tag tag--break") if broken else None
            cells: list[Any] = [html.Span([label, *([mark] if mark else [])])]
            for name in names:
                if name not in rows:
                    cells.append("—")
                    continue
                mean = data.number(view, rows[name]["mean"])
                value = data.fact_link(view, "score.summary", view.province.unit_code, key, mean, f"mean@{name}")
                cells.append(html.B(value) if name == current else html.Span(value, className="fact-n"))
            lines.append(cells)
            before = current
        head = [view.word("score.period"), *(view.word("score.edition_mean", edition=name) for name in names)]
        return {
            "title": view.word("score.double_title"),
            "sub": view.word("score.double_sub"),
            "body": data.table(head, lines),
        }

    return data.panel("double", "lead", draw)

"""What if: other weights and targets, set by sliders, kept in the address, computed on the server. Never published."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from indicators.beside.whatif import (
    MOST_POINTS,
    MOST_TARGET,
    Changes,
    can_scale,
    changed_card,
    changes_part,
    target_of,
    weight_of,
)
from indicators.score.scorecard import Criterion
from indicators.standing.again import score_again
from layouts.blocks import score_data as data
from layouts.page import Block, Put
from layouts.view import View

SLIDERS = 12  # criteria that have sliders; editions of the demonstration have nine
MOST_MOVES = 20


def changes_of(view: View) -> dict[str, int]:
    """What the address changes: points `w<place>` and targets `t<place>` of criteria, within their bounds."""
    found = {}
    for key, text in view.extra.items():
        if key[:1] in "wt" and key[1:].isdigit() and text.isascii() and text.isdigit() and len(text) < 10:
            found[key] = min(MOST_POINTS if key[:1] == "w" else MOST_TARGET, int(text))
    return found


def sliders() -> Block:
    """A slider of points for every criterion, and one of its target where it has one."""
    slots = {"title": "children", "sub": "children", "reset": "href@reset"}
    inputs: dict[str, str] = {}
    for place in range(1, SLIDERS + 1):
        slots |= {f"n{place}": "children", f"v{place}": f"value@w{place}", f"u{place}": f"value@t{place}"}
        slots |= {f"d{place}": f"disabled@t{place}", f"h{place}": f"className@row{place}"}
        slots |= {f"e{place}": f"disabled@w{place}"}
        inputs |= {f"w{place}": "value", f"t{place}": "value"}

    def draw(view: View) -> dict[str, Any]:
        card = data.edition(view, data.score_period(view).key)
        known, changes = card.criteria(), changes_of(view)
        more = f" {view.word('score.whatif_more', count=SLIDERS)}" if len(known) > SLIDERS else ""
        found: dict[str, Any] = {
            "title": view.word("score.whatif_title"),
            "sub": view.word("score.whatif_sub") + more,
            "reset": view.link(),
        }
        for place in range(1, SLIDERS + 1):
            criterion = known[place - 1] if place <= len(known) else None
            target = target_of(changes, place, criterion) if criterion else None
            found[f"n{place}"] = _named(view, changes, place, criterion, target) if criterion else ""
            found[f"v{place}"] = weight_of(changes, place, criterion) if criterion else 0
            found[f"u{place}"] = target if target is not None else 100
            found[f"d{place}"] = target is None
            found[f"e{place}"] = criterion is None or not can_scale(criterion)
            found[f"h{place}"] = "slide" if criterion else "slide is-hidden"
        return found

    def frame(put: Put) -> Component:
        return html.Section(
            [
                html.H2(put.content("title", ""), id=put.id("title")),
                html.P(put.content("sub", ""), id=put.id("sub"), className="sub"),
                put.note(),
                html.Div(
                    [_slide_head(put), *(_slide(put, place) for place in range(1, SLIDERS + 1))], className="slides"
                ),
                html.A(
                    put.word("score.whatif_reset"),
                    href=put.content("reset", "#"),
                    id=put.id("reset"),
                    className="button button--small",
                ),
            ],
            className="block panel block--sliders",
        )

    return Block("sliders", slots, draw, frame, area="map", indicators=(data.INDEX,), inputs=inputs)


def _named(view: View, changes: Changes, place: int, criterion: Criterion, target: float | None) -> list[Any]:
    """The name of a criterion with what its sliders stand at."""
    name = criterion.name.vi if view.lang == "vi" else criterion.name.en
    points = view.word("score.slide_points", points=_plain(view, weight_of(changes, place, criterion)))
    aim = view.word("score.slide_target", target=_plain(view, target)) if target is not None else ""
    return [name, html.B(" ".join(part for part in (points, aim) if part), className="slide-now num")]


def _plain(view: View, value: float) -> str:
    """A number without decimals it does not have."""
    return data.number(view, value, 0 if value == round(value) else 2)


def _slide_head(put: Put) -> Component:
    words = (put.word("score.criterion"), put.word("score.points"), put.word("score.target"))
    return html.Div([html.Span(text) for text in words], className="slide slide--head")


def _slide(put: Put, place: int) -> Component:
    def slider(name: str, value: object, most: int, least: int, disabled: bool) -> Component:
        return dcc.Slider(
            id=put.id(name),
            min=least,
            max=most,
            step=1,
            value=value,
            marks=None,
            updatemode="mouseup",
            disabled=disabled,
        )

    return html.Div(
        [
            html.Span(put.content(f"n{place}", ""), id=put.id(f"n{place}"), className="slide-name"),
            html.Div(
                slider(f"w{place}", put.content(f"v{place}", 0), MOST_POINTS, 0, bool(put.content(f"e{place}", True))),
                className="slide-w",
                **{"data-names": put.word("score.points")},
            ),
            html.Div(
                slider(f"t{place}", put.content(f"u{place}", 100), 100, 1, bool(put.content(f"d{place}", True))),
                className="slide-t",
                **{"data-names": put.word("score.target")},
            ),
        ],
        id=put.id(f"row{place}"),
        className=put.content(f"h{place}", "slide"),
    )


def outcome() -> Block:
    """What the province would look like: its mean, the tenth at the bottom, and the communes that move most."""

    def draw(view: View) -> dict[str, Any]:
        period = data.score_period(view)
        card, changes = data.edition(view, period.key), changes_of(view)
        part = changes_part(changes)
        now = {row["unit"]: row for row in data.standing(view)}
        tried = score_again(view.reader, changed_card(card, changes), period.key)
        then = {unit.unit: unit for unit in tried.units}
        both = [
            (now[code], unit)
            for code, unit in then.items()
            if code in now and unit.score is not None and now[code]["score"] is not None
        ]
        means = (_mean([row["score"] for row, _ in both]), _mean([unit.score or 0.0 for _, unit in both]))
        moves = sorted(both, key=lambda pair: (-abs((pair[0]["rank"] or 0) - (pair[1].rank or 0)), pair[1].unit))
        mine = view.unit.unit_code
        moved = [pair for pair in moves if (pair[0]["rank"] or 0) != (pair[1].rank or 0)]
        shown = [pair for pair in moves if pair[1].unit == mine]
        shown += [pair for pair in moved if pair[1].unit != mine][:MOST_MOVES]

        def told(unit: str, text: str) -> Component:
            return data.fact_link(view, "whatif.score", unit, period.key, text, part)

        lines = [
            [
                html.A(view.name(unit.unit), href=view.link("/commune", unit=unit.unit)),
                data.score_link(view, unit.unit, period.key, data.number(view, row["score"])),
                told(unit.unit, data.number(view, unit.score)),
                data.fact_link(view, "score.rank", unit.unit, period.key, str(row["rank"] or "—")),
                told(unit.unit, str(unit.rank or "—")),
                told(unit.unit, data.signed(view, (row["rank"] or 0) - (unit.rank or 0), 0)),
            ]
            for row, unit in shown
        ]
        head = [view.word(f"score.whatif_{key}") for key in ("unit", "now", "then", "rank_now", "rank_then", "moved")]
        title = view.word(
            "score.outcome_title", before=data.number(view, means[0], 2), after=data.number(view, means[1], 2)
        )
        sub = view.word("score.outcome_sub", moved=len(moved), same=len(moves) - len(moved))

        def mean(text: str) -> Component | str:
            place = view.province.unit_code
            return data.fact_link(view, "whatif.mean", place, period.key, text, part) if both else text

        return {"title": mean(title), "sub": mean(sub), "body": data.table(head, lines) if lines else []}

    return data.panel("outcome", "side", draw)


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None

"""What if: other weights and targets, set by sliders, kept in the address, computed on the server. Never published."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from indicators.score import Scorecard
from indicators.score.exact import parse_exact
from indicators.score.forms import AnyForm
from indicators.score.scorecard import Criterion, Group
from indicators.standing.again import score_again
from layouts.blocks import score_data as data
from layouts.page import Block, Put
from layouts.view import View

SLIDERS = 12  # criteria that have sliders; editions of the demonstration have nine
MOST_POINTS = 100
MOST_MOVES = 20


def weight_of(view: View, place: int, criterion: Criterion) -> float:
    """Points of a criterion: from the address, else its own, exactly; its own where its form has no one maximum."""
    asked = _asked(view, f"w{place}", MOST_POINTS) if can_scale(criterion) else None
    return asked if asked is not None else criterion.maximum().value()


def can_scale(criterion: Criterion) -> bool:
    """Whether a slider can change what a criterion is worth."""
    return criterion.form is not None and (hasattr(criterion.form, "max") or hasattr(criterion.form, "steps"))


def target_of(view: View, place: int, criterion: Criterion) -> float | None:
    """Target in percent of a criterion that has one: from the address, else its own, exactly."""
    target = getattr(criterion.form, "target", None)
    if target is None:
        return None
    asked = _asked(view, f"t{place}", 100)
    return max(1, asked) if asked is not None else 100 * float(target.value())


def _asked(view: View, key: str, most: int) -> int | None:
    text = view.extra.get(key, "")
    return min(most, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else None


def changed_card(view: View, card: Scorecard) -> Scorecard:
    """The edition with the asked points (scaled to its own sum) and targets; everything else as it is."""
    if not any(key[:1] in "wt" and key[1:].isdigit() for key in view.extra):
        return card
    places = {criterion.id: place for place, criterion in enumerate(card.criteria(), start=1)}
    weights = {c.id: weight_of(view, places[c.id], c) for c in card.criteria()}
    full, total = sum(c.maximum().value() for c in card.criteria()), sum(weights.values()) or 1

    def change(node: Any) -> Any:
        if isinstance(node, Group):
            return node.model_copy(
                update={"children": tuple(change(one) for one in node.children), "cap": None, "points": None}
            )
        if not isinstance(node, Criterion) or node.form is None:
            return node
        target = target_of(view, places[node.id], node) if f"t{places[node.id]}" in view.extra else None
        return node.model_copy(update={"form": scaled(node.form, full * weights[node.id] / total, target)})

    return card.model_copy(update={"nodes": tuple(change(node) for node in card.nodes), "bands": None})


def scaled(form: AnyForm, points: float, target: float | None) -> AnyForm:
    """A form worth other points: its maximum, or every step in proportion; with another target where it has one."""
    own = form.maximum().value()
    update: dict[str, Any] = {}
    if target is not None:
        update["target"] = parse_exact(f"{target}%")
    if hasattr(form, "steps"):
        factor = points / own if own else 0.0
        update["steps"] = tuple(
            step.model_copy(update={"points": parse_exact(round(step.points.value() * factor, 9))})
            for step in form.steps
        )
    elif hasattr(form, "max"):
        update["max"] = parse_exact(round(points, 9))
    return form.model_copy(update=update)


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
        known = card.criteria()
        more = f" {view.word('score.whatif_more', count=SLIDERS)}" if len(known) > SLIDERS else ""
        found: dict[str, Any] = {
            "title": view.word("score.whatif_title"),
            "sub": view.word("score.whatif_sub") + more,
            "reset": view.link(),
        }
        for place in range(1, SLIDERS + 1):
            criterion = known[place - 1] if place <= len(known) else None
            target = target_of(view, place, criterion) if criterion else None
            found[f"n{place}"] = _named(view, place, criterion, target) if criterion else ""
            found[f"v{place}"] = weight_of(view, place, criterion) if criterion else 0
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


def _named(view: View, place: int, criterion: Criterion, target: float | None) -> list[Any]:
    """The name of a criterion with what its sliders stand at."""
    name = criterion.name.vi if view.lang == "vi" else criterion.name.en
    points = view.word("score.slide_points", points=_plain(view, weight_of(view, place, criterion)))
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
            ),
            html.Div(
                slider(f"t{place}", put.content(f"u{place}", 100), 100, 1, bool(put.content(f"d{place}", True))),
                className="slide-t",
            ),
        ],
        id=put.id(f"row{place}"),
        className=put.content(f"h{place}", "slide"),
    )


def outcome() -> Block:
    """What the province would look like: its mean, the tenth at the bottom, and the communes that move most."""

    def draw(view: View) -> dict[str, Any]:
        period = data.score_period(view)
        card = data.edition(view, period.key)
        now = {row["unit"]: row for row in data.standing(view)}
        tried = score_again(view.reader, changed_card(view, card), period.key)
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
        lines = [
            [
                html.A(view.name(unit.unit), href=view.link("/commune", unit=unit.unit)),
                data.score_link(view, unit.unit, period.key, data.number(view, row["score"])),
                data.number(view, unit.score),
                str(row["rank"] or "—"),
                str(unit.rank or "—"),
                data.signed(view, (row["rank"] or 0) - (unit.rank or 0), 0),
            ]
            for row, unit in shown
        ]
        head = [view.word(f"score.whatif_{key}") for key in ("unit", "now", "then", "rank_now", "rank_then", "moved")]
        return {
            "title": view.word(
                "score.outcome_title", before=data.number(view, means[0], 2), after=data.number(view, means[1], 2)
            ),
            "sub": view.word("score.outcome_sub", moved=len(moved), same=len(moves) - len(moved)),
            "body": data.table(head, lines) if lines else [],
        }

    return data.panel("outcome", "side", draw)


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None

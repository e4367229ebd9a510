"""The nodes of a wall page: made once, mounted for all scenes; a refresh changes texts and figures inside
them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html, no_update

from ioc.words import Words
from layouts.marks import compare
from layouts.theme import graph_config
from layouts.tree import compact, plant
from layouts.wall.scenes import Scene

# What the render callback fills in a scene: name of the slot -> property. Contents ("children") are trees: they change
# in place, texts and attributes only.
SLOTS: dict[str, str] = {
    "title": "children",
    "counts": "children",
    "cards": "children",
    "left-title": "children",
    "left-legend": "children",
    "left-label": "aria-label",
    "left": "figure",
    "trend-title": "children",
    "trend-legend": "children",
    "trend-label": "aria-label",
    "trend": "figure",
    "list-title": "children",
    "list-sub": "children",
    "list": "children",
    "qr": "src",
    "sources": "children",
}
PROPERTIES = {"children": "tree"}
EMPTY_FIGURE: dict[str, Any] = {"data": [], "layout": {}}


def outputs(scenes: Sequence[Scene]) -> list[tuple[str, str]]:
    """Every slot of a wall as (component id, property), in a fixed order: the outputs of its render."""
    return [(slot(scene, name), PROPERTIES.get(prop, prop)) for scene in scenes for name, prop in SLOTS.items()]


def contents(scenes: Sequence[Scene], filled: Mapping[str, Any]) -> list[Any]:
    """The contents in the order of `outputs`, as their components take them."""
    found = []
    for owner, prop in outputs(scenes):
        content = filled.get(owner, no_update)
        found.append(compact(content) if prop == "tree" and content is not no_update else content)
    return found


def slot(scene: Scene, name: str) -> str:
    """The id of a slot."""
    return f"{scene.key}-{name}"


def page(
    scenes: Sequence[Scene],
    filled: dict[str, Any],
    lang: str,
    words: Words,
    *,
    organisation: str,
    density: str,
    rotate_seconds: int,
    version: str,
) -> html.Main:
    """The whole page; `filled` maps slot ids to their first content (empty before the first published
    version)."""
    places = outputs(scenes)
    _, held = compare(contents(scenes, filled), [prop for _, prop in places])
    trees = [owner for owner, prop in places if prop == "tree"]
    return html.Main(
        [
            dcc.Store(id="wall-version", data=version),
            html.Span(version, id="wall-shown", hidden=True),
            html.Span(held, id="wall-marks", hidden=True),
            html.Div(
                [plant(_scene(scene, filled, lang, words, organisation), trees) for scene in scenes],
                className="scenes",
            ),
            html.Div([html.Div(className="clock-time num"), html.Div(className="clock-day")], className="clock"),
            html.Div(
                [
                    html.Span(className="position"),
                    html.Span([html.I(className="step") for _ in scenes], className="steps"),
                    html.Span(className="next num"),
                ],
                className="progress",
            ),
            html.Div(
                [
                    html.Div(words("wall.lost", lang), className="lost-title"),
                    html.Div(className="lost-since"),
                ],
                className="lost",
                role="status",
            ),
        ],
        id="wall",
        className="wall",
        **{
            "data-density": density,
            "data-rotate": str(rotate_seconds),
            "data-lang": lang,
            "data-words": _client_words(scenes, lang, words),
        },
    )


def _client_words(scenes: Sequence[Scene], lang: str, words: Words) -> str:
    """The texts the browser writes by itself, as one JSON attribute."""
    import json

    names = (
        "age_minutes_under",
        "age_minutes",
        "age_hours",
        "age_days",
        "age_day",
        "position",
        "next",
        "paused",
        "lost_since",
        "stuck",
        "connected",
        "unsteady",
    )
    texts: dict[str, Any] = {name: words(f"wall.{name}", lang, **_marks(name)) for name in names}
    texts["scenes"] = [words(f"wall.scene.{scene.key}", lang) for scene in scenes]
    texts["weekdays"] = [words(f"wall.weekday.{day}", lang) for day in range(7)]
    texts["months"] = words("wall.months", lang).split()
    return json.dumps(texts, ensure_ascii=False)


def _marks(name: str) -> dict[str, str]:
    """Parameters stay as marks ('{n}') that the browser fills."""
    marks = {
        "age_minutes": ("n",),
        "age_hours": ("n",),
        "age_days": ("n",),
        "position": ("at", "of"),
        "next": ("scene", "left"),
        "lost_since": ("since", "age"),
    }
    return {mark: f"{{{mark}}}" for mark in marks.get(name, ())}


def _scene(scene: Scene, filled: dict[str, Any], lang: str, words: Words, organisation: str) -> html.Section:
    def put(name: str, empty: Any = "") -> Any:
        return filled.get(slot(scene, name), empty)

    head = html.Header(
        [
            html.Div(className="logo"),
            html.Div(
                [html.Div(organisation, className="org"), html.H1(put("title"), id=slot(scene, "title"))],
                className="brand",
            ),
            html.Div(put("counts", []), id=slot(scene, "counts"), className="counts"),
        ],
        className="head",
    )
    left = html.Section(
        [
            html.H2(put("left-title"), id=slot(scene, "left-title")),
            html.Div(put("left-legend", []), id=slot(scene, "left-legend"), className="legend"),
            _plot(scene, "left", put("left", EMPTY_FIGURE), put("left-label"), lang),
        ],
        className="panel panel--left" + (" panel--heat" if scene.slice_dim else " panel--map"),
    )
    trend = html.Section(
        [
            html.H2(put("trend-title", []), id=slot(scene, "trend-title")),
            html.Div(put("trend-legend", []), id=slot(scene, "trend-legend"), className="legend"),
            _plot(scene, "trend", put("trend", EMPTY_FIGURE), put("trend-label"), lang),
        ],
        className="panel panel--trend",
    )
    worst = html.Section(
        [
            html.Div(
                [
                    html.Div(
                        [
                            html.H2(put("list-title"), id=slot(scene, "list-title")),
                            html.P(put("list-sub"), id=slot(scene, "list-sub"), className="list-sub"),
                        ]
                    ),
                    html.Img(src=put("qr"), id=slot(scene, "qr"), className="qr", alt=words("wall.qr", lang)),
                ],
                className="list-head",
            ),
            html.Ol(put("list", []), id=slot(scene, "list"), className="ranking"),
        ],
        className="panel panel--list",
    )
    foot = html.Footer(
        [
            html.I(className="dot"),
            html.Span(className="conn"),
            html.Span(put("sources"), id=slot(scene, "sources")),
        ],
        className="foot",
    )
    return html.Section(
        [
            head,
            html.H2(words("spoken.cards", lang), className="sr"),
            html.Div(put("cards", []), id=slot(scene, "cards"), className="cards"),
            html.Div([left, trend, worst], className="panels"),
            foot,
        ],
        id=slot(scene, "scene"),
        className=f"scene scene--{scene.key}",
        **{"aria-label": words(f"wall.scene.{scene.key}", lang)},
    )


def _plot(scene: Scene, name: str, figure: dict[str, Any], label: str, lang: str) -> html.Div:
    """A plot drawn at 1080 lines and scaled as a whole (`--k`), so that every wall shows the same picture."""
    graph = dcc.Graph(
        id=slot(scene, name),
        figure=figure,
        config=graph_config(lang, static=True),
        responsive=True,
        className="graph",
    )
    holder = html.Div(graph, className="fit")
    return html.Div(holder, id=slot(scene, f"{name}-label"), className="plot", role="img", **{"aria-label": label})

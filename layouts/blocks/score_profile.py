"""One commune on one page a chairman can print: where it stands, why, what moved, what to do next."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from indicators.beside.gaps import gap_part
from layouts.blocks import score_data as data
from layouts.page import Block
from layouts.view import View


def _mine(view: View) -> data.Row | None:
    unit = data.chosen_commune(view)
    return next((row for row in data.standing(view) if row["unit"] == unit), None)


def place() -> Block:
    """Score, place with interval, tier, peers, and the exact reason of the last move."""

    def draw(view: View) -> dict[str, Any]:
        row, period = _mine(view), data.score_period(view)
        if row is None:
            return {"title": view.word("score.nothing"), "sub": "", "body": []}
        total = len(data.standing(view))
        ranked, unit = row["rank"] is not None, str(row["unit"])

        def told(fact: str, text: str) -> Component:
            return data.fact_link(view, f"score.{fact}", unit, period.key, text)

        facts = [
            (
                data.score_link(view, row["unit"], period.key, data.number(view, row["score"])),
                view.word("score.fact_score"),
            ),
            (told("rank", f"{row['rank']}/{total}" if ranked else "—"), view.word("score.fact_rank")),
            (
                told("interval", f"{row['rank_low']}–{row['rank_high']}" if ranked else "—"),
                view.word("score.fact_interval"),
            ),
            (told("tier", str(row["tier"] or "—")), view.word("score.fact_tier")),
            (
                told("top", data.number(view, 100 * row["p_top"], 0) + "%" if ranked else "—"),
                view.word("score.fact_top"),
            ),
            (
                told("peer_rank", f"{row['peer_rank'] or '—'}/{row['peer_count']}"),
                told("peer_rank", view.word("score.fact_peers", median=data.number(view, row["peer_median"]))),
            ),
        ]
        lines = []
        if row["move_vi"]:
            move = row["move_vi"] if view.lang == "vi" else row["move_en"]
            kind = "score.move_real" if row["is_real"] else "score.move_noise"
            lines.append(
                html.P(
                    [
                        html.B(view.word("score.move_lead")),
                        " ",
                        told("move", f"{move}."),
                        " ",
                        told("move", view.word(kind, chance=data.number(view, 100 * (row["p_rise"] or 0), 0))),
                    ],
                    className="reason",
                )
            )
        if row["tied_with"]:
            names = ", ".join(view.name(code) for code in row["tied_with"].split(","))
            lines.append(html.P(view.word("score.tied_with", names=names), className="sub"))
        lines.append(html.P(view.word("score.peer_group", group=_group(view, row["peer_group"])), className="sub"))
        if row["analytical_rank"]:
            lines.append(
                html.P(
                    told(
                        "analytical",
                        view.word(
                            "score.analytical",
                            rank=row["analytical_rank"],
                            score=data.number(view, row["analytical_score"]),
                        ),
                    ),
                    className="sub",
                )
            )
        return {
            "title": view.word("score.profile_title", name=view.name(row["unit"]), period=period.label(view.lang)),
            "sub": data.status_line(view, data.edition(view, period.key)),
            "body": [
                html.Ul(
                    [
                        html.Li(
                            [html.B(value, className="num"), html.Span(text, className="fact-name")], className="fact"
                        )
                        for value, text in facts
                    ],
                    className="facts",
                ),
                *lines,
            ],
        }

    return data.panel("place", "lead", draw)


def _group(view: View, group: str) -> str:
    """The properties peers share, in words."""
    if group == "nearest":
        return view.word("score.nearest")
    kind, terrain, third = [*group.split("|"), "", ""][:3]
    words = [kind if view.lang == "vi" else view.name(data.chosen_commune(view)).split()[-1]]
    words += [view.word(f"score.terrain_{terrain}")] if terrain else []
    words += [view.word(f"score.third_{third}")] if third else []
    return ", ".join(words)


def waterfall() -> Block:
    """What each criterion adds to the score, and the gap to the peers' median."""

    def draw(view: View) -> dict[str, Any]:
        row, period = _mine(view), data.score_period(view)
        if row is None:
            return {"title": view.word("score.nothing"), "sub": "", "body": []}
        card, nodes = data.edition(view, period.key), data.ask(view, "nodes", [data.scorecard(view), period.key])
        known, full = data.criteria(card), data.full_points(card)
        mine = {one["node"]: one for one in nodes if one["unit"] == row["unit"] and one["node"] in known}
        peers = set(row["peers"].split(",")) - {row["unit"]}
        others: dict[str, list[float]] = {}
        for one in nodes:
            if one["unit"] in peers and one["node"] in known and data.is_scored(one):
                others.setdefault(one["node"], []).append(one["contribution"])
        lines, start, total = [], 0.0, max(row["score"] or 0.0, 1e-9)
        for name, criterion in known.items():
            one = mine.get(name)
            if one is None:
                continue
            share = one["contribution"]
            scored = data.is_scored(one)
            mean = sum(others[name]) / len(others[name]) if others.get(name) and scored else None
            indicator = criterion.indicator or data.INDEX
            lines.append(
                html.Li(
                    [
                        html.Span(criterion.name.vi if view.lang == "vi" else criterion.name.en, className="fall-name"),
                        html.Span(
                            html.I(
                                className="fall-bar",
                                style={
                                    "left": f"{100 * start / full:.2f}%",
                                    "width": f"{max(0.3, 100 * share / full):.2f}%",
                                },
                            ),
                            className="fall-track",
                        ),
                        data.score_link(view, row["unit"], period.key, data.earned(view, one), indicator),
                        html.Span(
                            data.fact_link(
                                view,
                                "score.points",
                                row["unit"],
                                period.key,
                                f"/ {data.number(view, full * one['weight'], 2)}",
                                name,
                            )
                            if scored
                            else "",
                            className="fall-of num",
                        ),
                        html.Span(_gap(view, row["unit"], period.key, name, share, mean), className="fall-gap num"),
                    ],
                    className="fall",
                )
            )
            start += share
        lines.append(
            html.Li(
                [
                    html.Span(view.word("score.total"), className="fall-name"),
                    html.Span(
                        html.I(
                            className="fall-bar fall-bar--total",
                            style={"left": "0%", "width": f"{100 * total / full:.2f}%"},
                        ),
                        className="fall-track",
                    ),
                    html.B(data.score_link(view, row["unit"], period.key, data.number(view, start, 2))),
                    html.Span(
                        data.score_link(view, row["unit"], period.key, f"/ {data.number(view, full, 2)}"),
                        className="fall-of num",
                    ),
                    html.Span("", className="fall-gap"),
                ],
                className="fall fall--total",
            )
        )
        return {
            "title": view.word("score.fall_title"),
            "sub": view.word("score.fall_sub"),
            "body": html.Ol(lines, className="falls"),
        }

    return data.panel("waterfall", "map", draw)


def _gap(view: View, unit: str, period: str, node: str, share: float, mean: float | None) -> Component | str:
    """The difference to the peers' mean contribution."""
    if mean is None:
        return ""
    return data.fact_link(view, "score.gap", unit, period, data.signed(view, share - mean, 2), gap_part(node))


def rates() -> Block:
    """The rates behind the points: raw, shrunk, interval, and where the funnel sees them."""

    def draw(view: View) -> dict[str, Any]:
        unit, period = data.chosen_commune(view), data.score_period(view)
        card = data.edition(view, period.key)
        known = data.criteria(card)

        def told(one: data.Row, text: str) -> Component:
            return data.fact_link(view, "score.rate", unit, period.key, text, one["node"])

        rows = []
        for one in data.ask(view, "rates", [data.scorecard(view), period.key, card.edition, unit]):
            criterion = known[one["node"]]
            name = criterion.name.vi if view.lang == "vi" else criterion.name.en
            link = data.score_link(
                view, unit, period.key, data.number(view, 100 * one["rate"]) + "%", criterion.indicator or data.INDEX
            )
            rows.append(
                [
                    name,
                    told(one, f"{data.number(view, one['numerator'], 0)}/{data.number(view, one['denominator'], 0)}"),
                    link,
                    told(
                        one, f"{data.number(view, 100 * one['rate_low'])}–{data.number(view, 100 * one['rate_high'])}"
                    ),
                    told(one, data.number(view, 100 * one["shrunk"]) + "%"),
                    view.word(f"score.funnel_{one['funnel']}")
                    if one["publication"] != "no_rank"
                    else told(one, view.word("score.too_few")),
                ]
            )
        head = [view.word(f"score.rate_{key}") for key in ("name", "cases", "rate", "interval", "shrunk", "funnel")]
        return {
            "title": view.word("score.rates_title"),
            "sub": view.word("score.rates_sub"),
            "body": data.table(head, rows),
        }

    return data.panel("rates", "wide", draw)


def next_points() -> Block:
    """The cheapest next points, confirmed by scoring again."""

    def draw(view: View) -> dict[str, Any]:
        unit, period = data.chosen_commune(view), data.score_period(view)
        known = data.criteria(data.edition(view, period.key))
        found = data.ask(view, "next_points", [data.scorecard(view), period.key, unit])
        steps: list[Component] = []
        for one in found:
            if one["node"] is None:
                continue
            criterion = known[one["node"]]
            name = criterion.name.vi if view.lang == "vi" else criterion.name.en
            text = view.word(
                "score.step",
                cases=data.number(view, one["cases"], 0),
                name=name,
                points=data.number(view, one["points"], 2),
            )
            steps.append(html.Li(data.fact_link(view, "score.path", unit, period.key, text), className="step"))
        if steps:
            first = found[0]
            key = "score.path_reached" if first["is_reached"] else "score.path_short"
            after = data.number(view, first["score_after"], 2)
            text = view.word(key, score=after, rank=first["rank_after"], goal=first["goal_rank"])
            link = data.fact_link(view, "score.path", unit, period.key, text)
            steps.append(html.Li(link, className="step step--sum"))
        empty = "" if steps else view.word("score.no_path")
        return {
            "title": view.word("score.path_title"),
            "sub": empty or view.word("score.path_sub"),
            "body": html.Ol(steps, className="steps"),
        }

    return data.panel("path", "side", draw)

"""The tier list with rank intervals, the pillar heat map, and the floor beside the mean."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from indicators.standing.summary import WEIGHT_SPREAD
from layouts.blocks import score_data as data
from layouts.page import Block
from layouts.view import View

FLOOR = ("mean", "by_population", "worst_tenth", "mountain", "island", "lowest")


def tier_list() -> Block:
    """All communes in their tiers: place, interval, score; ties and the chosen commune marked."""

    def draw(view: View) -> dict[str, Any]:
        period, rows = data.score_period(view), data.standing(view)
        ranked = [row for row in rows if row["rank"] is not None]
        missing = [row for row in rows if row["rank"] is None]
        items: list[Component] = []
        tier = None
        for row in ranked:
            if row["tier"] != tier:
                tier = row["tier"]
                count = sum(one["tier"] == tier for one in ranked)
                text = view.word("score.tier", tier=tier, count=count)
                head = data.fact_link(view, "score.tier_size", view.province.unit_code, period.key, text, str(tier))
                items.append(html.Li(head, className="tier-head"))
            items.append(_line(view, row, len(rows), period.key))
        for row in missing:
            items.append(
                html.Li(
                    [
                        html.Span("—", className="tier-rank"),
                        html.Span(view.name(row["unit"]), className="tier-name"),
                        html.Span(view.word("score.unranked"), className="tier-why"),
                    ],
                    className="tier-item",
                )
            )
        return {
            "title": view.word("score.tiers_title", period=period.label(view.lang)),
            "sub": view.word("score.tiers_sub"),
            "body": html.Ol(items, className="tiers"),
        }

    return data.panel("tiers", "side", draw)


def _line(view: View, row: data.Row, count: int, period: str) -> Component:
    low, high, rank = row["rank_low"], row["rank_high"], row["rank"]
    left, right = min(low, rank), max(high, rank)
    scale = 100 / max(1, count - 1)
    bar = html.Span(
        [
            html.I(
                className="interval",
                style={"left": f"{(left - 1) * scale:.1f}%", "width": f"{max(1.0, (right - left) * scale):.1f}%"},
            ),
            html.I(className="interval-dot", style={"left": f"{(rank - 1) * scale:.1f}%"}),
        ],
        className="tier-bar",
    )
    tied = html.Span(view.word("score.tied"), className="tag") if row["tied_with"] else None
    name = html.A(view.name(row["unit"]), href=view.link("/commune", unit=row["unit"]), className="tier-name")
    chosen = " tier-item--chosen" if row["unit"] == view.selection.unit else ""
    return html.Li(
        [
            html.Span(data.fact_link(view, "score.rank", row["unit"], period, str(rank)), className="tier-rank num"),
            html.Span([name, *([tied] if tied else [])], className="tier-who"),
            bar,
            html.Span(
                data.fact_link(view, "score.interval", row["unit"], period, f"{low}–{high}"), className="tier-range num"
            ),
            data.score_link(view, row["unit"], period, data.number(view, row["score"])),
        ],
        className="tier-item" + chosen,
    )


def pillar_heat() -> Block:
    """Communes by pillar: share of the points each pillar could give, in five classes, best commune first."""

    def draw(view: View) -> dict[str, Any]:
        period = data.score_period(view)
        card = data.edition(view, period.key)
        groups = data.pillars(card)
        found = {(row["unit"], row["node"]): row for row in data.ask(view, "nodes", [data.scorecard(view), period.key])}
        head = [
            view.word("score.commune"),
            *(group.name.vi if view.lang == "vi" else group.name.en for group in groups),
        ]
        shares: dict[str, list[float]] = {group.id: [] for group in groups}
        for (_, node), row in found.items():
            if node in shares and row["max_score"]:
                shares[node].append(row["score"] / row["max_score"])
        borders = {node: _fifths(values) for node, values in shares.items()}
        body = []
        for row in data.standing(view):
            cells: list[Any] = [
                html.Th(html.A(view.name(row["unit"]), href=view.link("/commune", unit=row["unit"])), scope="row")
            ]
            for group in groups:
                cell = found.get((row["unit"], group.id))
                if cell is None or not cell["max_score"]:
                    cells.append(html.Td("—", className="heat heat--0"))
                    continue
                level = 1 + sum(cell["score"] / cell["max_score"] >= border for border in borders[group.id])
                cells.append(
                    html.Td(
                        data.fact_link(
                            view,
                            "score.points",
                            row["unit"],
                            period.key,
                            f"{data.number(view, cell['score'])} / {data.number(view, cell['max_score'], 0)}",
                            group.id,
                        ),
                        className=f"heat heat--{level}",
                    )
                )
            body.append(html.Tr(cells))
        top = html.Thead(html.Tr([html.Th(text, scope="col") for text in head]))
        return {
            "title": view.word("score.heat_title", period=period.label(view.lang)),
            "sub": view.word("score.heat_sub"),
            "body": html.Div(
                html.Table([top, html.Tbody(body)], className="grid grid--heat"), className="scroll", tabIndex="0"
            ),
        }

    return data.panel("pillars", "wide", draw)


def _fifths(values: list[float]) -> list[float]:
    """The four borders of five classes with equally many units."""
    ordered = sorted(values)
    return [ordered[len(ordered) * step // 5] for step in range(1, 5)] if ordered else []


def floor() -> Block:
    """The mean with its floor: by population, the worst tenth, mountains and islands, the lowest; rankability."""

    def draw(view: View) -> dict[str, Any]:
        period = data.score_period(view)
        card = data.edition(view, period.key)
        found = {
            row["measure"]: row for row in data.ask(view, "summary", [data.scorecard(view), period.key, card.edition])
        }

        def told(name: str, text: str) -> Component:
            return data.fact_link(view, "score.summary", view.province.unit_code, period.key, text, name)

        facts = [
            html.Li(
                [
                    html.B(told(name, data.number(view, found[name]["value"]))),
                    html.Span(view.word(f"score.floor_{name}"), className="fact-name"),
                    html.Span(told(name, view.word("score.units", count=found[name]["units"])), className="fact-n"),
                ],
                className="fact",
            )
            for name in FLOOR
            if name in found
        ]
        sentences: list[Any] = []
        measure = "rankability"
        if measure in found:
            share = found[measure]["value"]
            key = "score.rankable" if share >= 0.5 else "score.not_rankable"
            text = view.word(key, value=data.number(view, 100 * share, 0))
            sentences.append(told(measure, text))
        measure = "tier_stability"
        if measure in found:
            share = found[measure]["value"]
            key = "score.tiers_stable" if share >= 0.8 else "score.tiers_unstable"
            spread = data.number(view, 100 * WEIGHT_SPREAD, 0)
            text = view.word(key, value=data.number(view, 100 * share, 0), spread=spread)
            sentences.append(told(measure, text))
        sentences.append(
            view.word(
                "score.edition_line", name=card.name.vi if view.lang == "vi" else card.name.en, edition=card.edition
            )
        )
        return {
            "title": view.word("score.floor_title", period=period.label(view.lang)),
            "sub": "",
            "body": [html.Ul(facts, className="facts"), *(html.P(text, className="sub") for text in sentences)],
        }

    return data.panel("floor", "lead", draw)

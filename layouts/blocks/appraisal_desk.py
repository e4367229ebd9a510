"""The appraisal desk: what to verify first, places meanwhile, over-claims, findings and open disputes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from layouts.blocks import score_data as data
from layouts.page import Block
from layouts.view import View

ASSESSMENT = "digital.commune_assessment"


def claim_period(view: View) -> str:
    """The newest period with claims that ends no later than the selected one; the newest of all otherwise."""
    periods = [str(row["period"]) for row in data.ask(view, "appraisal_periods", [])]
    kind = type(view.period)
    fitting = [key for key in periods if kind.parse(key).end <= view.period.end]
    return (fitting or periods or [""])[-1]


def criterion_name(view: View, code: str) -> str:
    """A criterion with its code; the code alone where the words files do not know it."""
    key = f"desk.criterion.{code.lower()}"
    return f"{code} {view.word(key)}" if key in view.words else code


def queue() -> Block:
    """The cells to verify first, by the rank variance they would settle."""

    def draw(view: View) -> dict[str, Any]:
        period = claim_period(view)
        rows = data.ask(view, "appraisal_queue", [period])

        def told(row: data.Row, text: str) -> Component:
            return data.fact_link(view, "appraisal.cell", row["unit"], period, text, row["criterion"])

        lines = [
            [
                html.Span([html.B(told(row, f"{row['queue_place']}. ")), view.name(row["unit"])]),
                html.Span(criterion_name(view, row["criterion"]), className="criterion"),
                told(row, data.number(view, row["self_value"])),
                told(row, data.number(view, row["expected"])),
                told(row, data.number(view, row["impact"], 2)),
                html.A(view.word("score.queue_enter"), href=_cell(view, period, row)),
            ]
            for row in rows
        ]
        head = [view.word(f"score.queue_{key}") for key in ("unit", "criterion", "claimed", "expected", "impact")]
        desk = f"/desk/appraisal?{urlencode({'lang': view.lang, 'period': period})}"
        sub = view.word("score.queue_sub") if rows else view.word("score.queue_empty")
        return {
            "title": view.word("score.queue_title", period=_label(view, period)),
            "sub": sub,
            "body": [
                html.P(html.A(view.word("score.queue_desk"), href=desk, className="button")),
                data.table([*head, html.Span(view.word("score.queue_enter"), className="sr")], lines),
            ],
        }

    return data.panel("queue", "map", draw, indicators=(ASSESSMENT,))


def _cell(view: View, period: str, row: data.Row) -> str:
    """The desk page of one cell."""
    asked = {"lang": view.lang, "period": period, "unit": row["unit"], "criterion": row["criterion"]}
    return f"/desk/appraisal/cell?{urlencode(asked)}"


def _label(view: View, period: str) -> str:
    return type(view.period).parse(period).label(view.lang) if period else "—"


def meanwhile() -> Block:
    """Places by claim, by what is verified, and as expected while verification runs."""

    def draw(view: View) -> dict[str, Any]:
        period = claim_period(view)
        rows = data.ask(view, "appraisal_standing", [period])

        def told(row: data.Row, fact: str, text: str) -> Component:
            return data.fact_link(view, f"appraisal.{fact}", row["unit"], period, text)

        lines = [
            [
                view.name(row["unit"]),
                told(row, "place", data.number(view, row["self_score"])),
                told(row, "place", str(row["self_rank"] or "—")),
                told(row, "place", data.number(view, row["expected_score"])),
                told(row, "place", f"{row['expected_rank']} ({row['rank_low']}–{row['rank_high']})"),
                told(row, "place", str(row["pending"]) if row["pending"] else "—"),
                told(row, "over", f"{data.number(view, 100 * row['over_ratio'])}%")
                if row["over_ratio"] is not None
                else "—",
            ]
            for row in rows
        ]
        head = [
            view.word(f"score.meanwhile_{key}")
            for key in ("unit", "self", "self_rank", "expected", "rank", "pending", "over")
        ]
        waiting = sum(row["pending"] for row in rows)
        sub = view.word("score.meanwhile_sub", count=waiting)
        return {
            "title": view.word("score.meanwhile_title", period=_label(view, period)),
            "sub": data.fact_link(view, "appraisal.pending", view.province.unit_code, period, sub) if period else sub,
            "body": data.table(head, lines),
        }

    return data.panel("meanwhile", "ledger", draw, indicators=(ASSESSMENT,))


def findings() -> Block:
    """Communes that stand out and communes that over-claim, each worded as a question."""

    def draw(view: View) -> dict[str, Any]:
        period = claim_period(view)
        items = []
        for row in data.ask(view, "findings", [period]):
            scale = 100 if row["kind"] == "over_claim" else 1
            text = view.word(
                f"score.finding_{row['kind']}",
                name=view.name(row["unit"]),
                value=data.number(view, scale * row["value"]),
                bound=data.number(view, scale * row["bound"]),
            )
            link = data.fact_link(view, "appraisal.finding", row["unit"], period, text, row["kind"])
            items.append(html.Li(link, className="step"))
        disputes = [
            html.Li(
                data.fact_link(
                    view,
                    "appraisal.cell",
                    row["unit"],
                    period,
                    view.word(
                        "score.dispute",
                        name=view.name(row["unit"]),
                        criterion=criterion_name(view, row["criterion"]),
                        reason=row["reason"],
                    ),
                    row["criterion"],
                )
            )
            for row in data.ask(view, "disputes", [period])
        ]
        sub = view.word("score.findings_sub") if items else view.word("score.findings_none")
        body = [html.Ul(items, className="steps")]
        body += (
            [html.H3(view.word("score.disputes_title", count=len(disputes))), html.Ul(disputes, className="steps")]
            if disputes
            else []
        )
        return {"title": view.word("score.findings_title"), "sub": sub, "body": body}

    return data.panel("findings", "side", draw, indicators=(ASSESSMENT,))


def over_claims() -> Block:
    """Over-claims by criterion."""

    def draw(view: View) -> dict[str, Any]:
        period = claim_period(view)

        def told(row: data.Row, text: str) -> Component:
            return data.fact_link(view, "appraisal.criterion", view.province.unit_code, period, text, row["criterion"])

        lines = [
            [
                criterion_name(view, row["criterion"]),
                told(row, str(row["cells"])),
                told(row, data.number(view, row["claimed"])),
                told(row, data.number(view, row["over_claimed"])),
                told(row, f"{data.number(view, 100 * row['over_ratio'])}%"),
            ]
            for row in data.ask(view, "claim_criteria", [period])
        ]
        head = [view.word(f"score.over_{key}") for key in ("criterion", "cells", "claimed", "over", "ratio")]
        return {
            "title": view.word("score.over_title"),
            "sub": view.word("score.over_sub"),
            "body": data.table(head, lines),
        }

    return data.panel("claims", "aside", draw, indicators=(ASSESSMENT,))

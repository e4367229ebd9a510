"""What the score pages read: published tables only; a page recomputes nothing but what a reader tries out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from dash import html
from dash.development.base_component import Component

from indicators.score import Scorecard
from indicators.score.scorecard import Criterion, Group, declared_maximum
from indicators.standing import edition_in_force, load_editions, published_editions
from ioc.period import Period
from ioc.words import format_number
from layouts.page import Block, Put
from layouts.view import View

INDEX = "digital.commune_index"
Row = dict[str, Any]
_FOLDER = Path(__file__).with_name("sql")
Draw = Callable[[View], dict[str, Any]]


def score_period(view: View) -> Period:
    """The month or quarter whose scores answer the selection."""
    return view.period_for(view.catalogue.indicator(INDEX))


def ask(view: View, name: str, params: Sequence[object]) -> list[Row]:
    """Rows of one of our .sql files."""
    return view.reader.select((_FOLDER / f"{name}.sql").read_text(encoding="utf-8"), params)


def standing(view: View, period: str | None = None) -> list[Row]:
    """Every commune's row under the edition in force, best first."""
    return ask(view, "standing", [scorecard(view), period or score_period(view).key])


def editions(view: View) -> list[Scorecard]:
    """The editions the version was scored by, oldest first: the province's own come with it. A version that scored
    nothing, or is older than that, has the shipped ones."""
    return published_editions(view.reader) or _shipped()


@lru_cache(maxsize=1)
def _shipped() -> list[Scorecard]:
    return load_editions()


def scorecard(view: View) -> str:
    """The id of the scorecard communes are ranked by."""
    return editions(view)[-1].id


def edition(view: View, period: str) -> Scorecard:
    """The edition in force in a period."""
    return edition_in_force(editions(view), period)


def status_line(view: View, card: Scorecard) -> str:
    """What an edition is: a demonstration, or the text it follows."""
    if card.legal_status == "demonstration":
        return view.word("score.demonstration")
    name = card.name.vi if view.lang == "vi" else card.name.en
    return view.word("score.own_basis", name=name, edition=card.edition, basis=card.legal_basis)


def pillars(card: Scorecard) -> list[Group | Criterion]:
    """What an edition is made of at its top: groups, and criteria that stand in none."""
    return [node for node in card.nodes if isinstance(node, Group | Criterion)]


def criteria(card: Scorecard) -> dict[str, Criterion]:
    """The criteria of an edition by id."""
    return {criterion.id: criterion for criterion in card.criteria()}


def score_link(view: View, unit: str, period: str, text: str, indicator: str = INDEX) -> Component:
    """A number that opens its card."""
    return html.A(text, href=view.link(card=f"{indicator}|{unit}|{period}"), className="num score-num")


def fact_link(view: View, fact: str, unit: str, period: str, text: str, part: str = "") -> Component:
    """A number beside a score that opens its card (indicators/standing/facts.yaml)."""
    key = "|".join([fact, unit, period, *(["part", part] if part else [])])
    return html.A(text, href=view.link(card=key), className="num fact-num")


def full_points(card: Scorecard) -> float:
    """The points an edition gives at most, bonus and malus left out."""
    core = [node for node in card.nodes if not (isinstance(node, Group) and node.role != "core")]
    return sum(declared_maximum(node).value() for node in core) or 1.0


def is_scored(node: Mapping[str, Any]) -> bool:
    """Whether a criterion could earn anything: what did not arise has no points to give and is no zero."""
    return bool(node["weight"])


def earned(view: View, node: Mapping[str, Any]) -> str:
    """What a criterion adds to the score, or that there was nothing to judge."""
    return number(view, node["contribution"], 2) if is_scored(node) else view.word("score.no_case")


def number(view: View, value: float | None, digits: int = 1) -> str:
    """A number in the reader's language; a dash where there is none."""
    return format_number(value, digits, view.lang)


def signed(view: View, value: float | None, digits: int = 1) -> str:
    """With its sign; a dash where there is none."""
    if value is None:
        return format_number(None, digits, view.lang)
    return ("+" if value > 0 else "") + format_number(value, digits, view.lang)


def chosen_commune(view: View) -> str:
    """The selected commune; the first of the ranking where the selection is no commune."""
    if view.unit.unit_kind == "commune":
        return view.unit.unit_code
    rows = standing(view)
    return str(rows[0]["unit"]) if rows else ""


def panel(kind: str, area: str, draw: Draw, *, indicators: tuple[str, ...] = (INDEX,)) -> Block:
    """A block with a title, a line below it and a body."""
    slots = {"title": "children", "sub": "children", "body": "children"}

    def frame(put: Put) -> Component:
        return html.Section(
            [
                html.H2(put.content("title", ""), id=put.id("title")),
                html.P(put.content("sub", ""), id=put.id("sub"), className="sub"),
                put.note(),
                html.Div(put.content("body", []), id=put.id("body"), className="score-body"),
            ],
            className=f"block panel block--{kind}",
        )

    return Block(kind, slots, draw, frame, area=area, indicators=indicators)


def table(head: Sequence[Any], rows: Sequence[Sequence[Any]], *, caption: str = "") -> Component:
    """A plain table; the first cell of a row is its heading, cells that are numbers stand right."""
    body = [
        html.Tr([html.Th(cells[0], scope="row"), *(html.Td(cell, className="num") for cell in cells[1:])])
        for cells in rows
    ]
    top = html.Thead(
        html.Tr([html.Th(text, scope="col", className="" if i == 0 else "num") for i, text in enumerate(head)])
    )
    grid = html.Table([top, html.Tbody(body)], className="grid", **({"aria-label": caption} if caption else {}))
    return html.Div(grid, className="scroll", tabIndex="0")

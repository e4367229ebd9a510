"""What if: one unit with more successes, scored again among the others as they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from indicators.score.engine import score_table
from indicators.score.exact import parse_exact
from indicators.score.faults import ScoreError
from indicators.score.keys import keys_of
from indicators.score.result import ScoreResult, UnitScore
from indicators.score.scorecard import Scorecard
from indicators.score.table import Input, ScoreTable


def simulate(
    card: Scorecard, table: ScoreTable, unit: str, added: Mapping[str, int], *, period: str | None = None
) -> ScoreResult:
    """Score again with `added` more successes per ratio input of one unit; everything else stays."""
    row = table.units.index(unit)
    inputs = dict(table.inputs)
    for name, cases in added.items():
        top, column = raise_top(table, name, row, cases), inputs[name]
        tops = list(column.tops or ())
        tops[row] = top
        inputs[name] = Input(column.cells, tops, column.bottoms, column.states)
    return score_table(card, replace(table, inputs=inputs), period=period)


def raise_top(table: ScoreTable, name: str, row: int, cases: int) -> Fraction:
    """The numerator of a ratio input with `cases` more successes; a ScoreError when there are not so many cases."""
    column = table.inputs[name]
    if column.tops is None or column.bottoms is None:
        raise ScoreError(f"{name} is no ratio with a numerator", remedy="simulate ratio inputs only")
    top, bottom = parse_exact(column.tops[row]), parse_exact(column.bottoms[row])
    if top.fraction() + cases > bottom.fraction():
        raise ScoreError(f"{name}: {cases} more than the {bottom.value():g} cases there are")
    return top.fraction() + cases


def simulate_units(
    card: Scorecard,
    table: ScoreTable,
    result: ScoreResult,
    added: Mapping[str, Mapping[str, int]],
    *,
    period: str | None,
) -> dict[str, UnitScore]:
    """Score and place of each unit after its own `added`, the others as in `result`: what `simulate` gives for each.

    Official points of a unit follow from its own inputs, so the changed units are scored together, each for itself,
    and take their place by total and tie-breaks. Where points are relative to the others, the whole table is scored.
    """  # fmt: skip
    if result.layer != "official":
        return {unit: simulate(card, table, unit, cases, period=period).unit(unit) for unit, cases in added.items()}
    if not added:
        return {}
    changed = only(table, list(added))
    for row, (unit, cases) in enumerate(added.items()):
        for name, count in cases.items():
            column = changed.inputs[name]
            assert column.tops is not None
            column.tops[row] = raise_top(table, name, table.units.index(unit), count)
    standing = keys_of(card, result, table)
    scored = score_table(card, changed, period=period)
    keys = keys_of(card, scored, changed)
    found: dict[str, UnitScore] = {}
    for alone in scored.units:
        mine, rank = keys[alone.unit], None
        tied: tuple[str, ...] = ()
        if mine is not None:
            others = {unit: key for unit, key in standing.items() if unit != alone.unit and key is not None}
            rank = 1 + sum(key > mine for key in others.values())
            tied = tuple(unit for unit, key in others.items() if key == mine)
        found[alone.unit] = replace(alone, rank=rank, tied_with=tied)
    return found


def only(table: ScoreTable, units: Sequence[str]) -> ScoreTable:
    """The table of some units."""
    place = {unit: row for row, unit in enumerate(table.units)}
    rows = [place[unit] for unit in units]

    def cut(column: Input) -> Input:
        return Input(
            [column.cells[row] for row in rows],
            None if column.tops is None else [column.tops[row] for row in rows],
            None if column.bottoms is None else [column.bottoms[row] for row in rows],
            None if column.states is None else [column.states[row] for row in rows],
        )

    attributes = {name: [cells[row] for row in rows] for name, cells in table.attributes.items()}
    inputs = {name: cut(column) for name, column in table.inputs.items()}
    names, levels = [table.names[row] for row in rows], [table.levels[row] for row in rows]
    return ScoreTable(list(units), names, levels, attributes, inputs, table.constants)

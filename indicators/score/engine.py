"""Score a table with a scorecard: the one public door of the package."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Literal

import pandas as pd

from indicators.score import analytical
from indicators.score.banding import band_of
from indicators.score.building import build_table
from indicators.score.exact import ZERO, Exact, add, compare, multiply
from indicators.score.faults import ScoreError, ScoreRefusedError
from indicators.score.official import Setting, Totals, score_tree
from indicators.score.quantity import columns_of, fill
from indicators.score.ranking import rank_scores
from indicators.score.result import Note, ScoreResult, UnitScore, shown
from indicators.score.scorecard import Scorecard
from indicators.score.table import ScoreTable

Layer = Literal["official", "analytical"]
KINDS = (
    (r"\d{4}", "year"),
    (r"\d{4}-\d{2}(\.\w+)?", "month"),
    (r"\d{4}-Q\d(\.\w+)?", "quarter"),
    (r"\d{4}-H\d(\.\w+)?", "half"),
    (r"\d{4}-9M(\.\w+)?", "nine_months"),
    (r"\d{4}-\d{2}-\d{2}", "day"),
)
SEEN_AS_DATA = ("reported", "zero_denominator", "pending", "not_applicable", "off_level", "not_due")


def score_table(
    scorecard: Scorecard,
    table: ScoreTable | pd.DataFrame | Mapping[str, Sequence[object]],
    *,
    layer: Layer | None = None,
    period: str | None = None,
    constants: Mapping[str, object] | None = None,
    absent: Literal["error", "not_reported"] = "error",
) -> ScoreResult:
    """Score every unit of a wide or long table.

    `layer` defaults to the scorecard's own. `period` fills `{period}` in input names and picks divisors.
    `constants` are inputs with one value for all units (a published national mean). `absent` says what to
    do with
    an input the table does not have at all. Raises ScoreRefusedError when weights are not loaded,
    ScoreError when
    the table does not fit.
    """
    refuse_unloaded(scorecard)
    if not isinstance(table, ScoreTable):
        table = build_table(table, scorecard.table, constants=constants)
    elif constants:
        raise ScoreError("constants belong to build_table when the table is already built")
    if not table.units:
        raise ScoreError("the table has no unit", remedy="check the row filter and the file")
    notes = check_inputs(scorecard, table, period, absent)
    layer = layer or scorecard.layer
    if scorecard.layer == "analytical":
        if layer != "analytical":
            raise ScoreError(f"{scorecard.key()} is an analytical scorecard", remedy="ask for layer=analytical")
        result = analytical.score_recipe(scorecard, table, period)
    else:
        setting = Setting(scorecard, table, period, period_kind(period))
        if layer == "analytical":
            setting = analytical.shrink_setting(setting)
        result = assemble(setting, score_tree(setting), layer)
    result.data_hash = table.fingerprint(all_inputs(scorecard, period))
    result.recipe_hash = hash_recipe(scorecard, result.data_hash, layer, period)
    result.notes[:0] = notes
    return result


def refuse_unloaded(card: Scorecard) -> None:
    waiting = card.to_be_loaded()
    if waiting:
        raise ScoreRefusedError(
            f"{card.key()} cannot score: the points of {len(waiting)} criteria are not loaded"
            f" ({', '.join(waiting[:4])}{', ...' if len(waiting) > 4 else ''})",
            remedy="copy the edition into home/scorecards, enter the points of the decision with its number, "
            "and give it a new edition",
        )


def check_inputs(card: Scorecard, table: ScoreTable, period: str | None, absent: str) -> list[Note]:
    notes = []
    for name in dict.fromkeys(all_inputs(card, period)):
        if not table.has(name):
            if absent == "error":
                table.column(name)
            table.add_absent(name)
            notes.append(Note("absent_input", {"input": name}))
    if card.legal_status == "demonstration":
        notes.append(Note("demonstration"))
    return notes


def all_inputs(card: Scorecard, period: str | None) -> list[str]:
    names = [name for criterion in card.criteria() for name in columns_of(criterion, period)]
    return names + [fill(link.input, period) for link in card.tie_break if link.input]


def period_kind(period: str | None) -> str:
    for pattern, kind in KINDS:
        if period and re.fullmatch(pattern, period):
            return kind
    return ""


def hash_recipe(card: Scorecard, data_hash: str, layer: str, period: str | None) -> str:
    """sha256 of the canonical edition, the layer, the period and the data: the address of a score."""
    canonical = json.dumps(card.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{canonical}\n{layer}\n{period}\n{data_hash}".encode()).hexdigest()


def assemble(setting: Setting, totals: Totals, layer: Layer) -> ScoreResult:
    """Ranks, ties, bands and remarks on top of the evaluated tree."""
    card, table = setting.card, setting.table
    count = len(table.units)
    in_level = [not card.levels or not table.levels[r] or table.levels[r] in card.levels for r in range(count)]
    enough = [has_enough(card, totals, row) for row in range(count)]
    ranked = [in_level[row] and enough[row] for row in range(count)]
    floats = [t.value() for t in totals.total]
    breakers = [tie_values(setting, totals, position) for position in range(len(card.tie_break))]
    ranks, ties = rank_scores([f if ok else None for f, ok in zip(floats, ranked, strict=True)], breakers)
    criteria = [c.id for c in card.criteria()]
    units = []
    for row in range(count):
        states = {totals.nodes[c].states[row] for c in criteria}
        band, remarks = band_of(card, table, totals, row, setting.period) if ranked[row] else (None, [])
        if not enough[row]:
            remarks.append(Note("not_enough_data"))
        if totals.rescaled[row]:
            remarks.append(Note("rescaled"))
        if card.tie_vote and ties[row]:
            remarks.append(Note("tie_vote"))
        score = shown(totals.total[row], card.rounding.total) if card.rounding.total is not None else floats[row]
        if card.scale:
            score = shown(multiply(totals.total[row], invert(card.scale.divisor)), card.scale.decimals)
        units.append(
            UnitScore(
                table.units[row],
                table.names[row],
                table.levels[row],
                score if in_level[row] else None,
                totals.total[row] if in_level[row] else None,
                totals.available[row].value(),
                ranks[row],
                tuple(table.units[m] for m in ties[row]),
                band,
                bool(states & {"pending", "not_due"}),
                tuple(remarks),
            )
        )
    notes = result_notes(card, in_level)
    rows = {code: row for row, code in enumerate(table.units)}
    return ScoreResult(card, layer, setting.period, "", "", units, totals.nodes, rows, totals.signs, notes)


def invert(value: Exact) -> Exact:
    return Exact(value[1], value[0])


def has_enough(card: Scorecard, totals: Totals, row: int) -> bool:
    """Share of the points backed by data reaches the availability the scorecard asks for."""
    policies = card.policies
    if policies.not_reported == "zero" and policies.availability[0] == 0:
        return True
    seen, declared = ZERO, ZERO
    for criterion in card.criteria():
        if totals.signs[criterion.id] < 0:
            continue
        maximum = criterion.maximum()
        declared = add(declared, maximum)
        if totals.nodes[criterion.id].states[row] in SEEN_AS_DATA:
            seen = add(seen, maximum)
        elif policies.not_reported == "unranked" and maximum[0] > 0:
            return False
    return compare(seen, multiply(policies.availability, declared)) >= 0


def tie_values(setting: Setting, totals: Totals, position: int) -> list[float | None]:
    """One link of the tie-break chain, higher is better; what is not reported is worst."""
    link = setting.card.tie_break[position]
    sign = 1.0 if link.order == "high" else -1.0
    if link.part:
        return [sign * p.value() for p in totals.nodes[link.part].points]
    numbers = setting.table.numbers(fill(link.input or "", setting.period))
    return [sign * v.value() if s == "value" else None for v, s in zip(numbers.values, numbers.states, strict=True)]


def result_notes(card: Scorecard, in_level: list[bool]) -> list[Note]:
    notes = []
    outside = in_level.count(False)
    if outside:
        notes.append(Note("other_level", {"count": str(outside)}))
    waiting = [n for n in card.not_scored() if n.points is not None and n.points[0] > 0]
    if waiting:
        points = sum(n.points.fraction() for n in waiting if n.points is not None)
        nodes = ", ".join(n.id for n in waiting)
        notes.append(Note("not_scored_points", {"points": str(points), "nodes": nodes}))
    if card.bands and card.bands.legal_status == "unverified":
        notes.append(Note("band_unverified"))
    return notes

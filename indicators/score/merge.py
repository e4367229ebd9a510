"""Rates and scores of merged units: recomputed from counts, with the share that is exact (METHODS 5.8,
9.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indicators.score.exact import ZERO, Exact, add, compare, divide, multiply, parse_exact
from indicators.score.faults import ScoreError
from indicators.score.result import ScoreResult
from indicators.score.table import Input, ScoreTable


@dataclass(frozen=True, slots=True)
class MergedRatio:
    """A ratio of a merged unit; `exact_share` = part of the denominator that needed no splitting weight."""

    num: Exact
    den: Exact
    exact_share: Exact

    def rate(self) -> Exact:
        return divide(self.num, self.den)


def merge_counts(parts: Sequence[tuple[int, int, object]]) -> MergedRatio:
    """Sum numerators and denominators of (num, den, weight): rates are never averaged."""
    num, den, whole = ZERO, ZERO, ZERO
    for top, bottom, weight in parts:
        share = parse_exact(weight)
        num = add(num, multiply(Exact(top, 1), share))
        den = add(den, multiply(Exact(bottom, 1), share))
        if compare(share, Exact(1, 1)) == 0:
            whole = add(whole, Exact(bottom, 1))
    if den[0] == 0:
        raise ScoreError("the merged denominator is zero")
    return MergedRatio(num, den, divide(whole, den))


def merge_table(table: ScoreTable, members: Mapping[str, Sequence[str]]) -> ScoreTable:
    """Merged units of a scorecard with merge rule `sum_num_den`: ratio inputs are summed, others are refused.

    A member that did not report makes the merged input not reported: silence must not improve the merger.
    """
    row_of = {code: row for row, code in enumerate(table.units)}
    units = sorted(members)
    inputs = {}
    for name, column in table.inputs.items():
        if column.tops is None or column.bottoms is None:
            continue
        tops: list[object] = []
        bottoms: list[object] = []
        for unit in units:
            rows = [row_of[code] for code in members[unit]]
            if any(column.state(row) not in ("value", "zero_denominator") for row in rows):
                tops.append(None)
                bottoms.append(None)
                continue
            merged = [(parse_exact(column.tops[row]), parse_exact(column.bottoms[row])) for row in rows]
            top, bottom = ZERO, ZERO
            for a, b in merged:
                top, bottom = add(top, a), add(bottom, b)
            tops.append(top)
            bottoms.append(bottom)
        inputs[name] = Input([None] * len(units), tops, bottoms)
    return ScoreTable(units, units, [""] * len(units), {}, inputs, table.constants)


def merge_means(result: ScoreResult, members: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Merge rule `mean`: the arithmetic mean of the former units' scores, as published for DTI 2024."""
    if result.scorecard.merge != "mean":
        raise ScoreError(
            f"{result.scorecard.key()} merges by {result.scorecard.merge}",
            remedy="merge the counts and score again",
        )
    merged = {}
    for unit, codes in members.items():
        scores = [result.unit(code).score for code in codes]
        known = [s for s in scores if s is not None]
        if len(known) < len(scores):
            raise ScoreError(f"{unit}: a former unit has no score")
        merged[unit] = sum(known) / len(known)
    return merged

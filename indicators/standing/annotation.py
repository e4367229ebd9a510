"""One edition in one period: the official result and all that stands beside it, computed once and published."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from indicators.score import Scorecard, ScoreResult, ScoreTable, score_table
from indicators.score.decomposition import RankMove, contributions
from indicators.score.engine import period_kind
from indicators.score.exact import significant
from indicators.score.keys import Key, keys_of
from indicators.score.official import Setting
from indicators.score.posterior import Floats
from indicators.score.result import UnitScore
from indicators.score.uncertainty import RankIntervals, draw_errors, draw_ranks, expected_rank, lay_basis
from indicators.standing.movement import chance_of_rise, is_real
from indicators.standing.peers import Peers, Place, choose_peers
from indicators.standing.rates import Rate, rates_of
from indicators.standing.summary import WEIGHT_SPREAD, Measure, floors, tell_apart, tier_stability

TOP = 10
PLAIN_DRAWS = 400  # draws for the sampling error and for the test of the tiers against other weights


@dataclass(slots=True)
class Scored:
    """A table scored by one edition: the result and what ranks compare."""

    card: Scorecard
    table: ScoreTable
    result: ScoreResult
    keys: dict[str, Key | None]
    known_at: datetime | None

    @property
    def digest(self) -> str:
        """Address of the score: recipe and data."""
        return f"{self.result.recipe_hash}:{self.result.data_hash}"


@dataclass(slots=True)
class Annotated:
    """What stands beside the official ranks of one edition and period."""

    scored: Scored
    intervals: RankIntervals
    span: tuple[Floats, Floats]
    tiers: dict[str, int | None]
    errors: dict[str, float]
    expected: dict[str, float]
    analytical: ScoreResult
    peers: dict[str, Peers]
    rates: list[Rate]
    measures: list[Measure]


def score_period(card: Scorecard, table: ScoreTable, period: str, known_at: datetime | None) -> Scored:
    """The official score of a table; inputs nobody reported count as not reported."""
    result = score_table(card, table, period=period, absent="not_reported")
    return Scored(card, table, result, keys_of(card, result, table), known_at)


def annotate(scored: Scored, places: Sequence[Place], *, draws: int) -> Annotated:
    """Intervals, tiers, errors, peers, rates and floors; the same inputs give the same numbers."""
    card, table, result = scored.card, scored.table, scored.result
    period = result.period or ""
    basis, seed = lay_basis(Setting(card, table, period, period_kind(period))), zlib.crc32(period.encode())
    intervals = draw_ranks(basis, seed=seed, draws=draws)
    intervals.nominal = [unit.rank for unit in result.units]  # places with their tie-breaks, not the bare totals
    means, deviations = draw_errors(basis, seed=seed, draws=PLAIN_DRAWS)
    errors = dict(zip(table.units, deviations.tolist(), strict=True))
    likely = dict(zip(table.units, means.tolist(), strict=True))
    scores = {u.unit: u.exact.value() for u in result.units if u.rank is not None and u.exact is not None}
    units = list(scores)
    expected = expected_rank(np.array([likely[u] for u in units]), np.array([errors[u] for u in units]))
    tiers = intervals.tiers()
    weights = draw_ranks(basis, seed=seed, draws=PLAIN_DRAWS, sampling=False, weight_spread=WEIGHT_SPREAD)
    stability = tier_stability(intervals, tiers, weights.ranks)
    measures = floors(scores, places)
    apart = tell_apart(scores, errors)
    measures += [apart] if apart is not None else []
    measures.append(Measure("tiers", float(max((tier or 0 for tier in tiers), default=0)), len(units)))
    measures.append(Measure("tier_stability", stability, len(units)))
    known = {place.unit: place for place in places}
    present = [known.get(unit, Place(unit, "")) for unit in table.units]
    return Annotated(
        scored, intervals, intervals.interval(), dict(zip(table.units, tiers, strict=True)), errors,
        dict(zip(units, expected.tolist(), strict=True)),
        score_table(card, table, layer="analytical", period=period, absent="not_reported"),
        choose_peers(present), rates_of(card, table), measures,
    )  # fmt: skip


def standing_rows(
    found: Annotated,
    *,
    layer: str,
    before: Scored | None,
    errors_before: Mapping[str, float],
    moves: Mapping[str, RankMove],
    basis: str,
    known_at: datetime,
    run_id: str,
) -> Iterator[tuple[Any, ...]]:
    """Rows of mart.standing."""
    card, result, intervals = found.scored.card, found.scored.result, found.intervals
    low, high = found.span
    median, top = intervals.median(), intervals.top(TOP)
    analytical = {unit.unit: unit for unit in found.analytical.units}
    scores = {unit.unit: unit.score for unit in result.units if unit.rank is not None and unit.score is not None}
    compared = {code: significant(score) for code, score in scores.items()}
    earlier = {unit.unit: unit for unit in before.result.units} if before else {}
    cases: dict[str, list[float]] = {}
    for rate in found.rates:
        cases.setdefault(rate.unit, []).append(rate.n)
    for row, unit in enumerate(result.units):
        code, past = unit.unit, earlier.get(unit.unit)
        peers = found.peers[code]
        known = [scores[peer] for peer in peers.units if peer in scores]
        place: int | None = None
        if code in compared:
            place = 1 + sum(compared[peer] > compared[code] for peer in peers.units if peer in compared)
        mine, move = unit.exact, moves.get(code)
        chance: float | None = None
        if past is not None and past.exact is not None and mine is not None:
            chance = chance_of_rise(
                past.exact.value(), errors_before.get(code, 0.0), mine.value(), found.errors[code]
            )  # fmt: skip
        ranked = unit.rank is not None
        yield (
            card.id, card.edition, result.period, code, layer, unit.score, found.errors[code], unit.rank,
            ",".join(unit.tied_with), round(float(low[row])) if ranked else None,
            round(float(high[row])) if ranked else None, float(median[row]) if ranked else None,
            found.expected.get(code), float(top[row]) if ranked else None, found.tiers.get(code),
            analytical[code].score, analytical[code].rank, peers.group, ",".join(peers.units), len(known),
            place, float(np.median(known)) if known else None,
            min(cases.get(code, [0.0])), sum(n < 10 for n in cases.get(code, [])),
            before.result.period if before else None, before.card.edition if before else None,
            past.score if past else None, past.rank if past else None,
            move.own if move else None, move.others if move else None, move.method if move else None,
            chance, is_real(chance, move.change) if move and chance is not None else None,
            move.note().text("vi") if move else None, move.note().text("en") if move else None,
            state_of(unit), basis, known_at, run_id,
        )  # fmt: skip


def score_rows(found: Annotated, *, layer: str, known_at: datetime, run_id: str) -> Iterator[tuple[Any, ...]]:
    """Rows of mart.score: a root row and one row per node; contributions add to the score exactly."""
    scored, result = found.scored, found.scored.result
    card, period, digest = scored.card, result.period, scored.digest
    low, high = found.span
    paths = {node.id: path for node, path in card.walk()}
    for row, unit in enumerate(result.units):
        ranked = unit.rank is not None
        yield (
            card.id, card.edition, unit.unit, period, card.id, None, layer, unit.score, unit.available, 1.0, unit.score,
            unit.rank, round(float(low[row])) if ranked else None, round(float(high[row])) if ranked else None,
            found.tiers.get(unit.unit), state_of(unit),
            unit.band, digest, known_at, run_id,
        )  # fmt: skip
        shares = roll_shares(paths, contributions(result, unit.unit))
        for part in result.parts(unit.unit):
            available = part.available.value()
            yield (
                card.id, card.edition, unit.unit, period, part.node, part.parent or card.id, layer, part.points.value(),
                available, available / unit.available if unit.available else None, shares.get(part.node, 0.0),
                None, None, None, None, part.state, part.note.text("vi") if part.note else None, digest, known_at,
                run_id,
            )  # fmt: skip


def state_of(unit: UnitScore) -> str:
    """missing without a score, provisional while something is pending or not yet due, else value."""
    return "missing" if unit.score is None else "provisional" if unit.provisional else "value"


def roll_shares(paths: Mapping[str, Sequence[str]], shares: Mapping[str, float]) -> dict[str, float]:
    """Contributions of criteria, and of every group above them as their sum."""
    found = dict(shares)
    for criterion, share in shares.items():
        for group in paths[criterion]:
            found[group] = found.get(group, 0.0) + share
    return found


def rate_rows(card: Scorecard, period: str, rates: Iterable[Rate]) -> Iterator[tuple[Any, ...]]:
    """Rows of mart.score_rate."""
    for rate in rates:
        yield (
            card.id, card.edition, period, rate.unit, rate.node, rate.k, rate.n, rate.rate, rate.shrunk, rate.low,
            rate.high, rate.funnel, rate.publication,
        )  # fmt: skip

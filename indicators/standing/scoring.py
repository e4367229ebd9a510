"""Commune scores of the province: a scorecard applied to measured observations, with all that stands beside them.

The official score follows the edition in force to the letter; other editions run beside it (layer `parallel`), and
intervals, tiers, peers, reasons and paths annotate it. They never alter it.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from indicators.measure.clock import Cursor, rows_of, stored
from indicators.score import Scorecard, ScoreTable
from indicators.score.decomposition import RankMove
from indicators.score.official import Setting
from indicators.score.uncertainty import draw_errors
from indicators.standing.annotation import (
    PLAIN_DRAWS,
    Annotated,
    Scored,
    annotate,
    rate_rows,
    score_period,
    score_rows,
    standing_rows,
)
from indicators.standing.editions import edition_in_force, load_editions
from indicators.standing.inputs import digest, digest_periods, inputs_of_editions, read_inputs, read_places
from indicators.standing.movement import split_moves
from indicators.standing.path import find_paths, path_rows
from indicators.standing.writing import Rows
from ioc.period import Period

KINDS = {"month": 13, "quarter": 8}  # periods back: a year to compare with, and the quarters of two years
DRAWS = 2000
_KEY = ("scorecard", "edition", "period")


@dataclass(slots=True)
class _Round:
    """What one call of `score_communes` keeps: tables scored once, whoever asks again."""

    cursor: Cursor
    editions: Sequence[Scorecard]
    indicators: Sequence[str]
    types: Mapping[str, str]
    rows: Rows
    tables: dict[str, tuple[ScoreTable, datetime | None]] = field(default_factory=dict)
    scored: dict[tuple[str, str], Scored] = field(default_factory=dict)
    errors: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)

    def score(self, card: Scorecard, period: str) -> Scored:
        key = (card.edition, period)
        if key not in self.scored:
            asked = digest(card.table.model_dump(), period)  # editions that read alike share what was read
            if asked not in self.tables:
                self.tables[asked] = read_inputs(self.cursor, card, self.indicators, self.types, period)
            table, known_at = self.tables[asked]
            self.scored[key] = score_period(card, table.view(), period, known_at)
        return self.scored[key]

    def errors_of(self, scored: Scored) -> dict[str, float]:
        """Sampling errors of an earlier period; known when that period was annotated in the same round."""
        period = scored.result.period or ""
        key = (scored.card.edition, period)
        if key not in self.errors:
            setting = Setting(scored.card, scored.table, period, Period.parse(period).kind)
            _, found = draw_errors(setting, seed=zlib.crc32(period.encode()), draws=PLAIN_DRAWS)
            self.errors[key] = dict(zip(scored.table.units, found.tolist(), strict=True))
        return self.errors[key]


def score_communes(
    cursor: Cursor,
    *,
    now: datetime,
    run_id: str,
    editions: Sequence[Scorecard] | None = None,
    terrain: Mapping[str, str] | None = None,
    kinds: Mapping[str, int] = KINDS,
    draws: int = DRAWS,
) -> int:
    """Score every commune in the newest measured periods of `kinds` (so many of each); returns the rows written.

    Runs in the caller's transaction after `measure`. A period whose own and previous inputs did not change keeps its
    rows, so that a refresh scores the current periods only. Older periods keep the rows they have. `terrain` is the
    administrator's list (plain, mountain, island by unit code). Intervals are the 5 % and 95 % quantiles of `draws`
    re-rankings; the seed is the period, so the same inputs give the same interval.
    """
    cards = list(editions) if editions is not None else load_editions()
    types = dict(rows_of(cursor, "SELECT unit_code, unit_type FROM core.unit WHERE unit_kind = 'commune'"))
    indicators = inputs_of_editions(cards)
    found = digest_periods(cursor, indicators, kinds)
    kept = {
        (edition, period): basis
        for edition, period, basis in rows_of(
            cursor, "SELECT DISTINCT edition, period, basis FROM mart.standing WHERE scorecard = ?", [cards[0].id]
        )
    }
    newest = {Period.parse(period).kind: period for period in found}  # periods come oldest first
    ground = digest([card.model_dump(mode="json") for card in cards], sorted(types.items()), draws)
    work = _Round(cursor, cards, indicators, types, Rows(_KEY))
    for period, mark in found.items():
        places = read_places(cursor, period, terrain or {})
        earlier = Period.parse(period).previous().key
        earlier = earlier if earlier in found else ""
        basis = digest(ground, places, mark, found.get(earlier, ""), newest[Period.parse(period).kind] == period)
        for card in cards:
            if kept.get((card.edition, period)) == basis:
                continue
            scored = work.score(card, period)
            before = work.score(edition_in_force(cards, earlier), earlier) if earlier else None
            in_force = edition_in_force(cards, period).edition == card.edition
            annotated = annotate(scored, places, draws=draws if in_force else min(draws, PLAIN_DRAWS))
            work.errors[card.edition, period] = annotated.errors
            gather_period(
                work, annotated, before, with_path=period in newest.values(), basis=basis,
                known_at=scored.known_at or stored(now), run_id=run_id,
            )  # fmt: skip
    return work.rows.write(cursor)


def gather_period(
    work: _Round,
    found: Annotated,
    before: Scored | None,
    *,
    with_path: bool,
    basis: str,
    known_at: datetime,
    run_id: str,
) -> None:
    """All rows of one edition and period, in place of those that stand."""
    card, result = found.scored.card, found.scored.result
    period = result.period or ""
    in_force = edition_in_force(work.editions, period).edition == card.edition
    layer, key = ("official" if in_force else "parallel"), (card.id, card.edition, period)
    moves: dict[str, RankMove] = {}
    errors: dict[str, float] = {}
    if before is not None:
        start = before.result.period or ""
        split = split_moves(
            [unit.unit for unit in result.units],
            {
                (0, 0): before.keys,
                (1, 1): found.scored.keys,
                (0, 1): work.score(card, start).keys,
                (1, 0): work.score(before.card, period).keys,
            },
        )
        moves = {move.unit: move for move in split}
        errors = work.errors_of(before)
    rows = work.rows
    rows.add("mart.score", key, score_rows(found, layer=layer, known_at=known_at, run_id=run_id))
    standings = standing_rows(
        found, layer=layer, before=before, errors_before=errors, moves=moves, basis=basis, known_at=known_at,
        run_id=run_id,
    )  # fmt: skip
    rows.add("mart.standing", key, standings)
    rows.add("mart.score_rate", key, rate_rows(card, period, found.rates))
    rows.add("mart.score_summary", key, ((*key, one.name, one.value, one.units) for one in found.measures))
    rows.add("mart.score_pair", key, ((*key, *pair) for pair in found.intervals.flipping_pairs()))
    paths: list[tuple[object, ...]] = []
    if with_path and in_force:
        found_paths = find_paths(card, found.scored.table, result, found.tiers)
        paths = path_rows(card, period, found_paths)
    rows.add("mart.next_point", key, paths)

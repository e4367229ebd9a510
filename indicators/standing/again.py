"""Counting a published score again: from the published observations, by the published edition, with the same seed."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from indicators.fact_card import Again, compare_again
from indicators.score import Scorecard, ScoreResult, ScoreTable, build_table, score_table
from indicators.score.official import Setting
from indicators.score.uncertainty import RankIntervals, draw_ranks
from indicators.standing.annotation import TOP
from indicators.standing.scoring import DRAWS
from ioc.period import Period
from ioc.published import Reader


def table_of(reader: Reader, card: Scorecard, period: str) -> ScoreTable:
    """The communes of a published version as the table an edition scores; inputs are their official observations."""
    columns: dict[str, list[Any]] = {
        name: [] for name in (card.table.unit, "indicator", "value", "numerator", "denominator", "state", "unit_type")
    }
    types = {one.unit_code: one.unit_type or "" for one in reader.units()}
    for indicator in dict.fromkeys(c.indicator for c in card.criteria() if c.indicator):
        for item in reader.level(indicator, "commune", period):
            top, bottom = (
                int(n) if n is not None and float(n).is_integer() else n for n in (item.numerator, item.denominator)
            )
            cells = (item.unit, indicator, item.value, top, bottom, item.state, types.get(item.unit, ""))
            for name, cell in zip(columns, cells, strict=True):
                columns[name].append(cell)
    return build_table(columns, card.table)


def score_again(reader: Reader, card: Scorecard, period: str) -> ScoreResult:
    """The communes scored by an edition on the published observations of a period."""
    return score_table(card, table_of(reader, card, period), period=period, absent="not_reported")


def count_again(
    reader: Reader, card: Scorecard, fact: str, unit: str, period: str, part: str, row: Mapping[str, Any]
) -> Again | None:
    """One number beside a score counted again; None where counting needs more than is published."""
    if fact not in _COUNTED:
        return None
    table = table_of(reader, card, period)
    result = score_table(card, table, period=period, absent="not_reported")
    published = tuple(row[name] for name in _COUNTED[fact][0])
    found = _COUNTED[fact][1](_Work(reader, card, table, result, unit, period, part))
    return compare_again(found, published, same_recipe=is_same_recipe(reader, card, period, result))


def is_same_recipe(reader: Reader, card: Scorecard, period: str, result: ScoreResult) -> bool:
    """Whether the published score of a period came from the edition and the inputs that were counted again."""
    hashes = reader.select(
        "SELECT DISTINCT recipe_hash FROM mart.score WHERE scorecard = ? AND edition = ? AND period = ? /*scope unit*/",
        [card.id, card.edition, period],
    )
    return [one["recipe_hash"] for one in hashes] == [f"{result.recipe_hash}:{result.data_hash}"]


def draw_again(card: Scorecard, table: ScoreTable, result: ScoreResult, period: str) -> RankIntervals:
    """The re-rankings of a period drawn once more, from the seed of the period."""
    setting = Setting(card, table, period, Period.parse(period).kind)
    found = draw_ranks(setting, seed=zlib.crc32(period.encode()), draws=DRAWS)
    found.nominal = [one.rank for one in result.units]
    return found


def can_count(fact: str) -> bool:
    """Whether a number beside a score can be counted again from what is published."""
    return fact in _COUNTED


@dataclass(frozen=True)
class _Work:
    reader: Reader
    card: Scorecard
    table: ScoreTable
    result: ScoreResult
    unit: str
    period: str
    part: str

    @property
    def place(self) -> int:
        return self.table.units.index(self.unit)

    def intervals(self) -> RankIntervals:
        return draw_again(self.card, self.table, self.result, self.period)


def _rank(work: _Work) -> tuple[Any, ...]:
    return (work.result.units[work.place].rank,)


def _interval(work: _Work) -> tuple[Any, ...]:
    low, high = work.intervals().interval()
    return (round(float(low[work.place])), round(float(high[work.place])))


def _tier(work: _Work) -> tuple[Any, ...]:
    return (work.intervals().tiers()[work.place],)


def _top(work: _Work) -> tuple[Any, ...]:
    return (float(work.intervals().top(TOP)[work.place]),)


def _points(work: _Work) -> tuple[Any, ...]:
    found = next(one for one in work.result.parts(work.unit) if one.node == work.part)
    return (found.points.value(),)


_COUNTED: dict[str, tuple[tuple[str, ...], Callable[[_Work], tuple[Any, ...]]]] = {
    "score.rank": (("rank",), _rank),
    "score.interval": (("rank_low", "rank_high"), _interval),
    "score.tier": (("tier",), _tier),
    "score.top": (("p_top",), _top),
    "score.points": (("points",), _points),
}

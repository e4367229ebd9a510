"""Differences and counts around the scores of a period: a gap in points, the size of a tier, what waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from indicators.fact_card import Again, Counted, Listed, Question, compare_again
from indicators.score import Scorecard, ScoreResult, score_table
from indicators.score.decomposition import contributions
from indicators.standing.again import draw_again, is_same_recipe, score_again, table_of
from indicators.standing.editions import edition_in_force, published_editions
from ioc.errors import UsageError

OWN = "scorecard = ? AND edition = ? AND period = ?"
AGAINST = "/"  # '<criterion>/<unit>': against one commune; '<criterion>' alone: against the mean of the peers


def gap_part(criterion: str, other: str = "") -> str:
    """What names a gap in a card's key."""
    return f"{criterion}{AGAINST}{other}" if other else criterion


def editions_of(asked: Question) -> list[Scorecard]:
    """The published editions; UsageError when nothing was scored."""
    found = published_editions(asked.reader)
    if not found:
        raise UsageError("no scores are published", remedy="see `ioc status`")
    return found


def compare_points(asked: Question) -> Counted:
    """What a criterion adds to a commune's score, less what it adds to another's, or to its peers' on average.

    Peers where the criterion was not judged are left out of the mean. UsageError where one side was not judged.
    """
    card = edition_in_force(editions_of(asked), asked.period.key)
    criterion, _, other = asked.part.partition(AGAINST)
    others = [other] if other else _peers(asked, card)
    rows = asked.reader.select(
        f"SELECT unit, contribution, weight, score, max_score, known_at, run_id FROM mart.score WHERE {OWN} "
        "AND node = ? AND layer = 'official' /*scope unit*/ ORDER BY unit",
        [card.id, card.edition, asked.period.key, criterion],
    )
    judged = {str(row["unit"]): row for row in rows if row["weight"]}
    mine, theirs = judged.get(asked.unit), [judged[unit] for unit in others if unit in judged]
    if mine is None or not theirs:
        raise UsageError(f"{criterion} of {asked.unit} in {asked.period.key} has nothing to be compared with")
    mean = _mean([row["contribution"] for row in theirs])
    numbers = {"contribution": mine["contribution"], "compared": mean, "gap": _number(mine["contribution"]) - mean}
    listed = Listed(
        ("unit", "points", "available", "contribution"),
        tuple(_listed(asked, criterion, row) for row in [mine, *theirs]), len(theirs) + 1,
    )  # fmt: skip
    units = [str(row["unit"]) for row in theirs]
    return Counted(
        numbers, listed, card=card, known_at=mine["known_at"], run_id=str(mine["run_id"]),  # type: ignore[arg-type]
        again=lambda: _gap_again(asked, card, criterion, units, numbers),
        part_name=next((one.name.model_dump() for one in card.criteria() if one.id == criterion), None),
    )  # fmt: skip


def _peers(asked: Question, card: Scorecard) -> list[str]:
    rows = asked.reader.select(
        f"SELECT peers FROM mart.standing WHERE {OWN} AND unit = ? /*scope unit*/",
        [card.id, card.edition, asked.period.key, asked.unit],
    )
    return [unit for row in rows for unit in str(row["peers"]).split(",") if unit != asked.unit]


def _listed(asked: Question, criterion: str, row: Mapping[str, Any]) -> dict[str, Any]:
    key = f"score.points|{row['unit']}|{asked.period.key}|part|{criterion}"
    return {
        "unit": row["unit"], "points": row["score"], "available": row["max_score"],
        "contribution": row["contribution"], "card": key,
    }  # fmt: skip


def _gap_again(
    asked: Question, card: Scorecard, criterion: str, others: Sequence[str], numbers: Mapping[str, Any]
) -> Again:
    result = score_again(asked.reader, card, asked.period.key)

    def added(unit: str) -> float:
        return contributions(result, unit)[criterion]

    mine, mean = added(asked.unit), _mean([added(unit) for unit in others])
    same = is_same_recipe(asked.reader, card, asked.period.key, result)
    return compare_again([mine, mean, mine - mean], list(numbers.values()), same_recipe=same)


def count_tier(asked: Question) -> Counted:
    """The communes of one tier, with their places and intervals; counted again by drawing the intervals again."""
    card, key = edition_in_force(editions_of(asked), asked.period.key), asked.period.key
    tier = int(asked.part) if asked.part.isdecimal() else 0
    rows = asked.reader.select(
        f"SELECT unit, rank, rank_low, rank_high, score, known_at, run_id FROM mart.standing WHERE {OWN} AND tier = ? "
        "/*scope unit*/ ORDER BY rank, unit",
        [card.id, card.edition, key, tier],
    )
    if not rows:
        raise UsageError(f"no tier {asked.part!r} in {key}", remedy="choose it on the page that shows it")
    names = ("unit", "rank", "rank_low", "rank_high", "score")
    found = tuple({**{name: row[name] for name in names}, "card": f"score.tier|{row['unit']}|{key}"} for row in rows)

    def again() -> Again:
        table = table_of(asked.reader, card, key)
        result: ScoreResult = score_table(card, table, period=key, absent="not_reported")
        tiers = draw_again(card, table, result, key).tiers()
        same = is_same_recipe(asked.reader, card, key, result)
        return compare_again([sum(one == tier for one in tiers)], [len(rows)], same_recipe=same)

    return Counted(
        {"tier": tier, "count": len(rows)}, Listed(names, found, len(rows)), card=card, again=again,
        known_at=rows[0]["known_at"], run_id=str(rows[0]["run_id"]),  # type: ignore[arg-type]
    )  # fmt: skip


def count_pending(asked: Question) -> Counted:
    """The claims of a period that wait for an appraiser, all communes together."""
    rows = asked.reader.select(
        """SELECT unit, criterion, self_value, expected, known_at FROM mart.appraisal
        WHERE period = ? AND verified_value IS NULL AND final_value IS NULL /*scope unit*/ ORDER BY unit, criterion""",
        [asked.period.key],
    )
    names = ("unit", "criterion", "self_value", "expected")
    found = tuple(
        {
            **{name: row[name] for name in names},
            "card": f"appraisal.cell|{row['unit']}|{asked.period.key}|part|{row['criterion']}",
        }
        for row in rows
    )

    def again() -> Again:
        total = asked.reader.select(
            "SELECT coalesce(sum(pending), 0) AS pending FROM mart.appraisal_standing WHERE period = ? /*scope unit*/",
            [asked.period.key],
        )[0]["pending"]
        return compare_again([len(rows)], [total])

    return Counted({"pending": len(rows)}, Listed(names, found, len(rows)), again=again)


def _mean(values: Sequence[Any]) -> float:
    return sum(_number(value) for value in values) / len(values)


def _number(value: object) -> float:
    return float(str(value))

"""How far the method alone moves a commune: its places by two editions over the same observations."""

from __future__ import annotations

from typing import Any

from indicators.beside.gaps import OWN, editions_of
from indicators.fact_card import Again, Counted, Listed, Question, compare_again
from indicators.score import Scorecard
from indicators.standing.again import score_again
from ioc.errors import UsageError

BETWEEN = "~"


def moves_part(old: str, new: str) -> str:
    """What names two editions in a card's key: '1~2'."""
    return f"{old}{BETWEEN}{new}"


def move_of(asked: Question) -> Counted:
    """Places one commune gains (positive) or loses when the newer edition takes the place of the older."""
    old, new, pairs = _pairs(asked)
    mine = next((pair for pair in pairs if pair["unit"] == asked.unit), None)
    if mine is None:
        raise UsageError(f"{asked.unit} has no place by both editions in {asked.period.key}")

    def again() -> Again:
        places = _places(asked, old, new)[asked.unit]
        counted = [*places, places[0] - places[1]]
        return compare_again(counted, [mine["rank_before"], mine["rank_then"], mine["moved"]])

    numbers = {name: mine[name] for name in ("score_before", "score_then", "rank_before", "rank_then", "moved")}
    return Counted(numbers, again=again, card=new)


def move_of_all(asked: Question) -> Counted:
    """The mean and the most places that communes move between two editions."""
    old, new, pairs = _pairs(asked)
    moved = [abs(pair["moved"]) for pair in pairs]
    numbers = {"mean": sum(moved) / len(moved) if moved else None, "most": max(moved, default=0), "count": len(moved)}
    columns = ("unit", "rank_before", "rank_then", "moved")

    def again() -> Again:
        steps = [abs(a - b) for a, b in _places(asked, old, new).values()]
        return compare_again([sum(steps) / len(steps), max(steps), len(steps)], list(numbers.values()))

    return Counted(numbers, Listed(columns, tuple(pairs), len(pairs)), again=again, card=new)


def _pairs(asked: Question) -> tuple[Scorecard, Scorecard, list[dict[str, Any]]]:
    before, _, then = asked.part.partition(BETWEEN)
    known = {one.edition: one for one in editions_of(asked)}
    if before not in known or then not in known:
        remedy = f"two of {', '.join(known)}, as {moves_part('1', '2')}"
        raise UsageError(f"no two editions {asked.part!r}", remedy=remedy)
    sides = []
    for edition in (before, then):
        rows = asked.reader.select(
            f"SELECT unit, rank, score FROM mart.standing WHERE {OWN} AND rank IS NOT NULL /*scope unit*/ "
            "ORDER BY unit",
            [known[edition].id, edition, asked.period.key],
        )
        sides.append({str(row["unit"]): row for row in rows})
    pairs: list[dict[str, Any]] = [
        {
            "unit": unit, "rank_before": row["rank"], "rank_then": sides[1][unit]["rank"],
            "score_before": row["score"], "score_then": sides[1][unit]["score"],
            "moved": int(str(row["rank"])) - int(str(sides[1][unit]["rank"])),
            "card": f"score.edition_move|{unit}|{asked.period.key}|part|{asked.part}",
        }
        for unit, row in sides[0].items()
        if unit in sides[1]
    ]  # fmt: skip
    if not pairs:
        raise UsageError(f"the editions {asked.part} have no communes in common in {asked.period.key}")
    pairs.sort(key=lambda pair: (-abs(pair["moved"]), pair["unit"]))
    return known[before], known[then], pairs


def _places(asked: Question, old: Scorecard, new: Scorecard) -> dict[str, tuple[int, int]]:
    """Both places of every commune, scored again by both editions."""
    sides = [
        {one.unit: one.rank for one in score_again(asked.reader, card, asked.period.key).units if one.rank is not None}
        for card in (old, new)
    ]
    return {unit: (rank, sides[1][unit]) for unit, rank in sides[0].items() if unit in sides[1]}

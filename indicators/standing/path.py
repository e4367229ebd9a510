"""The cheapest way up: for each unit, the fewest further cases that reach the next tier (METHODS 2.10, path upward)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indicators.score import Scorecard, ScoreResult, ScoreTable
from indicators.score.improvement import Plan, plan_ranks

NEAR = 5  # places to climb where the tier above is farther off than that


@dataclass(frozen=True, slots=True)
class Path:
    """A goal place and the plan that reaches it, confirmed by scoring the changed table."""

    goal: int
    plan: Plan


def find_paths(card: Scorecard, table: ScoreTable, result: ScoreResult, tiers: Mapping[str, int | None]) -> list[Path]:
    """A path for every ranked unit but the first, to the last place of the tier above or at most five places up."""
    last: dict[int, int] = {}
    for unit in result.units:
        tier = tiers.get(unit.unit)
        if tier is not None and unit.rank is not None:
            last[tier] = max(last.get(tier, 0), unit.rank)
    goals: dict[str, int] = {}
    for unit in result.units:
        tier = tiers.get(unit.unit)
        if unit.rank is not None and unit.rank > 1 and tier is not None:
            goals[unit.unit] = max(last.get(tier - 1, 1), unit.rank - NEAR, 1)
    plans = plan_ranks(card, table, result, goals)
    return [Path(goals[plan.unit], plan) for plan in plans]


def path_rows(card: Scorecard, period: str, paths: Sequence[Path]) -> list[tuple[object, ...]]:
    """Rows of mart.next_point; a unit that nothing can lift has one row without a criterion."""
    rows: list[tuple[object, ...]] = []
    for path in paths:
        plan = path.plan
        head = (card.id, card.edition, period, plan.unit, path.goal)
        tail = (plan.score_after, plan.rank_after, plan.promised, plan.reached)
        actions = sorted(plan.actions, key=lambda action: (-action.points / action.effort, action.criterion))
        for step, action in enumerate(actions, start=1):
            rows.append((*head, step, action.criterion, action.cases, action.points, *tail))
        if not actions:
            rows.append((*head, 0, None, None, None, *tail))
    return rows

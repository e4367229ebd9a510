"""The cheapest next points: what, at what volume, lifts a unit's score; the simulator must confirm it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from indicators.score.engine import score_table
from indicators.score.exact import Exact, divide, parse_exact, round_half_up, significant
from indicators.score.faults import ScoreError
from indicators.score.official import declared_core, lost_to_rescaling
from indicators.score.result import ScoreResult, UnitScore
from indicators.score.scorecard import Criterion, Group, NotScored, Scorecard
from indicators.score.simulation import simulate_units
from indicators.score.table import ScoreTable


@dataclass(frozen=True, slots=True)
class Action:
    """`cases` more successes (of the cases the unit already has) in one ratio criterion, and the points
    they give."""

    criterion: str
    cases: int
    points: float
    effort: float


@dataclass(frozen=True, slots=True)
class Plan:
    """Actions that together are promised to lift the unit; score and rank as simulated by scoring again."""

    unit: str
    actions: tuple[Action, ...]
    score_before: float
    score_after: float
    promised: float
    rank_before: int | None
    rank_after: int | None
    reached: bool


@dataclass(slots=True)
class Lever:
    """One ratio criterion of the unit: points as a function of further successes."""

    criterion: Criterion
    top: Exact
    bottom: Exact
    effort: float
    decimals: int | None
    factor: float = 1.0  # what rescaling to the remaining maximum multiplies points by
    taken: int = 0

    def room(self) -> int:
        return int(self.bottom.fraction() - self.top.fraction()) - self.taken

    def earned(self, cases: int) -> float:
        assert self.criterion.form is not None
        top = self.top.fraction() + self.taken + cases
        rate = divide(Exact(top.numerator, top.denominator), self.bottom)
        points = self.criterion.form.points(rate)
        return self.factor * (round_half_up(points, self.decimals) if self.decimals is not None else points).value()

    def gain(self, cases: int) -> float:
        return self.earned(cases) - self.earned(0)


def find_levers(
    card: Scorecard, table: ScoreTable, result: ScoreResult, unit: str, effort: Mapping[str, float]
) -> list[Lever]:
    """Ratio criteria with a count that the unit can still raise."""
    row, levers = table.units.index(unit), []
    factor = core_factor(card, result, row)
    for criterion in card.criteria():
        column = table.inputs.get(criterion.source())
        if criterion.numerator is not None or criterion.value is not None or criterion.complement or column is None:
            continue
        if column.tops is None or column.bottoms is None or result.signs[criterion.id] < 0:
            continue
        if result.nodes[criterion.id].states[row] != "reported" or criterion.form is None:
            continue
        if criterion.form.kind == "increments" and (criterion.form.start_from or criterion.form.level_factor):
            continue
        top, bottom = parse_exact(column.tops[row]), parse_exact(column.bottoms[row])
        decimals = criterion.rounding if criterion.rounding is not None else card.rounding.criterion
        lever = Lever(criterion, top, bottom, effort.get(criterion.id, 1.0), decimals, factor)
        if lever.room() > 0 and lever.gain(lever.room()) > 0:
            levers.append(lever)
    return levers


def plan_points(
    card: Scorecard,
    table: ScoreTable,
    unit: str,
    *,
    points: float | None = None,
    rank: int | None = None,
    effort: Mapping[str, float] | None = None,
    period: str | None = None,
    known: ScoreResult | None = None,
) -> Plan:
    """A short list of actions that gains `points`, or reaches `rank` while the others stand still.

    `known` is the result of the unchanged table where it was scored already.
    The plan is confirmed by scoring the changed table; `promised` is what the list adds up to.
    """
    result = known or score_table(card, table, period=period)
    if rank is not None:
        points = missing_points(result, unit, rank)
    if points is None:
        raise ScoreError("say how many points or which rank")
    chosen = {unit: (choose_actions(card, table, result, unit, points, effort or {}), points)}
    return confirm_all(card, table, result, chosen, period)[0]


def plan_ranks(card: Scorecard, table: ScoreTable, result: ScoreResult, goals: Mapping[str, int]) -> list[Plan]:
    """A plan for each unit to reach its rank while the others stand still, in the order of `goals`; all plans are
    confirmed by one scoring."""
    chosen: dict[str, tuple[list[Action], float]] = {}
    for unit, rank in goals.items():
        points = missing_points(result, unit, rank)
        chosen[unit] = (choose_actions(card, table, result, unit, points, {}), points)
    return confirm_all(card, table, result, chosen, result.period)


def missing_points(result: ScoreResult, unit: str, rank: int) -> float:
    """Points between a unit and the lowest total that holds `rank` or better."""
    mine = result.unit(unit).exact
    if mine is None:
        raise ScoreError(f"unit {unit} has no score")
    targets = [u.exact.value() for u in result.units if u.rank is not None and u.rank <= rank and u.exact]
    return min(targets) - mine.value() if targets else 0.0


def choose_actions(
    card: Scorecard, table: ScoreTable, result: ScoreResult, unit: str, points: float, effort: Mapping[str, float]
) -> list[Action]:
    """Greedy by points per effort (cases times the effort of one case), the last action cut to what is needed."""
    if result.unit(unit).exact is None:
        raise ScoreError(f"unit {unit} has no score")
    levers, actions, need = find_levers(card, table, result, unit, effort), [], points
    while need > 1e-12 and levers:
        lever, cases = best_step(levers)
        if lever.gain(cases) >= need:
            cases = fewest(lever, cases, need)
        gained = lever.gain(cases)
        actions.append(Action(lever.criterion.id, cases, gained, cases * lever.effort))
        lever.taken += cases
        need -= gained
        levers = [x for x in levers if x.room() > 0 and x.gain(x.room()) > 1e-12]
    return joined(actions)


def best_step(levers: list[Lever]) -> tuple[Lever, int]:
    """The lever and volume with most points per effort; volumes are the points where a form bends or
    steps."""
    best: tuple[float, Lever, int] | None = None
    for lever in levers:
        room = lever.room()
        full = fewest(lever, room, lever.gain(room))
        for cases in {full, *(fewest(lever, full, lever.gain(full) * share / 8) for share in range(1, 8))}:
            value = lever.gain(cases) / (cases * lever.effort) if cases else 0.0
            if best is None or value > best[0] + 1e-12 or (abs(value - best[0]) <= 1e-12 and cases > best[2]):
                best = (value, lever, cases)
    assert best is not None
    return best[1], best[2]


def fewest(lever: Lever, most: int, gain: float) -> int:
    """Fewest cases that give at least `gain`; points never fall as successes rise."""
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if lever.gain(middle) >= gain - 1e-12 else (middle + 1, high)
    return low


def joined(actions: list[Action]) -> list[Action]:
    merged: dict[str, Action] = {}
    for action in actions:
        old = merged.get(action.criterion)
        merged[action.criterion] = (
            action
            if old is None
            else Action(
                action.criterion,
                old.cases + action.cases,
                old.points + action.points,
                old.effort + action.effort,
            )
        )
    return list(merged.values())


def confirm_all(
    card: Scorecard,
    table: ScoreTable,
    result: ScoreResult,
    chosen: Mapping[str, tuple[list[Action], float]],
    period: str | None,
) -> list[Plan]:
    """Plans from chosen actions and the points each was to give, with score and place by scoring again."""
    sources = {c.id: c.source() for c in card.criteria()}
    added = {unit: {sources[one.criterion]: one.cases for one in actions} for unit, (actions, _) in chosen.items()}
    again = simulate_units(card, table, result, added, period=period)
    return [confirmed(card, result, again[unit], actions, points) for unit, (actions, points) in chosen.items()]


def confirmed(card: Scorecard, result: ScoreResult, new: UnitScore, actions: list[Action], points: float) -> Plan:
    old = result.unit(new.unit)
    assert old.exact is not None
    assert new.exact is not None
    promised = unrounded_total(card, result, new.unit) + sum(a.points for a in actions)
    if card.rounding.total is not None:
        promised = round_half_up(parse_exact(significant(promised)), card.rounding.total).value()
    before, after = old.exact.value(), new.exact.value()
    reached = after - before >= points - 1e-9
    return Plan(new.unit, tuple(actions), before, after, promised, old.rank, new.rank, reached)


def unrounded_total(card: Scorecard, result: ScoreResult, unit: str) -> float:
    """The total of a unit before it is rounded: the core rescaled to what applies, plus bonus, minus malus."""
    row = result.rows[unit]
    core = other = 0.0
    for node in card.nodes:
        if isinstance(node, NotScored):
            continue
        points = result.nodes[node.id].points[row].value()
        if isinstance(node, Group) and node.role != "core":
            other += points if node.role == "bonus" else -points
        else:
            core += points
    return core * core_factor(card, result, row) + other


def core_factor(card: Scorecard, result: ScoreResult, row: int) -> float:
    """What the core points of a unit are multiplied by because some criteria do not apply to it."""
    full, lost = declared_core(card).value(), lost_to_rescaling(card, result.nodes, len(result.units))[row].value()
    return full / (full - lost) if 0 < lost < full else 1.0

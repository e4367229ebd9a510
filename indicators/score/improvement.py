"""The cheapest next points: what, at what volume, lifts a unit's score; the simulator must confirm it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from indicators.score.engine import score_table
from indicators.score.exact import Exact, divide, parse_exact, round_half_up, significant
from indicators.score.faults import ScoreError
from indicators.score.official import declared_core, lost_to_rescaling
from indicators.score.result import ScoreResult, UnitScore
from indicators.score.scorecard import Criterion, Group, NotScored, Scorecard
from indicators.score.table import Input, ScoreTable


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


def simulate(
    card: Scorecard, table: ScoreTable, unit: str, added: Mapping[str, int], *, period: str | None = None
) -> ScoreResult:
    """Score again with `added` more successes per ratio input of one unit; everything else stays."""
    row = table.units.index(unit)
    inputs = dict(table.inputs)
    for name, cases in added.items():
        column = inputs[name]
        if column.tops is None or column.bottoms is None:
            raise ScoreError(f"{name} is no ratio with a numerator", remedy="simulate ratio inputs only")
        top, bottom = parse_exact(column.tops[row]), parse_exact(column.bottoms[row])
        if top.fraction() + cases > bottom.fraction():
            raise ScoreError(f"{name}: {cases} more than the {bottom.value():g} cases there are")
        tops = list(column.tops)
        tops[row] = top.fraction() + cases
        inputs[name] = Input(column.cells, tops, column.bottoms, column.states)
    return score_table(card, replace(table, inputs=inputs), period=period)


def simulate_unit(
    card: Scorecard, table: ScoreTable, result: ScoreResult, unit: str, added: Mapping[str, int], *, period: str | None
) -> UnitScore:
    """The score and place of one unit after `added`, the others as they stand in `result`: what `simulate` gives.

    Official points of a unit follow from its own inputs, so that unit alone is scored again. Where its new total
    ties with another (the chain of tie-breaks decides), or points are relative to the others, all are.
    """
    if result.layer != "official":
        return simulate(card, table, unit, added, period=period).unit(unit)
    alone = simulate(card, only(table, unit), unit, added, period=period).units[0]
    if alone.rank is None or alone.exact is None:
        return replace(alone, rank=None)
    mine = significant(alone.exact.value())
    others = [
        significant(other.exact.value())
        for other in result.units
        if other.unit != unit and other.rank is not None and other.exact is not None
    ]
    if mine in others:
        return simulate(card, table, unit, added, period=period).unit(unit)
    return replace(alone, rank=1 + sum(other > mine for other in others))


def only(table: ScoreTable, unit: str) -> ScoreTable:
    """The table of one unit."""
    row = table.units.index(unit)

    def cut(column: Input) -> Input:
        return Input(
            [column.cells[row]],
            None if column.tops is None else [column.tops[row]],
            None if column.bottoms is None else [column.bottoms[row]],
            None if column.states is None else [column.states[row]],
        )

    attributes = {name: [cells[row]] for name, cells in table.attributes.items()}
    inputs = {name: cut(column) for name, column in table.inputs.items()}
    return ScoreTable([unit], [table.names[row]], [table.levels[row]], attributes, inputs, table.constants)


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

    Greedy by points per effort (cases times the effort of one case), then the last action is cut to what
    is needed. `known` is the result of the unchanged table where it was scored already.
    The plan is confirmed by scoring the changed table; `promised` is what the list adds up to.
    """
    result = known or score_table(card, table, period=period)
    mine = result.unit(unit)
    if mine.exact is None:
        raise ScoreError(f"unit {unit} has no score")
    if rank is not None:
        targets = [u.exact.value() for u in result.units if u.rank is not None and u.rank <= rank and u.exact]
        points = min(targets) - mine.exact.value() if targets else 0.0
    if points is None:
        raise ScoreError("say how many points or which rank")
    levers, actions, need = find_levers(card, table, result, unit, effort or {}), [], points
    while need > 1e-12 and levers:
        lever, cases = best_step(levers)
        if lever.gain(cases) >= need:
            cases = fewest(lever, cases, need)
        gained = lever.gain(cases)
        actions.append(Action(lever.criterion.id, cases, gained, cases * lever.effort))
        lever.taken += cases
        need -= gained
        levers = [x for x in levers if x.room() > 0 and x.gain(x.room()) > 1e-12]
    return confirm(card, table, result, unit, joined(actions), points, period)


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


def confirm(
    card: Scorecard,
    table: ScoreTable,
    result: ScoreResult,
    unit: str,
    actions: list[Action],
    points: float,
    period: str | None,
) -> Plan:
    sources = {c.id: c.source() for c in card.criteria()}
    added = {sources[action.criterion]: action.cases for action in actions}
    old, new = result.unit(unit), simulate_unit(card, table, result, unit, added, period=period)
    assert old.exact is not None
    assert new.exact is not None
    promised = unrounded_total(card, result, unit) + sum(a.points for a in actions)
    if card.rounding.total is not None:
        promised = round_half_up(parse_exact(significant(promised)), card.rounding.total).value()
    gained = new.exact.value() - old.exact.value()
    return Plan(
        unit,
        tuple(actions),
        old.exact.value(),
        new.exact.value(),
        promised,
        old.rank,
        new.rank,
        gained >= points - 1e-9,
    )


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

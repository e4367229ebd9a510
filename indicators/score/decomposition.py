"""Why a score is what it is, and why it moved (METHODS 2.10). All splits are exact."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from indicators.score.analytical import Tree
from indicators.score.ranking import rank_scores
from indicators.score.result import Note, ScoreResult
from indicators.score.scorecard import Criterion, Group

Floats = NDArray[np.float64]
State = tuple[Mapping[str, Mapping[str, float]], object]


def contributions(result: ScoreResult, unit: str) -> dict[str, float]:
    """What each indicator adds to the unit's score; the sum is the score.

    Official: its points after caps and rescaling, malus negative. Analytical with arithmetic means:
    effective weight
    times normalised value, gaps re-normalised.
    """
    if result.layer == "analytical" and "tree" in result.stages:
        return analytical_contributions(result, unit)
    shares: dict[str, float] = {}
    unit_score = result.unit(unit)

    def visit(node: Group | Criterion, factor: float) -> None:
        if isinstance(node, Criterion):
            shares[node.id] = result.signs[node.id] * factor * result.points(unit, node.id).value()
            return
        children = [c for c in node.children if isinstance(c, (Group, Criterion))]
        earned = [result.points(unit, child.id).value() for child in children]
        own = result.points(unit, node.id).value()
        if node.mode == "highest":
            best = earned.index(max(earned))
            for position, child in enumerate(children):
                visit(child, factor * (own / earned[best] if earned[best] else 0.0) if position == best else 0.0)
            return
        total = math.fsum(earned)
        for child in children:
            visit(child, factor * (own / total if total else 0.0))

    for node in result.scorecard.nodes:
        if isinstance(node, (Group, Criterion)):
            visit(node, 1.0)
    core = [n for n in shares if result.signs[n] > 0]
    rest = (unit_score.exact.value() if unit_score.exact else 0.0) - math.fsum(shares.values())
    core_total = math.fsum(shares[n] for n in core)
    if core_total and abs(rest) > 0:  # rounding and rescaling are spread over what was earned
        for name in core:
            shares[name] *= 1 + rest / core_total
    return shares


def analytical_contributions(result: ScoreResult, unit: str) -> dict[str, float]:
    tree: Tree = result.stages["tree"]
    columns: dict[str, Floats] = result.stages["stages"].columns
    row = result.rows[unit]
    factor = {tree.parents[-1].id: 1.0}
    for parent in reversed(tree.parents):
        present = np.array([not np.isnan(columns[child][row]) for child in parent.children])
        mass = float(parent.weights[present].sum())
        for child, weight, there in zip(parent.children, parent.weights, present, strict=True):
            factor[child] = factor[parent.id] * float(weight) / mass if there and mass else 0.0
    return {leaf.id: factor[leaf.id] * float(columns[leaf.id][row]) if factor[leaf.id] else 0.0 for leaf in tree.leaves}


def gap_to_peer(result: ScoreResult, unit: str, peer: str) -> dict[str, float]:
    """Per indicator: the unit's contribution minus the peer's; the sum is the gap of the scores."""
    mine, theirs = contributions(result, unit), contributions(result, peer)
    return {name: mine[name] - theirs[name] for name in mine}


def roll_up(result: ScoreResult, shares: Mapping[str, float], node: str) -> float:
    """Sum of indicator shares below a node (a pillar)."""
    return math.fsum(
        shares[n.id] for n, path in result.scorecard.walk() if n.id in shares and (node in path or n.id == node)
    )


@dataclass(frozen=True, slots=True)
class ChangeSplit:
    """Score change per indicator: own performance and change of weights; the sums add to the change."""

    performance: tuple[float, ...]
    method: tuple[float, ...]

    @property
    def total(self) -> float:
        return math.fsum((*self.performance, *self.method))


def split_change(s0: Sequence[float], s1: Sequence[float], w0: Sequence[float], w1: Sequence[float]) -> ChangeSplit:
    """(w0+w1)/2 (s1-s0) is performance, (s0+s1)/2 (w1-w0) is method; exact for weighted sums."""
    rows = list(zip(s0, s1, w0, w1, strict=True))
    return ChangeSplit(
        tuple((a + b) / 2 * (y - x) for x, y, a, b in rows),
        tuple((x + y) / 2 * (b - a) for x, y, a, b in rows),
    )


def split_geometric(s0: Sequence[float], s1: Sequence[float], weights: Sequence[float]) -> tuple[float, ...]:
    """LMDI: L w ln(s1/s0), L = (G1 - G0)/ln(G1/G0); the parts add to the change of the geometric mean."""
    total = math.fsum(weights)
    w = [x / total for x in weights]
    g0 = math.exp(math.fsum(a * math.log(s) for a, s in zip(w, s0, strict=True)))
    g1 = math.exp(math.fsum(a * math.log(s) for a, s in zip(w, s1, strict=True)))
    mean = g0 if math.isclose(g0, g1, rel_tol=1e-15) else (g1 - g0) / math.log(g1 / g0)
    return tuple(mean * a * math.log(y / x) for a, x, y in zip(w, s0, s1, strict=True))


@dataclass(frozen=True, slots=True)
class Kitagawa:
    """Difference of two pooled rates = rate part + mix part; standardised rates on the mean mix."""

    difference: float
    rate: float
    mix: float
    standardised: tuple[float, float]


def kitagawa(
    k1: Sequence[float],
    n1: Sequence[float],
    k2: Sequence[float],
    n2: Sequence[float],
    standard: Sequence[float] | None = None,
) -> Kitagawa:
    """Split pooled rate 1 minus pooled rate 2 over strata into rates and mix."""
    total1, total2 = math.fsum(n1), math.fsum(n2)
    a, b = [n / total1 for n in n1], [n / total2 for n in n2]
    r1, r2 = [k / n for k, n in zip(k1, n1, strict=True)], [k / n for k, n in zip(k2, n2, strict=True)]
    rate = math.fsum((x + y) / 2 * (p - q) for x, y, p, q in zip(a, b, r1, r2, strict=True))
    mix = math.fsum((p + q) / 2 * (x - y) for x, y, p, q in zip(a, b, r1, r2, strict=True))
    share = standard or [x + y for x, y in zip(n1, n2, strict=True)]
    whole = math.fsum(share)
    direct = tuple(math.fsum(s / whole * r for s, r in zip(share, rates, strict=True)) for rates in (r1, r2))
    return Kitagawa(math.fsum(k1) / total1 - math.fsum(k2) / total2, rate, mix, (direct[0], direct[1]))


@dataclass(frozen=True, slots=True)
class RankMove:
    """A rank move (positive = better) split exactly between own data, others' data and method."""

    unit: str
    before: int
    after: int
    own: float
    others: float
    method: float

    @property
    def change(self) -> int:
        return self.before - self.after

    def note(self, decimals: int = 1) -> Note:
        """One sentence: "từ hạng 14 lên 9: do xã cải thiện +4,0; ..." in the words of the chosen language."""
        return Note(
            "rank_move",
            {
                "before": str(self.before),
                "after": str(self.after),
                "own": f"{self.own:+.{decimals}f}",
                "others": f"{self.others:+.{decimals}f}",
                "method": f"{self.method:+.{decimals}f}",
            },
        )


Scorer = Callable[[Floats], Floats]


def split_rank_moves(
    units: Sequence[str], data0: Floats, data1: Floats, score0: Scorer, score1: Scorer
) -> list[RankMove]:
    """Shapley split of every unit's rank move over {own data, others' data, method}: mean over the 6 orders.

    `data0`, `data1`: units x indicators at the two times; `score0`, `score1`: the two methods, data ->
    scores.
    Scoring must be per unit or on the whole matrix; references computed from the matrix are handled either
    way.
    """
    moves = []
    full = {
        (False, False): score0(data0),
        (True, False): score0(data1),
        (False, True): score1(data0),
        (True, True): score1(data1),
    }
    for row, unit in enumerate(units):
        value: dict[tuple[bool, bool, bool], float] = {}
        for own in (False, True):
            for others in (False, True):
                for method in (False, True):
                    value[own, others, method] = place(row, own, others, method, full, data0, data1, score0, score1)
        shares = [0.0, 0.0, 0.0]
        for order in permutations(range(3)):
            switched = [False, False, False]
            for player in order:
                old = value[switched[0], switched[1], switched[2]]
                switched[player] = True
                shares[player] += old - value[switched[0], switched[1], switched[2]]
        before, after = value[False, False, False], value[True, True, True]
        moves.append(RankMove(unit, int(before), int(after), *(share / 6 for share in shares)))
    return moves


def place(
    row: int,
    own: bool,
    others: bool,
    method: bool,
    full: Mapping[tuple[bool, bool], Floats],
    data0: Floats,
    data1: Floats,
    score0: Scorer,
    score1: Scorer,
) -> float:
    """Rank of one unit when its data, the others' data and the method are taken from either time."""
    if own == others:
        scores = full[own, method]
    else:
        mixed = (data1 if others else data0).copy()
        mixed[row] = (data1 if own else data0)[row]
        scores = (score1 if method else score0)(mixed)
    ranks, _ = rank_scores([None if np.isnan(s) else float(s) for s in scores])
    unranked = len(scores) + 1
    rank = ranks[row]
    return float(unranked if rank is None else rank)

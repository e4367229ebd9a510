"""Why a place moved: exact Shapley parts of own data, others' data and method; the mover test (METHODS 2.10)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import permutations
from statistics import NormalDist

from indicators.score.decomposition import RankMove
from indicators.score.keys import Key

REAL = 0.95  # a rise counts as real from this probability on


def split_moves(units: Sequence[str], keys: Mapping[tuple[int, int], Mapping[str, Key | None]]) -> list[RankMove]:
    """Shapley parts of every unit's rank move, positive is better; they add to the move exactly.

    `keys[data, method]` ranks all units with the data of the earlier (0) or later (1) moment under the earlier or
    later method; each unit's key depends on its own data only. An unranked unit stands after every place.
    """
    ordered = {state: sorted(key for key in table.values() if key is not None) for state, table in keys.items()}
    last = len(units) + 1

    def place(unit: str, own: int, others: int, method: int) -> int:
        key, rivals = keys[own, method].get(unit), ordered[others, method]
        if key is None:
            return last
        above = len(rivals) - bisect_right(rivals, key)
        mine = keys[others, method].get(unit)
        return 1 + above - int(mine is not None and mine > key)

    moves = []
    for unit in units:
        value = {(a, b, m): place(unit, a, b, m) for a in (0, 1) for b in (0, 1) for m in (0, 1)}
        shares = [0, 0, 0]
        for order in permutations(range(3)):
            switched = [0, 0, 0]
            for player in order:
                before = value[switched[0], switched[1], switched[2]]
                switched[player] = 1
                shares[player] += before - value[switched[0], switched[1], switched[2]]
        own, others, method = (share / 6 for share in shares)
        moves.append(RankMove(unit, value[0, 0, 0], value[1, 1, 1], own, others, method))
    return moves


def chance_of_rise(before: float, error_before: float, after: float, error_after: float) -> float:
    """P(the later score is above the earlier one) under independent normal sampling errors; 0.5 when equal."""
    spread = (error_before**2 + error_after**2) ** 0.5
    if spread == 0:
        return 0.5 if after == before else float(after > before)
    return NormalDist().cdf((after - before) / spread)


def is_real(chance: float, rank_change: int) -> bool:
    """A move up is real when the rise is; a move down when the fall is; no move is none."""
    if rank_change == 0:
        return False
    return chance > REAL if rank_change > 0 else chance < 1 - REAL

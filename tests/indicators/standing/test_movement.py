"""Rank moves split exactly: against the general splitter, over random provinces, with unranked units and ties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.score.decomposition import split_rank_moves
from indicators.score.keys import Key
from indicators.standing.movement import chance_of_rise, is_real, split_moves


def random_keys(rng: np.random.Generator, units: list[str]) -> dict[str, Key | None]:
    return {
        unit: None if rng.random() < 0.1 else (float(rng.integers(0, 6)), float(rng.integers(0, 3))) for unit in units
    }


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**9), count=st.integers(1, 12))
def test_parts_add_to_the_rank_change_for_every_unit(seed: int, count: int) -> None:
    rng, units = np.random.default_rng(seed), [f"{i:05d}" for i in range(count)]
    keys = {(a, m): random_keys(rng, units) for a in (0, 1) for m in (0, 1)}
    for move in split_moves(units, keys):
        assert move.own + move.others + move.method == pytest.approx(move.change, abs=1e-9)
        assert 1 <= move.before <= count + 1
        assert 1 <= move.after <= count + 1


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_the_fast_split_equals_the_general_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    units = [f"{i:05d}" for i in range(9)]
    before, after = (rng.integers(0, 9, (9, 3)).astype(float) for _ in range(2))
    old, new = np.array([5.0, 3.0, 2.0]), np.array([3.0, 3.0, 4.0])
    general = split_rank_moves(units, before, after, lambda data: data @ old, lambda data: data @ new)
    keys = {
        (moment, method): {unit: (float(score),) for unit, score in zip(units, data @ weights, strict=True)}
        for moment, data in enumerate((before, after))
        for method, weights in enumerate((old, new))
    }
    for mine, theirs in zip(split_moves(units, keys), general, strict=True):
        assert (mine.before, mine.after) == (theirs.before, theirs.after)
        assert (mine.own, mine.others, mine.method) == pytest.approx(
            (theirs.own, theirs.others, theirs.method), abs=1e-9
        )


def test_a_worked_move() -> None:
    """Three units; the last one doubles its result while nothing else changes: two places, all its own."""
    still = {"a": (9.0,), "b": (8.0,), "c": (5.0,)}
    risen = {**still, "c": (10.0,)}
    keys = {(0, 0): still, (0, 1): still, (1, 0): risen, (1, 1): risen}
    moves = {move.unit: move for move in split_moves(["a", "b", "c"], keys)}
    assert (moves["c"].own, moves["c"].others, moves["c"].method) == (2.0, 0.0, 0.0)
    assert (moves["a"].own, moves["a"].others) == (0.0, -1.0)
    assert moves["c"].note().text("vi") == (
        "từ hạng 3 lên 1: do xã cải thiện +2,0; do xã khác +0,0; do đổi cách chấm +0,0"
    )


def test_the_mover_test_needs_more_than_noise() -> None:
    assert chance_of_rise(80, 1, 83, 1) == pytest.approx(0.98305, abs=1e-5)
    assert is_real(chance_of_rise(80, 1, 83, 1), 5)
    assert not is_real(chance_of_rise(80, 2, 83, 2), 5)
    assert is_real(chance_of_rise(83, 1, 80, 1), -5)
    assert not is_real(chance_of_rise(80, 1, 83, 1), 0)
    assert chance_of_rise(80, 0, 80, 0) == 0.5

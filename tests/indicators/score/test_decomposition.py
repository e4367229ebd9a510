"""Decompositions: METHODS 9.3, and that every Shapley split adds up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.score.decomposition import (
    RankMove,
    kitagawa,
    split_change,
    split_geometric,
    split_rank_moves,
)


def test_score_change_split() -> None:
    split = split_change((60, 80, 40), (75, 78, 50), (0.5, 0.3, 0.2), (0.4, 0.3, 0.3))
    assert split.performance == pytest.approx((6.75, -0.60, 2.50), abs=1e-12)
    assert split.method == pytest.approx((-6.75, 0, 4.50), abs=1e-12)
    assert split.total == pytest.approx(6.4, abs=1e-12)


def test_lmdi() -> None:
    parts = split_geometric((60, 80, 40), (75, 78, 50), (0.5, 0.3, 0.2))
    assert parts == pytest.approx((7.2550, -0.4939, 2.9020), abs=5e-5)
    assert sum(parts) == pytest.approx(9.663116, abs=5e-7)


def test_berkeley_1973() -> None:
    men_in, men = [512, 353, 120, 138, 53, 22], [825, 560, 325, 417, 191, 373]
    women_in, women = [89, 17, 202, 131, 94, 24], [108, 25, 593, 375, 393, 341]
    assert sum(men_in) / sum(men) == pytest.approx(0.4452, abs=5e-5)
    assert sum(women_in) / sum(women) == pytest.approx(0.3035, abs=5e-5)
    rates = zip(men_in, men, women_in, women, strict=True)
    assert sum(f / g >= m / n for m, n, f, g in rates) == 4, "women are admitted at least as often in 4 of 6"
    split = kitagawa(men_in, men, women_in, women)
    assert split.difference == pytest.approx(0.1416, abs=5e-5)
    assert (split.rate, split.mix) == pytest.approx((-0.0360, 0.1777), abs=1e-4)
    assert split.standardised == pytest.approx((0.3873, 0.4300), abs=5e-5)
    assert split.rate + split.mix == pytest.approx(split.difference, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 12))
def test_shapley_parts_add_to_the_rank_change_for_every_unit(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    data0, data1 = rng.integers(0, 6, (count, 3)).astype(float), rng.integers(0, 6, (count, 3)).astype(float)
    w0, w1 = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    units = [f"{i:05d}" for i in range(count)]
    for move in split_rank_moves(units, data0, data1, lambda d: d @ w0, lambda d: d @ w1):
        assert move.own + move.others + move.method == pytest.approx(move.change, abs=1e-9)


def test_shapley_blames_nobody_who_did_not_move() -> None:
    data0 = np.array([[50.0], [60.0], [70.0]])
    data1 = np.array([[65.0], [60.0], [70.0]])
    score = lambda d: d[:, 0]  # noqa: E731
    first, second, third = split_rank_moves(["a", "b", "c"], data0, data1, score, score)
    assert (first.change, first.own, first.others, first.method) == (1, 1.0, 0.0, 0.0)
    assert (second.change, second.own, second.others) == (-1, 0.0, -1.0)
    assert third.change == 0


def test_rank_move_sentence() -> None:
    move = RankMove("21289", 14, 9, 4.0, 1.5, -0.5)
    assert move.note().text("vi") == "từ hạng 14 lên 9: do xã cải thiện +4,0; do xã khác +1,5; do đổi cách chấm −0,5"
    assert "own results +4.0" in move.note().text("en")

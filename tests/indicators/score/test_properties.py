"""Properties that must hold whatever the data: silence never pays, parts add up, exact equals Fraction."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.score import Scorecard, ScoreResult, build_table, find_scorecard, load_scorecard, score_table
from indicators.score.decomposition import contributions
from indicators.score.exact import Exact, add, compare, multiply, parse_exact, round_half_up
from indicators.score.improvement import plan_points
from indicators.score.official import Setting
from indicators.score.quantity import columns_of
from indicators.score.simulation import simulate
from indicators.score.uncertainty import draw_ranks

DEMO = load_scorecard(find_scorecard("demo-commune-dti"))
QD11 = load_scorecard(find_scorecard("qd11"))
ND307 = load_scorecard(find_scorecard("nd307-xa"))
CHOICES = {
    "QD11.II.1.3": ["regular", "irregular", "none"],
    "QD11.II.2": ["on_time", "late", "n/a"],
    "QD11.IV.3.1": ["pioneering", "none"],
    "QD11.IV.3.3": ["four_star", "three_star", "none"],
}
MODEST = {"priority.points": 10, "mountain": 1}


def random_table(card: Scorecard, rng: np.random.Generator, count: int, missing: float) -> dict[str, list[Any]]:
    """Random but valid cells: ratios for the demonstration set, plain numbers and choices elsewhere."""
    table: dict[str, list[Any]] = {"unit_code": [f"{i:05d}" for i in range(count)]}
    for criterion in card.criteria():
        for name in columns_of(criterion, "2026"):
            if card is DEMO:
                den = rng.integers(0, 60, count)
                table[f"{name}.num"] = [int(rng.integers(0, d + 1)) for d in den]
                table[f"{name}.den"] = [int(d) for d in den]
                for row in np.flatnonzero(rng.random(count) < missing):
                    table[f"{name}.num"][row] = table[f"{name}.den"][row] = None
                continue
            if name in CHOICES:
                cells: list[Any] = [str(c) for c in rng.choice(CHOICES[name], count)]
            else:
                cells = [int(c) for c in rng.integers(0, MODEST.get(name, 100) + 1, count)]
            table[name] = [None if rng.random() < missing else c for c in cells]
    return table


def place(result: ScoreResult, unit: str) -> int:
    rank = result.unit(unit).rank
    return len(result.units) + 1 if rank is None else rank


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**9),
    which=st.sampled_from([DEMO, QD11, ND307]),
    rescale=st.booleans(),
    unranked=st.booleans(),
)
def test_withholding_never_improves_a_rank(seed: int, which: Scorecard, rescale: bool, unranked: bool) -> None:
    rng = np.random.default_rng(seed)
    policies = which.policies.model_copy(
        update={
            "not_applicable": "reduce_and_rescale" if rescale else "reduce_max",
            "availability": parse_exact("2/3") if unranked else Exact(0, 1),
        }
    )
    card = which.model_copy(update={"policies": policies})
    table = random_table(which, rng, 6, 0.15)
    before = score_table(card, table, period="2026")
    names = [n for n in table if n != "unit_code"]
    hidden = {name: list(cells) for name, cells in table.items()}
    for name in rng.choice(names, size=int(rng.integers(1, 6))):
        base = str(name).removesuffix(".num").removesuffix(".den")
        for column in (base, f"{base}.num", f"{base}.den"):
            if column in hidden:
                hidden[column][2] = None
    after = score_table(card, hidden, period="2026")
    assert place(after, "00002") >= place(before, "00002")
    for unit in ("00000", "00001"):
        assert place(after, unit) <= place(before, unit), "another unit must not lose by someone's silence"


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**9), card=st.sampled_from([DEMO, QD11, ND307]))
def test_contributions_add_to_the_score(seed: int, card: Scorecard) -> None:
    result = score_table(card, random_table(card, np.random.default_rng(seed), 4, 0.1), period="2026")
    for unit in result.units:
        assert unit.exact is not None
        assert sum(contributions(result, unit.unit).values()) == pytest.approx(unit.exact.value(), abs=1e-9)


@settings(max_examples=200, deadline=None)
@given(st.integers(-(10**9), 10**9), st.integers(1, 10**9), st.integers(-(10**9), 10**9), st.integers(1, 10**9))
def test_integers_agree_with_fractions(a: int, b: int, c: int, d: int) -> None:
    x, y = Exact(a, b), Exact(c, d)
    left, right = Fraction(a, b), Fraction(c, d)
    assert compare(x, y) == (left > right) - (left < right)
    assert add(x, y).fraction() == left + right
    assert multiply(x, y).fraction() == left * right
    half_up = int(abs(left) * 100 + Fraction(1, 2)) * (1 if left >= 0 else -1)
    assert round_half_up(x, 2).fraction() == Fraction(half_up, 100)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_every_band_agrees_with_fractions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bands = [(Fraction(90), "A"), (Fraction(75), "B"), (Fraction(50), "C"), (Fraction(-99), "D")]
    result = score_table(QD11, random_table(QD11, rng, 8, 0.05), period="2026")
    for unit in result.units:
        assert unit.exact is not None
        assert unit.band == next(name for bound, name in bands if unit.exact.fraction() >= bound)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**9), rank=st.integers(1, 4))
def test_the_simulator_reaches_the_promised_score(seed: int, rank: int) -> None:
    rng = np.random.default_rng(seed)
    card = DEMO.model_copy(update={"rounding": DEMO.rounding.model_copy(update={"total": None})})
    data = random_table(DEMO, rng, 6, 0.0)
    for name in [n for n in data if n.endswith(".den")]:
        data[name] = [d + 1 for d in data[name]]
    table = build_table(data, card.table)
    for unit in ("00003", "00005"):
        plan = plan_points(card, table, unit, rank=rank)
        assert plan.score_after == pytest.approx(plan.promised, abs=1e-9)
        if plan.reached:
            assert plan.rank_after is not None
            assert plan.rank_after <= max(rank, plan.rank_before or 99)
        sources = {c.id: c.source() for c in card.criteria()}
        again = simulate(card, table, unit, {sources[a.criterion]: a.cases for a in plan.actions})
        assert again.unit(unit).score == pytest.approx(plan.promised, abs=1e-9)
        assert again.unit(unit).rank == plan.rank_after


def test_intervals_are_wide_for_small_communes_and_repeatable() -> None:
    rng = np.random.default_rng(5)
    data: dict[str, list[Any]] = {"unit_code": [f"{i:05d}" for i in range(20)]}
    size = np.array([12] * 10 + [3000] * 10)
    for criterion in DEMO.criteria():
        k = rng.binomial(size, np.linspace(0.6, 0.9, 20))
        data[f"{criterion.source()}.num"], data[f"{criterion.source()}.den"] = k.tolist(), size.tolist()
    setting = Setting(DEMO, build_table(data, DEMO.table), None, "")
    one, two = draw_ranks(setting, seed=11, draws=400), draw_ranks(setting, seed=11, draws=400)
    assert (one.ranks == two.ranks).all()
    still = draw_ranks(setting, seed=11, draws=50, sampling=False, weight_spread=0.0)
    assert still.ranks[0].tolist() == still.nominal
    low, high = one.interval()
    assert (high - low)[:10].mean() > 1.5 * (high - low)[10:].mean()
    assert one.top(20).tolist() == [1.0] * 20
    tiers = [t for t in one.tiers() if t is not None]
    assert len(tiers) == 20
    assert 1 < max(tiers) < 20
    assert all(share >= 0.25 for *_, share in one.flipping_pairs())


def test_the_analytical_view_of_a_rubric_shrinks_and_leaves_the_official_one_alone() -> None:
    data: dict[str, list[Any]] = {"unit_code": [f"{i:05d}" for i in range(12)]}
    size, rate = [10] + [2000] * 11, [1.0] + [0.80 + 0.01 * i for i in range(11)]
    for criterion in DEMO.criteria():
        data[f"{criterion.source()}.num"] = [round(n * r) for n, r in zip(size, rate, strict=True)]
        data[f"{criterion.source()}.den"] = size
    official = score_table(DEMO, data)
    analytical = score_table(DEMO, data, layer="analytical")
    assert official.unit("00000").rank == 1
    assert (analytical.unit("00000").score or 0) < (official.unit("00000").score or 0)
    assert official.recipe_hash != analytical.recipe_hash
    assert score_table(DEMO, data).to_dict() == official.to_dict()

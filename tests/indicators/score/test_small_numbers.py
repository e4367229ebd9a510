"""Published reference figures of intervals, funnels, charts and shrinkage: METHODS 9.1 C11-C12, 9.2."""

from __future__ import annotations

import numpy as np
import pytest

from indicators.score import control_chart as chart
from indicators.score import small_numbers as sn
from indicators.score.aggregation import (
    arithmetic_mean,
    dominance_pairs,
    general_mean,
    geometric_mean,
    harmonic_mean,
    outranking_matrix,
)
from indicators.score.normalisation import (
    borda,
    distance_to_target,
    goalposts,
    min_max,
    percentile_rank,
    z_score,
)
from indicators.score.sensitivity import sobol

R_NORMAL_123 = [
    -0.56047565,
    -0.23017749,
    1.55870831,
    0.07050839,
    0.12928774,
    1.71506499,
    0.46091621,
    -1.26506123,
    -0.68685285,
    -0.44566197,
    1.22408180,
    0.35981383,
    0.40077145,
    0.11068272,
    -0.55584113,
    1.78691314,
    0.49785048,
    -1.96661716,
    0.70135590,
    -0.47279141,
]


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)[:, None]


def test_c11_means_and_normalisations() -> None:
    assert geometric_mean([1, 2, 3], [1, 1, 2]) == pytest.approx((1 * 2 * 9) ** 0.25, abs=1e-12)
    assert harmonic_mean([1, 2, 3], [2, 1, 1]) == pytest.approx(4 / (2 + 1 / 2 + 1 / 3), abs=1e-12)
    assert general_mean([1, 2, 3], [1, 1, 2], 1) == pytest.approx(arithmetic_mean([1, 2, 3], [1, 1, 2]), abs=1e-12)
    assert general_mean([1, 2, 3], [2, 1, 1], -1) == pytest.approx(harmonic_mean([1, 2, 3], [2, 1, 1]), abs=1e-12)
    posts = np.array([0.0]), np.array([10.0])
    assert goalposts(column(1, 11, -1), *posts).ravel() == pytest.approx([0.1, 1, 0], abs=1e-12)
    assert goalposts(column(1), *posts, direction=-1.0).item() == pytest.approx(0.9, abs=1e-12)
    target = distance_to_target(column(0, 5, 11), np.array([10.0]), cap=False)
    assert target.ravel() == pytest.approx([0, 0.5, 1.1], abs=1e-12)
    reverse = distance_to_target(column(-1, 1, 10), np.array([0.0]), -1.0, cap=False)
    assert reverse.ravel() == pytest.approx([1.1, 0.9, 0], abs=1e-12)


def test_normalisations_keep_gaps_and_flag_no_spread() -> None:
    assert min_max(column(1, np.nan, 3)).ravel() == pytest.approx([0, np.nan, 100], nan_ok=True)
    assert np.isnan(min_max(column(2, 2, 2))).all()
    assert z_score(column(1, 2, 3), 10, 2).ravel() == pytest.approx([8, 10, 12])
    assert borda(column(5, 5, 9)).ravel() == pytest.approx([0, 0, 2])
    assert percentile_rank(column(1, 2, 3, np.nan)).ravel() == pytest.approx([0, 0.5, 1, np.nan], nan_ok=True)


def test_c12_outranking() -> None:
    matrix = outranking_matrix(np.array([[1, 3, 2], [2, 2, 3], [3, 1, 1], [4, 5, 4]], dtype=float), np.ones(3))
    assert (matrix[1, 0], matrix[2, 0], matrix[3, 0]) == pytest.approx((2 / 3, 1 / 3, 1), abs=1e-12)
    assert dominance_pairs(matrix) == 3


@pytest.mark.parametrize(
    ("k", "n", "level", "low", "high", "tolerance"),
    [
        (65, 100, 0.95, 0.5525444330, 0.7363575176, 1e-9),
        (1045, 5000, 0.95, 0.1979554988, 0.2204913037, 1e-9),
        (65, 100, 0.998, 0.4954946574, 0.7783540614, 1e-9),
        (81, 263, 0.95, 0.2553, 0.3662, 5e-5),
        (15, 148, 0.95, 0.0624, 0.1605, 5e-5),
        (0, 20, 0.95, 0.0, 0.1611, 5e-5),
        (1, 29, 0.95, 0.0061, 0.1718, 5e-5),
        (12, 12, 0.95, 0.7575, 1.0, 5e-5),
        (2576, 2800, 0.95, 0.9094, 0.9295, 5e-5),
    ],
)
def test_wilson(k: int, n: int, level: float, low: float, high: float, tolerance: float) -> None:
    assert sn.wilson(k, n, level) == pytest.approx((low, high), abs=tolerance)


def test_byar_and_funnels() -> None:
    assert sn.byar(65) == pytest.approx((50.1631877, 82.8491385), abs=1e-6)
    assert sn.byar(1) == pytest.approx((0.0130721, 5.5637556), abs=1e-6)
    assert sn.byar(10, 0.998) == pytest.approx((2.9163184, 24.1937249), abs=1e-6)
    lows = [100 * sn.funnel_limits(0.80642448, n)[0] for n in (1, 2, 3)]
    assert lows == pytest.approx([3.204264, 25.885383, 35.933491], abs=1e-4)
    assert sn.poisson_funnel_limits(15) == pytest.approx((0.5596924, 1.649348), abs=1e-6)
    assert sn.poisson_funnel_limits(15, 0.998) == pytest.approx((0.3862650, 2.082907), abs=1e-6)
    assert sn.poisson_funnel_limits(30) == pytest.approx((0.6746958, 1.427562), abs=1e-6)


def test_wilson_excludes_the_mean_exactly_outside_the_funnel() -> None:
    rng = np.random.default_rng(7)
    n = rng.integers(5, 900, 303)
    k = rng.binomial(n, rng.beta(20, 5, 303))
    p0 = float(k.sum() / n.sum())
    for a, b in zip(k, n, strict=True):
        low, high = sn.wilson(int(a), int(b))
        bottom = p0 - sn.z_value(0.95) * (p0 * (1 - p0) / b) ** 0.5
        top = p0 + sn.z_value(0.95) * (p0 * (1 - p0) / b) ** 0.5
        assert (not low <= p0 <= high) == (not bottom <= a / b <= top)


def test_control_charts() -> None:
    limits = chart.p_limits(347 / 1500, 50)
    assert (limits.mean, limits.high, limits.low) == pytest.approx((0.2313, 0.4102, 0.0524), abs=5e-5)
    plain = chart.xmr_limits(R_NORMAL_123)
    assert (plain.mean, plain.low, plain.high) == pytest.approx((0.1416238, -3.01138, 3.294627), abs=1e-5)
    spiked = [*R_NORMAL_123[:14], 10.0, *R_NORMAL_123[15:]]
    screened, raw = chart.xmr_limits(spiked), chart.xmr_limits(spiked, screened=False)
    assert (screened.low, screened.high) == pytest.approx((-2.383666, 3.722497), abs=1e-5)
    assert (raw.low, raw.high) == pytest.approx((-4.596625, 5.935457), abs=1e-5)
    assert chart.outside(spiked, screened) == [14]
    assert chart.runs_of_trend([1, 2, 3, 4, 5, 6, 7]) == [6]
    assert chart.runs_of_trend([1, 2, 3, 3, 4, 5, 6]) == []
    assert chart.runs_beside_mean([1.0] * 7, 0.0) == [6]
    assert chart.near_limit([0, 2.5, 0, 2.5], chart.Limits(0, -3, 3)) == [3]


def test_efron_morris_baseball() -> None:
    hits = np.array([18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7], dtype=float) / 45
    mean = float(hits.mean())
    _, c, shrunk = sn.james_stein(hits, mean * (1 - mean) / 45)
    assert mean == pytest.approx(0.2654, abs=5e-5)
    assert c == pytest.approx(0.2117, abs=1e-4)
    assert shrunk[0] == pytest.approx(0.294, abs=5e-4)


def test_empirical_bayes_pulls_small_units_to_the_mean() -> None:
    k, n = np.array([12.0, 2576, 60, 300, 820]), np.array([12.0, 2800, 80, 400, 1000])
    rates = sn.shrink_rates(k, n)
    mean = k.sum() / n.sum()
    assert abs(rates[0] - mean) < abs(1.0 - mean)
    assert rates[1] == pytest.approx(0.92, abs=0.01)
    assert (np.abs(rates - mean) <= np.abs(k / n - mean) + 1e-12).all()
    poisson = sn.shrink_poisson(np.array([0.0, 5, 40]), np.array([100.0, 1000, 2000]))
    assert poisson[0] > 0
    assert poisson[0] < 45 / 3100


def test_ishigami() -> None:
    def ishigami(u: np.ndarray) -> np.ndarray:
        x = 2 * np.pi * u - np.pi
        return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))

    indices = sobol(ishigami, 3, 65536, seed=3)
    assert indices.first == pytest.approx((0.3139, 0.4424, 0), abs=0.02)
    assert indices.total == pytest.approx((0.5576, 0.4424, 0.2437), abs=0.02)

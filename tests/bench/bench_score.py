"""Speed of scoring: 47 ratio indicators, 96 to 3,321 units (all communes of the country), 2,000 rank draws."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from indicators.score import Scorecard, build_table, score_table
from indicators.score.official import Setting
from indicators.score.uncertainty import draw_ranks
from tests.bench.rows import Row, Spent, spending, times

INDICATORS = 47
SIZES = (96, 400, 1200, 3321)
LIMIT_SCORE, LIMIT_DRAWS = 1.0, 10.0  # seconds, promised for 3,321 units on 2 cores
DRAWS = 2000


def make_card() -> Scorecard:
    """47 criteria in 8 groups: half ratios, a quarter ratios to a target, a quarter step bands."""
    forms: list[dict[str, Any]] = [
        {"kind": "ratio", "max": 20},
        {"kind": "ratio", "max": 25},
        {"kind": "ratio_to_target", "max": 20, "target": "80%"},
        {"kind": "steps", "steps": [[">=", "90%", 20], [">=", "75%", 15], [">=", "50%", 10]], "default": 0},
    ]
    groups: list[dict[str, Any]] = []
    for number in range(8):
        children = [
            {"id": f"C{i:02d}", "name": {"vi": "x", "en": "x"}, "form": forms[i % 4], "unit": "%"}
            for i in range(INDICATORS)
            if i % 8 == number
        ]
        groups.append({"id": f"G{number}", "name": {"vi": "x", "en": "x"}, "children": children})
    return Scorecard.model_validate(
        {
            "id": "bench",
            "edition": "1",
            "name": {"vi": "x", "en": "x"},
            "legal_basis": "none",
            "legal_status": "demonstration",
            "rounding": {"total": 2},
            "nodes": groups,
        }
    )


def make_data(units: int, seed: int = 1) -> dict[str, list[Any]]:
    rng = np.random.default_rng(seed)
    data: dict[str, list[Any]] = {"unit_code": [f"{i:05d}" for i in range(units)]}
    for number in range(INDICATORS):
        size = rng.integers(10, 3000, units)
        data[f"C{number:02d}.num"] = rng.binomial(size, rng.beta(16, 4, units)).tolist()
        data[f"C{number:02d}.den"] = size.tolist()
    return data


def best_of(runs: int, action: Callable[[], object]) -> Spent:
    """Best wall and best processor seconds of some runs."""
    found = []
    for _ in range(runs):
        with spending() as spent:
            action()
        found.append(spent)
    return Spent(min(one.wall for one in found), min(one.cpu for one in found))


def bench_score() -> list[Row]:
    """How reading a table, scoring it and drawing ranks grow with the number of units, in processor time."""
    card, rows = make_card(), list[Row]()
    draw_ranks(
        Setting(card, build_table(make_data(20), card.table), None, ""), seed=1, draws=20
    )  # what the first loads
    smallest: Spent | None = None
    fewest: Spent | None = None
    for units in SIZES:
        data = make_data(units)
        read = best_of(3, partial(build_table, data, card.table))
        table = build_table(data, card.table)
        score = best_of(3, partial(score_table, card, table))
        smallest = smallest or score
        setting = Setting(card, table, None, "")
        draws = best_of(1, partial(draw_ranks, setting, seed=1, draws=DRAWS))
        fewest = fewest or draws
        more = f"{times(draws.cpu, fewest.cpu)} for {times(units, SIZES[0])} the units"
        grown = f"{times(score.cpu, smallest.cpu)} for {times(units, SIZES[0])} the units"
        rows += [
            Row(f"read a table, {units:,} units", read.wall, "s", note=f"{read.cpu:.2f} s processor"),
            Row(f"score it, {units:,} units", score.wall, "s", LIMIT_SCORE, grown, f"{score.cpu:.2f} s processor"),
            Row(
                f"{DRAWS:,} rank draws, {units:,} units",
                draws.wall,
                "s",
                LIMIT_DRAWS,
                more,
                f"{draws.cpu:.1f} s processor",
            ),
        ]
    return rows

"""Speed of scoring: `python -m tests.bench.bench_score`. 47 ratio indicators, 96 to 3,321 units, 2,000
rank draws."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from indicators.score import Scorecard, build_table, score_table
from indicators.score.official import Setting
from indicators.score.uncertainty import draw_ranks

INDICATORS = 47
SIZES = (96, 400, 1200, 3321)
LIMIT_SCORE, LIMIT_DRAWS = 1.0, 10.0


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


def best_of(runs: int, action: Any) -> tuple[float, float]:
    """Best wall and best processor seconds (all threads): on a busy machine the second says more."""
    walls, cpus = [], []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        action()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return min(walls), min(cpus)


def main() -> int:
    """Print the growth table; exit 1 when the largest size is over its limits (processor time on 2 cores)."""
    card, slow = make_card(), False
    print(f"{'units':>6} {'read table':>13} {'score':>13} {'2,000 draws':>13}   (wall / processor seconds)")
    for units in SIZES:
        data = make_data(units)
        read = best_of(3, lambda data=data: build_table(data, card.table))
        table = build_table(data, card.table)
        score = best_of(3, lambda table=table: score_table(card, table))
        setting = Setting(card, table, None, "")
        draws = best_of(1, lambda setting=setting: draw_ranks(setting, seed=1, draws=2000))
        cells = " ".join(f"{wall:>6.2f}/{cpu:>6.2f}" for wall, cpu in (read, score, draws))
        print(f"{units:>6} {cells}")
        if units == SIZES[-1]:
            slow = min(score) > LIMIT_SCORE or min(draws[0], draws[1] / 2) > LIMIT_DRAWS
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Planted communes and over-claimers are found as docs/scorecards.md stated before any seed was generated."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pytest

from indicators.appraisal.claims import Claim
from indicators.appraisal.findings import find
from indicators.standing.peers import Place as Known
from indicators.standing.peers import choose_peers
from pipelines.demo import DemoOptions
from pipelines.demo.assessments import SPREAD, AssessmentMaker
from pipelines.demo.place import Place

SEEDS = range(201, 221) if os.environ.get("IOC_FAULTS") == "full" else range(201, 204)
QUARTER = 2026 * 4 + 2
STATED = {"stand_out": (0.95, 0.90), "over_claim": (0.95, 0.95)}  # precision, recall


def found_and_planted(
    seed: int, *, planted: bool, spread: float = SPREAD
) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    place = Place(DemoOptions(seed=seed))
    maker = AssessmentMaker(place, planted=planted, spread=spread)
    claims = [
        Claim(e["period"], e["unit"], e["criterion"], e["self"], e["verified"], e["final"], "final")
        for e in maker.quarter(QUARTER)
    ]
    known = [
        Known(unit.code, unit.unit_type, "mountain" if remote else "plain", float(people), unit.area_km2)
        for unit, remote, people in zip(place.communes, place.is_remote, place.population, strict=True)
    ]
    codes = [unit.code for unit in place.communes]
    names = {"strong": "strong", "weak": "weak", "over_claimers": "over_claim"}
    truth = {(codes[row], names[kind]) for kind, rows in maker.chosen().items() for row in rows}
    return {(finding.unit, finding.kind) for finding in find(claims, choose_peers(known))}, truth


def count_hits(seeds: Iterable[int], *, spread: float = SPREAD) -> dict[str, list[int]]:
    """Right, found and planted over the seeds, by sort of finding."""
    hits = {"stand_out": [0, 0, 0], "over_claim": [0, 0, 0]}
    for seed in seeds:
        found, truth = found_and_planted(seed, planted=True, spread=spread)
        assert len(truth) == 13
        for sort, counts in hits.items():
            mine = {item for item in found if (item[1] == "over_claim") == (sort == "over_claim")}
            real = {item for item in truth if (item[1] == "over_claim") == (sort == "over_claim")}
            counts[0] += len(mine & real)
            counts[1] += len(mine)
            counts[2] += len(real)
    return hits


def test_precision_and_recall_are_as_stated() -> None:
    hits = count_hits(SEEDS)
    for sort, (precision, recall) in STATED.items():
        right, found_count, planted = hits[sort]
        print(f"{sort}: {right} right of {found_count} found, {planted} planted")
        assert right / found_count >= precision, sort
        assert right / planted >= recall, sort


@pytest.mark.parametrize("seed", SEEDS)
def test_a_clean_seed_yields_no_finding(seed: int) -> None:
    found, truth = found_and_planted(seed, planted=False)
    assert truth == set()
    assert found == set()


@pytest.mark.faults
def test_the_wider_spread_gives_what_the_page_records() -> None:
    """Half of the strong and weak communes stay unnamed there (docs/scorecards.md): recorded, not hidden."""
    hits = count_hits(range(301, 321), spread=6.0)
    assert hits == {"stand_out": [73, 73, 160], "over_claim": [100, 100, 100]}
    assert all(found_and_planted(seed, planted=False, spread=6.0)[0] == set() for seed in range(301, 321))

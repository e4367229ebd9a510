"""Recipes and tables the scoring tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from indicators.score import (
    Scorecard,
    ScoreResult,
    ScoreTable,
    build_table,
    load_scorecard,
    read_csv,
    score_table,
)
from tests.shared import shared_data

RECIPES = Path(__file__).parent / "recipes"


@pytest.fixture(scope="session")
def asem_card() -> Scorecard:
    return load_scorecard(RECIPES / "asem.yaml")


@pytest.fixture(scope="session")
def asem_table(asem_card: Scorecard) -> ScoreTable:
    path = shared_data("composite", "asem", "ASEM_iData.csv")
    return build_table(read_csv(path, asem_card.table), asem_card.table)


@pytest.fixture(scope="session")
def asem(asem_card: Scorecard, asem_table: ScoreTable) -> ScoreResult:
    return score_table(asem_card, asem_table)

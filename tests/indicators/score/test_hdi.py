"""HDI recomputed for all countries by a recipe file alone."""

from __future__ import annotations

import csv

import pytest

from indicators.score import load_scorecard, read_csv, score_table
from tests.indicators.score.conftest import RECIPES
from tests.shared import shared_data

FILE = "HDR23-24_Composite_indices_complete_time_series.csv"


@pytest.mark.parametrize(("year", "count"), [("1990", 153), ("2010", 202), ("2022", 204)])
def test_hdi_to_three_decimals(year: str, count: int) -> None:
    path = shared_data("composite", "hdi", FILE)
    card = load_scorecard(RECIPES / "hdi-all.yaml")
    result = score_table(card, read_csv(path, card.table), period=year)
    with path.open(encoding="latin-1") as file:
        published = {r["iso3"]: float(r[f"hdi_{year}"]) for r in csv.DictReader(file) if r[f"hdi_{year}"]}
    scored = {u.unit: u.score for u in result.units if u.score is not None}
    assert len(published) == count
    assert {code: round(scored[code] or 0, 3) for code in published} == published


def test_viet_nam_2022() -> None:
    card = load_scorecard(RECIPES / "hdi.yaml")
    table = read_csv(shared_data("composite", "hdi", FILE), card.table)
    viet_nam = score_table(card, table, period="2022").unit("VNM")
    assert (round(viet_nam.score or 0, 3), viet_nam.rank) == (0.726, 107)

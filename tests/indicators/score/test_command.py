"""Foreign indices through the public command, by configuration alone: `ioc score --scorecard FILE --data TABLE.csv`."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from indicators.score.reading import SHIPPED
from ioc_cli.root import ioc
from tests.indicators.score.conftest import RECIPES
from tests.shared import shared_data


def run(*arguments: object, code: int = 0) -> dict[str, Any]:
    """The command in this process; its document, the exit code checked."""
    done = CliRunner().invoke(ioc, ["--json", "score", *map(str, arguments)])
    assert done.exit_code == code, (done.output, done.exception)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_asem_index_by_the_command() -> None:
    """C2 of METHODS 9.1: every published rank, score and pillar."""
    data = shared_data("composite", "asem", "ASEM_iData.csv")
    found = {unit["unit"]: unit for unit in run("--scorecard", RECIPES / "asem.yaml", "--data", data)["units"]}
    with shared_data("composite", "asem", "expected_R_ResultsScore.csv").open() as file:
        published = list(csv.DictReader(file))
    assert len(found) == len(published) == 51
    for row in published:
        unit = found[row["UnitCode"]]
        parts = {part["node"]: part["points"] for part in unit["parts"]}
        assert unit["rank"] == int(row["Rank"])
        for node in (
            "Index",
            "Conn",
            "Sust",
            "Physical",
            "ConEcFin",
            "Political",
            "Instit",
            "P2P",
            "Environ",
            "Social",
        ):
            assert parts[node] == pytest.approx(float(row[node]), abs=0.00501), (row["UnitCode"], node)


@pytest.mark.parametrize(("year", "count"), [("1990", 153), ("2010", 202), ("2022", 204)])
def test_the_hdi_by_the_command(year: str, count: int) -> None:
    data = shared_data("composite", "hdi", "HDR23-24_Composite_indices_complete_time_series.csv")
    document = run("--scorecard", RECIPES / "hdi-all.yaml", "--data", data, "--period", year)
    with data.open(encoding="latin-1") as file:
        published = {row["iso3"]: float(row[f"hdi_{year}"]) for row in csv.DictReader(file) if row[f"hdi_{year}"]}
    scored = {unit["unit"]: unit["score"] for unit in document["units"] if unit["score"] is not None}
    assert len(published) == count
    assert {code: round(scored[code], 3) for code in published} == published
    assert len(document["recipe_hash"]) == 64


def test_decree_307_by_the_command_wide_and_long(tmp_path: Path) -> None:
    """DOMAIN 6.3: the golden numbers of one commune, from a wide and from a long table."""
    from indicators.score import load_scorecard
    from indicators.score.quantity import columns_of

    card = load_scorecard(SHIPPED / "nd307-xa-2025.yaml")
    names = dict.fromkeys(name for criterion in card.criteria() for name in columns_of(criterion, None))
    golden = {
        "ND307.XA.1": "30400", "ND307.XA.2": "84", "ND307.XA.3e": "46.2", "ND307.XA.3g": "93", "ND307.XA.3d": "2.7",
        "ND307.online_province_mean": "44",
    }  # fmt: skip
    cells = dict.fromkeys(names, "0") | {name: value for name, value in golden.items() if name in names}
    wide, long = tmp_path / "wide.csv", tmp_path / "long.csv"
    with wide.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["unit_code", *cells], ["21289", *cells.values()]])
    with long.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [["unit_code", "indicator", "value"], *(["21289", name, value] for name, value in cells.items())]
        )
    path = SHIPPED / "nd307-xa-2025.yaml"
    first, second = (run("--scorecard", path, "--data", table, "--period", "2025") for table in (wide, long))
    assert first["units"] == second["units"]
    points = {part["node"]: part["points"] for part in first["units"][0]["parts"]}
    expected = {"ND307.XA.1": 17.20, "ND307.XA.2": 15.40, "ND307.XA.3e": 4.10, "ND307.XA.3g": 5, "ND307.XA.3d": 4.80}
    assert {node: points[node] for node in expected} == expected


def test_a_structure_without_points_refuses_by_the_command(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("unit_code\n21289\n", encoding="utf-8")
    done = CliRunner().invoke(ioc, ["--json", "score", "qd405", "--data", str(table)])
    assert done.exit_code != 0
    assert "not loaded" in str(done.exception) + done.output

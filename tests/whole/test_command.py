"""The public command on a real home: answers, exit codes, errors that say what to do."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ioc.published import Publication
from ioc.settings import load_settings
from ioc_cli.ingest import ingest_once
from pipelines.demo import DemoSystems
from tests.shared import shared_data
from tests.whole.conftest import Ioc, run_ioc

FIELDS = {
    "indicator", "version", "unit", "period", "value", "numerator", "denominator", "comparator", "state", "status",
    "target", "measure_unit", "data_as_of", "known_at", "source", "run",
}  # fmt: skip


def last_full_month() -> str:
    first = datetime.now(UTC).astimezone().replace(day=1)
    return (first - timedelta(days=1)).strftime("%Y-%m")


def test_get_returns_every_promised_field(ioc: Ioc) -> None:
    answer = ioc("get", "procedures.on_time", "--unit", "51", "--period", last_full_month())
    assert set(answer) >= FIELDS
    assert answer["value"] == pytest.approx(100 * answer["numerator"] / answer["denominator"])


def test_quoted_counts_of_the_province_hold(ioc: Ioc) -> None:
    full = ioc("get", "procedures.full_online_share", "--unit", "51", "--period", last_full_month())
    assert (full["numerator"], full["denominator"]) == (848, 2184)
    part = ioc("get", "procedures.partial_online_share", "--unit", "51", "--period", last_full_month())
    assert (part["numerator"], part["denominator"]) == (1336, 2184)


def test_explain_names_formula_basis_source_and_records(ioc: Ioc) -> None:
    card = ioc("explain", "procedures.on_time", "--unit", "51", "--period", last_full_month())
    text = str(card)
    for part in ("legal_basis", "NĐ 118", "one_stop", "SELECT", "sha256"):
        assert part in text, part


def test_the_list_counts_published_figures_apart(ioc: Ioc) -> None:
    found = ioc("indicators")
    kinds = [item["kind"] for item in found["items"]]
    counts = found["counts"]
    assert counts["external"] == kinds.count("external") > 0
    assert counts["own"] == len(kinds) - kinds.count("external") >= 120
    assert 60 <= counts["measured"] <= counts["own"]
    assert {"id", "name", "owner", "legal_basis", "sources", "roll_up", "direction"} <= set(found["items"][0])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("get", "procedures.ontime", "--unit", "51", "--period", "2026-10"), 1),
        (("get", "procedures.on_time", "--unit", "99999", "--period", "2026-10"), 1),
        (("get", "procedures.on_time", "--unit", "51", "--period", "2026-13"), 1),
        (("get", "procedures.on_time"), 2),
        (("no-such-command",), 2),
    ],
)
def test_wrong_calls_fail_with_the_right_code(demo_home: Path, arguments: tuple[str, ...], code: int) -> None:
    run_ioc(demo_home, *arguments, code=code)


def test_official_boundaries_replace_the_schematic_ones(demo_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(demo_home / "config.yaml", home)
    file = shared_data("boundaries", "51_quang_ngai_communes_30m.geojson")
    report = run_ioc(home, "boundaries", "import", str(file))
    assert report["shape_count"] == 96
    assert (home / "published" / "geo" / "meta.json").exists()


def test_another_province_builds_with_its_communes(tmp_path: Path) -> None:
    home = tmp_path / "lam-dong"
    run_ioc(home, "demo", "--province", "68", "--scale", "0.005", "--months", "2")
    answer = run_ioc(home, "get", "procedures.full_online_share", "--unit", "68", "--period", last_full_month())
    assert (answer["numerator"], answer["denominator"]) == (877, 2237)
    with Publication(home).reader() as reader:
        assert len([unit for unit in reader.units() if unit.unit_kind == "commune"]) == 124


def test_what_happens_in_the_source_reaches_the_number(demo_home: Path, tmp_path: Path) -> None:
    """Time passes in the one-stop system; the next reading brings exactly its new dossiers to the tile."""
    home = tmp_path / "home"
    shutil.copytree(demo_home, home)
    later = datetime.now(UTC) + timedelta(days=3)
    systems, original = DemoSystems.open(home), (demo_home / "demo" / "one_stop.sqlite").read_bytes()
    assert systems.advance(later) > 0
    assert (demo_home / "demo" / "one_stop.sqlite").read_bytes() == original, "a copied home has its own systems"
    settings = load_settings(home / "config.yaml", home, {})
    before = recent_total(home)
    with systems.running(lambda: later):
        outcome = ingest_once(settings, later, ["one_stop"])
    assert [result.status for result in outcome.results] == ["ok"]
    assert outcome.version is not None
    assert recent_total(home) > before


def recent_total(home: Path) -> float:
    """Dossiers received in the last three months of the province."""
    publication = Publication(home)
    with publication.reader() as reader:
        seen = reader.series("procedures.received", "51", "month", count=3)
    publication.close()
    return sum(month.value or 0 for month in seen)

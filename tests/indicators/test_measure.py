# ruff: noqa: E501  (SQL and YAML stay on one line here)
"""Measuring: dense, repeatable, restated by vintages, and honest about what has not come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from indicators.checked import load_checked
from indicators.measure import measure, observe_scores
from tests.indicators import small_core

SOME = {
    *("procedures.received", "procedures.on_time", "procedures.open_overdue", "procedures.satisfaction"),
    *("reporting.budget_revenue", "traffic.volume", "digital.commune_index"),
}
WHOLE = load_checked()
CATALOGUE = WHOLE.only(*sorted(SOME))
NOW = small_core.NOW
ALL = "SELECT * EXCLUDE (run_id) FROM mart.observation ORDER BY ALL"


@pytest.fixture
def core() -> Iterator[Any]:
    connection = small_core.open_core()
    measure(connection, CATALOGUE, now=NOW, run_id="r1")
    yield connection
    connection.close()


def one(core: Any, indicator: str, unit: str, period: str) -> Any:
    return core.execute(
        "SELECT value, state, quality FROM mart.observation WHERE indicator = ? AND unit = ? AND period = ? AND slice_dim = ''",
        [indicator, unit, period],
    ).fetchone()


def test_same_input_same_rows_and_no_new_vintage(core: Any) -> None:
    before = core.execute(ALL).fetchall()
    again = measure(core, CATALOGUE, now=NOW, run_id="r2")
    assert core.execute(ALL).fetchall() == before
    assert again.vintages == 0
    assert again.observations == len(before)


def test_grid_is_dense_and_has_no_twin(core: Any) -> None:
    twins = core.execute(
        "SELECT count(*) - count(DISTINCT (indicator, unit, period, slice_dim, slice_value)) FROM mart.observation"
    ).fetchone()
    assert twins == (0,)
    rows = core.execute(
        "SELECT unit_level, count(*), count(DISTINCT period) FROM mart.observation "
        "WHERE indicator = 'procedures.on_time' AND slice_dim = '' GROUP BY 1"
    ).fetchall()
    units = {"province": 1, "commune": 4, "department": 2}
    assert all(count == periods * units[level] for level, count, periods in rows)


def test_province_is_all_rows_not_a_mean(core: Any) -> None:
    parts = core.execute(
        "SELECT sum(numerator), sum(denominator) FROM mart.observation WHERE indicator = 'procedures.on_time' "
        "AND period = '2026-Q2' AND unit <> '51' AND slice_dim = ''"
    ).fetchone()
    own = core.execute(
        "SELECT count(*) FILTER (WHERE finished_at <= due_original_at), count(*) FROM core.dossier "
        "WHERE is_settled AND unit_code = '51' AND finished_on BETWEEN '2026-04-01' AND '2026-06-30'"
    ).fetchone()
    whole = core.execute(
        "SELECT numerator, denominator FROM mart.observation WHERE indicator = 'procedures.on_time' "
        "AND period = '2026-Q2' AND unit = '51' AND slice_dim = ''"
    ).fetchone()
    assert whole == (parts[0] + own[0], parts[1] + own[1])
    assert own[1] > 0


def test_slices_add_up(core: Any) -> None:
    rows = core.execute(
        "SELECT period, sum(numerator) FILTER (WHERE slice_dim = 'channel'), max(numerator) FILTER (WHERE slice_dim = '') "
        "FROM mart.observation WHERE indicator = 'procedures.received' AND unit = '51' AND period_kind = 'month' GROUP BY 1"
    ).fetchall()
    assert rows
    assert all(parts == whole for _, parts, whole in rows)


def test_changed_row_leaves_a_vintage(core: Any) -> None:
    before = one(core, "procedures.received", "21001", "2026-06")[0]
    core.execute(
        "INSERT INTO core.dossier (dossier_code, unit_code, received_on, received_at, known_at) "
        "VALUES ('late', '21001', '2026-06-15', '2026-06-15 03:00:00', ?)",
        [NOW.replace(tzinfo=None)],
    )
    measure(core, CATALOGUE, now=NOW, run_id="r2")
    vintages = core.execute(
        "SELECT value, known_at FROM mart.observation_vintage WHERE indicator = 'procedures.received' AND unit = '21001' "
        "AND period = '2026-06' AND slice_dim = '' ORDER BY known_at"
    ).fetchall()
    assert [value for value, _ in vintages] == [before, before + 1]
    assert vintages[1][1] == NOW.replace(tzinfo=None)


def test_row_that_moves_away_is_known_no_earlier_than_before(core: Any) -> None:
    code = core.execute(
        "SELECT dossier_code FROM core.dossier WHERE unit_code = '21001' AND received_on BETWEEN '2026-06-01' AND '2026-06-30' "
        "ORDER BY known_at DESC LIMIT 1"
    ).fetchone()[0]
    core.execute(
        "UPDATE core.dossier SET unit_code = '21002', known_at = ? WHERE dossier_code = ?",
        [NOW.replace(tzinfo=None), code],
    )
    measure(core, CATALOGUE, now=NOW, run_id="r2")
    known = core.execute(
        "SELECT known_at FROM mart.observation_vintage WHERE indicator = 'procedures.received' AND unit = '21001' "
        "AND period = '2026-06' AND slice_dim = '' ORDER BY rowid"
    ).fetchall()
    assert len(known) == 2
    assert known[1] > known[0]


def test_late_source_is_missing_not_zero(core: Any) -> None:
    core.execute(
        "UPDATE ops.source_state SET complete_through = '2026-06-10 00:00:00' WHERE dataset = 'ho_so' AND source = 'one_stop'"
    )
    measure(core, CATALOGUE, now=NOW, run_id="r2")
    assert one(core, "procedures.received", "51", "2026-07")[1] == "missing"
    assert one(core, "procedures.open_overdue", "51", "2026-08")[1] == "missing"
    assert one(core, "procedures.received", "51", "2026-06")[1:] == ("value", "provisional")


def test_empty_tables_give_no_number(core: Any) -> None:
    core.execute("DELETE FROM core.rating")
    measure(core, CATALOGUE, now=NOW, run_id="r2")
    assert one(core, "procedures.satisfaction", "51", "2026-07") is None


def test_missing_and_not_due_differ(core: Any) -> None:
    assert one(core, "reporting.budget_revenue", "51", "2026-08")[1] == "not_due"
    core.execute("DELETE FROM core.report_value WHERE field_code = 'budget_revenue' AND period = '2026-07.ytd'")
    measure(core, CATALOGUE, now=NOW, run_id="r2")
    assert one(core, "reporting.budget_revenue", "51", "2026-07")[1] == "missing"


def test_external_observations_stay(core: Any) -> None:
    core.execute(
        "INSERT INTO mart.observation (indicator, version, unit, period, basis, view, slice_dim, slice_value, value, state, provenance) "
        "VALUES ('external.rank', 1, '51', '2026-06', 'as_then', 'official', '', '', 9, 'value', 'external')"
    )
    measure(core, CATALOGUE, now=NOW + timedelta(minutes=5), run_id="r2")
    assert one(core, "external.rank", "51", "2026-06")[0] == 9


def test_scores_become_observations(core: Any) -> None:
    core.execute(
        "INSERT INTO mart.score (scorecard, edition, unit, period, node, parent, score, max_score, state, known_at) VALUES "
        "('card', '1', '21001', '2026-Q2', 'root', NULL, 71.5, 100, 'value', '2026-07-10'), "
        "('card', '1', '21002', '2026-Q2', 'root', NULL, NULL, 100, 'missing', '2026-07-10'), "
        "('card', '1', '21001', '2026-Q2', 'part', 'root', 3, 10, 'value', '2026-07-10')"
    )
    observe_scores(core, CATALOGUE, scorecard="card", indicator="digital.commune_index", now=NOW, run_id="r2")
    assert one(core, "digital.commune_index", "21001", "2026-Q2")[0] == 71.5
    assert one(core, "digital.commune_index", "21002", "2026-Q2")[1] == "missing"
    measure(core, CATALOGUE, now=NOW, run_id="r3")
    assert one(core, "digital.commune_index", "21001", "2026-Q2")[0] == 71.5


def test_a_dataset_that_did_not_change_is_not_measured_again(core: Any) -> None:
    again = measure(core, CATALOGUE, now=NOW, run_id="r3", resume=True)
    assert (again.observations, again.indicators) == (0, 0)
    runs = core.execute("SELECT DISTINCT run_id FROM mart.observation WHERE provenance <> 'external'").fetchall()
    assert runs == [("r1",)]
    core.execute(
        "UPDATE core.dossier SET unit_code = '51', load_id = 'load-new' WHERE dossier_code = "
        "(SELECT min(dossier_code) FROM core.dossier WHERE is_settled)"
    )
    later = NOW + timedelta(minutes=5)
    part = measure(core, CATALOGUE, now=later, run_id="r4", resume=True)
    assert 0 < part.indicators < len(CATALOGUE.indicators)
    found, history = (
        core.execute(ALL).fetchall(),
        "SELECT * EXCLUDE (run_id) FROM mart.observation_vintage ORDER BY ALL",
    )
    kept = core.execute(history).fetchall()
    whole = measure(core, CATALOGUE, now=later, run_id="r5")
    assert core.execute(ALL).fetchall() == found
    assert (whole.vintages, core.execute(history).fetchall()) == (0, kept)


def test_the_next_day_and_lost_cells_are_measured_again(core: Any) -> None:
    core.execute("DELETE FROM mart.observation WHERE indicator = 'traffic.volume' AND unit = '51'")
    assert measure(core, CATALOGUE, now=NOW, run_id="r3", resume=True).indicators == 1
    later = NOW + timedelta(days=1)
    tomorrow = measure(core, CATALOGUE, now=later, run_id="r4", resume=True)
    assert tomorrow.indicators == sum(
        one.is_measured or one.kind == "reported" for one in CATALOGUE.indicators.values()
    )
    found = core.execute(ALL).fetchall()
    measure(core, CATALOGUE, now=later, run_id="r5")
    assert core.execute(ALL).fetchall() == found

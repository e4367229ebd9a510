# ruff: noqa: E501  (SQL stays on one line here)
"""A small province scored whole: two editions, reasons that add up, rows kept when nothing changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pytest

from indicators.standing import edition_in_force, load_editions, score_communes
from indicators.standing.inputs import inputs_of_editions
from tests.indicators import small_core

NOW = small_core.NOW
EDITIONS = load_editions()
PERIODS = {"2026-Q1": date(2026, 3, 31), "2026-Q2": date(2026, 6, 30), "2026-Q3": date(2026, 9, 30)}
UNITS = [f"2{i:04d}" for i in range(24)]


@pytest.fixture
def core() -> Iterator[Any]:
    connection = small_core.open_core({})
    rng = np.random.default_rng(3)
    for unit in UNITS:
        connection.execute(
            "INSERT INTO core.unit (unit_code, unit_kind, unit_level, measured_as, unit_type, name, full_name, name_en, "
            "is_invented) VALUES (?, 'commune', 'commune', ?, 'xã', ?, ?, ?, true)",
            [unit] * 5,
        )
    rows = []
    for period, end in PERIODS.items():
        for indicator in inputs_of_editions(EDITIONS):
            for unit in UNITS:
                n = int(rng.integers(3, 400))
                rows.append([indicator, unit, period, end, int(rng.binomial(n, rng.beta(12, 3))), n])
    connection.executemany(
        "INSERT INTO mart.observation (indicator, version, unit, unit_level, period, period_kind, period_end, basis, view, "
        "slice_dim, slice_value, numerator, denominator, value, state, known_at) VALUES "
        "($1, 1, $2, 'commune', $3, 'quarter', $4, 'as_then', 'official', '', '', $5, $6, 100.0 * $5 / $6, 'value', "
        "'2026-10-05')",
        rows,
    )
    assert score_communes(connection, now=NOW, run_id="r1", draws=200) > 0
    yield connection
    connection.close()


def rows(core: Any, sql: str) -> list[tuple[Any, ...]]:
    return list(core.execute(sql).fetchall())


def test_the_edition_in_force_is_official_and_the_other_runs_beside_it(core: Any) -> None:
    found = rows(core, "SELECT DISTINCT period, edition, layer FROM mart.standing ORDER BY ALL")
    official = {period: edition for period, edition, layer in found if layer == "official"}
    assert official == {"2026-Q1": "1", "2026-Q2": "1", "2026-Q3": "2"}
    assert len(found) == 2 * len(PERIODS)
    assert edition_in_force(EDITIONS, "2024-Q1").edition == "1"


def test_contributions_add_to_the_score_and_moves_to_the_change(core: Any) -> None:
    gaps = rows(
        core,
        """SELECT abs(r.score - sum(p.contribution)) FROM mart.score r JOIN mart.score p USING (edition, period, unit)
        WHERE r.parent IS NULL AND p.parent IS NOT NULL AND p.state <> 'group' GROUP BY r.edition, r.period, r.unit, r.score""",
    )
    assert len(gaps) == 2 * len(PERIODS) * len(UNITS)
    assert max(gap for (gap,) in gaps) < 1e-9
    moves = rows(
        core,
        "SELECT before_rank - rank, own + others + method, method, period FROM mart.standing WHERE own IS NOT NULL",
    )
    assert len(moves) == 2 * 2 * len(UNITS)
    assert max(abs(change - parts) for change, parts, *_ in moves) < 1e-9
    assert any(abs(method) > 0 for *_, method, period in moves if period == "2026-Q3")


def test_paths_are_confirmed_by_scoring_again(core: Any) -> None:
    found = rows(
        core, "SELECT promised, score_after, is_reached, rank_after, goal_rank FROM mart.next_point WHERE step > 0"
    )
    assert len(found) > 10
    assert all(abs(promised - after) < 1e-9 for promised, after, *_ in found)
    assert all(rank <= goal for _, _, reached, rank, goal in found if reached)


def test_small_rates_are_shrunk_and_marked(core: Any) -> None:
    found = rows(core, "SELECT rate, shrunk, rate_low, rate_high, denominator, publication FROM mart.score_rate")
    assert all(low - 1e-9 <= rate <= high + 1e-9 for rate, _, low, high, *_ in found)
    small = [abs(rate - shrunk) for rate, shrunk, *_, n, _ in found if n < 20]
    large = [abs(rate - shrunk) for rate, shrunk, *_, n, _ in found if n > 200]
    assert np.mean(small) > 3 * np.mean(large)
    assert {word for *_, n, word in found if n < 10} == {"no_rank"}
    assert {word for *_, n, word in found if n >= 30} == {"rank"}


def test_nothing_new_writes_nothing_and_one_late_row_rewrites_its_period_and_the_next(core: Any) -> None:
    assert score_communes(core, now=NOW, run_id="r2", draws=200) == 0
    core.execute(
        "UPDATE mart.observation SET numerator = 0, value = 0 WHERE unit = ? AND period = '2026-Q2' AND indicator = ?",
        [UNITS[0], "procedures.on_time"],
    )
    assert score_communes(core, now=NOW, run_id="r3", draws=200) > 0
    renewed = {period for (period,) in rows(core, "SELECT DISTINCT period FROM mart.standing WHERE run_id = 'r3'")}
    assert renewed == {"2026-Q2", "2026-Q3"}


def test_floors_stand_beside_the_mean(core: Any) -> None:
    found = dict(rows(core, "SELECT measure, value FROM mart.score_summary WHERE edition = '2' AND period = '2026-Q3'"))
    scores = sorted(
        s for (s,) in rows(core, "SELECT score FROM mart.standing WHERE edition = '2' AND period = '2026-Q3'")
    )
    assert found["mean"] == pytest.approx(np.mean(scores))
    assert found["worst_tenth"] == pytest.approx(np.mean(scores[:2]))
    assert found["lowest"] == scores[0]
    assert 0 <= found["rankability"] <= 1
    assert 0 <= found["tier_stability"] <= 1


def test_while_two_definitions_are_measured_the_newer_one_is_scored_by(core: Any) -> None:
    """A legal text changed a scored number: both versions stand in the table for a year (a double run)."""
    scored = inputs_of_editions(EDITIONS)[0]
    core.execute(
        "INSERT INTO mart.observation SELECT * REPLACE (2 AS version, 0.0 AS numerator, 0.0 AS value) "
        "FROM mart.observation WHERE indicator = ? AND period = '2026-Q3'",
        [scored],
    )
    roots = "SELECT edition, unit, score FROM mart.score WHERE parent IS NULL AND period = '2026-Q3' ORDER BY ALL"
    before = rows(core, roots)
    assert score_communes(core, now=NOW, run_id="r2", draws=200) > 0
    both = rows(core, roots)
    assert both != before
    core.execute("DELETE FROM mart.observation WHERE indicator = ? AND version = 1", [scored])
    assert score_communes(core, now=NOW, run_id="r3", draws=200) > 0
    assert rows(core, roots) == both

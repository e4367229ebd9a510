"""Storm grace: cut-off communes leave the denominator while it is declared, and come back when it is withdrawn."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from indicators.checked import load_checked
from indicators.measure import measure
from ioc.errors import ConfigError, UsageError
from ioc.unit import UnitRegistry
from pipelines.grace import FILE, declare, keep_graces, load_graces, withdraw
from tests.warehouse_fixture import insert, open_warehouse

NOW = datetime(2026, 10, 5, 2, 0, tzinfo=UTC)
REGISTRY = UnitRegistry.load("51")
CUT_OFF, OTHER = (unit.code for unit in REGISTRY.communes()[:2])
STORM = {"from_on": date(2026, 9, 10), "to_on": date(2026, 9, 20), "reason": "Bão số 5", "by": "Trực ban IOC"}


def submission(unit: str, due: str, filed: str | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "report_code": "KTXH",
        "unit_code": unit,
        "period": due[:7],
        "due_on": date.fromisoformat(due),
    }
    if filed:
        row["submitted_on"] = date.fromisoformat(filed)
    return {**row, "source": "report_service", "load_id": "L1", "known_at": NOW}


def numbers(cursor: Any) -> dict[str, tuple[Any, ...]]:
    """September's submission timeliness by unit: value, n, N, state."""
    catalogue = load_checked()
    measure(cursor, catalogue.only("reporting.submission_on_time"), now=NOW, run_id="r1")
    rows = cursor.execute(
        "SELECT unit, value, numerator, denominator, state FROM mart.observation WHERE period = '2026-09'"
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


def test_a_cut_off_commune_is_not_due_and_comes_back(tmp_path: Path) -> None:
    home = tmp_path / "home"
    rows = [
        submission(CUT_OFF, "2026-09-15", None),
        submission(OTHER, "2026-09-15", "2026-09-14"),
        submission(OTHER, "2026-09-25", "2026-09-28"),
        submission(CUT_OFF, "2026-08-15", "2026-08-15"),
    ]
    with open_warehouse(home, now=NOW) as warehouse:
        insert(warehouse, {"unit": REGISTRY.rows(), "report_submission": rows})
        with warehouse.transaction() as cursor:
            before = numbers(cursor)
            assert before[CUT_OFF] == (0.0, 0.0, 1.0, "zero")
            assert before["51"][1:3] == (1.0, 3.0)
            made = declare(home, REGISTRY, units=[CUT_OFF], now=NOW, **STORM)  # type: ignore[arg-type]
            assert keep_graces(cursor, load_graces(home, REGISTRY))
            assert not keep_graces(cursor, load_graces(home, REGISTRY))
            during = numbers(cursor)
            assert during[CUT_OFF] == (None, None, None, "not_due")
            assert during["51"][1:3] == (1.0, 2.0)
            assert during[OTHER] == before[OTHER]
            withdraw(home, REGISTRY, made.id)
            assert keep_graces(cursor, load_graces(home, REGISTRY))
            assert numbers(cursor) == before


def test_what_falls_due_outside_the_grace_still_counts(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    declare(home, REGISTRY, units=[CUT_OFF], now=NOW, **STORM)  # type: ignore[arg-type]
    rows = [submission(CUT_OFF, due, None) for due in ("2026-08-04", "2026-09-15", "2026-09-25")]
    with open_warehouse(home, now=NOW) as warehouse:
        insert(warehouse, {"unit": REGISTRY.rows(), "report_submission": rows})
        with warehouse.transaction() as cursor:
            keep_graces(cursor, load_graces(home, REGISTRY))
            assert numbers(cursor)[CUT_OFF] == (0.0, 0.0, 1.0, "zero")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"units": ["21999"]}, "unknown unit '21999'"),
        ({"to_on": date(2026, 9, 1)}, "before it begins"),
        ({"to_on": date(2026, 12, 31)}, "at most 62 days"),
    ],
)
def test_a_declaration_that_cannot_be_right_is_refused(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        declare(tmp_path, REGISTRY, **{"units": [CUT_OFF], "now": NOW, **STORM, **changes})
    assert not (tmp_path / FILE).exists()


def test_a_wrong_file_names_its_line(tmp_path: Path) -> None:
    declare(tmp_path, REGISTRY, units=[CUT_OFF], now=NOW, **STORM)  # type: ignore[arg-type]
    path = tmp_path / FILE
    path.write_text(path.read_text(encoding="utf-8").replace(CUT_OFF, "21998"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"grace\.yaml:5: unknown unit '21998'"):
        load_graces(tmp_path, REGISTRY)

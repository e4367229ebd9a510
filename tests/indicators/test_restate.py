"""The restatement ledger: late, corrected, definition, boundary add up for every restated value (PRODUCT 3)."""

from __future__ import annotations

import itertools
import random
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indicators.checked import load_checked
from indicators.measure import measure
from indicators.restate import PARTS, Restatement, restatements
from ioc.catalogue import Catalogue
from ioc.value import Observation
from tests.indicators import small_core
from tests.indicators.test_versions import versioned

NOW = small_core.NOW
BEGAN = datetime(2026, 7, 2)
WHOLE = load_checked()
KEYS = ("procedures.received", "procedures.on_time")
CATALOGUE = WHOLE.only(*KEYS)


class Warehouse:
    """Core tables that batches arrive in, as the merge leaves them, read like a published version."""

    def __init__(self) -> None:
        self.core = small_core.open_core({"unit": small_core.units()})
        self.number = 0

    def bring(self, rows: list[dict[str, Any]], moment: datetime) -> None:
        """Rows that land at a moment: new ones, and changes of known ones."""
        for row in rows:
            known = self.core.execute(
                "SELECT coalesce(first_known_at, known_at) FROM core.dossier WHERE dossier_code = ?",
                [row["dossier_code"]],
            ).fetchone()
            self.core.execute("DELETE FROM core.dossier WHERE dossier_code = ?", [row["dossier_code"]])
            first = None if known is None else known[0]
            small_core.put(self.core, "core.dossier", [{**row, "known_at": moment, "first_known_at": first}])

    def measure(self, moment: datetime, catalogue: Catalogue = CATALOGUE) -> None:
        self.number += 1
        small_core.put(
            self.core,
            "ops.source_state",
            [{"source": "one_stop", "dataset": "ho_so", "complete_through": moment, "last_success_at": moment}],
        )
        now = moment.replace(tzinfo=small_core.UTC)
        measure(self.core, catalogue, now=now, run_id=f"r{self.number}")
        self.core.execute("DELETE FROM ops.source_state")

    def select(self, sql: str, params: Any = ()) -> list[dict[str, object]]:
        cursor = self.core.execute(sql, list(params))
        names = [column[0] for column in cursor.description]
        zoned = lambda cell: cell.replace(tzinfo=small_core.UTC) if isinstance(cell, datetime) else cell  # noqa: E731
        return [dict(zip(names, map(zoned, row), strict=True)) for row in cursor.fetchall()]

    def observations(self, where: str = "true") -> list[Observation]:
        rows = self.select(
            f"SELECT * FROM mart.observation WHERE period_end < DATE '2026-07-01' AND slice_dim = '' AND {where} "
            "QUALIFY row_number() OVER (PARTITION BY indicator, unit, period ORDER BY version DESC) = 1"
        )
        return [Observation(**row) for row in rows]  # type: ignore[arg-type]

    def ledger(self, unit: str, period: str, indicator: str, catalogue: Catalogue = CATALOGUE) -> list[Restatement]:
        item = self.observations(f"unit = '{unit}' AND period = '{period}' AND indicator = '{indicator}'")[0]
        return restatements(self, catalogue, item)


def dossier(number: int, unit: str, day: date, *, on_time: bool = True, channel: str = "online") -> dict[str, Any]:
    received = datetime(day.year, day.month, day.day, 2)
    due = received + timedelta(days=5)
    done = received + timedelta(days=2) if on_time else due + timedelta(hours=1)
    return {
        "dossier_code": f"D{number:04d}", "unit_code": unit, "channel": channel, "status": "done", "is_settled": True,
        "received_at": received, "received_on": day, "due_original_at": due, "due_current_at": due,
        "finished_at": done, "finished_on": small_core.local_day(done), "load_id": "L", "source": "one_stop",
        "synced_at": done,
    }  # fmt: skip


@pytest.fixture
def warehouse() -> Warehouse:
    found = Warehouse()
    found.bring([dossier(n, "21001", date(2026, 6, 1 + n % 20), on_time=n % 10 > 0) for n in range(40)], BEGAN)
    found.bring([dossier(900, "21002", date(2025, 6, 2))], BEGAN)  # history begins here
    found.measure(BEGAN)
    return found


def test_nothing_changed_nothing_restated(warehouse: Warehouse) -> None:
    warehouse.measure(BEGAN + timedelta(days=1))
    assert warehouse.ledger("21001", "2026-06", "procedures.on_time") == []


def test_late_records(warehouse: Warehouse) -> None:
    late = [dossier(100 + n, "21001", date(2026, 6, 10), on_time=False) for n in range(10)]
    warehouse.bring(late, BEGAN + timedelta(days=3))
    warehouse.measure(BEGAN + timedelta(days=3))
    (found,) = warehouse.ledger("21001", "2026-06", "procedures.on_time")
    assert (found.before, found.after) == (90.0, 72.0)
    assert (found.late, found.corrected, found.definition, found.boundary) == (-18.0, 0.0, 0.0, 0.0)
    assert found.late_records == 10


def test_corrected_records(warehouse: Warehouse) -> None:
    warehouse.bring(
        [dossier(n, "21001", date(2026, 6, 1 + n % 20), on_time=False) for n in (1, 2)], BEGAN + timedelta(days=3)
    )
    warehouse.measure(BEGAN + timedelta(days=3))
    (found,) = warehouse.ledger("21001", "2026-06", "procedures.on_time")
    assert (found.late, found.corrected) == (0.0, -5.0)


def test_an_event_that_came_late_is_late_though_its_record_was_known(warehouse: Warehouse) -> None:
    """Late synchronisation: the dossier was known, its settling in June reached the source system in July."""
    waiting = {**dossier(200, "21001", date(2026, 6, 20)), "finished_at": None, "finished_on": None}
    warehouse.bring([{**waiting, "is_settled": False, "status": "processing"}], BEGAN + timedelta(days=1))
    warehouse.measure(BEGAN + timedelta(days=1))
    settled = {**dossier(200, "21001", date(2026, 6, 20), on_time=False), "synced_at": BEGAN + timedelta(days=4)}
    warehouse.bring([settled], BEGAN + timedelta(days=4))
    warehouse.measure(BEGAN + timedelta(days=4))
    (found,) = warehouse.ledger("21001", "2026-06", "procedures.on_time")
    assert found.late == pytest.approx(3600 / 41 - 90)
    assert found.corrected == 0


def test_a_record_that_moved_to_another_unit_is_a_correction_of_both(warehouse: Warehouse) -> None:
    warehouse.bring([dossier(1, "21002", date(2026, 6, 2))], BEGAN + timedelta(days=2))
    warehouse.measure(BEGAN + timedelta(days=2))
    (lost,) = warehouse.ledger("21001", "2026-06", "procedures.received")
    assert (lost.before, lost.after, lost.corrected) == (40.0, 39.0, -1.0)
    assert warehouse.ledger("51", "2026-06", "procedures.received") == []


def test_a_definition_installed_later(warehouse: Warehouse) -> None:
    """A second version that takes effect on 1 April is installed in July, together with late records."""
    late = [dossier(100 + n, "21001", date(2026, 6, 10), on_time=False, channel="direct") for n in range(10)]
    warehouse.bring(late, BEGAN + timedelta(days=3))
    two = versioned(CATALOGUE, "procedures.on_time")
    newer = two.indicator("procedures.on_time").model_copy(update={"where": "is_settled and channel == 'online'"})
    two = two.model_copy(update={"indicators": {"procedures.on_time": newer}})
    warehouse.measure(BEGAN + timedelta(days=3), two)
    (found,) = warehouse.ledger("21001", "2026-06", "procedures.on_time", two)
    assert (found.version_before, found.version_after) == (1, 2)
    assert (found.before, found.after) == (90.0, 90.0)  # what came late and what is counted otherwise cancel out
    assert found.late == -18.0
    assert found.definition == 18.0
    assert sum(getattr(found, part) for part in PARTS) == pytest.approx(found.after - found.before)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000))
def test_the_parts_add_up_for_every_restated_value(seed: int) -> None:
    rng = random.Random(seed)
    found = Warehouse()
    units = ("21001", "21002", "H48.01")
    made = [dossier(n, rng.choice(units), date(2026, 6, rng.randint(1, 24))) for n in range(60)]
    found.bring([*made, dossier(900, "21002", date(2025, 6, 2))], BEGAN)
    found.measure(BEGAN)
    restated = 0
    for step in range(1, 4):
        moment = BEGAN + timedelta(days=step)
        batch = []
        for n in rng.sample(range(90), 12):  # 0..59 are corrections, 60..89 late (or corrections of late ones)
            batch.append(dossier(n, rng.choice(units), date(2026, 6, rng.randint(1, 24)), on_time=rng.random() < 0.7))
        found.bring(batch, moment)
        found.measure(moment)
    for item in found.observations():
        ledger = restatements(found, CATALOGUE, item)
        for one in ledger:
            assert sum(getattr(one, part) for part in PARTS) == pytest.approx(one.after - one.before, abs=1e-9)
        if ledger:
            restated += 1
            assert ledger[-1].after == item.value
            assert all(a.after == b.before for a, b in itertools.pairwise(ledger))
    assert restated

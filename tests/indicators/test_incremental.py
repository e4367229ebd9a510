"""Measuring only what changed gives the numbers of measuring everything: random deliveries, clocks and restarts."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from indicators.checked import load_checked
from indicators.measure import measure
from ioc.warehouse.merge import merge
from tests.indicators import small_core

SOME = {
    *("procedures.received", "procedures.on_time", "procedures.open", "procedures.open_overdue"),
    *("procedures.on_time_due_cohort", "procedures.satisfaction", "reporting.budget_revenue"),
    *("traffic.volume", "traffic.mean_speed", "digital.certificate_coverage", "digital.task_overdue"),
}
WHOLE = load_checked()
CATALOGUE = WHOLE.only(*sorted(SOME))
OBSERVATIONS = "SELECT * EXCLUDE (run_id) FROM mart.observation"
VINTAGES = "SELECT * EXCLUDE (run_id) FROM mart.observation_vintage"
SEEDS, STEPS = (40, 7) if os.environ.get("IOC_FAULTS") == "full" else (1, 4)
SOURCES = {
    "core.dossier": ("one_stop", "ho_so", ["dossier_code"], ["updated_at"], "dossier_code"),
    "core.rating": ("one_stop", "danh_gia", ["rating_code"], ["rated_at"], "rating_code"),
    "core.traffic_flow": ("traffic_live", "flows", ["site_code", "observed_from"], [], "site_code"),
    "core.task": ("task_service", "tasks", ["task_code"], ["updated_at"], "task_code"),
}
UNITS = [small_core.PROVINCE, *small_core.COMMUNES, *small_core.DEPARTMENTS]


class Pair:
    """Two warehouses that get the same deliveries; one goes on from what it measured, one measures everything."""

    def __init__(self) -> None:
        self.now = small_core.NOW
        self.number = 0
        self.both = [small_core.open_core(), small_core.open_core()]
        for core in self.both:
            core.execute(
                "INSERT INTO ops.load_ledger (load_id, source, dataset, interval_to, loaded_at) "
                "SELECT 'L1', source, dataset, ?, ? FROM ops.source_state",
                [small_core.utc(self.now)] * 2,
            )
            for name in ("core.dossier", "core.rating", "core.task"):
                core.execute(f"UPDATE {name} SET load_id = 'L1'")

    def deliver(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """The same rows to both, through the merge, with a line of the ledger and the clock of the source."""
        source, dataset, key, order_by, _ = SOURCES[table]
        self.number += 1
        load, at = f"load-{self.number}", small_core.utc(self.now)
        for core in self.both:
            types = core.execute(f"SELECT * FROM {table} LIMIT 0").to_arrow_table().schema
            names = [name for name in types.names if name != "first_known_at"]
            full = [{**row, "source": source, "load_id": load, "known_at": at} for row in rows]
            batch = pa.Table.from_pylist(full, schema=pa.schema([types.field(name) for name in names]))
            merge(core, table, batch, key=key, order_by=order_by)
            core.execute(
                "INSERT INTO ops.load_ledger (load_id, source, dataset, interval_to, loaded_at) VALUES (?, ?, ?, ?, ?)",
                [load, source, dataset, at, at],
            )

    def answer(self, sources: Sequence[str]) -> None:
        """Sources say that they are complete up to now."""
        for core in self.both:
            for source in sources:
                core.execute(
                    "UPDATE ops.source_state SET complete_through = ? WHERE source = ?",
                    [small_core.utc(self.now - timedelta(minutes=5)), source],
                )

    def measure(self) -> int:
        """Measure both; all rows are the same, and so is their history. Returns the cells the resuming one wrote."""
        part, whole = self.both
        done = measure(part, CATALOGUE, now=self.now, run_id=f"part-{self.number}", resume=True)
        measure(whole, CATALOGUE, now=self.now, run_id=f"whole-{self.number}")
        for rows in (OBSERVATIONS, VINTAGES):
            digest = f"SELECT count(*), sum(hash(r)) FROM (SELECT r FROM ({rows}) r)"
            if part.execute(digest).fetchone() != whole.execute(digest).fetchone():
                expected, found = set(whole.execute(rows).fetchall()), set(part.execute(rows).fetchall())
                raise AssertionError((sorted(found - expected, key=str)[:3], sorted(expected - found, key=str)[:3]))
        return done.observations


def changed(pair: Pair, rng: random.Random, table: str, count: int) -> list[dict[str, Any]]:
    """Stored rows with another unit, moment or end, and some of them new."""
    key = SOURCES[table][4]
    stored = pair.both[1].execute(f"SELECT * FROM {table} ORDER BY ALL").to_arrow_table().to_pylist()
    moment = small_core.utc(pair.now)
    found = []
    for row in rng.sample(stored, min(count, len(stored))):
        one = {name: value for name, value in row.items() if name != "first_known_at"}
        if rng.random() < 0.4:
            one[key] = f"{one[key]}-{pair.number}"
        if rng.random() < 0.4:
            one["unit_code"] = rng.choice(UNITS)
        for name, value in one.items():
            if isinstance(value, datetime) and name != "known_at" and rng.random() < 0.2:
                one[name] = min(value + timedelta(hours=rng.randint(-900, 900)), moment + timedelta(hours=30))
        if table == "core.dossier":
            if one["finished_at"] is None and rng.random() < 0.5:
                one |= {
                    "finished_at": moment - timedelta(hours=rng.randint(0, 48)),
                    "status": "done",
                    "is_settled": True,
                }
            for name in ("received", "due_original", "due_current", "finished"):
                one[f"{name}_on"] = small_core.local_day(one[f"{name}_at"])
        for name in ("updated_at", "rated_at"):
            if name in one:
                one[name] = moment
        if "rated_on" in one:
            one["rated_on"] = small_core.local_day(one["rated_at"])
        found.append(one)
    return found


@pytest.mark.parametrize("seed", range(SEEDS))
def test_p24_random_deliveries_measured_in_part_equal_a_whole_measurement(seed: int) -> None:
    """P-24: changed, moved, late and future rows, silent sources, new days and months; in any order."""
    rng, pair = random.Random(seed), Pair()
    pair.measure()
    for _ in range(STEPS):
        pair.now += timedelta(minutes=rng.choice([0, 5, 90, 60 * 14, 60 * 24 * 12]))
        for table in rng.sample(sorted(SOURCES), rng.randint(0, 3)):
            pair.deliver(table, changed(pair, rng, table, rng.choice([1, 3, 40])))
        pair.answer(rng.sample(["one_stop", "traffic_live", "traffic_archive", "task_service"], rng.randint(0, 4)))
        if rng.random() < 0.1:
            pair.both[0].execute("DELETE FROM ops.month_sum")  # as after an upgrade that adds up otherwise
        pair.measure()


def test_only_touched_cells_are_written() -> None:
    """One dossier of this month: its unit and the province, in the periods that are not over; the past stays."""
    rng, pair = random.Random(3), Pair()
    whole = pair.measure()
    assert pair.measure() == 0
    row = changed(pair, rng, "core.rating", 1)
    pair.deliver("core.rating", row)
    part = pair.measure()
    assert 0 < part < whole / 20
    ratings = pair.both[0].execute(
        "SELECT count(*) FROM mart.observation WHERE indicator = 'procedures.satisfaction' AND run_id = 'part-1'"
    )
    assert ratings.fetchone() == (part,)


def test_a_reading_without_rows_settles_the_periods_it_went_beyond() -> None:
    """A source said that it is complete before a reading was noted: the empty day is known since that reading."""
    pair = Pair()
    pair.measure()
    pair.now += timedelta(hours=14)
    pair.answer(["traffic_live", "traffic_archive"])
    pair.measure()
    pair.now += timedelta(minutes=10)
    pair.deliver("core.traffic_flow", [])
    assert pair.measure() > 0


def test_the_year_goes_on_from_the_sums_of_its_months() -> None:
    """A change of this month reads this month; the months before come from what the last measurement added up, and
    where that is gone they are read again."""
    rng, pair = random.Random(3), Pair()
    pair.measure()
    part = pair.both[0]
    part.execute("DELETE FROM ops.month_sum")
    pair.deliver("core.rating", changed(pair, rng, "core.rating", 3))
    pair.measure()
    kept = part.execute("SELECT count(*), count(DISTINCT recipe) FROM ops.month_sum WHERE dataset = 'rating'")
    assert kept.fetchone() > (10, 1)
    row = changed(pair, rng, "core.rating", 1)[0] | {"rated_at": small_core.utc(pair.now - timedelta(hours=1))}
    row["rated_on"] = small_core.local_day(row["rated_at"])
    year = "SELECT sum(numerator) FROM mart.observation WHERE indicator = 'procedures.satisfaction' AND period = '2026'"
    before = part.execute(year).fetchone()
    part.execute("UPDATE ops.month_sum SET sums = [1000 + x FOR x IN sums] WHERE month = DATE '2026-02-01'")
    pair.deliver("core.rating", [row])
    measure(part, CATALOGUE, now=pair.now, run_id="part", resume=True)
    assert part.execute(year).fetchone()[0] > before[0] + 1000


def test_a_change_round_the_merge_is_found_and_measured_whole() -> None:
    """Rows written without a note change the loads the table consists of; the dataset is then measured whole."""
    pair = Pair()
    pair.measure()
    for core in pair.both:
        core.execute("DELETE FROM core.rating WHERE unit_code = '21001'")
    assert pair.measure() > 100

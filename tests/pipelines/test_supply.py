"""The facts behind đúng, đủ, sạch, sống: parts by deadline, batches that were held, units that sent nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ioc.calendar import WorkCalendar
from ioc.catalogue import FreshnessRule
from ioc.status import freshness
from pipelines.spec import load_sources
from pipelines.state import advance_state
from pipelines.supply import deliveries, keep_supply, note_reach
from tests.warehouse_fixture import insert, open_warehouse

DAILY = FreshnessRule(due="+1d 17:00", grace="2h")
CALENDAR = WorkCalendar.load()
Step = tuple[datetime, datetime, str]


def local(day: int, clock: str, month: int = 6) -> datetime:
    """A moment of June 2026 in Viet Nam, as UTC."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


def listed(rule: FreshnessRule, steps: list[Step], now: datetime) -> list[tuple[str, bool]]:
    """(local end of the part, in time) of every part listed."""
    found = deliveries(rule, steps, CALENDAR, since=local(1, "00:00", 5), now=now)
    return [
        (f"{end + timedelta(hours=7):%m-%d %H:%M}", arrival is not None and arrival <= due)
        for end, due, arrival, _ in found
    ]


def test_a_late_part_stays_late_when_newer_data_came() -> None:
    """Parts of 9, 10 and 11 June: the source was silent from the 10th to the 13th, then delivered everything."""
    steps = [
        (local(10, "08:00"), local(10, "08:00"), "r1"),
        (local(13, "08:00"), local(13, "08:00"), "r2"),
    ]
    assert listed(DAILY, steps, local(13, "09:00")) == [("06-10 00:00", True), ("06-11 00:00", False),
                                                        ("06-12 00:00", False), ("06-13 00:00", True)]  # fmt: skip
    now = local(13, "09:00")
    state = type("State", (), {"complete_through": steps[-1][0], "last_success_at": now})()
    assert freshness(state, DAILY, now, CALENDAR).level == "fresh"  # the source is well again; its record is not


def test_a_missed_part_is_listed_once_its_grace_is_over() -> None:
    steps = [(local(10, "08:00"), local(10, "08:00"), "r1")]
    assert listed(DAILY, steps, local(11, "18:59")) == [("06-10 00:00", True)]
    assert listed(DAILY, steps, local(11, "19:01")) == [("06-10 00:00", True), ("06-11 00:00", False)]


def test_deadlines_follow_the_working_calendar() -> None:
    """Friday's data are due on Monday 17:00; National Day (2 September 2026, a Wednesday) is no working day."""
    rule = FreshnessRule(due="+1wd 17:00")
    steps = [(local(12, "23:00"), local(12, "23:00"), "r1")]
    assert listed(rule, steps, local(15, "16:00"))[-1:] != [("06-13 00:00", False)]
    assert ("06-13 00:00", False) in listed(rule, steps, local(15, "17:01"))
    steps = [(local(1, "08:00", 9), local(1, "08:00", 9), "r1")]
    late = deliveries(rule, steps, CALENDAR, since=local(1, "00:00", 8), now=local(10, "00:00", 9))
    due = {f"{end + timedelta(hours=7):%m-%d}": f"{due + timedelta(hours=7):%m-%d}" for end, due, _, _ in late}
    assert due["09-02"] == "09-03"  # data of 1 September: the 2nd is a holiday


def test_hours_are_the_parts_of_a_live_source() -> None:
    rule = FreshnessRule(due="+15m", grace="5m")
    steps = [
        (local(10, "07:58"), local(10, "08:00"), "r1"),
        (local(10, "09:02"), local(10, "09:04"), "r2"),
        (local(10, "10:40"), local(10, "10:41"), "r3"),
    ]
    found = listed(rule, steps, local(10, "11:10"))
    assert found == [("06-10 08:00", False), ("06-10 09:00", True), ("06-10 10:00", False)]


def test_a_backfill_is_no_progress(tmp_path: Path) -> None:
    """Old rows that are brought later move neither the reach nor the freshness of a source."""
    with open_warehouse(tmp_path / "home") as warehouse, warehouse.transaction() as cursor:
        advance_state(cursor, "one_stop", "ho_so", "r1", None, None, local(10, "08:00"), local(10, "08:00"))
        before = cursor.execute("SELECT complete_through FROM ops.source_state").fetchall()
        advance_state(cursor, "one_stop", "ho_so", "r2", None, None, local(1, "08:00"), local(12, "08:00"))
        assert cursor.execute("SELECT complete_through FROM ops.source_state").fetchall() == before
        assert cursor.execute("SELECT run_id FROM ops.reach").fetchall() == [("r1",)]
        assert not note_reach(cursor, "one_stop", "ho_so", local(10, "08:59"), local(12, "08:00"), "r3")
        assert note_reach(cursor, "one_stop", "ho_so", local(10, "09:00"), local(12, "08:00"), "r4")


def test_days_units_and_held_batches_are_counted(tmp_path: Path) -> None:
    now = local(20, "09:00")
    load = {"source": "one_stop", "dataset": "ho_so", "run_id": "r1", "loaded_at": local(19, "10:00")}
    held = {"source": "one_stop", "dataset": "ho_so", "rule": "batch:volume", "status": "held", "load_id": "L3"}
    commune = {"unit_kind": "commune", "unit_level": "commune", "unit_type": "xã", "is_invented": False}
    units = [
        {"unit_code": code, "measured_as": code, "name": code, "full_name": code, "name_en": code, **commune}
        for code in ("21001", "21002")
    ]
    rows = [
        {"dossier_code": "1", "unit_code": "21001", "received_on": day.date(), "source": "one_stop", "load_id": "L1",
         "channel": "online", "known_at": local(19, "10:00")}
        for day in (local(5, "12:00", 5), local(5, "12:00"))
    ]  # fmt: skip
    with open_warehouse(tmp_path / "home") as warehouse:
        insert(
            warehouse,
            {
                "unit": units,
                "dossier": rows,
                "ops.load_ledger": [
                    {**load, "load_id": "L1", "rows_in": 10, "rows_good": 8, "rows_refused": 1, "rows_duplicate": 1},
                    {**load, "load_id": "L2", "rows_in": 5, "rows_good": 5, "rows_refused": 0, "rows_duplicate": 0},
                ],
                "ops.quarantine": [{**held, "quarantined_at": local(19, "11:00")}],
            },
        )
        specs = {"one_stop": load_sources()["one_stop"]}
        with warehouse.transaction() as cursor:
            assert keep_supply(cursor, specs, CALENDAR, now)
            assert not keep_supply(cursor, specs, CALENDAR, now)  # twice changes nothing
            day = cursor.execute(
                "SELECT batch_count, batch_passed, rows_in, rows_good, rows_refused, rows_duplicate FROM ops.supply_day"
            ).fetchall()
            silent = cursor.execute(
                "SELECT item_code, covered_on FROM ops.coverage WHERE NOT is_reported AND item_kind = 'unit' "
                "ORDER BY ALL"
            ).fetchall()
            fields = dict(
                cursor.execute(
                    "SELECT item_code, bool_and(is_reported) FROM ops.coverage WHERE item_kind = 'field' GROUP BY 1"
                ).fetchall()
            )
    assert day == [(3, 2, 15, 13, 1, 1)]
    assert [(code, f"{month:%Y-%m}") for code, month in silent] == [("21002", "2026-05")]  # June is not over yet
    assert fields["channel"] is True
    assert fields["finished_at"] is False


@pytest.mark.parametrize("source", sorted(load_sources()))
def test_what_is_owed_exists_in_core(source: str, tmp_path: Path) -> None:
    """Every column a covenant promises is a column of the table the dataset feeds."""
    with open_warehouse(tmp_path / "home") as warehouse:
        for dataset in load_sources()[source].datasets.values():
            if dataset.owes is not None:
                table = next(iter(dataset.into))
                known = {row[0] for row in warehouse.cursor().execute(f"DESCRIBE {table}").fetchall()}
                assert {dataset.owes.day, *dataset.owes.fields} <= known

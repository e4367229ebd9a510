"""Late rows, deletions, backfill, daily comparison, unusual volumes and scales: P-05, P-06, P-13, P-14, P-23."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ioc.errors import UsageError
from pipelines.beside import FEW_ROWS, Difference, Pieces, backfill, reconcile
from pipelines.guards import Deletions, Reconcile, Volume
from pipelines.recovery import load_missing, rebuild
from pipelines.run import RunContext, run_source
from pipelines.schedule import Schedule, default_handlers
from tests.pipelines.places import NOW, count, dossier, open_run, write_one_stop
from tests.pipelines.test_files_source import ROW, values, write_csv
from tests.pipelines.test_schedule import wait_for


def put(file: Path, *rows: dict[str, Any]) -> None:
    """Insert or replace dossiers in the running system."""
    with sqlite3.connect(file) as connection:
        for row in rows:
            connection.execute("DELETE FROM ho_so WHERE ma_ho_so = ?", [row["ma_ho_so"]])
            connection.execute(f"INSERT INTO ho_so VALUES ({', '.join('?' * len(row))})", tuple(row.values()))


def drop(file: Path, *numbers: int) -> None:
    with sqlite3.connect(file) as connection:
        for number in numbers:
            connection.execute("DELETE FROM ho_so WHERE ma_ho_so = ?", [dossier(number)["ma_ho_so"]])


@contextmanager
def one_stop(tmp_path: Path, rows: list[dict[str, Any]], **changed: Any) -> Iterator[tuple[RunContext, Path]]:
    """A home over a one-stop database; `changed` are keys of the contract of ho_so."""
    url = write_one_stop(tmp_path / "a.sqlite", rows)
    with open_run(tmp_path / "home", {"one_stop": {"address": url}}) as ctx:
        source = ctx.specs["one_stop"]
        dataset = source.datasets["ho_so"].model_copy(update=changed)
        ctx.specs["one_stop"] = source.model_copy(update={"datasets": {**source.datasets, "ho_so": dataset}})  # type: ignore[index]
        yield ctx, tmp_path / "a.sqlite"


def codes(ctx: RunContext) -> set[int]:
    rows = ctx.warehouse.cursor().execute("SELECT dossier_code FROM core.dossier").fetchall()
    return {int(row[0][-4:]) for row in rows}


STATE = (
    "SELECT watermark || ' ' || complete_through || ' ' || last_success_at FROM ops.source_state "
    "WHERE dataset = 'ho_so'"
)


def test_p05_late_rows_are_found_by_overlap_deep_overlap_and_reconciliation(tmp_path: Path) -> None:
    """P-05: rows written to the source 10 minutes, 1 day and 20 days behind the watermark."""
    start = [dossier(i, cap_nhat_luc="2026-06-30 20:00:00") for i in range(30)]
    with one_stop(tmp_path, start) as (ctx, file):
        run_source("one_stop", ctx)
        put(file, dossier(101, cap_nhat_luc="2026-06-30 19:50:00"), dossier(102, cap_nhat_luc="2026-06-29 20:00:00"),
            dossier(103, ngay_nop="2026-06-10 08:00:00", cap_nhat_luc="2026-06-10 08:00:00",
                    ngay_ket_thuc_xu_ly="2026-06-12 08:00:00", ngay_hen_tra_goc="2026-06-15 08:00:00"))  # fmt: skip
        run_source("one_stop", ctx.at(NOW + timedelta(minutes=5)))
        assert codes(ctx) - set(range(30)) == {101}
        run_source("one_stop", ctx.at(NOW + timedelta(hours=7)))
        assert codes(ctx) - set(range(30)) == {101, 102}
        assert reconcile(ctx.at(NOW + timedelta(hours=8)), "one_stop") == []
        assert codes(ctx) - set(range(30)) == {101, 102, 103}
        assert count(ctx, "SELECT bool_and(is_equal) FROM ops.reconciliation")


def test_p06_rows_moving_while_pages_are_read_are_there_after_reconciling(tmp_path: Path) -> None:
    """P-06: keyset pages neither lose nor double rows when others come and go between two pages."""
    rows = [dossier(i) for i in range(200)]
    request = {"table": "ho_so", "key": "ma_ho_so", "watermark": "cap_nhat_luc", "page": 20}
    with one_stop(tmp_path, rows, request=request, deletions=Deletions(mode="reconcile", most=0.5)) as (ctx, file):
        stop = threading.Event()

        def stir() -> None:
            number = 0
            while not stop.is_set():
                put(file, dossier(1000 + number % 50))
                drop(file, number % 40)
                number += 1
                stop.wait(0.002)

        thread = threading.Thread(target=stir)
        thread.start()
        try:
            result = run_source("one_stop", ctx)
        finally:
            stop.set()
            thread.join()
        assert result.status == "ok"
        assert count(ctx, "SELECT count(*) = count(DISTINCT dossier_code) FROM core.dossier")
        assert codes(ctx) >= set(range(40, 200))
        assert reconcile(ctx.at(NOW + timedelta(hours=1)), "one_stop") == []
        with sqlite3.connect(file) as connection:
            there = {int(row[0][-4:]) for row in connection.execute("SELECT ma_ho_so FROM ho_so")}
        assert codes(ctx) == there


def test_p23_a_difference_is_named_per_day_and_kept(tmp_path: Path) -> None:
    """P-23: rows the source deleted without a trace and a changed sum: read again, and what stays different is told."""
    rows = [
        dossier(i, ngay_nop=f"2026-06-{1 + i % 4:02d} 08:00:00", ngay_hen_tra_goc="2026-06-28 17:00:00")
        for i in range(40)
    ]
    with one_stop(tmp_path, rows) as (ctx, file):
        run_source("one_stop", ctx)
        drop(file, 0)
        put(
            file, rows[1] | {"so_lan_gia_han": 3}
        )  # changed without moving its time of change: not even the overlap sees it
        left = reconcile(ctx.at(NOW + timedelta(hours=1)), "one_stop")
        assert left == [Difference("ho_so", date(2026, 6, 1), "rows", 9.0, 10.0)]
        assert count(ctx, "SELECT sum(extension_count) FROM core.dossier") == 3
        kept = ctx.warehouse.cursor().execute(
            "SELECT day, source_value, core_value FROM ops.reconciliation WHERE NOT is_equal"
        )
        assert kept.fetchall() == [(date(2026, 6, 1), 9.0, 10.0)]
        run = ctx.store.runs("one_stop")[0]
        assert (run.kind, run.status) == ("reconcile", "refused")


def test_a_flagged_row_leaves_and_its_older_versions_stay_out(tmp_path: Path) -> None:
    """Deleted by a flag; a repeated or older version does not bring it back, a newer one does; a rebuild agrees."""
    flag = Deletions(mode="flag", column="trang_thai", values=(8,))
    with one_stop(tmp_path, [dossier(i) for i in range(30)], deletions=flag) as (ctx, file):
        run_source("one_stop", ctx)
        gone = dossier(3, trang_thai=8, cap_nhat_luc="2026-06-20 08:00:00")
        put(file, gone)
        assert run_source("one_stop", ctx.at(NOW + timedelta(hours=1))).rows_changed == 2  # it came, and it went
        assert 3 not in codes(ctx)
        put(file, dossier(3, cap_nhat_luc="2026-06-19 08:00:00"))
        run_source("one_stop", ctx.at(NOW + timedelta(hours=8)))
        assert 3 not in codes(ctx)
        rebuild(ctx.at(NOW + timedelta(hours=9)))
        assert codes(ctx) == set(range(30)) - {3}
        put(file, dossier(3, cap_nhat_luc="2026-06-21 08:00:00"))
        run_source("one_stop", ctx.at(NOW + timedelta(hours=10)))
        assert 3 in codes(ctx)


def test_a_snapshot_takes_away_what_it_lacks_and_holds_when_too_much_is_gone(tmp_path: Path) -> None:
    """Procedures are read whole: one that left is removed with a tombstone; half of them gone holds the batch."""
    with one_stop(tmp_path, [dossier(i) for i in range(30)]) as (ctx, file):
        with sqlite3.connect(file) as connection:
            row = connection.execute("SELECT * FROM thu_tuc").fetchone()
            for number in range(2, 102):
                connection.execute(
                    f"INSERT INTO thu_tuc VALUES ({', '.join('?' * len(row))})", (f"1.{number:06d}", *row[1:])
                )
        run_source("one_stop", ctx)
        assert count(ctx, "SELECT count(*) FROM core.procedure") == 101
        with sqlite3.connect(file) as connection:
            connection.execute("DELETE FROM thu_tuc WHERE ma_thu_tuc > '1.000099'")
        run_source("one_stop", ctx.at(NOW + timedelta(hours=1)))
        assert count(ctx, "SELECT count(*) FROM core.procedure") == 99
        assert count(ctx, "SELECT count(*) FROM ops.tombstone WHERE table_name = 'core.procedure'") == 2
        with sqlite3.connect(file) as connection:
            connection.execute("DELETE FROM thu_tuc WHERE ma_thu_tuc > '1.000060'")
        later = ctx.at(NOW + timedelta(hours=2))
        result = run_source("one_stop", later)
        assert result.status == "refused"
        assert "39 of 99 rows vanished" in result.message
        assert count(ctx, "SELECT count(*) FROM core.procedure") == 99
        load_missing(later, "one_stop", held_too=True, accept=True)
        assert count(ctx, "SELECT count(*) FROM core.procedure") == 60
        rebuild(later)
        assert count(ctx, "SELECT count(*) FROM core.procedure") == 60


def test_a_backfill_brings_old_rows_and_makes_nothing_look_fresh(tmp_path: Path) -> None:
    """Rows of March come; watermark, completeness, last success, what is due and the breaker stay as they were."""
    old = [
        dossier(500 + i, ngay_nop=f"2026-03-{1 + i:02d} 08:00:00", cap_nhat_luc=f"2026-03-{1 + i:02d} 09:00:00",
                ngay_ket_thuc_xu_ly=f"2026-03-{1 + i:02d} 09:00:00", ngay_hen_tra_goc="2026-03-28 17:00:00")
        for i in range(20)
    ]  # fmt: skip
    with one_stop(tmp_path, [dossier(i) for i in range(30)]) as (ctx, file):
        run_source("one_stop", ctx)
        put(file, *old)
        before = count(ctx, STATE), ctx.store.last_success("one_stop"), ctx.store.breaker("one_stop")
        later = ctx.at(NOW + timedelta(days=3))
        loads = backfill(later, "one_stop", date(2026, 3, 1), date(2026, 3, 15))
        assert codes(ctx) - set(range(30)) == set(range(500, 515))
        assert {load.status for load in loads} == {"loaded"}
        assert (count(ctx, STATE), ctx.store.last_success("one_stop"), ctx.store.breaker("one_stop")) == before
        assert (
            count(ctx, "SELECT DISTINCT lane FROM ops.load_ledger WHERE dataset = 'ho_so' ORDER BY 1 LIMIT 1")
            == "backfill"
        )
        assert [run.kind for run in ctx.store.runs("one_stop")] == ["backfill", "pull"]
        assert sum(load.rows_changed for load in backfill(later, "one_stop", date(2026, 3, 1), date(2026, 3, 15))) == 0
        rebuild(later)
        assert codes(ctx) == set(range(30)) | set(range(500, 515))
        assert count(ctx, STATE).split()[0] == before[0].split()[0]
        with pytest.raises(UsageError):
            backfill(later, "one_stop", date(2026, 3, 2), date(2026, 3, 1))


def test_the_pieces_of_a_backfill_grow_while_they_bring_little() -> None:
    """Weeks of a large dataset, up to a year of a small one; together they are the whole time, once."""
    start, end = datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    pieces = Pieces(start, end)
    found = []
    for since, upto in pieces:
        found.append((since, upto))
        pieces.rows = FEW_ROWS if since < datetime(2024, 2, 1, tzinfo=UTC) else 5
    assert [(upto - since).days for since, upto in found] == [7, 7, 7, 7, 7, 7, 14, 28, 56, 112, 224, 255]
    assert [since for since, _ in found] == [start, *(upto for _, upto in found[:-1])]
    assert found[-1][1] == end


def test_a_backfill_goes_on_while_the_live_schedule_reads(tmp_path: Path) -> None:
    """The request has its own thread: while it hangs, other requests and readings are served."""
    hanging, release = threading.Event(), threading.Event()
    with one_stop(tmp_path, [dossier(i) for i in range(20)]) as (ctx, _):

        def hang(_: RunContext, __: Any) -> dict[str, Any]:
            hanging.set()
            release.wait(60)
            return {"loaded": 1}

        handlers = {**default_handlers(lambda *_: None), "backfill": hang}
        schedule = Schedule(
            ctx, clock=lambda: datetime.now(UTC), after=lambda *_: None, handlers=handlers, publish_every=1
        )
        slow = ctx.store.add_request("backfill", {}, now=NOW)
        schedule.start()
        try:
            wait_for(hanging.is_set)
            quick = ctx.store.add_request("run", {"sources": ["one_stop"]}, now=NOW)
            assert ctx.store.wait_request(quick, timeout=30, poll=0.05).status == "done"
            assert ctx.store.request(slow).status == "taken"
            release.set()
            assert ctx.store.wait_request(slow, timeout=30, poll=0.05).result == {"loaded": 1}
        finally:
            release.set()
            assert schedule.stop(10)


def test_p14_another_order_of_magnitude_is_held_and_can_be_accepted(tmp_path: Path) -> None:
    """P-14: the same report a thousand times larger (comma taken for a point): held; what was known stays."""
    box = tmp_path / "inbox"
    rows = [[*ROW[:5], f"2026-{month:02d}.ytd", f"1.01{month},4", *ROW[7:]] for month in range(1, 6)]
    with open_run(tmp_path / "home", {"report_files": {"path": str(box)}}) as ctx:
        write_csv(box / "a.csv", rows)
        run_source("report_files", ctx)
        before = values(ctx)
        assert len(before) == 5
        write_csv(box / "b.csv", [[*ROW[:5], "2026-06.ytd", "1.012.400", *ROW[7:]]])
        result = run_source("report_files", ctx)
        assert result.status == "refused"
        assert "order of magnitude" in result.message
        assert values(ctx) == before
        assert count(ctx, "SELECT rule FROM ops.quarantine") == "batch:scale"
        assert [load.status for load in load_missing(ctx, held_too=True)] == ["held"]
        assert [load.status for load in load_missing(ctx, held_too=True, accept=True)] == ["loaded"]
        rebuild(ctx)
        assert values(ctx)["commune_revenue", "21025", "2026-06.ytd"][0] == 1012400.0


def test_p14_comma_and_point_exchanged_are_not_readable(tmp_path: Path) -> None:
    """1,012.4 where the contract says decimal comma: refused as no number, never read as 1.012."""
    write_csv(tmp_path / "inbox" / "a.csv", [[*ROW[:6], "1,012.4", "1,012.4", "2,025.1", "UOC"]])
    with open_run(tmp_path / "home", {"report_files": {"path": str(tmp_path / "inbox")}}) as ctx:
        assert run_source("report_files", ctx).rows_refused == 1
        assert values(ctx) == {}


def test_a_day_unlike_its_weekday_is_held_once_and_never_again_after_it_was_accepted(tmp_path: Path) -> None:
    """Nine Mondays with 20 dossiers, then one with 90: held; accepted, the next readings of that day pass."""

    def day(monday: date, first: int, rows: int) -> list[dict[str, Any]]:
        text = monday.isoformat()
        return [
            dossier(first + i, ngay_nop=f"{text} 08:00:00", cap_nhat_luc=f"{text} 09:00:00",
                    ngay_tiep_nhan=f"{text} 08:30:00", ngay_ket_thuc_xu_ly=f"{text} 09:00:00",
                    ngay_hen_tra_goc=f"{text} 17:00:00")
            for i in range(rows)
        ]  # fmt: skip

    mondays = [date(2026, 5, 4) + timedelta(weeks=week) for week in range(8)]
    usual = [row for number, monday in enumerate(mondays) for row in day(monday, number * 100, 20)]
    with one_stop(
        tmp_path, usual, volume=Volume(band=1.5), reconcile=Reconcile(day="ngay_nop", core_day="received_on")
    ) as (
        ctx,
        file,
    ):
        assert run_source("one_stop", ctx).status == "ok"
        put(file, *day(date(2026, 6, 29), 2000, 90))
        later = ctx.at(NOW + timedelta(hours=1))
        result = run_source("one_stop", later)
        assert result.status == "refused"
        assert "2026-06-29 would have 90 rows where 20 are the median" in result.message
        assert not codes(ctx) & set(range(2000, 2090))
        load_missing(later, held_too=True, accept=True)
        assert codes(ctx) >= set(range(2000, 2090))
        put(file, *day(date(2026, 6, 29), 2090, 5))
        assert run_source("one_stop", ctx.at(NOW + timedelta(hours=2))).status == "ok"
        assert codes(ctx) >= set(range(2000, 2095))


def test_p13_after_the_contract_was_mended_a_held_batch_lands_once(tmp_path: Path) -> None:
    """P-13: 5 % of the rows carry a status the contract did not know; held, mended, replayed, replayed again."""
    rows = [dossier(i, kenh_thuc_hien=4 if i < 50 else 1) for i in range(1000)]
    with one_stop(tmp_path, rows) as (ctx, _):
        assert run_source("one_stop", ctx).status == "refused"
        assert codes(ctx) == set()
        source = ctx.specs["one_stop"]
        dataset = source.datasets["ho_so"]
        channel = dataset.columns["kenh_thuc_hien"].model_copy(update={"values": (1, 2, 3, 4)})
        dataset = dataset.model_copy(update={"columns": {**dataset.columns, "kenh_thuc_hien": channel}})
        ctx.specs["one_stop"] = source.model_copy(update={"datasets": {**source.datasets, "ho_so": dataset}})  # type: ignore[index]
        assert [load.rows_good for load in load_missing(ctx, held_too=True)] == [1000]
        assert load_missing(ctx, held_too=True) == []
        assert codes(ctx) == set(range(1000))
        assert count(ctx, "SELECT sum(rows_changed) FROM ops.load_ledger WHERE dataset = 'ho_so'") == 1000
        assert count(ctx, "SELECT count(*) FROM ops.quarantine WHERE status = 'held'") == 0

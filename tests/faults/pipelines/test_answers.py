"""Answers that are no reason to change anything: empty, partial, repeated, in any order, at the same time."""

from __future__ import annotations

import random
import sqlite3
import threading
from pathlib import Path

from ioc.settings import SourceSettings
from pipelines.landing import manifests
from pipelines.run import RunContext, run_source
from tests.pipelines.places import NOW, count, dossier, open_run, write_one_stop
from tests.pipelines.services import Answer, as_json, serving


def report(number: int) -> dict[str, object]:
    """A field report that fits the contract."""
    return {
        "ma_phan_anh": f"PA-260615-{number:04d}", "ma_xa": "21025", "linh_vuc": "HA_TANG", "trang_thai": "DA_XU_LY",
        "tiep_nhan_luc": "2026-06-15T08:20:11+07:00", "han_xu_ly": "2026-06-18T08:20:11+07:00",
        "hoan_thanh_luc": "2026-06-17T10:01:00+07:00", "hai_long": 5, "cap_nhat_luc": "2026-06-17T10:01:00+07:00",
        "noi_dung": "…", "nguoi_gui": "Người Thử", "dien_thoai": "0900000001",
    }  # fmt: skip


def content(ctx: RunContext, table: str) -> list[tuple[object, ...]]:
    """All rows of a table, lineage left out, in order."""
    sql = f"SELECT * EXCLUDE (load_id, known_at) FROM core.{table} ORDER BY ALL"
    return ctx.warehouse.cursor().execute(sql).fetchall()


def test_an_empty_table_deletes_nothing(tmp_path: Path) -> None:
    """P-08: a source that suddenly has no rows is held, its old rows stay, its watermark and completeness stay."""
    file = tmp_path / "one_stop.sqlite"
    url = write_one_stop(file, [dossier(i) for i in range(50)])
    with open_run(tmp_path / "home", {"one_stop": {"address": url}}) as ctx:
        run_source("one_stop", ctx)
        before = content(ctx, "dossier"), count(ctx, "SELECT watermark FROM ops.source_state WHERE dataset = 'ho_so'")
        write_one_stop(file, [])
        result = run_source("one_stop", ctx.at(NOW.replace(hour=20)))
        assert result.status == "refused"
        assert "0 rows" in result.message
        after = content(ctx, "dossier"), count(ctx, "SELECT watermark FROM ops.source_state WHERE dataset = 'ho_so'")
        assert after == before
        assert count(ctx, "SELECT complete_through FROM ops.source_state WHERE dataset = 'ho_so'") == NOW.replace(
            tzinfo=None
        )


def test_a_quiet_part_is_no_fault(tmp_path: Path) -> None:
    """P-08: no change since the watermark while the table still has rows: the run is ok, and completeness moves on."""
    file = tmp_path / "one_stop.sqlite"
    url = write_one_stop(file, [dossier(i) for i in range(50)])
    with open_run(tmp_path / "home", {"one_stop": {"address": url}}) as ctx:
        assert run_source("one_stop", ctx).status == "ok"
        before = content(ctx, "rating")
        with sqlite3.connect(file) as connection:  # the last rating is withdrawn; an older one stays
            connection.execute("UPDATE danh_gia SET cap_nhat_luc = '2025-08-01 08:00:00'")
        connection.close()
        later = NOW.replace(hour=20)
        result = run_source("one_stop", ctx.at(later))
        assert (result.status, result.message) == ("ok", "nothing new since 2026-07-01 09:00")
        rows = {load.dataset: load.rows_in for load in result.loads if load.status == "loaded"}
        assert rows["danh_gia"] == 0
        assert content(ctx, "rating") == before
        through = count(ctx, "SELECT complete_through FROM ops.source_state WHERE dataset = 'danh_gia'")
        assert through == later.replace(tzinfo=None)
        assert count(ctx, "SELECT count(*) FROM ops.quarantine") == 0


def test_every_kind_of_non_answer_keeps_what_was_known(tmp_path: Path) -> None:
    """P-08: a login page, null, an error envelope: the run fails with words, the table stays."""
    answers: list[Answer] = [as_json({"data": [report(i) for i in range(30)], "next_cursor": None})]
    with serving(lambda path, query: answers[-1]) as url:
        entry = {"url": url, "allow_origins": [url]}
        with open_run(tmp_path / "home", {"field_report": entry}) as ctx:
            assert run_source("field_report", ctx).status == "ok"
            before = content(ctx, "field_report")
            for answer in (
                (200, {"content-type": "text/html"}, b"<html>"),
                as_json(None),
                as_json({"error": "x"}),
                as_json({"data": None}),
            ):
                answers.append(answer)
                result = run_source("field_report", ctx, force=True)
                assert result.status == "failed"
                assert result.message
                assert content(ctx, "field_report") == before
            assert ctx.store.breaker("field_report").failures == 4


def test_some_pages_and_then_an_error_apply_nothing(tmp_path: Path) -> None:
    """P-07: 3 of 7 pages, then 500; no landing is left, the watermark does not move."""

    def route(path: str, query: dict[str, str]) -> Answer:
        page = int(query.get("cursor", 0))
        if page == 3:
            return 500, {}, b""
        return as_json({"data": [report(page * 10 + i) for i in range(10)], "next_cursor": str(page + 1)})

    with (
        serving(route) as url,
        open_run(tmp_path / "home", {"field_report": {"url": url, "allow_origins": [url]}}) as ctx,
    ):
        assert run_source("field_report", ctx).status == "failed"
        assert content(ctx, "field_report") == []
        assert list(manifests(ctx.home)) == []
        assert count(ctx, "SELECT count(*) FROM ops.source_state") == 0


def test_the_same_pages_five_times_shuffled_and_in_parallel(tmp_path: Path) -> None:
    """P-04: identical tables whatever the order and the number of deliveries; the landing replayed is a no-op."""
    rows = [report(i) for i in range(60)]
    order = random.Random(4)

    def route(path: str, query: dict[str, str]) -> Answer:
        start = int(query.get("cursor", 0))
        part = rows[start : start + 20]
        order.shuffle(part)
        return as_json({"data": part, "next_cursor": str(start + 20) if start + 20 < len(rows) else None})

    with (
        serving(route) as url,
        open_run(tmp_path / "home", {"field_report": {"url": url, "allow_origins": [url]}}) as ctx,
    ):
        run_source("field_report", ctx)
        before = content(ctx, "field_report")
        threads = [threading.Thread(target=run_source, args=("field_report", ctx)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert content(ctx, "field_report") == before
        assert len(before) == 60
        assert count(ctx, "SELECT sum(rows_changed) FROM ops.load_ledger") == 60
        ledger = count(ctx, "SELECT count(*) FROM ops.load_ledger")
        for landed in manifests(ctx.home):
            for _ in range(5):
                assert ctx.loader.load(ctx.specs["field_report"], landed, NOW).status == "known"
        assert count(ctx, "SELECT count(*) FROM ops.load_ledger") == ledger


def test_configuration_that_cannot_be_right_is_named(tmp_path: Path) -> None:
    """A key no connector knows fails that source with its name; the others go on."""
    url = write_one_stop(tmp_path / "one_stop.sqlite", [dossier(1)])
    with open_run(tmp_path / "home", {"one_stop": {"address": url, "adress": "x"}}) as ctx:
        assert "adress" in run_source("one_stop", ctx).message
    assert SourceSettings(every="1m").cadence.total_seconds() == 60

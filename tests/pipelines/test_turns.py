"""Jobs of the schedule that meet, hang, or are called otherwise."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from ioc.errors import ConfigError
from ioc.settings import Rhythm
from pipelines.run import run_source
from pipelines.schedule import Schedule, default_handlers
from pipelines.schedule.nightly import add_nightly
from tests.faults.pipelines.test_answers import report
from tests.pipelines.places import NOW, count, dossier, open_run, write_one_stop
from tests.pipelines.services import Answer, as_json, serving


def test_j04_c09_a_source_that_is_due_while_it_is_read_is_left_alone(tmp_path: Path) -> None:
    """J-04: three times due while it answers slowly: one reading, two skips that are counted; a command waits its turn.

    C-09: the service never sees two questions at once.
    """
    free, asked = threading.Event(), threading.Event()
    busy, most = [0], [0]

    def route(path: str, query: dict[str, str]) -> Answer:
        busy[0] += 1
        most[0] = max(most[0], busy[0])
        asked.set()
        assert free.wait(30)
        busy[0] -= 1
        return as_json({"data": [], "next_cursor": None})

    with (
        serving(route) as url,
        open_run(tmp_path / "home", {"field_report": {"url": url, "allow_origins": [url]}}) as ctx,
    ):
        schedule = Schedule(ctx, clock=lambda: NOW, after=lambda *_: None, handlers=default_handlers(lambda *_: None))
        first = threading.Thread(target=schedule.guarded, args=("source", "field_report"))
        first.start()
        assert asked.wait(30)
        for _ in range(2):
            schedule.guarded("source", "field_report")
        command = threading.Thread(target=schedule.handlers["run"], args=(ctx, {"sources": ["field_report"]}))
        command.start()
        assert schedule.counts["max_instances"] == 2
        assert len(ctx.store.runs("field_report", 9)) == 1
        free.set()
        for thread in (first, command):
            thread.join(30)
        assert most == [1]
        assert len(ctx.store.runs("field_report", 9)) == 2
        with ctx.turns.of("field_report"):  # something else reads it: the schedule comes again later
            schedule.guarded("source", "field_report")
        assert schedule.counts["max_instances"] == 3
        assert [job.id for job in schedule.scheduler.get_jobs()] == ["retry:field_report"]


def test_j03_a_reading_that_hangs_beyond_its_limit_ends_the_process(tmp_path: Path) -> None:
    """J-03: a reading that no longer obeys its limit is noticed two minutes later; the process is started anew."""
    free, asked, clock = threading.Event(), threading.Event(), [0.0]

    def route(path: str, query: dict[str, str]) -> Answer:
        asked.set()
        assert free.wait(30)
        return as_json({"data": [], "next_cursor": None})

    with (
        serving(route) as url,
        open_run(tmp_path / "home", {"field_report": {"url": url, "allow_origins": [url]}}) as ctx,
    ):
        schedule = Schedule(ctx, clock=lambda: NOW, after=lambda *_: None, handlers={}, monotonic=lambda: clock[0])
        schedule.scheduler.start()
        hanging = threading.Thread(target=schedule.guarded, args=("source", "field_report"))
        hanging.start()
        try:
            assert asked.wait(30)
            limit = ctx.specs["field_report"].deadline_seconds
            for passed, trouble in ((limit, None), (limit + 121, "field_report hangs beyond its deadline")):
                clock[0] = passed
                schedule.beat = passed
                assert schedule.trouble() == trouble
        finally:
            free.set()
            hanging.join(30)
            schedule.scheduler.shutdown(wait=False)
        assert schedule.trouble() == "the scheduler's thread is dead"


def test_j07_what_is_renamed_is_never_silently_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """J-07: a source that is called otherwise now stops the start with both names; so does a job that was not kept."""
    with open_run(tmp_path / "home", {"one_stop": {"address": "sqlite:///x"}}) as ctx:
        schedule = Schedule(ctx, clock=lambda: NOW, after=lambda *_: None, handlers={})
        monkeypatch.setattr(schedule, "guarded", lambda *_: None)
        schedule.start()
        try:
            kept = {job.id for job in schedule.scheduler.get_jobs()}
            assert kept - {"catch_up"} == schedule.expected()
            assert "source:one_stop" in kept
        finally:
            schedule.stop(5)
    with open_run(tmp_path / "home", {"one_stop_2": {"address": "sqlite:///x"}}) as ctx:
        schedule = Schedule(ctx, clock=lambda: NOW, after=lambda *_: None, handlers={})
        with pytest.raises(ConfigError, match=r"unknown source 'one_stop_2'.*one_stop"):
            schedule.start()
    with open_run(tmp_path / "home", {"one_stop": {"address": "sqlite:///x"}}) as ctx:
        schedule = Schedule(ctx, clock=lambda: NOW, after=lambda *_: None, handlers={})
        add = schedule.scheduler.add_job

        def rename(*args: Any, **given: Any) -> Any:
            return add(*args, **{**given, "id": given["id"].replace("source:", "read:")})

        monkeypatch.setattr(schedule.scheduler, "add_job", rename)
        with pytest.raises(ConfigError, match="not scheduled: source:one_stop"):
            schedule.start()


def test_p23_the_nightly_comparison_reads_again_what_differs(tmp_path: Path) -> None:
    """P-23: with `reconcile: {at: ...}` a job compares every source that declares it; a row that came without a newer
    watermark is fetched, and the numbers are measured again. A night that was missed is caught up after the start
    (J-05). Without the key there is no such job."""
    file = tmp_path / "one_stop.sqlite"
    url = write_one_stop(file, [dossier(i) for i in range(20)])
    with open_run(tmp_path / "home", {"one_stop": {"address": url}}) as ctx:
        silent = Schedule(ctx, clock=lambda: NOW, after=lambda *_: None, handlers={})
        assert "nightly" not in silent.expected()
        settings = ctx.settings.model_copy(update={"reconcile": Rhythm(at=["01:30"])})
        schedule = Schedule(replace(ctx, settings=settings), clock=lambda: NOW, after=lambda *_: None, handlers={})
        schedule.guarded("source", "one_stop")
        write_one_stop(file, [dossier(i, cap_nhat_luc="2026-06-02 08:00:00" if i > 20 else "2026-06-05 10:01:00")
                              for i in range(25)])  # fmt: skip
        schedule.start()
        try:
            job = schedule.scheduler.get_job("nightly")
            assert (str(job.next_run_time.tzinfo), f"{job.next_run_time:%H:%M}") == ("Asia/Ho_Chi_Minh", "01:30")
            schedule.guarded("nightly", "")
        finally:
            assert schedule.stop(20)
        assert count(ctx, "SELECT count(*) FROM core.dossier") == 25
        assert schedule.behind
        runs = [run for run in ctx.store.runs("one_stop", 9) if run.kind == "reconcile"]
        assert [run.status for run in runs] == ["ok"]
        for hours, is_missed in ((2, False), (26, True)):
            jobs = BackgroundScheduler()
            add_nightly(jobs, lambda: None, replace(ctx, settings=settings), NOW + timedelta(hours=hours))
            assert ("nightly_missed" in {job.id for job in jobs.get_jobs()}) == is_missed


def test_a_run_without_a_row_says_since_when(tmp_path: Path) -> None:
    """ "ok, 0 in" is explained: since when nothing came, or that nothing ever did and what to check."""
    rows: list[dict[str, object]] = []
    with (
        serving(lambda path, query: as_json({"data": rows, "next_cursor": None})) as url,
        open_run(
            tmp_path / "home",
            {"field_report": {"url": url, "allow_origins": [url]}, "report_files": {"path": str(tmp_path)}},
        ) as ctx,
    ):
        assert "nothing came yet" in run_source("field_report", ctx).message
        assert "no file came yet" in run_source("report_files", ctx).message
        rows.append(report(1))
        assert run_source("field_report", ctx.at(NOW + timedelta(hours=1))).message == ""
        rows.clear()
        later = run_source("field_report", ctx.at(NOW + timedelta(hours=9)))
        assert (later.status, later.message) == ("ok", "nothing new since 2026-07-01 10:00")

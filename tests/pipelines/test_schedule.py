"""The scheduler: times of the province, catch-up from the ledger, requests, the heartbeat, the end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ioc.errors import BusyError, ConfigError
from ioc.settings import Settings, SourceSettings
from ioc.store import AppStore
from ioc_cli.worker import run_worker
from pipelines.breaker import may_try, note_failure, note_success
from pipelines.run import RunContext, RunResult
from pipelines.schedule import Schedule, default_handlers, is_due, trigger_of
from tests.pipelines.places import NOW, dossier, open_run, write_one_stop

MONDAY = datetime(2026, 6, 29, 0, 0, tzinfo=UTC)  # 07:00 on a Monday in Vietnam
TIMES = """
from datetime import UTC, datetime
from ioc.settings import SourceSettings
from pipelines.schedule import ZONE, trigger_of
trigger = trigger_of(SourceSettings(at="07:00", on=["mon"]))
start = datetime(2026, 6, 24, 12, 0, tzinfo=UTC).astimezone(ZONE)
first = trigger.get_next_fire_time(None, start)
print(first.isoformat(), trigger.get_next_fire_time(first, first.replace(minute=1)).isoformat())
"""


@pytest.mark.parametrize("zone", ["UTC", "Asia/Ho_Chi_Minh", "America/New_York"])
def test_monday_seven_is_seven_in_vietnam_whatever_the_machine_says(zone: str) -> None:
    """J-06."""
    done = subprocess.run(
        [sys.executable, "-c", TIMES], env={**os.environ, "TZ": zone}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["2026-06-29T07:00:00+07:00", "2026-07-06T07:00:00+07:00"]


def test_the_ledger_decides_what_is_due_at_the_start() -> None:
    """J-05: never read, or a read was missed while nothing ran."""
    often, morning = SourceSettings(every="5m"), SourceSettings(at=["07:00"], on=["mon"])
    assert is_due(often, None, NOW)
    assert is_due(often, NOW - timedelta(minutes=5), NOW)
    assert not is_due(often, NOW - timedelta(minutes=4), NOW)
    assert is_due(morning, MONDAY - timedelta(days=1), MONDAY + timedelta(hours=6))
    assert not is_due(morning, MONDAY + timedelta(minutes=1), MONDAY + timedelta(days=6))


def test_weekdays_without_a_time_of_day_are_refused() -> None:
    """The error says what to write."""
    with pytest.raises(ConfigError, match="'on' needs 'at'"):
        trigger_of(SourceSettings(every="5m", on=["mon"]))


def test_the_breaker_opens_after_five_failures_and_survives_a_restart(tmp_path: Path) -> None:
    """J-10: a dead source is asked every five minutes, not every minute."""
    store = AppStore.open(tmp_path)
    for number in range(5):
        assert may_try(store, "one_stop", NOW + timedelta(minutes=number))
        note_failure(store, "one_stop", "no answer", NOW + timedelta(minutes=number))
    store.close()
    store = AppStore.open(tmp_path)
    assert not may_try(store, "one_stop", NOW + timedelta(minutes=6))
    assert may_try(store, "one_stop", NOW + timedelta(minutes=9))
    note_success(store, "one_stop")
    assert may_try(store, "one_stop", NOW + timedelta(minutes=6))
    store.close()


def wait_for(check: Any, seconds: float = 30.0) -> None:
    """Wait for another thread, at most so long."""
    until = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def test_due_sources_are_read_then_published_once_and_requests_are_served(tmp_path: Path) -> None:
    """Start reads what is due and publishes once; a command's run is carried out; the heart beats."""
    url = write_one_stop(tmp_path / "one_stop.sqlite", [dossier(i) for i in range(20)])
    published: list[list[RunResult]] = []
    with open_run(tmp_path / "home", {"one_stop": {"address": url, "every": "1h"}}) as ctx:

        def after(_: RunContext, results: list[RunResult]) -> None:
            published.append(results)

        schedule = Schedule(
            ctx, clock=lambda: datetime.now(UTC), after=after, handlers=default_handlers(after), publish_every=1
        )
        schedule.start()
        try:
            wait_for(lambda: published)
            assert [(result.source, result.rows_good) for result in published[0]] == [("one_stop", 22)]
            request = ctx.store.add_request("run", {"sources": ["one_stop"]}, now=NOW)
            answer = ctx.store.wait_request(request, timeout=30, poll=0.05)
            assert (answer.status, answer.result and answer.result["runs"][0]["status"]) == ("done", "ok")
            wrong = ctx.store.wait_request(ctx.store.add_request("paint", {}, now=NOW), timeout=30, poll=0.05)
            assert wrong.status == "failed"
            wait_for(lambda: "ingest" in ctx.store.heartbeats())
            assert schedule.trouble() is None
        finally:
            assert schedule.stop(10)


def test_what_the_last_process_could_not_publish_is_published_at_the_start(tmp_path: Path) -> None:
    """A process that ended between loading and publishing leaves nothing unseen, even when no source has news."""
    published: list[list[RunResult]] = []
    with open_run(tmp_path / "home", {}) as ctx:

        def after(_: RunContext, results: list[RunResult]) -> None:
            published.append(results)

        schedule = Schedule(ctx, clock=lambda: datetime.now(UTC), after=after, handlers={}, publish_every=1)
        schedule.start(behind=True)
        try:
            wait_for(lambda: published)
            schedule.publish_job("")
            assert published == [[]]
        finally:
            assert schedule.stop(10)


def test_a_job_that_raises_anything_does_not_stop_the_next(tmp_path: Path) -> None:
    """J-03: BaseException included."""
    with open_run(tmp_path / "home", {}) as ctx:

        def after(_: RunContext, __: list[RunResult]) -> None:
            raise KeyboardInterrupt

        schedule = Schedule(ctx, clock=lambda: NOW, after=after, handlers={}, publish_every=1)
        schedule.fresh = [RunResult("one_stop", "r", "ok")]
        schedule.guarded("publish", "")
        assert schedule.counts["error"] == 1
        assert schedule.trouble() == "the scheduler's thread is dead"


def test_a_clock_that_goes_back_holds_the_reading(tmp_path: Path) -> None:
    """FAULTS 3 rule 8."""
    moments = [NOW]
    ran: list[int] = []
    with open_run(tmp_path / "home", {}) as ctx:
        schedule = Schedule(ctx, clock=lambda: moments[0], after=lambda *_: ran.append(1), handlers={})
        schedule.fresh = [RunResult("one_stop", "r", "ok")]
        moments[0] = NOW - timedelta(hours=1)
        schedule.guarded("publish", "")
        assert ran == []


def start_worker(home: Path, url: str, **given: Any) -> tuple[threading.Thread, threading.Event, list[int]]:
    """The ingest process's main, in a thread of the test."""
    settings = Settings(home=home, sources={"one_stop": SourceSettings(every="1h", address=url)})  # type: ignore[call-arg]
    stop, codes = threading.Event(), []
    thread = threading.Thread(
        target=lambda: codes.append(run_worker(settings, home, stop=stop, after=lambda *_: None, **given)), daemon=True
    )
    thread.start()
    return thread, stop, codes


def test_the_ingest_process_ends_cleanly_and_a_second_one_is_refused(tmp_path: Path) -> None:
    """J-01, J-08: the lock names its holder; the end comes within seconds with code 0."""
    home = tmp_path / "home"
    url = write_one_stop(tmp_path / "one_stop.sqlite", [dossier(i) for i in range(20)])
    thread, stop, codes = start_worker(home, url)
    store = AppStore.open(home)
    wait_for(lambda: store.last_success("one_stop"))
    with pytest.raises(BusyError, match="pid"):
        run_worker(Settings(home=home), home, stop=threading.Event(), after=lambda *_: None)
    stop.set()
    thread.join(20)
    assert codes == [0]
    assert store.runs("one_stop")[0].status == "ok"
    store.close()


def test_a_dead_scheduler_ends_the_process_with_code_70(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """J-02: an exception inside the scheduler's own loop; the supervisor starts a new process."""
    from apscheduler.schedulers.background import BackgroundScheduler

    url = write_one_stop(tmp_path / "one_stop.sqlite", [dossier(1)])
    left: list[int] = []
    broken = threading.Event()
    original = BackgroundScheduler._process_jobs

    def process(self: BackgroundScheduler) -> Any:
        if broken.is_set():
            raise RuntimeError("injected")
        return original(self)

    monkeypatch.setattr(BackgroundScheduler, "_process_jobs", process)
    monkeypatch.setattr(threading, "excepthook", lambda args: None)
    thread, _, codes = start_worker(tmp_path / "home", url, leave=left.append)
    store = AppStore.open(tmp_path / "home")
    wait_for(lambda: store.last_success("one_stop"))
    broken.set()
    thread.join(30)
    assert left == [70]
    assert codes == [70]
    store.close()

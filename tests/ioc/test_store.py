"""The app store: runs, requests, heartbeats, breakers; shared by threads and processes."""

import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest

from ioc.errors import BusyError, StorageError
from ioc.store import AppStore, Breaker

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    found = AppStore.open(tmp_path)
    yield found
    found.close()


def test_durability_settings(store):
    with store._engine.connect() as connection:
        read = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }
    assert read == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 5000}


def test_runs(store):
    first = store.start_run("one_stop", now=NOW)
    store.end_run(first, "ok", "", 10, 8, 1, 1, now=NOW + timedelta(seconds=5))
    second = store.start_run("one_stop", now=NOW + timedelta(minutes=5))
    store.end_run(second, "failed", "timeout", now=NOW + timedelta(minutes=6))
    third = store.start_run("traffic_live", now=NOW + timedelta(minutes=7))
    runs = store.runs("one_stop")
    assert [run.run_id for run in runs] == [second, first]
    assert (runs[1].rows_in, runs[1].rows_good, runs[1].rows_refused, runs[1].rows_duplicate) == (10, 8, 1, 1)
    assert store.last_success("one_stop") == NOW
    assert store.last_success("traffic_live") is None
    assert store.interrupt_runs(now=NOW + timedelta(hours=1)) == 1
    assert store.runs("traffic_live")[0].status == "interrupted"
    assert store.runs(limit=1)[0].run_id == third
    with pytest.raises(StorageError, match="there is no run x"):
        store.end_run("x", "ok", now=NOW)


def test_a_request_is_taken_once_by_eight_takers(store):
    ids = [store.add_request("run", {"source": str(i)}, now=NOW) for i in range(40)]
    taken, lock = [], threading.Lock()

    def take():
        while (found := store.take_request(now=NOW)) is not None:
            with lock:
                taken.append(found.id)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == ids


def test_request_round_trip(store):
    number = store.add_request("replay", {"source": "one_stop"}, now=NOW)
    answers = []

    def answer(_seconds):
        answers.append(store.take_request(now=NOW))
        store.finish_request(number, {"rows": 3}, now=NOW)

    done = store.wait_request(number, sleep=answer)
    assert (done.status, done.result, answers[0].args) == ("done", {"rows": 3}, {"source": "one_stop"})
    with pytest.raises(StorageError, match="was not taken"):
        store.finish_request(number, {}, now=NOW)
    late = store.add_request("run", {}, now=NOW)
    with pytest.raises(BusyError, match="still waiting"):
        store.wait_request(late, timeout=1, sleep=lambda _s: None)


def test_a_request_of_a_dead_process_fails(store):
    number = store.add_request("run", {}, now=NOW)
    store.take_request(now=NOW)
    store.interrupt_runs(now=NOW)
    assert store.request(number).status == "failed"


def test_heartbeats_and_breakers_survive_reopening(tmp_path):
    store = AppStore.open(tmp_path)
    store.heartbeat("scheduler", NOW)
    store.heartbeat("scheduler", NOW + timedelta(seconds=10))
    store.set_breaker(Breaker("one_stop", 5, NOW, NOW + timedelta(minutes=5), "timeout"))
    store.close()
    again = AppStore.open(tmp_path)
    assert again.heartbeats() == {"scheduler": NOW + timedelta(seconds=10)}
    assert again.breaker("one_stop") == Breaker("one_stop", 5, NOW, NOW + timedelta(minutes=5), "timeout")
    assert again.breaker("other") == Breaker("other")
    again.close()


def test_a_store_that_is_newer_or_damaged_is_refused(tmp_path):
    AppStore.open(tmp_path).close()
    with sqlite3.connect(tmp_path / "app.sqlite") as connection:
        connection.execute("UPDATE store SET schema_version = 99")
    with pytest.raises(StorageError, match="schema 99"):
        AppStore.open(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    (other / "app.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(StorageError, match="is damaged"):
        AppStore.open(other)


def test_naive_instants_are_refused(store):
    with pytest.raises(Exception, match="time zone"):
        store.heartbeat("x", datetime(2026, 7, 1))

"""The ingest lock: one holder, named with pid and since; free again when the holder dies."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from ioc.errors import BusyError
from ioc.lock import IngestLock, read_holder

HOLD = "import sys; from pathlib import Path; from ioc.lock import IngestLock\n"
HOLD += "IngestLock(Path(sys.argv[1])).acquire(); print('held', flush=True); sys.stdin.read()"


def hold(home):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_is_told_who_and_since_when(tmp_path):
    with IngestLock(tmp_path) as first:
        first.release()
        first.acquire(now=datetime(2026, 7, 1, 2, 0, tzinfo=UTC))
        with pytest.raises(BusyError) as caught:
            IngestLock(tmp_path).acquire()
        assert f"pid {os.getpid()}, since 2026-07-01T02:00:00Z" in str(caught.value)
        assert read_holder(tmp_path) == os.getpid()
    assert read_holder(tmp_path) is None
    IngestLock(tmp_path).acquire()


def test_acquire_twice_is_one_lock_and_the_file_stays(tmp_path):
    lock = IngestLock(tmp_path)
    lock.acquire()
    lock.acquire()
    lock.release()
    lock.release()
    assert not lock.held
    assert lock.path.exists()
    assert read_holder(tmp_path / "nowhere") is None


def test_a_killed_holder_frees_the_lock(tmp_path):
    process = hold(tmp_path)
    with pytest.raises(BusyError, match=f"pid {process.pid}"):
        IngestLock(tmp_path).acquire()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with IngestLock(tmp_path):
        assert read_holder(tmp_path) == os.getpid()


def test_a_child_process_does_not_inherit_it(tmp_path):
    lock = IngestLock(tmp_path)
    lock.acquire()
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    try:
        lock.release()
        IngestLock(tmp_path).acquire()
    finally:
        child.communicate()

"""The supervisor: starts, restarts with back-off, stops all in time, refuses a taken port and a held home."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from ioc.errors import BusyError
from ioc.lock import IngestLock
from ioc.settings import load_settings
from ioc_cli.pulse import Pulse
from ioc_cli.up import MOST_RESTARTS, RESTART_WINDOW, Child, default_children, run_up, stop_children
from ioc_cli.web import child_environment, server_options, web_command

ROOT = Path(__file__).resolve().parents[3]
FLASK_STAND_IN = """
import os, sys
BEFORE = "duckdb" in sys.modules
def create_server(config, home):
    import duckdb, flask
    server = flask.Flask("x")
    server.add_url_rule("/healthz", "h", lambda: {"before": BEFORE, "pid": os.getpid(), "home": str(home)})
    return server
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def settings_on(tmp_path, port):
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    (home / "config.yaml").write_text(f"web:\n  port: {port}\n  workers: 2\n  threads: 2\n")
    return load_settings(None, home, {})


def run_in_thread(settings, children, stop, said):
    def body():
        run_up(settings, settings.home, demo=False, stop_event=stop, children=children, say=said.append)

    thread = threading.Thread(target=body)
    thread.start()
    return thread


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        threading.Event().wait(0.05)


def test_a_killed_child_comes_back_and_all_end_on_stop(tmp_path):
    settings = settings_on(tmp_path, free_port())
    children = [Child("worker", [sys.executable, "-c", "import time; time.sleep(600)"])]
    stop, said = threading.Event(), []
    thread = run_in_thread(settings, children, stop, said)
    wait_until(lambda: children[0].process is not None)
    first = children[0].process.pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: children[0].process is not None and children[0].process.pid != first)
    second = children[0].process
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    assert second.poll() is not None
    assert said == []


def test_j02_a_frozen_child_is_killed_and_started_again(tmp_path):
    """J-02, J-09: the pid is alive and nothing moves; a child whose pulse cannot be read is left alone."""
    settings = settings_on(tmp_path, free_port())
    beat = tmp_path / "beat"
    write = f"pathlib.Path({str(beat)!r}).write_text(str(time.time()))"
    script = f"import pathlib, time\nwhile True:\n    {write}\n    time.sleep(0.05)"
    pulse = Pulse(lambda: beat.read_text() if beat.exists() else None, patience=1.0, every=0.1)
    unread = Pulse(lambda: None, patience=0.1, every=0.05)
    children = [
        Child("worker", [sys.executable, "-c", script], pulse=pulse),
        Child("other", [sys.executable, "-c", "import time; time.sleep(600)"], pulse=unread),
    ]
    stop, said = threading.Event(), []
    thread = run_in_thread(settings, children, stop, said)
    wait_until(lambda: all(child.process is not None for child in children) and beat.exists())
    first, other = children[0].process, children[1].process
    threading.Event().wait(1.5)
    assert first.poll() is None, "a child that moves is left alone, longer than the patience"
    os.kill(first.pid, signal.SIGSTOP)
    wait_until(lambda: children[0].process is not None and children[0].process.pid != first.pid)
    assert first.poll() == -signal.SIGKILL
    frozen = beat.read_text()
    wait_until(lambda: beat.read_text() not in ("", frozen))
    assert other.poll() is None
    stop.set()
    thread.join(20)
    assert not thread.is_alive()


def test_a_pulse_waits_for_the_first_move_of_a_start():
    seen = ["old"]
    pulse = Pulse(lambda: seen[0], patience=60, every=5)
    pulse.begin(100.0)
    assert pulse.stalled(5_000.0) == 0, "a start that takes long is not judged"
    seen[0] = "first beat"
    assert pulse.stalled(5_010.0) == 0
    assert pulse.stalled(5_065.0) == 0
    assert pulse.stalled(5_075.0) == 65.0
    seen[0] = "second beat"
    assert pulse.stalled(5_081.0) == 0


def test_a_deaf_child_is_killed():
    script = "import signal, sys, time\nsignal.signal(15, signal.SIG_IGN)\nprint('x', flush=True)\ntime.sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    process.stdout.readline()
    stop_children([Child("deaf", [], process)], patience=0.3)
    assert process.returncode == -signal.SIGKILL
    process.stdout.close()


def test_back_off_grows_and_a_crash_loop_is_broken():
    child = Child("worker", [])
    now, waits = 0.0, []
    for _ in range(MOST_RESTARTS + 1):
        child.started = now
        now += 0.5
        waits.append(child.note_end(now))
        now += waits[-1]
    assert waits[:MOST_RESTARTS] == [1, 2, 4, 8, 16]
    assert waits[MOST_RESTARTS] > RESTART_WINDOW / 2
    child.started = now
    assert child.note_end(now + 10 * RESTART_WINDOW) == 1


def test_a_taken_port_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BusyError, match=rf"port {port} on 127\.0\.0\.1 is taken.*web\.port") as caught:
            run_up(
                settings_on(tmp_path, port),
                tmp_path / "home",
                demo=False,
                stop_event=threading.Event(),
                children=[],
            )
    assert caught.value.exit_code == 1


def test_a_held_home_is_refused_with_the_pid(tmp_path):
    settings = settings_on(tmp_path, free_port())
    with IngestLock(settings.home), pytest.raises(BusyError, match=rf"pid {os.getpid()}"):
        run_up(settings, settings.home, demo=False, stop_event=threading.Event(), children=[])


def test_the_real_web_forks_before_duckdb_and_says_ready(tmp_path, monkeypatch):
    """S-15: gunicorn's parent has no duckdb; both workers answer; SIGTERM ends all."""
    settings = settings_on(tmp_path, free_port())
    (tmp_path / "stand_in").mkdir()
    (tmp_path / "stand_in" / "app.py").write_text(FLASK_STAND_IN)
    entry = f"import sys; sys.path.insert(0, {str(tmp_path / 'stand_in')!r}); import ioc_cli.web as w; "
    entry += "assert 'duckdb' not in sys.modules; w.serve()"
    command = [sys.executable, "-c", entry, *web_command(settings)[3:]]
    stop, said = threading.Event(), []
    children = [Child("web", command)]
    thread = run_in_thread(settings, children, stop, said)
    try:
        wait_until(lambda: said)
        assert said == [f"IOC sẵn sàng: {settings.web.url}"]
        with urllib.request.urlopen(f"{settings.web.url}healthz", timeout=5) as answer:
            body = answer.read().decode()
        assert '"before":false' in body.replace(" ", "")
        assert str(settings.home.resolve()) in body
        assert f'"pid":{children[0].process.pid}' not in body.replace(" ", "")
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()
    assert server_options(settings)["preload_app"] is False


def test_default_children_name_home_and_config(tmp_path):
    settings = settings_on(tmp_path, 8050)
    children = default_children(settings, demo=True)
    assert [child.name for child in children] == ["demo", "worker", "web"]
    for child in children:
        assert str(settings.home.resolve()) in child.command
        assert str(settings.config_path.resolve()) in child.command
    assert child_environment({"PYTHONPATH": "x"})["PYTHONPATH"].split(os.pathsep) == [str(ROOT), "x"]

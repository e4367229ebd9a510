"""The running product: `ioc up` on a home of its own, a source system that changes, a browser left open.

The demo's clock stands (`--no-demo`): nothing changes in the one-stop system but what the test writes there.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ioc.lock import read_holder
from ioc.store import AppStore
from tests.screen.watch import until
from tests.whole.conftest import ROOT

pytestmark = pytest.mark.screen
WORKERS = 2
CARD = ".kpi[data-card^='procedures.received|51|'] .k-val"
LOCAL = timedelta(hours=7)


@dataclass
class Running:
    """A product that runs: its supervisor, home and address."""

    supervisor: subprocess.Popen[bytes]
    home: Path
    url: str

    def version(self) -> int:
        with urllib.request.urlopen(f"{self.url}/api/v1/version", timeout=10) as answer:
            return int(json.load(answer)["version"])


def wait_for(found: Callable[[], Any], seconds: float = 90) -> Any:
    deadline = time.monotonic() + seconds
    while True:
        try:
            value = found()
        except OSError:
            value = None
        if value:
            return value
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def running(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`ioc up` as its users start it, with two web workers; only the one-stop system is read, every 10 s."""
    home = tmp_path_factory.mktemp("live") / "home"
    shutil.copytree(demo_home, home)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    config = (home / "config.yaml").read_text(encoding="utf-8")
    web = f"web: {{host: 127.0.0.1, port: {port}, workers: {WORKERS}, threads: 4}}"
    config = re.sub(r"^web:.*$", web, config, flags=re.M)
    config = re.sub(r"^(  \w+: \{)(?=(every|at):)", r"\1enabled: false, ", config, flags=re.M)
    address = f"sqlite:///{home / 'demo' / 'one_stop.sqlite'}"
    config = re.sub(r"^  one_stop: .*$", f'  one_stop: {{every: 10s, address: "{address}"}}', config, flags=re.M)
    (home / "config.yaml").write_text(config, encoding="utf-8")
    log = (home / "up.log").open("wb")
    command = [sys.executable, "-m", "app", "--home", str(home), "up", "--no-demo"]
    supervisor = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    found = Running(supervisor, home, f"http://127.0.0.1:{port}")
    try:
        wait_for(lambda: urllib.request.urlopen(f"{found.url}/healthz", timeout=5).status == 200)
        yield found
    finally:
        supervisor.send_signal(signal.SIGTERM)
        assert supervisor.wait(25) == 0, (home / "up.log").read_text()[-3000:]
        log.close()


def received_this_month(home: Path, month: str) -> int:
    """The number the source system itself gives for the month (its times are local)."""
    with sqlite3.connect(home / "demo" / "one_stop.sqlite") as connection:
        (count,) = connection.execute("SELECT count(*) FROM ho_so WHERE substr(ngay_nop, 1, 7) = ?", [month]).fetchone()
    return int(count)


def write_dossier(home: Path, code: str, now: datetime) -> None:
    """One more dossier as the one-stop system stores it, received this minute."""
    stamp = (now + LOCAL).strftime("%Y-%m-%d %H:%M:%S")
    with sqlite3.connect(home / "demo" / "one_stop.sqlite") as connection:
        connection.row_factory = sqlite3.Row
        newest = connection.execute("SELECT * FROM ho_so WHERE trang_thai = 1 ORDER BY cap_nhat_luc DESC LIMIT 1")
        row = {
            **dict(newest.fetchone()),
            "ma_ho_so": code,
            "ngay_nop": stamp,
            "cap_nhat_luc": stamp,
            "ngay_dong_bo": stamp,
        }
        marks = ", ".join("?" for _ in row)
        connection.execute(f"INSERT INTO ho_so ({', '.join(row)}) VALUES ({marks})", list(row.values()))


def descendants(pid: int) -> dict[int, str]:
    """Living processes below a process: pid -> command line."""
    found: dict[int, str] = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        try:
            found[int(child)] = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
            found |= descendants(int(child))
        except OSError:
            continue
    return found


def test_a_dossier_added_in_the_source_system_appears_in_its_tile(running: Running, chromium: Any) -> None:
    now = datetime.now(UTC)
    month = (now + LOCAL).strftime("%Y-%m")
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(60_000)
    page.goto(f"{running.url}/procedures?period={month}")
    page.wait_for_selector(CARD)
    before = int(page.inner_text(CARD).replace(".", ""))
    assert before == received_this_month(running.home, month), "the tile shows what the source system counts"
    page.evaluate(f"""() => {{ window.mark = 'not loaded again'; window.card = document.querySelector("{CARD}"); }}""")
    write_dossier(running.home, f"H48.99-{now:%y%m%d}-9001", now)
    shown = f"""Number(document.querySelector("{CARD}").textContent.replaceAll('.', ''))"""
    until(page, f"{shown} === {before + 1}", timeout=150_000)
    assert page.evaluate("window.mark") == "not loaded again"
    assert page.evaluate("window.card.isConnected")
    assert received_this_month(running.home, month) == before + 1
    page.close()


def test_j01_two_web_workers_and_one_ingest(running: Running) -> None:
    """J-01: each reading ran once, in the one process that holds the lock; a second one is refused."""
    below = descendants(running.supervisor.pid)
    holder = read_holder(running.home)
    ingest = [pid for pid, command in below.items() if command.rstrip().endswith(" worker")]
    assert ingest == [holder]
    web = {pid: command for pid, command in below.items() if "ioc_cli.web" in command}
    assert len(web) == 1 + WORKERS, "gunicorn's parent and its workers"
    command = [sys.executable, "-m", "app", "--home", str(running.home), "worker"]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert second.returncode != 0
    assert str(holder).encode() in second.stderr
    store = AppStore.open(running.home)
    began = datetime.now(UTC)
    wait_for(lambda: sum(run.started_at > began for run in store.runs("one_stop", 20)) >= 2)
    runs = sorted(run.started_at for run in store.runs("one_stop", 20))
    recent = [started for started in runs if started > began - timedelta(seconds=40)]
    assert all(later - earlier > timedelta(seconds=5) for earlier, later in itertools.pairwise(recent)), recent
    store.close()


def test_j02_a_killed_ingest_comes_back_while_the_screens_stay(running: Running) -> None:
    """J-02: within 30 s another process holds the lock and beats; the web answers all the while."""
    first = read_holder(running.home)
    assert first is not None
    store = AppStore.open(running.home)
    os.kill(first, signal.SIGKILL)
    killed = datetime.now(UTC)
    shown = running.version()
    wait_for(lambda: running.version() >= shown and read_holder(running.home) not in (None, first), 60)
    wait_for(lambda: store.heartbeats()["ingest"] > killed, 60)
    assert running.version() >= shown
    store.close()

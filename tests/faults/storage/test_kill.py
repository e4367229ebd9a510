"""S-01: the writer is killed at random moments under mixed load; no acknowledged batch is lost or torn."""

import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.faults.storage.mixed_load import ROWS
from tests.faults.storage.size import rounds
from tests.warehouse_fixture import open_warehouse

ROOT = Path(__file__).resolve().parents[3]


def kill_after(home, first, seconds, *, acks):
    """Run the writer and kill it `seconds` after it opened and wrote `acks` batches; returns the acknowledged."""
    command = [sys.executable, "-m", "tests.faults.storage.mixed_load", str(home), str(first)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout.readline() == "open\n"
    seen = [process.stdout.readline().strip() for _ in range(acks)]
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    lines = seen + process.stdout.read().splitlines()
    timer.join()
    process.wait()
    return [int(line.split()[1]) for line in lines if line.startswith("ack ") and line[4:].isdigit()]


@pytest.mark.timeout(1800)  # the full count takes minutes
def test_s01_sigkill_loses_nothing_acknowledged(tmp_path):
    chance = random.Random(51)
    acknowledged, first, slowest = set(), 0, 0.0
    longest = 3.0 if rounds(0, 1) else 0.8  # seconds
    for number in range(rounds(12, 100)):
        acknowledged |= set(kill_after(tmp_path, first, chance.uniform(0.05, longest), acks=number % 3))
        started = time.perf_counter()
        with open_warehouse(tmp_path) as warehouse:
            slowest = max(slowest, time.perf_counter() - started)
            assert warehouse.quarantined is None
            cursor = warehouse.cursor()
            loads = {
                int(row[0].split("-")[1]) for row in cursor.execute("SELECT load_id FROM ops.load_ledger").fetchall()
            }
            assert acknowledged <= loads, f"lost: {sorted(acknowledged - loads)[:5]}"
            assert loads == set(range(len(loads)))
            last = max(loads, default=-1)
            count = cursor.execute("SELECT count(*), count(DISTINCT rating_code) FROM core.rating").fetchone()
            assert count == (len(loads) * ROWS, len(loads) * ROWS)
            torn = cursor.execute(
                f"SELECT split_part(rating_code, '-', 1) AS batch FROM core.rating GROUP BY batch "
                f"HAVING count(*) <> {ROWS} OR count(DISTINCT load_id) <> 1"
            ).fetchall()
            assert torn == []
            if last >= 0:
                mart = cursor.execute("SELECT sum(score), min(run_id), max(run_id) FROM mart.score").fetchone()
                assert mart == (len(loads) * ROWS, f"load-{last}", f"load-{last}")
            first = last + 1
    assert acknowledged
    assert slowest < 30  # a hang limit, not the promise

"""The whole way of a number by the public command: source systems, landing, core, observations, a version."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.bench.rows import Row, times

ROOT = Path(__file__).resolve().parents[2]
LONGEST_SECONDS = 1800


def run_demo(home: Path, *arguments: str) -> tuple[dict[str, Any], float, float]:
    """`ioc demo` as a user runs it: its answer, wall seconds and processor seconds of the process."""
    before, began = child_seconds(), time.perf_counter()
    command = [sys.executable, "-m", "app", "--home", str(home), "--json", "demo", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False)
    wall, cpu = time.perf_counter() - began, child_seconds() - before
    if done.returncode:
        raise SystemExit(f"ioc demo ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout), wall, cpu


def child_seconds() -> float:
    """Processor seconds of ended child processes."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def bench_demo(home: Path, *, scale: str = "") -> list[Row]:
    """Build a home and run everything once, then once more with what came in the meantime."""
    first, wall, cpu = run_demo(home, *(("--scale", scale) if scale else ()))
    again, wall_again, cpu_again = run_demo(home)
    rate = first["rows"] / first["ingest_seconds"]
    return [
        Row("demo source systems built", first["built_seconds"], "s"),
        Row(
            "pull, load, measure, score, publish",
            first["ingest_seconds"],
            "s",
            note=f"{first['rows']:,} rows, {rate:,.0f} a second",
        ),
        Row("the whole command, from nothing", wall, "s", note=f"{cpu:.0f} s processor"),
        Row(
            "the whole command again, with the news since",
            wall_again,
            "s",
            ratio=f"{times(wall_again, wall)} of the first",
            note=f"{again['rows']:,} rows, {cpu_again:.0f} s processor",
        ),
    ]

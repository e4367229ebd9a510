"""One small demo province for the tests of the whole product, built once a run by the public command."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.once import build_once

ROOT = Path(__file__).resolve().parents[2]
Ioc = Callable[..., Any]


def run_ioc(home: Path, *arguments: str, code: int = 0) -> Any:
    """Run the public command as a user would; its JSON document from standard output, the exit code checked."""
    command = [sys.executable, "-m", "app", "--home", str(home), "--json", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == code, f"{arguments}: exit {done.returncode}\n{done.stdout[-800:]}\n{done.stderr[-2500:]}"
    return json.loads(done.stdout) if done.stdout.strip() else None


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Quảng Ngãi at one hundredth of its size, seven months, the whole way from source systems to a version.

    Built once for all test processes of a run. Tests write to copies.
    """

    def build(folder: Path) -> None:
        document = run_ioc(folder / "home", "demo", "--scale", "0.01", "--months", "7")
        assert {run["status"] for run in document["runs"]} == {"ok"}, document["runs"]

    return build_once(tmp_path_factory, "whole", build)


@pytest.fixture
def ioc(demo_home: Path) -> Ioc:
    """The command on the demo home."""
    return lambda *arguments, **options: run_ioc(demo_home, *arguments, **options)

"""What is costly to build is built once a run, whatever the number of test processes."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest


def build_once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], object]) -> Path:
    """The home `name`, made by `build(folder)` as folder/home: whoever comes first builds, the others wait.

    It is shared by all test processes of the run: tests only read it, those that write take a copy.
    """
    own = factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / name
    folder.mkdir(exist_ok=True)
    done = folder / "done"
    with (folder / "lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not done.exists():
            assert not (folder / "home").exists(), f"{name} could not be built in this run; see the first failure"
            build(folder)
            done.touch()
    return folder / "home"

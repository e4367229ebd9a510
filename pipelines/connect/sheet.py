"""Spreadsheets, read by a limited child process. A hostile or broken file costs the child, never the parent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.connect.disguise import Unreadable, unmask

__all__ = ["Rows", "Unreadable", "read_sheets"]

CHILD = Path(__file__).with_name("sheet_child.py")
MEMORY_MB, CPU_SECONDS, WALL_SECONDS, MOST_ROWS = 1024, 60, 120, 300_000


TOO_MUCH = Unreadable("refused: too much for the limits of memory and time; is there a cell far outside the table?")
Rows = list[tuple[int, list[Any]]]


def read_sheets(paths: Sequence[Path], *, sheet: object = None) -> dict[Path, Rows | Unreadable]:
    """One sheet of each file as (row number, cells): the first, or the one named or numbered (from 1) by `sheet`.

    Files that bring the child down are tried alone.
    """
    answers: dict[Path, Rows | Unreadable] = {}
    for path in paths:
        fault = unmask(path)
        if fault is not None:
            answers[path] = fault
    wanted = [path for path in paths if path not in answers]
    answers |= run_child(wanted, sheet)
    left = [path for path in wanted if path not in answers]
    for path in left:
        alone = run_child([path], sheet)
        answers[path] = alone.get(path, TOO_MUCH)
    return answers


def run_child(paths: Sequence[Path], sheet: object = None) -> dict[Path, Rows | Unreadable]:
    """What one child says; files it did not finish are absent."""
    if not paths:
        return {}
    command = [sys.executable, "-X", "utf8", str(CHILD), str(MEMORY_MB), str(CPU_SECONDS), str(MOST_ROWS)]
    command.append(f"#{sheet}" if isinstance(sheet, int) else str(sheet or ""))
    environment = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG", "LD_LIBRARY_PATH")}
    try:
        done = subprocess.run(
            [*command, *map(str, paths)],
            capture_output=True,
            timeout=WALL_SECONDS,
            env=environment,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        output = done.stdout
    except subprocess.TimeoutExpired as error:
        output = error.stdout or b""
    rows: dict[int, Rows] = {}
    answers: dict[Path, Rows | Unreadable] = {}
    for line in output.splitlines():
        try:
            number, *rest = json.loads(line)
        except ValueError:
            break  # the child died in the middle of a line
        if rest[0] == "done" and len(rest) == 2:
            answers[paths[number]] = rows.pop(number, [])
        elif rest[0] == "error" and len(rest) == 2:
            answers[paths[number]] = Unreadable(str(rest[1]))
        else:
            rows.setdefault(number, []).append((int(rest[1]), list(rest[2])))
    return answers

"""Spreadsheets, read by a limited child process. A hostile or broken file costs the child, never the parent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHILD = Path(__file__).with_name("sheet_child.py")
MEMORY_MB, CPU_SECONDS, WALL_SECONDS, MOST_ROWS = 1024, 60, 120, 300_000
MOST_ENTRIES, MOST_UNPACKED, MOST_RATIO = 2000, 300 * 2**20, 400


@dataclass(frozen=True)
class Unreadable:
    """Why a file cannot be read. `unfinished`: it looks like a file still being written."""

    message: str
    unfinished: bool = False


Rows = list[tuple[int, list[Any]]]


def check_zip(path: Path) -> Unreadable | None:
    """The directory of an xlsx before anything is unpacked: entries, sizes, ratio, encryption."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, EOFError):
        return Unreadable("the end of the file is missing (it is still being written, or was cut off)", unfinished=True)
    except (OSError, ValueError, NotImplementedError) as error:
        return Unreadable(f"not readable as a spreadsheet ({error})")
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED or unpacked / packed > MOST_RATIO:
        return Unreadable(f"refused: {len(entries)} parts, {unpacked >> 20} MB unpacked from {packed >> 10} kB")
    if any(entry.flag_bits & 0x1 for entry in entries):
        return Unreadable("refused: the file is protected by a password")
    body = "content.xml" if path.suffix.lower() == ".ods" else "xl/workbook.xml"
    if body not in {entry.filename for entry in entries}:
        return Unreadable(f"not a workbook ({body} is missing)")
    return None


def read_sheets(paths: Sequence[Path], *, sheet: object = None) -> dict[Path, Rows | Unreadable]:
    """One sheet of each file as (row number, cells): the first, or the one named or numbered (from 1) by `sheet`.

    Files that bring the child down are tried alone.
    """
    answers: dict[Path, Rows | Unreadable] = {}
    for path in paths:
        fault = check_zip(path) if path.suffix.lower() in (".xlsx", ".xlsm", ".ods") else None
        if fault is not None:
            answers[path] = fault
    wanted = [path for path in paths if path not in answers]
    answers |= run_child(wanted, sheet)
    left = [path for path in wanted if path not in answers]
    for path in left:
        alone = run_child([path], sheet)
        answers[path] = alone.get(path, Unreadable("the file was too much for the limits of memory or time"))
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

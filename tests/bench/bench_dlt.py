"""Another way from the landed bytes into a table: dlt's Arrow path, in an environment of its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.bench.rows import Row, Spent

DLT = "IOC_DLT_PYTHON"


def from_dlt(place: Path, files_landed: list[str], own: Spent) -> Row:
    """The same bytes through dlt's Arrow path, by the Python that IOC_DLT_PYTHON names (an environment of its own)."""
    what, python = "contract and merge beside dlt (which checks nothing): rows a second of dlt", os.environ.get(DLT)
    if not python:
        return Row(what, None, "rows/s", note=f"{DLT} names no Python that has dlt")
    script = Path(__file__).with_name("dlt_merge.py")
    folder = place / "dlt"
    folder.mkdir()
    bare = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    said = subprocess.run([python, str(script), str(folder), *files_landed], check=True, env=bare, capture_output=True)
    count, wall, cpu = map(float, said.stdout.split()[-3:])
    ratio = f"we take {own.wall / wall:.2f} of its time, {own.cpu / cpu:.2f} of its processor time"
    return Row(what, count / wall, "rows/s", ratio=ratio, note=f"{cpu:.1f} s processor")

"""Parquet files, read by a limited child process (FAULTS C-08): a broken or hostile file costs the child only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from pipelines.connect.disguise import Unreadable

CHILD = Path(__file__).with_name("parquet_child.py")
MEMORY_MB, CPU_SECONDS, WALL_SECONDS, MOST_BYTES = 2048, 120, 240, 2 * 2**30
TOO_MUCH = Unreadable("refused: a broken Parquet file, or too much for the limits of memory and time")


def read_parquet(
    path: Path, choose: Callable[[Sequence[str]], Sequence[str]], *, most_rows: int | None = None
) -> pa.Table | Unreadable:
    """The columns that `choose` takes of the names in the file: all rows, or at least the first `most_rows`."""
    command = [sys.executable, "-X", "utf8", str(CHILD), str(MEMORY_MB), str(CPU_SECONDS), str(path)]
    environment = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG", "LD_LIBRARY_PATH")}
    environment["ARROW_DEFAULT_MEMORY_POOL"] = "system"
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as child:
        late = threading.Timer(WALL_SECONDS, child.kill)
        late.start()
        try:
            return receive(child, choose, most_rows)
        except (ValueError, OSError, pa.ArrowException):
            return TOO_MUCH  # the child died on the way
        finally:
            late.cancel()
            child.kill()


def receive(
    child: subprocess.Popen[bytes], choose: Callable[[Sequence[str]], Sequence[str]], most_rows: int | None
) -> pa.Table | Unreadable:
    """What the child answers. Raises ValueError, OSError or ArrowException when it dies."""
    assert child.stdin is not None
    assert child.stdout is not None
    said = json.loads(child.stdout.readline())
    if "error" in said:
        return Unreadable(str(said["error"]))
    child.stdin.write(json.dumps(list(choose(said["names"]))).encode() + b"\n")
    child.stdin.flush()
    taken, rows, size = [], 0, 0
    with pa.ipc.open_stream(child.stdout) as stream:
        for batch in stream:
            taken.append(batch)
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if size > MOST_BYTES:
                return Unreadable(f"refused: more than {MOST_BYTES >> 30} GB when unpacked; deliver it in parts")
            if most_rows is not None and rows >= most_rows:
                break
        return pa.Table.from_batches(taken, stream.schema)

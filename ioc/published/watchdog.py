"""The time limit of queries: DuckDB has none, so one thread interrupts the cursors that overstay."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

_RUNNING_CHECK = 0.25  # seconds between two looks while queries run


class Watchdog:
    """Interrupts a query after `limit` seconds. Its thread starts with the first query."""

    def __init__(self, limit: float = 10.0) -> None:
        self.limit = limit
        self._running: dict[int, tuple[float, duckdb.DuckDBPyConnection]] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False

    @contextmanager
    def watch(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Time the body, which runs one query on the cursor."""
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name="query-watchdog", daemon=True)
                self._thread.start()
            wake = not self._running
            self._running[id(cursor)] = (time.monotonic() + self.limit, cursor)
            if wake:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._running.pop(id(cursor), None)

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _loop(self) -> None:
        with self._changed:
            while not self._stopped:
                if not self._running:
                    self._changed.wait()
                    continue
                self._changed.wait(timeout=min(_RUNNING_CHECK, self.limit))
                now = time.monotonic()
                for key, (deadline, cursor) in list(self._running.items()):
                    if deadline <= now:
                        cursor.interrupt()
                        del self._running[key]

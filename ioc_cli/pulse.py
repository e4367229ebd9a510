"""Whether a supervised process still moves: a process can hang with its pid alive (FAULTS J-02, J-09).

A pulse looks every few seconds at something that changes while the process works: the heartbeat its scheduler writes,
or an answer of its web. What stands still for `patience` seconds, after having moved once since the start, has stopped.
A start is not judged: loading what an outage left may take longer than any patience.
"""

from __future__ import annotations

import itertools
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from ioc.errors import IocError
from ioc.settings import Settings
from ioc.store import AppStore

LOOK_SECONDS = 5.0
PATIENCE_SECONDS = 60.0  # the scheduler beats every 10 s, and ends its own process after 30 s without a beat


class Pulse:
    """Seconds are those of the monotonic clock; `look` returns a value that changes, None when it cannot tell."""

    def __init__(
        self, look: Callable[[], object], *, patience: float = PATIENCE_SECONDS, every: float = LOOK_SECONDS
    ) -> None:
        self._look, self._patience, self._every = look, patience, every
        self._seen: object = None
        self._moved: float | None = None
        self._next = 0.0

    def begin(self, now: float) -> None:
        """The process was started: what it left before counts as seen, nothing counts as moved."""
        self._seen, self._moved, self._next = self._look(), None, now + self._every

    def stalled(self, now: float) -> float:
        """Seconds without a move, once they are more than the patience; else 0."""
        if now >= self._next:
            self._next = now + self._every
            found = self._look()
            if found is not None and found != self._seen:
                self._seen, self._moved = found, now
        waited = now - self._moved if self._moved is not None else 0.0
        return waited if waited > self._patience else 0.0


def ingest_pulse(home: Path) -> Pulse:
    """The heartbeat row that the ingest process's own scheduler writes."""

    def look() -> object:
        try:
            store = AppStore.open(home)
            try:
                return store.heartbeats().get("ingest")
            finally:
                store.close()
        except (IocError, OSError):
            return None

    return Pulse(look)


def web_pulse(settings: Settings) -> Pulse:
    """Answers of the web: each one is a move."""
    count = itertools.count(1)
    return Pulse(lambda: next(count) if answers(settings) else None)


def answers(settings: Settings) -> bool:
    """Whether the web answers at all; its own health is its own affair."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{settings.web.url}healthz", timeout=1.0):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except (OSError, ValueError):
        return False

"""Finished answers as bytes, kept by version: drawing a page costs 50 times what sending it again does."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer."""

    body: bytes
    mimetype: str
    status: int


class ByteCache:
    """The newest answers up to a number of bytes; equal questions at the same time are answered once."""

    def __init__(self, most_bytes: int = 48 << 20) -> None:
        self._most = most_bytes
        self._held = 0
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()
        self._lock = threading.Lock()
        self._flights: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """The kept answer, or the one `make` gives; only answers with status 200 are kept."""
        found = self._find(key)
        if found is not None:
            return found
        with self._lock:
            flight = self._flights.setdefault(key, threading.Lock())
        try:
            with flight:
                found = self._find(key)
                if found is None:
                    found = make()
                    if found.status == 200:
                        self._keep(key, found)
                return found
        finally:
            with self._lock:
                self._flights.pop(key, None)

    def _find(self, key: Hashable) -> Answer | None:
        with self._lock:
            found = self._answers.get(key)
            if found is not None:
                self._answers.move_to_end(key)
            return found

    def _keep(self, key: Hashable, answer: Answer) -> None:
        with self._lock:
            before = self._answers.pop(key, None)
            self._held += len(answer.body) - (len(before.body) if before else 0)
            self._answers[key] = answer
            while self._held > self._most and len(self._answers) > 1:
                _, old = self._answers.popitem(last=False)
                self._held -= len(old.body)

"""What was made once and is given again: drawn pages and finished answers, while a version stands and they are young.

One rule for both: a value belongs to the version it was made from, and all of a version go when another one is asked
for; it lasts until a moment, and what is made of kept parts lasts no longer than they do; together they hold a
number of bytes, of which the least asked for make room first. Equal questions at the same time are answered once.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Made(Generic[T]):
    """A value, its bytes, the version it was made from, and until when it may be given again (Unix seconds; one that
    is over already is given once and not kept)."""

    value: T
    weight: int
    version: int
    until: float


class Kept:
    """The newest values up to a number of bytes; safe for threads."""

    def __init__(self, most_bytes: int = 64 << 20) -> None:
        self._most = most_bytes
        self._held = 0
        self._version = 0
        self._values: OrderedDict[Hashable, Made[object]] = OrderedDict()
        self._lock = threading.Lock()
        self._flights: dict[Hashable, threading.Lock] = {}
        self._limits = threading.local()

    def of(self, key: Hashable, make: Callable[[], Made[T]], *, version: int, now: float) -> T:
        """The kept value of a version, or the one `make` gives. Errors of `make` pass, and nothing is kept of them."""
        found = self._find(key, version, now)
        if found is None:
            with self._lock:
                flight = self._flights.setdefault(key, threading.Lock())
            try:
                with flight:
                    found = self._find(key, version, now)
                    if found is None:
                        found = self._make(key, make, now)
            finally:
                with self._lock:
                    self._flights.pop(key, None)
        self._limit(found.until)
        return cast(T, found.value)

    def clear(self) -> None:
        """Forget everything: what was drawn rests on something that changed."""
        with self._lock:
            self._values.clear()
            self._held = 0

    def _find(self, key: Hashable, version: int, now: float) -> Made[object] | None:
        with self._lock:
            if version != self._version:  # a newer one, or an older one after the newest turned out damaged
                self._version, self._held = version, 0
                self._values.clear()
            found = self._values.get(key)
            if found is None or found.until <= now:
                return None
            self._values.move_to_end(key)
            return found

    def _make(self, key: Hashable, make: Callable[[], Made[T]], now: float) -> Made[object]:
        with self._parts() as limit:
            made = make()
        found: Made[object] = Made(made.value, made.weight, made.version, min(made.until, limit[0]))
        if found.until > now:
            self._keep(key, found)
        return found

    @contextmanager
    def _parts(self) -> Iterator[list[float]]:
        """The moment until which all kept parts last that this thread asks for in the block, in a list of one."""
        stack: list[list[float]] = self._limits.__dict__.setdefault("stack", [])
        stack.append([math.inf])
        try:
            yield stack[-1]
        finally:
            stack.pop()

    def _limit(self, until: float) -> None:
        stack: list[list[float]] = self._limits.__dict__.get("stack", [])
        if stack:
            stack[-1][0] = min(stack[-1][0], until)

    def _keep(self, key: Hashable, made: Made[object]) -> None:
        with self._lock:
            if made.version != self._version:
                return
            before = self._values.pop(key, None)
            self._held += made.weight - (before.weight if before else 0)
            self._values[key] = made
            while self._held > self._most and len(self._values) > 1:
                _, old = self._values.popitem(last=False)
                self._held -= old.weight

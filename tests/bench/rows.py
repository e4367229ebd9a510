"""What a bench yields: rows of a measured value, its budget and a ratio; and the clocks they are taken with."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure. `budget` is the most it may be (None: nothing was promised); `ratio` compares it."""

    what: str
    value: float | None
    unit: str
    budget: float | None = None
    ratio: str = ""
    note: str = ""

    @property
    def verdict(self) -> str:
        """ok, over, or nothing where there is no budget or no figure."""
        if self.value is None:
            return "not measured"
        if self.budget is None:
            return ""
        return "ok" if self.value <= self.budget else "over"


@dataclass(slots=True)
class Spent:
    """Wall and processor seconds (all threads of this process): on a busy machine the second says more."""

    wall: float = 0.0
    cpu: float = 0.0


@dataclass(slots=True)
class Samples:
    """Seconds of equal actions, one after the other."""

    walls: list[float] = field(default_factory=list)
    cpu: float = 0.0

    @property
    def p50(self) -> float:
        """The median in milliseconds."""
        return quantile(self.walls, 0.5) * 1000

    @property
    def p95(self) -> float:
        """The 95th percentile in milliseconds (nearest rank)."""
        return quantile(self.walls, 0.95) * 1000

    @property
    def cpu_each(self) -> float:
        """Processor milliseconds of one action."""
        return self.cpu / len(self.walls) * 1000

    def rows(self, what: str, *, budget: float | None = None, ratio: str = "") -> list[Row]:
        """Median and 95th percentile; the budget is that of the 95th."""
        note = f"{self.cpu_each:.1f} ms processor each, {len(self.walls)} times"
        return [
            Row(f"{what}, p50", self.p50, "ms", ratio=ratio),
            Row(f"{what}, p95", self.p95, "ms", budget, note=note),
        ]


@contextmanager
def spending() -> Iterator[Spent]:
    """Take the time of a block."""
    spent, wall, cpu = Spent(), time.perf_counter(), time.process_time()
    yield spent
    spent.wall, spent.cpu = time.perf_counter() - wall, time.process_time() - cpu


def sample(actions: Sequence[Callable[[], object]]) -> Samples:
    """Run each action once and keep its time."""
    found, cpu = Samples(), time.process_time()
    for action in actions:
        began = time.perf_counter()
        action()
        found.walls.append(time.perf_counter() - began)
    found.cpu = time.process_time() - cpu
    return found


def quantile(values: Sequence[float], share: float) -> float:
    """The value at the nearest rank."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def times(one: float, other: float) -> str:
    """How many times as much `one` is as `other`."""
    ratio = one / other if other else math.inf
    return f"{ratio:.0f}×" if ratio >= 10 else f"{ratio:.1f}×" if ratio >= 1 else f"{ratio:.2f}×"

"""What a run needs and how it ended."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from ioc.calendar import WorkCalendar
from ioc.settings import Settings
from ioc.store import AppStore
from ioc.unit import UnitRegistry
from ioc.warehouse import Warehouse
from pipelines.load import Loader, LoadResult
from pipelines.spec import SourceSpec, load_sources

After = Callable[["RunContext", "list[RunResult]"], object]


class Turns:
    """Whose turn it is: a source is never read twice at once, by the schedule and by a command (FAULTS J-04, C-09)."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}

    def of(self, source: str) -> threading.Lock:
        """The lock of a source."""
        with self._guard:
            return self._locks.setdefault(source, threading.Lock())


@dataclass(frozen=True)
class RunContext:
    """What a run needs. `now` is the moment it runs for; `stop` asks it to end; `env` holds the secrets."""

    settings: Settings
    home: Path
    warehouse: Warehouse
    store: AppStore
    now: datetime
    calendar: WorkCalendar
    registry: UnitRegistry
    specs: Mapping[str, SourceSpec] = field(default_factory=load_sources)
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    stop: threading.Event = field(default_factory=threading.Event)
    turns: Turns = field(default_factory=Turns)

    def at(self, now: datetime) -> RunContext:
        """The same context for another moment."""
        return replace(self, now=now)

    @property
    def loader(self) -> Loader:
        """Loading with the parameters conform.sql may name."""
        return Loader(self.home, self.warehouse, self.registry, self.calendar, {"province": self.settings.province})


@dataclass(frozen=True)
class RunResult:
    """How a run ended: ok, failed (the source did not deliver), refused (a batch is held), busy (it was being read
    already), paused (the disk is nearly full): nothing was done. The rows add up."""

    source: str
    run_id: str
    status: str
    message: str = ""
    loads: tuple[LoadResult, ...] = ()
    permanent: bool = False

    @property
    def rows_in(self) -> int:
        return self.total("rows_in")

    @property
    def rows_good(self) -> int:
        return self.total("rows_good")

    @property
    def rows_refused(self) -> int:
        return self.total("rows_refused")

    @property
    def rows_duplicate(self) -> int:
        return self.total("rows_duplicate")

    @property
    def rows_changed(self) -> int:
        """Rows inserted or changed in core; 0 means there is nothing new to measure."""
        return self.total("rows_changed")

    def total(self, name: str) -> int:
        """Sum over the loads that were made."""
        return sum(getattr(load, name) for load in self.loads if load.status == "loaded")

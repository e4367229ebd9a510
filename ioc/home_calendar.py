"""The working days of one home, for processes that live long: read again when the province edits calendar.csv."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from ioc.calendar import WorkCalendar
from ioc.errors import ConfigError

NAME = "calendar.csv"
LOG = logging.getLogger(__name__)


class HomeCalendar:
    """The shipped table with the home's `calendar.csv` over it; safe for threads.

    An edit counts from the next question on. A file with a fault never counts: the last table that could be read
    stays, the fault is logged once, and `ioc check` names its line.
    """

    def __init__(self, home: Path) -> None:
        self.path = Path(home) / NAME
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._kept: WorkCalendar | None = None

    def now(self) -> WorkCalendar:
        """The calendar as the file stands now."""
        look = self._look()
        with self._lock:
            if self._kept is None or look != self._seen:
                self._seen = look
                try:
                    self._kept = WorkCalendar.load(self.path)
                except ConfigError as error:
                    LOG.warning("%s", error)
                    self._kept = self._kept or WorkCalendar.load()
            return self._kept

    def _look(self) -> tuple[int, int] | None:
        try:
            state = self.path.stat()
        except OSError:
            return None
        return state.st_mtime_ns, state.st_size

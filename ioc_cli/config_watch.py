"""Has a file that people edit changed since the processes were started, and may it take effect?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from ioc.errors import IocError
from ioc.settings import CONFIG_NAME, Settings

Signature = tuple[tuple[str, int, int], ...]


def edited_files(settings: Settings) -> Iterator[Path]:
    """The files that people edit: the configuration and what lies over the shipped files in the home."""
    home = Path(settings.home)
    if settings.config_path is not None:
        yield settings.config_path
    yield home / CONFIG_NAME
    for name in ("calendar.csv", "agencies.yaml"):
        yield home / name
    for folder in ("catalogue", "scorecards", "sources"):
        yield from sorted((home / folder).rglob("*.yaml"))


def signature(settings: Settings) -> Signature:
    """What the edited files look like now: path, time of change, size; absent files are left out."""
    found: list[tuple[str, int, int]] = []
    for path in edited_files(settings):
        try:
            state = path.stat()
        except OSError:
            continue
        found.append((str(path), state.st_mtime_ns, state.st_size))
    return tuple(found)


class ConfigWatch:
    """Notices an edit and reads it again with `read`, which raises an IocError for a fault.

    `look()` returns the new settings once for each edit that holds; an edit with a fault is told through `tell` once,
    and what runs goes on as it is until the file is mended.
    """

    def __init__(self, settings: Settings, read: Callable[[], Settings], tell: Callable[[IocError], None]) -> None:
        self.settings = settings
        self._read, self._tell = read, tell
        self._seen = signature(settings)

    def look(self) -> Settings | None:
        """The settings to start anew with, or None when nothing changed or the change does not hold."""
        now = signature(self.settings)
        if now == self._seen:
            return None
        self._seen = now
        try:
            self.settings = self._read()
        except IocError as error:
            self._tell(error)
            return None
        self._seen = signature(self.settings)
        return self.settings

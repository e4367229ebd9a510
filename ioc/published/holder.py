"""The holder of the open version: one per web process, follows CURRENT, never goes back, never goes dark."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from ioc.errors import StorageError
from ioc.published import folder as files
from ioc.published.fetch import DamagedVersion, lock_down, read_version
from ioc.published.reader import Reader
from ioc.published.rows import Unit, Version
from ioc.published.scope import PROVINCE_WIDE, Scope
from ioc.published.watchdog import Watchdog
from ioc.warehouse.migrate import schema_version


@dataclass
class Opened:
    """One open version and how many readers use it. `units` is filled once, a version never changes."""

    version: Version
    connection: duckdb.DuckDBPyConnection
    readers: int = 0
    retired: bool = False
    units: list[Unit] = field(default_factory=list)


def _nothing() -> None:
    """Nobody waits for a new version."""


class Publication:
    """Opens the version CURRENT names and hands out Readers on it.

    A damaged, missing or unreadable target never empties the screen: the open version stays, or at start the
    newest
    sound older one is taken, and `degraded` says why in one sentence ('' when all is well).
    """

    def __init__(
        self,
        home: Path,
        *,
        check_seconds: float = 1.0,
        query_seconds: float = 10.0,
        memory_limit: str = "1GB",
    ) -> None:
        self.home = home.resolve()
        self.folder = self.home / "published"
        self.degraded = ""
        self.on_change: Callable[[], None] = _nothing  # called when another version was opened; must not take long
        self._check_seconds = check_seconds
        self._memory_limit = memory_limit
        self._watchdog = Watchdog(query_seconds)
        self._lock = threading.Lock()  # guards the two fields below and the counts of readers
        self._opened: Opened | None = None
        self._damaged: dict[int, str] = {}  # version -> what is wrong with it
        self._refreshing = threading.Lock()
        self._checked_at = float("-inf")
        self._seen: tuple[int, int, int] | None = None

    @property
    def version(self) -> Version | None:
        """The version on screen, None before the first publication."""
        opened = self._opened
        return opened.version if opened else None

    def refresh(self) -> bool:
        """Follow CURRENT (looked at once in `check_seconds`); True when the version changed."""
        fresh = time.monotonic() - self._checked_at < self._check_seconds
        if fresh and self._opened is not None:
            return False
        if not self._refreshing.acquire(blocking=self._opened is None):
            return False  # another thread is at it; the open version serves meanwhile
        try:
            return self._follow()
        finally:
            self._refreshing.release()

    @contextmanager
    def reader(self, *, scope: Scope = PROVINCE_WIDE, as_of: datetime | None = None) -> Iterator[Reader]:
        """A Reader on the newest version, with its own cursor, for one thread and one request.

        `as_of` (aware) reads the numbers as they were known at that instant. Raises StorageError when nothing
        was published yet or no version can be opened.
        """
        self.refresh()
        opened = self._take()
        cursor: duckdb.DuckDBPyConnection | None = None
        try:
            cursor = opened.connection.cursor()
            yield Reader(opened.version, cursor, self._watchdog, scope=scope, as_of=as_of, units=opened.units)
        except DamagedVersion as error:
            self._condemn(opened.version.id, str(error))
            raise
        finally:
            if cursor is not None:
                cursor.close()
            self._give_back(opened)

    def close(self) -> None:
        """Close the version once its last reader is done."""
        self._swap(None)
        self._watchdog.stop()

    def _follow(self) -> bool:
        self._checked_at = time.monotonic()
        stamp = self._stamp()
        if stamp == self._seen and self._opened is not None and self._opened.version.id not in self._damaged:
            return False
        if self._seen != stamp:
            self._damaged.clear()  # a new pointer: look at everything afresh
        self._seen = stamp
        named = files.read_pointer(self.folder)
        current = self._opened.version.id if self._opened and self._opened.version.id not in self._damaged else None
        if named is not None and named == current:
            self.degraded = ""
            return False
        reason = "the pointer to the current version is missing or unreadable" if named is None else ""
        if named is not None and (current is None or named > current):
            reason = self._try(named)
            if not reason:
                self.degraded = ""
                return True
        elif named is not None:
            reason = f"the pointer names version {named}, older than the one on screen"
        if current is not None:
            self.degraded = reason
            return False
        return self._fall_back(named, reason)

    def _fall_back(self, named: int | None, reason: str) -> bool:
        """Take the newest sound version that is not the named one."""
        for version in reversed(files.list_versions(self.folder)):
            if version != named and version not in self._damaged and (named is None or version < named):
                fault = self._try(version)
                if not fault:
                    self.degraded = reason
                    return True
        self.degraded = reason
        self._seen = None  # nothing to serve: look again next time
        return False

    def _try(self, version_id: int) -> str:
        """Open, check and put a version on screen; returns what is wrong with it, '' if nothing."""
        if version_id in self._damaged:
            return self._damaged[version_id]
        path = self.folder / files.file_name(version_id)
        try:
            opened = self._open(path, version_id)
        except (duckdb.Error, StorageError, OSError) as error:
            self._damaged[version_id] = f"version {version_id} cannot be used: {error}"
            return self._damaged[version_id]
        self._swap(opened)
        self.on_change()
        return ""

    def _open(self, path: Path, version_id: int) -> Opened:
        sums = files.checksum_path(self.folder, version_id)
        if sums.exists() and sums.read_text(encoding="ascii", errors="replace").strip() != files.checksum(path):
            raise StorageError("its checksum does not match")
        connection = duckdb.connect(
            str(path),
            read_only=True,
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "allow_community_extensions": "false",
                "allow_unsigned_extensions": "false",
                "allow_persistent_secrets": "false",
                "python_enable_replacements": "false",
                "memory_limit": self._memory_limit,
                "threads": "2",
                "temp_directory": str(self.home / "tmp" / f"web-{os.getpid()}"),
                "max_temp_directory_size": "2GB",
            },
        )
        try:
            lock_down(connection)
            version = read_version(connection)
            if version.id != version_id:
                raise StorageError(f"it says it is version {version.id}")
            if version.schema_version > schema_version():
                raise StorageError(f"its schema {version.schema_version} is newer than this code")
        except BaseException:
            connection.close()
            raise
        return Opened(version, connection)

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            stat = (self.folder / files.CURRENT).stat()
        except OSError:
            return None
        return (stat.st_ino, stat.st_mtime_ns, stat.st_size)

    def _take(self) -> Opened:
        with self._lock:
            if self._opened is None:
                raise StorageError(
                    self.degraded or "nothing is published yet",
                    remedy="wait for the first run of the ingest process",
                )
            self._opened.readers += 1
            return self._opened

    def _give_back(self, opened: Opened) -> None:
        with self._lock:
            opened.readers -= 1
            done = opened.retired and opened.readers == 0
        if done:
            opened.connection.close()

    def _swap(self, opened: Opened | None) -> None:
        with self._lock:
            old, self._opened = self._opened, opened
            done = False
            if old is not None:
                old.retired = True
                done = old.readers == 0
        if done and old is not None:
            old.connection.close()

    def _condemn(self, version_id: int, reason: str) -> None:
        """A block of the open version turned out damaged: the next request gets an older version."""
        self._damaged[version_id] = f"version {version_id}: {reason}"
        self.degraded = self._damaged[version_id]
        self._checked_at = float("-inf")

"""The lock of the one writer: a flock on our own file, held for the life of the process (FAULTS 0-4)."""

from __future__ import annotations

import fcntl
import os
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from ioc.errors import BusyError, StorageError

LOCK_NAME = "ingest.lock"


class IngestLock:
    """At most one process holds it for a home. The kernel frees it when the process ends, however it ends.

    The file is never deleted: a new file under the same name would be a second lock.
    """

    def __init__(self, home: Path) -> None:
        self.path = home / LOCK_NAME
        self._fd: int | None = None

    @property
    def held(self) -> bool:
        return self._fd is not None

    def acquire(self, *, now: datetime | None = None) -> None:
        """Take the lock; raises BusyError with the holder's pid and since when. `now` is noted down."""
        if self._fd is not None:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StorageError(
                f"cannot open {self.path}: {error.strerror}", remedy="check the rights of the home folder"
            ) from None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(fd, 200, 0).decode("ascii", "replace").strip()
            os.close(fd)
            raise BusyError(_busy(holder), remedy="stop it first, or let it do the work") from None
        stamp = (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()} {stamp}\n".encode("ascii"), 0)
        self._fd = fd

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._fd is None:
            return
        os.ftruncate(self._fd, 0)
        os.close(self._fd)
        self._fd = None

    def __enter__(self) -> IngestLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def read_holder(home: Path) -> int | None:
    """The pid of the live ingest process of this home, or None when nobody holds the lock."""
    probe = IngestLock(home)
    if not probe.path.exists():
        return None
    fd = os.open(probe.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        words = os.pread(fd, 200, 0).decode("ascii", "replace").split()
        return int(words[0]) if words and words[0].isdigit() else None
    else:
        return None
    finally:
        os.close(fd)


def _busy(holder: str) -> str:
    pid, _, since = holder.partition(" ")
    if not pid.isdigit():
        return "another ingest process holds this home"
    return f"another ingest process holds this home (pid {pid}, since {since})"

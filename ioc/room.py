"""Room on the disks of a home, and when reading has to pause before it is gone (FAULTS S-06 and 3 rule 6).

Computed from the file systems whenever it is asked, by the ingest process, the screens and `ioc doctor` alike; never
stored, so that reading goes on by itself once there is room again.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Level = Literal["ample", "low", "scarce", "full"]
SHARES: tuple[tuple[Level, float], ...] = (("full", 0.05), ("scarce", 0.10), ("low", 0.20))
ENOUGH = 10 * 2**30  # a share of a large disk is a lot: with so many bytes left nothing is short
PLACES = ("", "landing", "warehouse", "published", "tmp", "demo")


@dataclass(frozen=True)
class Room:
    """The file system of the home with the least room. Bytes a service without special rights may still write."""

    place: Path
    free: int
    total: int

    @property
    def share(self) -> float:
        """Free share of the disk, 0 to 1."""
        return self.free / self.total if self.total else 0.0

    @property
    def level(self) -> Level:
        """ample; low: below 20 %; scarce: below 10 %; full: below 5 %, nothing is read any more."""
        if self.free >= ENOUGH:
            return "ample"
        return next((level for level, share in SHARES if self.share < share), "ample")

    def __str__(self) -> str:
        return f"{self.free / 1e9:.1f} GB free ({self.share:.0%})"


def room_of(home: Path) -> Room:
    """The tightest of the file systems the home lies on; of a home to be, the one it will lie on."""
    there = next(place for place in (home, *home.resolve().parents) if place.is_dir())
    rooms = [_measure(there)]
    rooms += [_measure(home / name) for name in PLACES[1:] if (home / name).is_dir()]
    return min(rooms, key=lambda room: (room.free >= ENOUGH, room.share))


def _measure(place: Path) -> Room:
    usage = shutil.disk_usage(place)
    return Room(place, usage.free, usage.total)

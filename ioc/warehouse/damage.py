"""Damaged files of the warehouse: told by the engine's own checksums, remembered for the next start, moved aside.

Damage in a block that is read late shows itself in the middle of a run. The process then ends, and without a mark the
next one would open the same file, meet the same block and end again, for ever. Nothing here deletes anything.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

MARK = "DAMAGED"
WORDS = ("corrupt database file", "does not match stored checksum", "the database file is corrupt")


def is_damage(error: BaseException) -> bool:
    """Whether an error is the engine's word for blocks that are not what was written."""
    text = str(error).lower()
    return any(word in text for word in WORDS)


def note_damage(path: Path, error: BaseException) -> None:
    """Leave the mark beside the database file: the next start moves the pair aside."""
    mark = path.with_name(MARK)
    with mark.open("w", encoding="utf-8") as file:
        file.write(f"{error}\n")
        file.flush()
        os.fsync(file.fileno())


def is_marked(path: Path) -> bool:
    """Whether an earlier process met damage in this database."""
    return path.with_name(MARK).exists()


def move_aside(path: Path, moment: datetime) -> Path:
    """Move the pair (and the mark) to `quarantine/<moment>/`; returns the folder."""
    folder = path.parent / "quarantine" / moment.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    folder.mkdir(parents=True)
    for name in (path.name, f"{path.name}.wal", MARK):
        if (path.parent / name).exists():
            (path.parent / name).rename(folder / name)
    return folder

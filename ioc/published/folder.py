"""The folder of published versions: names, the pointer, checksums, durable moves."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path

CURRENT = "CURRENT"
BUILD_PREFIX = ".build_"
_NAME = re.compile(r"^ioc-(\d{13,16})\.duckdb$")


def file_name(version_id: int) -> str:
    return f"ioc-{version_id}.duckdb"


def version_of(name: str) -> int | None:
    """The version a file name stands for, None for any other name."""
    match = _NAME.match(name)
    return int(match.group(1)) if match else None


def list_versions(folder: Path) -> list[int]:
    """The versions in the folder, oldest first; whether they are sound is another question."""
    found = (version_of(path.name) for path in folder.glob("ioc-*.duckdb"))
    return sorted(version for version in found if version is not None)


def read_pointer(folder: Path) -> int | None:
    """The version CURRENT names; None when the file is missing or does not hold such a name."""
    try:
        text = (folder / CURRENT).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return None
    return version_of(text.strip())


def write_pointer(folder: Path, version_id: int) -> None:
    """Point CURRENT at a version: temporary file, fsync, rename, fsync of the folder."""
    temporary = folder / f"{CURRENT}.tmp"
    with temporary.open("w", encoding="ascii") as file:
        file.write(f"{file_name(version_id)}\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(folder / CURRENT)
    sync(folder)


def sync(path: Path) -> None:
    """fsync a file or a folder."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def checksum(path: Path) -> str:
    """sha256 of a finished file; never called on a file that somebody may write."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksum_path(folder: Path, version_id: int) -> Path:
    return folder / f"ioc-{version_id}.sha256"


def remove_version(folder: Path, version_id: int) -> None:
    """Delete a version; who has it open keeps reading it until closing."""
    for path in (folder / file_name(version_id), checksum_path(folder, version_id)):
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


def remove_builds(folder: Path) -> int:
    """Delete what an interrupted build left behind; returns how many files."""
    left = list(folder.glob(f"{BUILD_PREFIX}*"))
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)

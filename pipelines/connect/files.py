"""Watched folders: each file is one delivery; a file known by its content is not read twice.

Connection key: `path`. Request keys: `glob`, `done_marker`, `settle`, and those of `document` for what is inside.
A file still being written is left for the next run with a notice: by its name (.part, .tmp), by a missing marker
(`done_marker: .done` waits for `file.csv.done`; another name, such as `_SUCCESS`, for that file in the folder), or by
an end that is missing in a file changed less than `settle` ago.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ioc.catalogue.model import parse_duration
from ioc.errors import SourceError
from pipelines.connect import csv_stream
from pipelines.connect.delivery import Ask, Delivery, Notice
from pipelines.connect.document import format_of, read_document
from pipelines.connect.sheet import read_sheets

UNFINISHED_NAMES = (".part", ".tmp", ".partial", ".crdownload", ".filepart")
MAX_FILE = 2 * 2**30
SETTLE = "10m"


def pull(ask: Ask) -> Iterator[Delivery | Notice]:
    """A delivery for each new file of the folder, in the order of their names."""
    folder = Path(str(ask.connection.get("path") or ""))
    if ask.home.is_absolute() and folder.is_relative_to(ask.home):
        folder.mkdir(parents=True, exist_ok=True)  # a box of the home itself: empty until something is put in
    if not str(ask.connection.get("path") or "") or not folder.is_dir():
        raise SourceError(
            ask.source,
            f"the folder {folder} does not exist",
            permanent=False,
            remedy=f"create it, or correct sources.{ask.source}.path in config.yaml",
        )
    fresh: list[tuple[Path, str | None]] = []
    for path in found_in(ask, folder):
        if path.suffix.lower() in UNFINISHED_NAMES:
            yield Notice(path.name, "still being written, left for the next run")
            continue
        if not is_marked_done(ask, path):
            yield Notice(path.name, f"waits for its marker {ask.request['done_marker']}")
            continue
        if is_hashed_on_the_way(ask, path):
            fresh.append((path, None))
            continue
        sha = hash_file(ask, path)
        if sha is not None and not ask.known(sha):
            fresh.append((path, sha))
    name = ask.request.get("sheet")
    sheets = read_sheets([path for path, _ in fresh if format_of(path.name, ask.request) == "sheet"], sheet=name)
    for path, sha in fresh:
        ask.deadline.check()
        delivery = Delivery(path.name, (), None, ask.until, content_sha256=sha)
        yield read_document(ask, path, path.name, delivery, sheets.get(path), is_settled=is_settled(ask, path))


def found_in(ask: Ask, folder: Path) -> list[Path]:
    """The files the patterns name, by name; hidden ones, locks of office programs and markers are none."""
    patterns = ask.request.get("glob") or ["*"]
    names = {
        path for pattern in ([patterns] if isinstance(patterns, str) else patterns) for path in folder.glob(pattern)
    }
    marker = str(ask.request.get("done_marker") or "")
    return sorted(
        path
        for path in names
        if path.is_file()
        and not path.name.startswith((".", "~$"))
        and not (marker and (path.name.endswith(marker) if marker.startswith(".") else path.name == marker))
    )


def is_marked_done(ask: Ask, path: Path) -> bool:
    """Whether the sender says the file is whole; always, when no marker is agreed."""
    marker = str(ask.request.get("done_marker") or "")
    if not marker:
        return True
    beside = path.with_name(path.name + marker) if marker.startswith(".") else path.with_name(marker)
    return beside.is_file()


def is_settled(ask: Ask, path: Path) -> bool:
    """Whether the file is surely whole: its marker is there, or it was not changed for `settle`."""
    if ask.request.get("done_marker"):
        return True
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return ask.until - changed >= parse_duration(str(ask.request.get("settle", SETTLE)))


def is_hashed_on_the_way(ask: Ask, path: Path) -> bool:
    """Whether the content shows only when it is read: a large plain CSV that was put here after the last reading, and
    is hardly one that is known already."""
    if format_of(path.name, ask.request) != "csv" or csv_stream.is_packed(path):
        return False
    try:
        require_size(ask, path)
        changed = datetime.fromtimestamp(path.stat().st_ctime, UTC)
        return csv_stream.is_streamed(path, ask.request) and (ask.looked_at is None or changed > ask.looked_at)
    except FileNotFoundError:
        return False


def require_size(ask: Ask, path: Path) -> None:
    if path.stat().st_size > MAX_FILE:
        raise SourceError(ask.source, f"{path.name} is larger than {MAX_FILE >> 30} GB", permanent=True)


def hash_file(ask: Ask, path: Path) -> str | None:
    """sha256 of a file, None when it went away meanwhile."""
    digest = hashlib.sha256()
    try:
        require_size(ask, path)
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    except FileNotFoundError:
        return None
    return digest.hexdigest()

"""The book of the appraisal: what named local operators claimed, verified, disputed, answered and closed.

Rows are only ever added. The last entry of a kind counts; what stood before it stays readable.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

import sqlalchemy as sa

from ioc.errors import UsageError
from ioc.store.database import AppStore
from ioc.store.tables import METADATA, Instant

EntryKind = Literal["self", "verify", "dispute", "answer", "close"]
REASONED = ("verify", "dispute", "answer")
EVIDENCE_MOST = 20_000_000  # bytes of one evidence file
EVIDENCE_TYPES = (".pdf", ".png", ".jpg", ".jpeg", ".xlsx", ".csv", ".docx", ".txt")
_BEGINS = {
    ".pdf": b"%PDF-", ".png": b"\x89PNG\r\n", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff", ".xlsx": b"PK\x03\x04",
    ".docx": b"PK\x03\x04",
}  # fmt: skip
_KEPT = re.compile(rf"[0-9a-f]{{64}}({'|'.join(map(re.escape, EVIDENCE_TYPES))})")
ENTRY = sa.Table(
    "appraisal_entry",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("period", sa.String, nullable=False, index=True),
    sa.Column("unit", sa.String, nullable=False),
    sa.Column("criterion", sa.String, nullable=False),
    sa.Column("value", sa.Float),
    sa.Column("reason", sa.String, nullable=False, default=""),
    sa.Column("evidence", sa.String, nullable=False, default=""),
    sa.Column("operator", sa.String, nullable=False),
    sa.Column("entered_at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the book. `criterion` is empty for `close`; `value` (0 to 100) for `dispute` and `close`."""

    kind: EntryKind
    period: str
    unit: str
    criterion: str
    value: float | None
    reason: str
    evidence: str
    operator: str
    entered_at: datetime


class AppraisalBook:
    """Reads and adds entries; `keep_evidence` puts a file into the home under its hash."""

    def __init__(self, store: AppStore) -> None:
        self._store = store

    def add(self, entry: Entry) -> None:
        """Add one entry. Raises UsageError for a value out of range, a missing name or a missing reason."""
        if entry.kind not in get_args(EntryKind):
            raise UsageError(f"unknown entry {entry.kind!r}", remedy=f"one of {', '.join(get_args(EntryKind))}")
        if not entry.operator.strip():
            raise UsageError("an entry needs the name of the operator", remedy="say who enters it")
        if entry.kind in REASONED and not entry.reason.strip():
            raise UsageError(f"an entry of kind {entry.kind} needs a reason", remedy="say why, in one sentence")
        if entry.kind in ("self", "verify") and entry.value is None:
            raise UsageError(f"an entry of kind {entry.kind} needs a value", remedy="give points from 0 to 100")
        if entry.value is not None and not 0 <= entry.value <= 100:
            raise UsageError(f"value {entry.value:g} is out of range", remedy="give points from 0 to 100")
        values = {name: getattr(entry, name) for name in Entry.__dataclass_fields__}
        self._store.write(sa.insert(ENTRY).values(**values))

    def entries(self, period: str | None = None) -> list[Entry]:
        """All entries, or those of one period, in the order they were made."""
        query = sa.select(*(ENTRY.c[name] for name in Entry.__dataclass_fields__)).order_by(ENTRY.c.id)
        if period is not None:
            query = query.where(ENTRY.c.period == period)
        return [Entry(*row) for row in self._store.read(query)]


def keep_evidence(home: Path, file: Path) -> str:
    """Copy an evidence file into home/evidence under its hash; returns `evidence/<sha256><ending>`.

    Raises UsageError for a file that is absent, too large, of a kind nobody should open, or not what its name says.
    """
    if not file.is_file():
        raise UsageError(f"no such evidence file: {file.name}", remedy="check the path")
    if file.stat().st_size > EVIDENCE_MOST:
        raise UsageError(f"{file.name} is larger than {EVIDENCE_MOST // 1_000_000} MB", remedy="send a smaller copy")
    return keep_content(home, file.name, file.read_bytes())


def keep_content(home: Path, name: str, content: bytes) -> str:
    """Keep the bytes of an evidence file that was sent under `name`; see keep_evidence."""
    ending = Path(name).suffix.lower()
    if ending not in EVIDENCE_TYPES:
        raise UsageError(
            f"evidence of type {ending or 'none'!r} is not taken", remedy=f"one of {', '.join(EVIDENCE_TYPES)}"
        )
    if len(content) > EVIDENCE_MOST:
        raise UsageError(f"{name} is larger than {EVIDENCE_MOST // 1_000_000} MB", remedy="send a smaller copy")
    if not _is_what_it_says(ending, content):
        raise UsageError(f"{name} is no {ending} file", remedy="save it again in the program that made it")
    folder = home / "evidence"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{hashlib.sha256(content).hexdigest()}{ending}"
    if not target.exists():
        partial = target.with_suffix(f".{secrets.token_hex(4)}.partial")
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    return f"evidence/{target.name}"


def evidence_file(home: Path, name: str) -> Path:
    """The kept file of an entry's `evidence/<name>`. Raises UsageError for any other name and for a lost file."""
    path = home / "evidence" / name
    if not _KEPT.fullmatch(name) or not path.is_file():
        raise UsageError(f"no such evidence file: {name}", remedy="open it from the cell it belongs to")
    return path


def _is_what_it_says(ending: str, content: bytes) -> bool:
    """Whether the first bytes fit the ending; text is UTF-8 or TCVN3/Windows text without zero bytes."""
    begins = _BEGINS.get(ending)
    return bool(content) and (content.startswith(begins) if begins is not None else b"\0" not in content)

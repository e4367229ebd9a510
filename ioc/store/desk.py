"""What the data steward's desk keeps in app.sqlite: pauses, figures typed in by hand, who asked for what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ioc.errors import UsageError
from ioc.store.database import AppStore
from ioc.store.tables import ENTRY, PAUSE, REQUEST, HandEntry, Pause, Request, as_request
from ioc.words import match_key


class Desk:
    """The steward's part of an AppStore."""

    def __init__(self, store: AppStore) -> None:
        self.store = store

    def pauses(self) -> dict[str, Pause]:
        """The sources that are paused, by name."""
        return {row[0]: Pause(*row) for row in self.store.read(sa.select(PAUSE))}

    def pause(self, source: str, *, by: str, reason: str, now: datetime) -> None:
        """Stop reading a source on schedule; what it owes stays owed."""
        self.store.write(sa.delete(PAUSE).where(PAUSE.c.source == source))
        self.store.write(sa.insert(PAUSE).values(source=source, paused_by=by, reason=reason, paused_at=now))

    def resume(self, source: str) -> None:
        """Read the source on schedule again."""
        self.store.write(sa.delete(PAUSE).where(PAUSE.c.source == source))

    def requests(self, limit: int = 30) -> list[Request]:
        """What was asked of the ingest process, newest first."""
        return [
            as_request(row) for row in self.store.read(sa.select(REQUEST).order_by(REQUEST.c.id.desc()).limit(limit))
        ]

    def enter(self, body: Mapping[str, Any], *, by: str, now: datetime) -> int:
        """Keep a figure typed in by hand; returns its id. It counts for nothing until it is approved."""
        text = json.dumps(dict(body), ensure_ascii=False)
        self.store.write(sa.insert(ENTRY).values(body=text, status="waiting", entered_by=by, entered_at=now, note=""))
        return int(self.store.read(sa.select(sa.func.max(ENTRY.c.id)))[0][0])

    def entries(self, status: str | None = None, limit: int = 100) -> list[HandEntry]:
        """Figures typed in by hand, newest first."""
        query = sa.select(ENTRY).order_by(ENTRY.c.id.desc()).limit(limit)
        rows = self.store.read(query if status is None else query.where(ENTRY.c.status == status))
        return [HandEntry(row[0], json.loads(row[1]), *row[2:]) for row in rows]

    def decide(self, entry_id: int, *, approve: bool, by: str, note: str = "", now: datetime) -> HandEntry:
        """Approve or reject a waiting figure. UsageError when it is decided already, or by the one who entered it."""
        rows = self.store.read(sa.select(ENTRY).where(ENTRY.c.id == entry_id))
        if not rows:
            raise UsageError(f"there is no entry {entry_id}")
        found = HandEntry(rows[0][0], json.loads(rows[0][1]), *rows[0][2:])
        if found.status != "waiting":
            raise UsageError(f"entry {entry_id} is {found.status} already")
        if match_key(found.entered_by) == match_key(by):
            raise UsageError("a second person must decide", remedy="ask a colleague to approve what you entered")
        changed = self.store.write(
            sa.update(ENTRY)
            .where(ENTRY.c.id == entry_id, ENTRY.c.status == "waiting")
            .values(status="approved" if approve else "rejected", decided_by=by, decided_at=now, note=note)
        )
        if not changed:
            raise UsageError(f"entry {entry_id} was decided by somebody else meanwhile")
        return self.entry(entry_id)

    def entry(self, entry_id: int) -> HandEntry:
        """One figure; UsageError for an unknown id."""
        found = next((one for one in self.entries(limit=10_000) if one.id == entry_id), None)
        if found is None:
            raise UsageError(f"there is no entry {entry_id}")
        return found

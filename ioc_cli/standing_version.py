"""Does the published version still show what the warehouse holds? The ledger decides, not the memory of a process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ioc.published import Publication, Version
from pipelines.run import RunContext

AGES_EVERY = timedelta(minutes=5)  # so often a source that was asked and had nothing new gets its younger age shown


def is_behind(ctx: RunContext) -> bool:
    """True when rows were loaded after the published version was made: the last process ended in between."""
    shown, newest = _shown(ctx), _newest_change(ctx)
    return shown is not None and newest is not None and newest > (shown.known_at or shown.published_at)


def has_new_history(ctx: RunContext) -> bool:
    """True when config.yaml asks for another beginning of the history than was measured last."""
    rows = ctx.warehouse.cursor().execute("SELECT history_from FROM ops.history").fetchall()
    return (rows[0][0] if rows else None) != ctx.settings.history_from


def note_history(cursor: Any, ctx: RunContext) -> None:
    """Keep the beginning of the history that was measured, in the transaction of the numbers."""
    cursor.execute("DELETE FROM ops.history")
    cursor.execute("INSERT INTO ops.history VALUES (?)", [ctx.settings.history_from])


def is_ageing(ctx: RunContext) -> bool:
    """True when the ages the version shows are older than AGES_EVERY.

    Without a new version a source that has nothing new for a day would look late on the wall although it answers
    every minute.
    """
    shown = _shown(ctx)
    return shown is not None and ctx.now - shown.published_at >= AGES_EVERY


def _shown(ctx: RunContext) -> Version | None:
    publication = Publication(ctx.home)
    try:
        publication.refresh()
        return publication.version
    finally:
        publication.close()


def _newest_change(ctx: RunContext) -> datetime | None:
    sql = "SELECT max(loaded_at) FROM ops.load_ledger WHERE coalesce(rows_changed, 1) > 0"
    row = ctx.warehouse.cursor().execute(sql).fetchone()
    return row[0].replace(tzinfo=UTC) if row and row[0] else None

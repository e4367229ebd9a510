"""How far each dataset has come: watermark, completeness, last success. None of them ever goes back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pipelines.landing import Landed
from pipelines.supply import note_reach


def advance_state(
    cursor: Any,
    source: str,
    dataset: str,
    run_id: str,
    load_id: str | None,
    watermark: datetime | None,
    through: datetime,
    success_at: datetime,
) -> None:
    """Move the state of a dataset forward; neither watermark nor completeness ever goes back."""
    known = cursor.execute(
        "SELECT watermark, complete_through, last_success_at, last_load_id, rows_total FROM ops.source_state "
        "WHERE source = ? AND dataset = ?",
        [source, dataset],
    ).fetchone() or (None, None, None, None, 0)
    note_reach(cursor, source, dataset, through, success_at, run_id)  # the score "alive" counts from these moments
    cursor.execute("DELETE FROM ops.source_state WHERE source = ? AND dataset = ?", [source, dataset])
    cursor.execute(
        """INSERT INTO ops.source_state (source, dataset, watermark, complete_through, last_success_at, last_load_id,
        last_run_id, rows_total) VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            source,
            dataset,
            later(known[0], plain(watermark)),
            later(known[1], plain(through)),
            later(known[2], plain(success_at)),
            load_id or known[3],
            run_id,
            known[4],
        ],
    )


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two instants, either of which may be unknown."""
    return max((moment for moment in (one, other) if moment is not None), default=None)


def plain(moment: datetime | None) -> datetime | None:
    """An instant as core keeps it: UTC without zone."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment is not None else None


def last_full_rows(cursor: Any, landed: Landed) -> int | None:
    """Rows of the last load of this dataset that asked for everything."""
    row = cursor.execute(
        """SELECT rows_in FROM ops.load_ledger WHERE source = ? AND dataset = ?
        AND interval_from IS NULL AND coalesce(lane, 'live') = 'live'
        ORDER BY loaded_at DESC LIMIT 1""",
        [landed.source, landed.dataset],
    ).fetchone()
    return int(row[0]) if row else None


def count_rows(cursor: Any, source: str, dataset: str, table: str) -> None:
    """Write how many rows of a core table come from the source."""
    cursor.execute(
        f"UPDATE ops.source_state SET rows_total = (SELECT count(*) FROM {table} WHERE source = $source) "
        "WHERE source = $source AND dataset = $dataset",
        {"source": source, "dataset": dataset},
    )

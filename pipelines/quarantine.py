"""Refused rows: kept with rule, field, position and reason in both languages, their cells masked."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from pipelines.connect.delivery import FILE, POSITION
from pipelines.contract import Staged
from pipelines.holding import HeldError
from pipelines.landing import Landed
from pipelines.normalise import quoted
from pipelines.spec import DatasetSpec

MOST_KEPT = 1000  # rows kept of one batch; the ledger counts all of them
LONG_NUMBER = re.compile(r"\d{9,}")  # identity and telephone numbers, whatever column they strayed into


def mask(value: Any, *, is_free_text: bool) -> str | None:
    """A cell that can be shown: codes, numbers and dates as they are, free text and long numbers as their shape."""
    if value is None:
        return None
    text = str(value)
    if is_free_text or len(text) > 40 or "@" in text or LONG_NUMBER.search(text):
        return re.sub(r"\d", "9", re.sub(r"[^\W\d_]", "x", text))[:80]
    return text


def keep_refused(cursor: Any, landed: Landed, spec: DatasetSpec, staged: Staged, now: datetime) -> int:
    """Write the refused rows of the batch at hand to ops.quarantine; returns how many were written."""
    if not staged.rows_refused:
        return 0
    names = [name for name in spec.columns if name in landed.columns]
    cells = ", ".join(f"l.{quoted(name)}" for name in names)
    rows = cursor.execute(
        f"""SELECT j._rule, l.{POSITION}, l.{FILE}, {cells} FROM judged j JOIN landed l USING ({POSITION}, {FILE})
        WHERE j._rule IS NOT NULL ORDER BY l.{FILE}, l.{POSITION} LIMIT {MOST_KEPT}"""
    ).fetchall()
    kept = []
    for number, position, file, *values in rows:
        rule = staged.rules[number]
        shown = {name: mask(value, is_free_text=is_free(spec, name)) for name, value in zip(names, values, strict=True)}
        kept.append(
            entry(
                landed,
                now,
                position,
                rule.id,
                rule.field,
                rule.vi,
                rule.en,
                shown,
                file,
                "refused",
                content=hashlib.sha256(repr(values).encode()).hexdigest(),
            )
        )
    insert(cursor, kept)
    return len(kept)


def keep_held(cursor: Any, landed: Landed, error: HeldError, now: datetime) -> None:
    """One line for a batch that was held as a whole (once per landing)."""
    known = cursor.execute(
        "SELECT count(*) FROM ops.quarantine WHERE load_id = ? AND status = 'held'", [landed.load_id]
    ).fetchone()[0]
    if not known:
        insert(
            cursor, [entry(landed, now, 0, f"batch:{error.rule}", "", error.message_vi, error.message, {}, "", "held")]
        )


def is_free(spec: DatasetSpec, name: str) -> bool:
    """Text columns that are neither keys, codes of a closed list, patterned codes nor places."""
    column = spec.columns[name]
    is_code = name in spec.key or column.values or column.pattern or column.place
    return column.type == "text" and not is_code


def entry(
    landed: Landed,
    now: datetime,
    position: int,
    rule: str,
    field: str,
    vi: str,
    en: str,
    shown: dict[str, str | None],
    file: str,
    status: str,
    content: str = "",
) -> dict[str, object]:
    """A row of ops.quarantine. A refused row that is delivered again keeps its id, wherever it stands then."""
    text = f"{landed.source}|{landed.dataset}|{rule}|{content or landed.load_id}"
    where = f"{landed.path}" + (f"#{file}" if file else "")
    return {
        "quarantine_id": hashlib.sha256(text.encode()).hexdigest()[:24],
        "source": landed.source,
        "dataset": landed.dataset,
        "load_id": landed.load_id,
        "run_id": landed.run_id,
        "landed_path": where,
        "position": position,
        "rule": rule,
        "field": field,
        "reason_vi": vi,
        "reason_en": en,
        "masked_row": json.dumps(shown, ensure_ascii=False),
        "status": status,
        "quarantined_at": now.astimezone(UTC).replace(tzinfo=None),
    }


def insert(cursor: Any, entries: list[dict[str, object]]) -> None:
    """Append entries, leaving out those already there."""
    if not entries:
        return
    cursor.register("quarantine_batch", pa.Table.from_pylist(entries))
    cursor.execute(
        "INSERT INTO ops.quarantine BY NAME SELECT * FROM quarantine_batch b "
        "WHERE NOT EXISTS (SELECT 1 FROM ops.quarantine q WHERE q.quarantine_id = b.quarantine_id)"
    )
    cursor.unregister("quarantine_batch")

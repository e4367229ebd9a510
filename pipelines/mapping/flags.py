"""Rows that are loaded and still say something odd: listed beside the refused ones, with status `flagged`."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from pipelines.connect.delivery import FILE, POSITION
from pipelines.landing import Landed
from pipelines.normalise import quoted
from pipelines.quarantine import entry, insert, is_free, mask
from pipelines.spec import DatasetSpec

MOST_LISTED = 1000  # of one rule and batch


def keep_flagged(cursor: Any, landed: Landed, spec: DatasetSpec, now: datetime) -> dict[str, int]:
    """List the rows of `judged` that were not refused and do not meet a flag's test; returns how many each has."""
    counts: dict[str, int] = {}
    names = list(spec.columns)
    cells = ", ".join(f"CAST({quoted(name)} AS VARCHAR)" for name in names)
    for rule in spec.flags:
        where = f"_rule IS NULL AND NOT coalesce(({rule.test}), true)"
        counts[rule.id] = int(cursor.execute(f"SELECT count(*) FROM judged WHERE {where}").fetchone()[0])
        rows = cursor.execute(
            f"SELECT {POSITION}, {FILE}, {cells} FROM judged WHERE {where} "
            f"ORDER BY {FILE}, {POSITION} LIMIT {MOST_LISTED}"
        ).fetchall()
        kept = []
        for position, file, *values in rows:
            shown = {
                name: mask(value, is_free_text=is_free(spec, name)) for name, value in zip(names, values, strict=True)
            }
            content = hashlib.sha256(repr((file, values)).encode()).hexdigest()
            kept.append(
                entry(
                    landed,
                    now,
                    position,
                    f"flag:{rule.id}",
                    rule.field,
                    rule.vi,
                    rule.en,
                    shown,
                    file,
                    "flagged",
                    content=content,
                )
            )
        insert(cursor, kept)
    return counts

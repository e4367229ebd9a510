"""The form of a delivery against its contract: new, missing and retyped columns, by the modes the source declares."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from pipelines.holding import HeldError
from pipelines.landing import Landed
from pipelines.normalise import quoted
from pipelines.rules import Rule, needed
from pipelines.spec import DatasetSpec

FEW_ROWS = 20  # in a smaller batch an optional column may well be empty throughout


def look_for_drift(cursor: Any, landed: Landed, spec: DatasetSpec, types: dict[str, str]) -> tuple[set[str], list[str]]:
    """The columns the delivery does not have, and what was let pass. HeldError with the difference where it is frozen.

    A required column that is absent, or empty throughout, always holds the batch.
    """
    absent = {name for name in spec.columns if name not in types}
    present = [name for name in spec.columns if name not in absent]
    counts = cursor.execute(f"SELECT {', '.join(f'count({quoted(name)})' for name in present)} FROM landed").fetchone()
    empty = {name for name, count in zip(present, counts, strict=True) if count == 0}
    new = list(landed.ignored_columns)
    required = [name for name in spec.columns if needed(spec, name) and name in absent | empty]
    optional = [name for name in spec.columns if not needed(spec, name) and name in absent]
    gone = [*required]
    if spec.drift.missing == "freeze":
        gone += [name for name in spec.columns if name in absent or (name in empty and landed.rows >= FEW_ROWS)]
    if gone:
        missing = list(dict.fromkeys(gone))
        raise hold(landed, spec, f"Dữ liệu thiếu cột: {', '.join(missing)}", missing, new)
    if new and spec.drift.new == "freeze":
        raise hold(landed, spec, f"Dữ liệu có cột mới: {', '.join(new)}", [], new)
    notes = [f"optional columns are absent: {', '.join(optional)}"] if optional else []
    return absent, notes


def hold(landed: Landed, spec: DatasetSpec, vi: str, missing: Sequence[str], new: Sequence[str]) -> HeldError:
    """The error that names the difference, and which new column may be the missing one under another name."""
    parts = [f"columns are absent: {', '.join(missing)}"] if missing else []
    parts += [f"new columns: {', '.join(new)}"] if new else []
    renamed = []
    for name in missing:
        heading = spec.columns[name].path or name
        renamed += [f"{heading} may now be called {near}" for near in get_close_matches(heading, new, 1, 0.6)]
    return HeldError(
        landed.source,
        landed.dataset,
        "drift",
        vi,
        "; ".join(["held: the form changed", *parts, *renamed]),
        remedy="ask the supplier what changed, correct source.yaml, then replay",
    )


def hold_when_retyped(cursor: Any, landed: Landed, spec: DatasetSpec, rules: Sequence[Rule]) -> None:
    """With `retyped: freeze` the first value that is not readable as its type holds the batch."""
    if spec.drift.retyped != "freeze":
        return
    numbers = [number for number, rule in enumerate(rules) if rule.id.startswith("type:")]
    found = cursor.execute(
        f"SELECT _rule, count(*) FROM judged WHERE _rule IN ({', '.join(map(str, numbers)) or 'NULL'}) GROUP BY 1"
    ).fetchall()
    if found:
        names = ", ".join(f"{rules[number].field} ({count})" for number, count in found)
        raise HeldError(
            landed.source,
            landed.dataset,
            "drift",
            f"Kiểu dữ liệu đã đổi: {names}",
            f"held: values not readable as their type in {names}",
            remedy="ask the supplier what changed, correct source.yaml, then replay",
        )

"""What a measurement of a dataset rests on, as one mark: the same mark means the same cells, so it is not repeated."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from indicators.measure.cells import listed
from indicators.measure.clock import Cursor, DatasetClock, is_behind, local_day, rows_of
from ioc.catalogue import Dataset, Indicator


def mark_of(
    cursor: Cursor,
    dataset: Dataset,
    members: Iterable[Indicator],
    clock: DatasetClock,
    *,
    floor: date,
    is_given: bool,
    now: datetime,
) -> str:
    """The mark of a dataset: its definitions, clock, day, units and rows.

    A merge gives every row it touches the load it came with, so the rows of each load, counted, tell whether the
    table changed; when they were loaded tells a rebuild. Needs `axis_unit` (fill_axes).
    """
    chosen = sorted(members, key=lambda one: (one.id, one.version))
    parts: list[object] = [dataset, clock, floor, is_given, local_day(now)]
    parts += [(one, is_behind(one, clock.data_as_of, now)) for one in chosen]
    parts += rows_of(cursor, "FROM axis_unit ORDER BY ALL")
    parts += rows_of(
        cursor,
        f"SELECT count(*), sum(hash(o.load_id, held, loaded_at)) FROM "
        f"(SELECT load_id, count(*) AS held FROM {dataset.table} GROUP BY load_id) o "
        "LEFT JOIN ops.load_ledger USING (load_id)",
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def count_cells(cursor: Cursor, indicators: Sequence[str]) -> int:
    """How many cells of these indicators are written."""
    counted = rows_of(
        cursor,
        f"SELECT count(*) FROM mart.observation WHERE indicator IN ({listed([*indicators])}) "
        "AND provenance <> 'external'",
    )
    return int(counted[0][0])

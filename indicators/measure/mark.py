"""What the last measurement of a dataset rested on (ops.measured), and from that what has to be done again.

A dataset keeps its cells as long as its definitions, units and history stand. Then only those cells are measured
again whose rows changed (ops.touched, written by the merge), whose period was not over, or whose rows were dated
beyond the last reading; the clocks of all the others are set forward (`indicators.measure.scope`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from indicators.measure.cells import quote
from indicators.measure.clock import Cursor, DatasetClock, is_behind, local_day, rows_of, stored
from ioc.catalogue import Dataset, Indicator

FULL, PART, SAME = "full", "part", "same"
EVERYTHING = "*"  # column name in ops.touched: every cell of the table


@dataclass(frozen=True)
class Mark:
    """A row of ops.measured; instants are UTC without zone, as stored."""

    ground: str
    content: str
    data_as_of: datetime
    settled_at: datetime | None
    measured_on: date
    behind: str
    cells: int


@dataclass(frozen=True)
class Task:
    """What to do with a dataset: measure it whole, in part since a mark, or leave its cells as they are."""

    mode: str
    since: Mark | None = None
    is_touched: bool = False

    def is_moved(self, clock: DatasetClock) -> bool:
        """Whether the dataset reaches further than at the last measurement."""
        return self.since is not None and self.since.data_as_of != stored(clock.data_as_of)


def pairs_sql(members: Sequence[Indicator]) -> str:
    """The condition on indicator and version of these definitions."""
    listed = ", ".join(f"({quote(one.id)}, {one.version})" for one in members) or "('', 0)"
    return f"(indicator, version) IN ({listed})"


def count_cells(cursor: Cursor) -> dict[tuple[str, int], int]:
    """How many cells stand of each definition."""
    found = rows_of(
        cursor,
        "SELECT indicator, version, count(*) FROM mart.observation WHERE provenance <> 'external' GROUP BY ALL",
    )
    return {(indicator, version): count for indicator, version, count in found}


def read_mark(
    cursor: Cursor,
    dataset: Dataset,
    members: Sequence[Indicator],
    clock: DatasetClock,
    *,
    floor: date,
    is_given: bool,
    now: datetime,
    cells: int,
) -> Mark:
    """The mark of a dataset as it is now, with the `cells` its members have. Needs the axes (fill_axes).

    A merge gives every row it touches the load it came with, so the rows of each load, counted, tell whether the
    table changed; when they were loaded tells a rebuild.
    """
    chosen = sorted(members, key=lambda one: (one.id, one.version))
    ground: list[object] = [dataset, chosen, floor, is_given, clock.first_day, clock.sources]
    ground += rows_of(cursor, "FROM axis_unit ORDER BY ALL")
    ground += rows_of(cursor, "SELECT * FROM ops.grace ORDER BY ALL")
    content = rows_of(
        cursor,
        f"SELECT count(*), sum(hash(o.load_id, held, loaded_at)), count(*) FILTER (loaded_at IS NULL) FROM "
        f"(SELECT load_id, count(*) AS held FROM {dataset.table} GROUP BY load_id) o "
        "LEFT JOIN ops.load_ledger USING (load_id)",
    )
    settled = rows_of(cursor, "SELECT max(interval_to) FROM axis_reading")[0][0]
    behind = [(one.id, one.version, is_behind(one, clock.data_as_of, now)) for one in chosen]
    return Mark(
        hashlib.sha256(repr(ground).encode()).hexdigest(),
        f"{content[0][2]}:{hashlib.sha256(repr(content).encode()).hexdigest()}",
        stored(clock.data_as_of),
        settled,
        local_day(now),
        hashlib.sha256(repr(behind).encode()).hexdigest(),
        cells,
    )


def choose_task(cursor: Cursor, name: str, dataset: Dataset, mark: Mark, *, is_reported: bool) -> Task:
    """Compare with the last measurement: anything that cannot be told exactly is measured whole."""
    rows = rows_of(
        cursor,
        "SELECT ground, content, data_as_of, settled_at, measured_on, behind, cells FROM ops.measured "
        "WHERE dataset = ?",
        [name],
    )
    if len(rows) != 1:
        return Task(FULL)
    last = Mark(*rows[0])
    notes = rows_of(
        cursor,
        "SELECT count(*), count(*) FILTER (column_name = ?) FROM ops.touched WHERE table_name = ?",
        [EVERYTHING, dataset.table],
    )[0]
    if (last.ground, last.cells) != (mark.ground, mark.cells) or mark.data_as_of < last.data_as_of or notes[1]:
        return Task(FULL)
    if not notes[0] and last.content != mark.content:
        return Task(FULL)  # changed by a way round the merge
    if is_reported:
        is_same = not notes[0] and last.measured_on == mark.measured_on
        return Task(SAME, last) if is_same else Task(FULL)
    if last == mark and not notes[0]:
        return Task(SAME, last)
    if notes[0] and not mark.content.startswith("0:"):
        return Task(FULL)  # rows without a load: nobody notes when they change
    early = rows_of(
        cursor, "SELECT count(*) FROM axis_reading WHERE interval_to <= ? AND loaded_at > ?", [last.settled_at] * 2
    )
    if dataset.parent or last.settled_at is None or early[0][0]:
        return Task(FULL)  # a reading of the past came later (backfill)
    return Task(PART, last, is_touched=bool(notes[0]))


def write_marks(cursor: Cursor, marks: dict[str, Mark]) -> None:
    """Keep the marks of a whole measurement, and forget what was touched before it."""
    cursor.execute("DELETE FROM ops.measured")
    for name, mark in marks.items():
        cursor.execute(
            "INSERT INTO ops.measured VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                name,
                mark.ground,
                mark.content,
                mark.data_as_of,
                mark.settled_at,
                mark.measured_on,
                mark.behind,
                mark.cells,
            ],
        )
    cursor.execute("DELETE FROM ops.touched")


def forget(cursor: Cursor, dataset: str) -> None:
    """Have a dataset measured whole the next time, for a change that left no note."""
    cursor.execute("DELETE FROM ops.measured WHERE dataset = ?", [dataset])

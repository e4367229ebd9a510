"""Several small files in one load: one transaction, still one line of the ledger and one load id for each file.

It serves datasets whose files are known by their content and whose conform.sql hands on `_file`, so that every row
keeps the load it came with. Anything unusual (a refused row, a held batch, a second schema) and the files are
loaded one after the other, as if they had come alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ioc.errors import IocError
from ioc.warehouse import WarehouseFatal
from pipelines.checks import run_checks
from pipelines.conform import calendar_table, conform, conform_of, read_blocks
from pipelines.connect.delivery import FILE
from pipelines.contract import Staged, stage
from pipelines.holding import hold_when_scaled, hold_when_shrunk
from pipelines.landing import Landed, Part
from pipelines.load import Loader, LoadResult, loaded
from pipelines.spec import DatasetSpec, SourceSpec
from pipelines.state import count_rows, last_full_rows, plain

MOST_ROWS, MOST_FILES = 400_000, 200  # of one load: memory stays bounded, a row group of the engine is filled


class _ApartError(IocError):
    """These files cannot share a load."""


def load_together(loader: Loader, source: SourceSpec, landings: Sequence[Landed], now: datetime) -> list[LoadResult]:
    """Load the landings of one dataset in their order; the results are those of loading each alone.

    A row that a later file of the same load replaces counts as a duplicate of its own file.
    """
    results: list[LoadResult] = []
    for group in groups(loader, source, landings):
        done = _try(loader, source, group, now) if len(group) > 1 else None
        results += done if done is not None else [loader.load(source, landed, now) for landed in group]
    return results


def groups(loader: Loader, source: SourceSpec, landings: Sequence[Landed]) -> Iterator[list[Landed]]:
    """Landings that may share a load: same dataset and schema, file names apart, not too many rows.

    Files of another schema are put aside only where the newest row wins whatever the order (`order_by`).
    """
    open_groups: dict[tuple[str, str], list[Landed]] = {}
    for landed in landings:
        dataset = source.datasets.get(landed.dataset)
        if (
            dataset is None
            or not landed.parts
            or is_special(landed)
            or not hands_on_file(source, dataset, landed.dataset)
        ):
            yield from open_groups.values()
            open_groups = {}
            yield [landed]
            continue
        key = (landed.dataset, _schema(loader, landed))
        if key not in open_groups and not all(target.order_by for target in dataset.into.values()):
            yield from open_groups.values()
            open_groups = {}
        group = open_groups.setdefault(key, [])
        rows = landed.rows + sum(one.rows for one in group)
        if group and (rows > MOST_ROWS or len(group) == MOST_FILES or landed.origin in {one.origin for one in group}):
            yield group
            group = open_groups[key] = []
        group.append(landed)
    yield from open_groups.values()


def is_special(landed: Landed) -> bool:
    """Whether a landing is loaded alone whatever its dataset: masked cells, another lane, a list of keys."""
    return bool(landed.redacted) or (landed.lane, landed.form) != ("live", "rows")


def hands_on_file(source: SourceSpec, dataset: DatasetSpec, name: str) -> bool:
    """Whether every statement of the dataset keeps the file of a row, and its loads are known by content."""
    if (
        not dataset.by_content
        or dataset.is_shaped
        or dataset.flags
        or dataset.volume.band
        or dataset.deletions.mode != "none"
        or any(target.set for target in dataset.into.values())
    ):
        return False
    statements = read_blocks(source.folder / "conform.sql")
    return all(FILE in statements.get(f"{name} -> {table}", "") for table in dataset.into)


def _try(loader: Loader, source: SourceSpec, group: list[Landed], now: datetime) -> list[LoadResult] | None:
    """The whole group in one transaction; None when it has to be taken apart (nothing was changed then)."""
    try:
        with loader.warehouse.transaction() as cursor:
            return _apply(loader, cursor, source, group, now)
    except WarehouseFatal:
        raise
    except IocError:
        return None  # loaded alone, each file tells its own fault


def _apply(
    loader: Loader, cursor: Any, source: SourceSpec, group: list[Landed], now: datetime
) -> list[LoadResult] | None:
    first = group[0]
    dataset = source.datasets[first.dataset]
    marks = ", ".join("?" for _ in group)
    ids = [landed.load_id for landed in group]
    known = cursor.execute(f"SELECT count(*) FROM ops.load_ledger WHERE load_id IN ({marks})", ids).fetchone()
    if known != (0,) or len(set(ids)) < len(ids):
        raise _ApartError("one of the files was loaded before")
    for landed in group:
        hold_when_shrunk(landed, dataset, last_full_rows(cursor, landed))
    staged = stage(cursor, _as_one(group), dataset, loader.registry, loader.home)
    counts = _counts(cursor, group, staged)
    register_files(cursor, group)
    cursor.register("calendar_day", calendar_table(loader.calendar))
    changed = 0
    for table, target in dataset.into.items():
        statement = conform_of(cursor, source, first, table, loader.params, by_file=True)
        guard = partial(hold_when_scaled, cursor, first, table, target)
        changed += conform(loader.warehouse, cursor, statement, table, target, staged.rows_good, guard)
    if changed:
        run_checks(cursor, source.folder / "checks.sql", first.source, first.dataset, dict(loader.params))
    kept = dict.fromkeys(ids, 0)
    for table in dataset.into:
        found = cursor.execute(f"SELECT load_id, count(*) FROM {table} WHERE load_id IN ({marks}) GROUP BY 1", ids)
        for load_id, rows in found.fetchall():
            kept[load_id] += rows
    results = []
    for landed in group:
        own = counts[landed.load_id]
        loader.write_ledger(cursor, dataset, landed, own, kept[landed.load_id], now)
        results.append(loaded(dataset, landed, own, kept[landed.load_id]))
    count_rows(cursor, first.source, first.dataset, next(iter(dataset.into)))
    return results


def _counts(cursor: Any, group: list[Landed], staged: Staged) -> dict[str, Staged]:
    """What became of the rows of each file; files with refused rows are taken apart."""
    if staged.rows_refused or staged.notes:
        raise _ApartError("rows were refused, or the form changed")
    read = dict(cursor.execute(f"SELECT {FILE}, count(*) FROM judged GROUP BY 1").fetchall())
    good = dict(cursor.execute(f"SELECT {FILE}, count(*) FROM staged GROUP BY 1").fetchall())
    if read != {landed.origin: landed.rows for landed in group}:
        raise _ApartError("the files cannot be told apart")
    return {
        landed.load_id: Staged(
            landed.rows, good.get(landed.origin, 0), 0, landed.rows - good.get(landed.origin, 0), staged.rules
        )
        for landed in group
    }


def register_files(cursor: Any, group: Sequence[Landed]) -> None:
    """The view `landed_load`: which load a file is, and when it landed."""
    cursor.register(
        "landed_load",
        pa.table(
            {
                FILE: pa.array([landed.origin for landed in group], pa.string()),
                "load_id": pa.array([landed.load_id for landed in group], pa.string()),
                "known_at": pa.array([plain(landed.landed_at) for landed in group], pa.timestamp("us")),
            }
        ),
    )


def _as_one(group: list[Landed]) -> Landed:
    """The landings as if they were one folder."""
    parts = tuple(
        Part(f"{landed.path}/{part.name}", part.rows, part.bytes, part.sha256)
        for landed in group
        for part in landed.parts
    )
    ignored = sorted({name for landed in group for name in landed.ignored_columns})
    rows = sum(landed.rows for landed in group)
    return replace(group[0], path=".", parts=parts, rows=rows, ignored_columns=tuple(ignored))


def _schema(loader: Loader, landed: Landed) -> str:
    """The columns of a landing with their types; parts that differ make it one of a kind."""
    found = {str(pq.read_schema(path).remove_metadata()) for path in landed.files(loader.home)}
    return hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest() if len(found) == 1 else landed.load_id

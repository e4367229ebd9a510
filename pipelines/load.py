"""A landing becomes rows of core: contract, conform, merge, checks and ledger in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from ioc.calendar import WorkCalendar
from ioc.catalogue.model import parse_duration
from ioc.errors import ConfigError
from ioc.unit import UnitRegistry
from ioc.warehouse import Warehouse
from pipelines.checks import run_checks
from pipelines.conform import calendar_table, conform, conform_of
from pipelines.contract import Staged, stage
from pipelines.deletion import Gone
from pipelines.holding import (
    HeldError,
    hold_when_bad,
    hold_when_scaled,
    hold_when_shrunk,
    hold_when_unlike_its_weekday,
)
from pipelines.landing import Landed
from pipelines.mapping.flags import keep_flagged
from pipelines.quarantine import keep_held, keep_refused
from pipelines.spec import DatasetSpec, SourceSpec
from pipelines.state import advance_state, count_rows, last_full_rows, plain
from pipelines.supply import PLACES


@dataclass(frozen=True)
class LoadResult:
    """What became of one landing. `status`: loaded, known (the same load was made before), held."""

    source: str
    dataset: str
    load_id: str
    origin: str
    status: str
    message: str = ""
    rows_in: int = 0
    rows_good: int = 0
    rows_refused: int = 0
    rows_duplicate: int = 0
    rows_changed: int = 0  # inserted or changed in core
    tables: tuple[str, ...] = ()
    earliest_on: str | None = None


@dataclass(frozen=True)
class Loader:
    """What loading needs: the warehouse, the units, the calendar, where the home is."""

    home: Path
    warehouse: Warehouse
    registry: UnitRegistry
    calendar: WorkCalendar
    params: Mapping[str, object] = field(default_factory=dict)
    accept: bool = False  # a person answers for it: volume, scale and vanishing rows do not hold a batch

    def load(self, source: SourceSpec, landed: Landed, now: datetime) -> LoadResult:
        """Load one landing; twice changes nothing. A held batch is recorded and leaves core as it was."""
        dataset = source.datasets.get(landed.dataset)
        if dataset is None:
            raise ConfigError(
                source.folder / "source.yaml",
                None,
                f"no dataset '{landed.dataset}'",
                remedy="it was landed before; keep the dataset in source.yaml",
            )
        try:
            with self.warehouse.transaction() as cursor:
                return self.apply(cursor, source, dataset, landed, now)
        except HeldError as error:
            with self.warehouse.transaction() as cursor:
                keep_held(cursor, landed, error, now)
            return LoadResult(
                landed.source, landed.dataset, landed.load_id, landed.origin, "held", str(error), rows_in=landed.rows
            )

    def apply(self, cursor: Any, source: SourceSpec, dataset: DatasetSpec, landed: Landed, now: datetime) -> LoadResult:
        """The steps inside the transaction."""
        if cursor.execute("SELECT 1 FROM ops.load_ledger WHERE load_id = ?", [landed.load_id]).fetchone():
            return LoadResult(
                landed.source, landed.dataset, landed.load_id, landed.origin, "known", rows_in=landed.rows
            )
        if not self.accept:
            hold_when_shrunk(landed, dataset, last_full_rows(cursor, landed))
        staged = stage(cursor, landed, dataset, self.registry, self.home)
        hold_when_bad(landed, staged.rows_in, staged.rows_refused)
        seen = replace(landed, columns=tuple(dataset.columns)) if dataset.is_shaped else landed
        keep_refused(cursor, seen, dataset, staged, now)
        if dataset.flags and staged.rows_in:
            keep_flagged(cursor, landed, dataset, now)
        cursor.register("calendar_day", calendar_table(self.calendar))
        changed = 0
        for table, target in dataset.into.items():
            if staged.rows_good:
                statement = conform_of(cursor, source, landed, table, self.params)
                guard = None if self.accept else partial(hold_when_scaled, cursor, landed, table, target)
                changed += conform(self.warehouse, cursor, statement, table, target, staged.rows_good, guard)
        changed += self.remove_gone(cursor, source, dataset, landed, staged)
        if changed and not self.accept:
            hold_when_unlike_its_weekday(cursor, landed, dataset)
        if changed:
            run_checks(cursor, source.folder / "checks.sql", landed.source, landed.dataset, dict(self.params))
        self.write_ledger(cursor, dataset, landed, staged, changed, now)
        count_rows(cursor, landed.source, landed.dataset, next(iter(dataset.into)))
        return loaded(dataset, landed, staged, changed)

    def remove_gone(self, cursor: Any, source: SourceSpec, dataset: DatasetSpec, landed: Landed, staged: Staged) -> int:
        """Remove from core what the source deleted, by the declared mode; returns how many rows."""
        statements = {table: conform_of(cursor, source, landed, table, self.params) for table in dataset.into}
        gone = Gone(self.warehouse, cursor, landed, dataset, statements, accept=self.accept)
        return gone.remove(staged.rows_good, staged.rows_refused)

    def write_ledger(
        self, cursor: Any, dataset: DatasetSpec, landed: Landed, staged: Staged, changed: int, now: datetime
    ) -> None:
        """The ledger line of the load and the state of its dataset, in the transaction of the rows."""
        cursor.execute(
            """INSERT INTO ops.load_ledger (load_id, source, dataset, run_id, landed_path, sha256, interval_from,
            interval_to, watermark, rows_in, rows_good, rows_refused, rows_duplicate, rows_changed, loaded_at, lane)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                landed.load_id,
                landed.source,
                landed.dataset,
                landed.run_id,
                landed.path,
                landed.sha256,
                plain(landed.interval_from),
                plain(landed.interval_to),
                plain(landed.watermark),
                staged.rows_in,
                staged.rows_good,
                staged.rows_refused,
                staged.rows_duplicate,
                changed,
                plain(now),
                landed.lane,
            ],
        )
        if landed.lane != "live":
            return  # rows only: a source is as fresh as its live readings
        through = landed.complete_through or landed.interval_to - parse_duration(dataset.lag)
        advance_state(
            cursor,
            landed.source,
            landed.dataset,
            landed.run_id,
            landed.load_id,
            landed.watermark,
            through,
            landed.landed_at,
        )


def loaded(dataset: DatasetSpec, landed: Landed, staged: Staged, changed: int) -> LoadResult:
    """What became of a landing that was loaded."""
    return LoadResult(
        landed.source,
        landed.dataset,
        landed.load_id,
        landed.origin,
        "loaded",
        "; ".join(staged.notes),
        staged.rows_in,
        staged.rows_good,
        staged.rows_refused,
        staged.rows_duplicate,
        changed,
        tuple(dataset.into),
    )


def keep_units(warehouse: Warehouse, registry: UnitRegistry) -> int:
    """Bring core.unit to the registry; returns the number of units."""
    rows = registry.rows()
    with warehouse.transaction() as cursor:
        names = [row[0] for row in cursor.execute("DESCRIBE core.unit").fetchall()]
        cursor.register("unit_batch", pa.Table.from_pylist(rows))
        columns = ", ".join(names)
        same = cursor.execute(
            f"SELECT (SELECT count(*) FROM core.unit WHERE {PLACES}) = {len(rows)} AND "
            f"(SELECT count(*) FROM (SELECT {columns} FROM unit_batch EXCEPT SELECT {columns} FROM core.unit)) = 0"
        ).fetchone()
        if same != (True,):
            cursor.execute(f"DELETE FROM core.unit WHERE {PLACES}")
            cursor.execute(f"INSERT INTO core.unit ({columns}) SELECT {columns} FROM unit_batch")
        cursor.unregister("unit_batch")
    return len(rows)

"""A landing becomes rows of core: contract, conform, merge, checks and ledger in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ioc.calendar import WorkCalendar
from ioc.catalogue.model import parse_duration
from ioc.errors import ConfigError
from ioc.unit import UnitRegistry
from ioc.warehouse import Warehouse
from pipelines.checks import blocks, run_checks
from pipelines.contract import Staged, stage
from pipelines.holding import HeldError, hold_when_bad, hold_when_shrunk
from pipelines.landing import Landed
from pipelines.quarantine import keep_held, keep_refused
from pipelines.spec import DatasetSpec, SourceSpec, Target


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
        hold_when_shrunk(landed, dataset, last_full_rows(cursor, landed))
        staged = stage(cursor, landed, dataset, self.registry, self.home)
        hold_when_bad(landed, staged.rows_in, staged.rows_refused)
        keep_refused(cursor, landed, dataset, staged, now)
        cursor.register("calendar_day", calendar_table(self.calendar))
        changed = 0
        known_at = landed.landed_at.astimezone(UTC).replace(tzinfo=None)
        for table, target in dataset.into.items():
            if staged.rows_good:
                changed += self.conform(cursor, source, landed, table, target, staged, known_at)
        if changed:
            run_checks(cursor, source.folder / "checks.sql", landed.source, landed.dataset, dict(self.params))
        self.write_ledger(cursor, dataset, landed, staged, changed, now)
        return LoadResult(
            landed.source,
            landed.dataset,
            landed.load_id,
            landed.origin,
            "loaded",
            "",
            staged.rows_in,
            staged.rows_good,
            staged.rows_refused,
            staged.rows_duplicate,
            changed,
            tuple(dataset.into),
        )

    def conform(
        self,
        cursor: Any,
        source: SourceSpec,
        landed: Landed,
        table: str,
        target: Target,
        staged: Staged,
        known_at: datetime,
    ) -> int:
        """Translate a staged batch into rows of core, with their lineage, and merge them; returns what changed."""
        path = source.folder / "conform.sql"
        sql = read_blocks(path).get(f"{landed.dataset} -> {table}")
        if sql is None:
            raise ConfigError(path, None, f"no statement '-- {landed.dataset} -> {table}'")
        given: dict[str, object] = {key: value for key, value in self.params.items() if f"${key}" in sql}
        cursor.execute("DROP TABLE IF EXISTS temp.conformed")
        cursor.execute(
            f"CREATE TEMP TABLE conformed AS SELECT *, $_source AS source, $_load_id AS load_id, "
            f"CAST($_known_at AS TIMESTAMP) AS known_at FROM ({sql})",
            {**given, "_source": landed.source, "_load_id": landed.load_id, "_known_at": known_at},
        )
        rows = int(cursor.execute("SELECT count(*) FROM conformed").fetchone()[0])
        if rows != staged.rows_good:
            raise ConfigError(
                path,
                None,
                f"'{landed.dataset} -> {table}' made {rows} rows of {staged.rows_good}",
                remedy="conform.sql translates rows; it neither drops nor multiplies them",
            )
        if is_new(cursor, table, target):
            cursor.execute(f"INSERT INTO {table} BY NAME SELECT * FROM conformed")
            changed = rows
        else:
            batch = cursor.execute("SELECT * FROM conformed").to_arrow_table()
            result = self.warehouse.merge(cursor, table, batch, key=list(target.key), order_by=list(target.order_by))
            changed = result.inserted + result.changed
        cursor.execute("DROP TABLE temp.conformed")
        return changed

    def write_ledger(
        self, cursor: Any, dataset: DatasetSpec, landed: Landed, staged: Staged, changed: int, now: datetime
    ) -> None:
        """The ledger line of the load and the state of its dataset, in the transaction of the rows."""
        cursor.execute(
            """INSERT INTO ops.load_ledger (load_id, source, dataset, run_id, landed_path, sha256, interval_from,
            interval_to, watermark, rows_in, rows_good, rows_refused, rows_duplicate, rows_changed, loaded_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
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
            ],
        )
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
        table = next(iter(dataset.into))
        cursor.execute(
            f"UPDATE ops.source_state SET rows_total = (SELECT count(*) FROM {table} WHERE source = $source) "
            "WHERE source = $source AND dataset = $dataset",
            {"source": landed.source, "dataset": landed.dataset},
        )


def is_new(cursor: Any, table: str, target: Target) -> bool:
    """Whether no row of the batch can be in the table yet and no key comes twice: then inserting is enough."""
    where = ""
    if target.span:
        low, high = cursor.execute(f"SELECT min({target.span}), max({target.span}) FROM conformed").fetchone()
        where = f" WHERE {target.span} BETWEEN TIMESTAMP '{low}' AND TIMESTAMP '{high}'"
    if cursor.execute(f"SELECT 1 FROM {table}{where} LIMIT 1").fetchone():
        return False
    keys = ", ".join(target.key)
    doubles = cursor.execute(f"SELECT 1 FROM conformed GROUP BY {keys} HAVING count(*) > 1 LIMIT 1").fetchone()
    return doubles is None


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
        """SELECT rows_in FROM ops.load_ledger WHERE source = ? AND dataset = ? AND interval_from IS NULL
        ORDER BY loaded_at DESC LIMIT 1""",
        [landed.source, landed.dataset],
    ).fetchone()
    return int(row[0]) if row else None


@lru_cache(maxsize=64)
def read_blocks(path: Path) -> dict[str, str]:
    """The statements of conform.sql by `dataset -> table`."""
    return blocks(path)


@lru_cache(maxsize=2)
def calendar_table(calendar: WorkCalendar) -> pa.Table:
    """Every day of the calendar with the number of working days up to and with it."""
    days = np.arange(np.datetime64(calendar.first), np.datetime64(calendar.last) + 1)
    first = np.full(days.shape, days[0])
    return pa.table(
        {
            "day": pa.array(days.astype("M8[D]")),
            "working_index": pa.array(calendar.working_days_between_array(first, days).astype(np.int32)),
        }
    )


def keep_units(warehouse: Warehouse, registry: UnitRegistry) -> int:
    """Bring core.unit to the registry; returns the number of units."""
    rows = registry.rows()
    with warehouse.transaction() as cursor:
        names = [row[0] for row in cursor.execute("DESCRIBE core.unit").fetchall()]
        cursor.register("unit_batch", pa.Table.from_pylist(rows))
        columns = ", ".join(names)
        same = cursor.execute(
            f"SELECT (SELECT count(*) FROM core.unit) = {len(rows)} AND "
            f"(SELECT count(*) FROM (SELECT {columns} FROM unit_batch EXCEPT SELECT {columns} FROM core.unit)) = 0"
        ).fetchone()
        if same != (True,):
            cursor.execute("DELETE FROM core.unit")
            cursor.execute(f"INSERT INTO core.unit ({columns}) SELECT {columns} FROM unit_batch")
        cursor.unregister("unit_batch")
    return len(rows)

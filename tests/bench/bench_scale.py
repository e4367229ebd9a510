"""Measuring 2 M dossiers and 5 M traffic rows: whole, after 5,000 changed dossiers, and how both grow.

The rows are drawn beside the pipelines (they would take an hour through them): the shape of the core tables with
the units of the shipped province, spread over two years. Nothing of it is a number of a page.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from indicators.checked import load_checked
from indicators.measure import measure
from ioc.catalogue import Catalogue
from ioc.lock import IngestLock
from ioc.published import publish
from ioc.unit import UnitRegistry
from ioc.warehouse import Warehouse
from pipelines.load import keep_units
from tests.bench.rows import Row, Spent, spending, times

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
READ = NOW - timedelta(minutes=15)  # how far the sources had come before the refresh
SIZES = ((200_000, 500_000), (2_000_000, 5_000_000))
LARGEST = (10_000_000, 5_000_000)
CHANGED, SITES = 5_000, 70
CHANGED_AT = "TIMESTAMP '2026-11-20 02:50:00'"
ALL_SECONDS, REFRESH_SECONDS = 60.0, 5.0

# hash(n, k) draws: the same number gives the same row, whatever the order of the rows
DOSSIERS = """
INSERT INTO core.dossier BY NAME
WITH drawn AS (
  SELECT n, TIMESTAMP '2026-11-20 02:00:00' - to_minutes(CAST(hash(n, 1) % 1036800 AS BIGINT)) AS received_at,
    hash(n, 2) % 100 AS luck, CAST(hash(n, 3) % 20 AS INTEGER) AS days, hash(n, 4) % 100 AS way
  FROM range({first}, {last}) r(n)
), lived AS (
  SELECT *, received_at + to_hours(24 * (1 + n % 15)) AS due_at,
    CASE WHEN luck < 95 AND received_at + to_hours(20 * days) < TIMESTAMP '2026-11-20 02:00:00'
      THEN received_at + to_hours(20 * days) END AS finished_at FROM drawn
)
SELECT 'D' || n AS dossier_code, 'P' || n % 2184 AS procedure_code, u.unit_code, u.unit_code AS agency_code,
  CASE WHEN way < 70 THEN 'online' ELSE 'direct' END AS channel,
  CASE WHEN finished_at IS NULL THEN 'processing' ELSE 'done' END AS status, finished_at IS NOT NULL AS is_settled,
  received_at, received_at AS accepted_at, due_at AS due_original_at, due_at AS due_current_at, finished_at,
  CAST(received_at + INTERVAL 7 HOUR AS DATE) AS received_on,
  CAST(received_at + INTERVAL 7 HOUR AS DATE) AS accepted_on,
  CAST(due_at + INTERVAL 7 HOUR AS DATE) AS due_original_on, CAST(due_at + INTERVAL 7 HOUR AS DATE) AS due_current_on,
  CAST(finished_at + INTERVAL 7 HOUR AS DATE) AS finished_on, way < 40 AS is_fee_due, way < 20 AS is_paid_online,
  true AS is_digitisation_due, luck < 80 AS is_digitised, true AS is_result_due, luck < 70 AS is_e_result,
  way < 30 AS is_reused, 0 AS extension_count, 0 AS pause_days, days AS working_days, received_at AS synced_at,
  coalesce(finished_at, received_at) AS updated_at, 'one_stop' AS source, 'bench-1' AS load_id,
  TIMESTAMP '2026-11-20 02:30:00' AS known_at
FROM lived JOIN unit_place u ON u.place = n % (SELECT count(*) FROM unit_place)
"""
FLOWS = """
INSERT INTO core.traffic_flow BY NAME
SELECT 'S' || n % {sites} AS site_code, 'J' || n % {sites} // 2 AS junction_code, u.unit_code,
  TIMESTAMP '2026-11-20 02:00:00' - to_minutes(CAST(15 * (n // {sites}) AS BIGINT)) AS observed_from,
  observed_from + INTERVAL 15 MINUTE AS observed_to, CAST(observed_from + INTERVAL 7 HOUR AS DATE) AS observed_on,
  15 AS minutes, CAST(hash(n) % 400 AS INTEGER) AS intensity, 20.0 + hash(n, 1) % 300 / 10.0 AS speed_kmh,
  0.2 AS occupancy, hash(n, 2) % 50 > 0 AS is_valid, 'valid' AS quality, hash(n, 3) % 10 = 0 AS is_congested,
  'traffic_live' AS source, 'bench-2' AS load_id, TIMESTAMP '2026-11-20 02:30:00' AS known_at
FROM range({rows}) r(n) JOIN unit_place u ON u.place = n % {sites} % 7
"""
CHANGE = """
CREATE OR REPLACE TEMP TABLE arriving AS
SELECT * EXCLUDE (first_known_at) REPLACE (
  'done' AS status, true AS is_settled, coalesce(finished_at, {now}) AS finished_at,
  coalesce(finished_on, DATE '2026-11-20') AS finished_on, {now} AS updated_at, 'bench-3' AS load_id, {now} AS known_at)
FROM core.dossier ORDER BY received_at DESC, dossier_code LIMIT {count}
"""


def bench_scale(*, largest: bool = False) -> list[Row]:
    """Whole measurement, refresh and publication at each size; the ratio is to the widest single scan."""
    catalogue, rows = load_checked(), list[Row]()
    before: Size | None = None
    for dossiers, flows in (*SIZES, LARGEST) if largest else SIZES:
        with tempfile.TemporaryDirectory(prefix="ioc-bench-") as folder, opened(Path(folder)) as warehouse:
            fill(warehouse, dossiers, flows)
            found, before = bench_size(warehouse, catalogue, dossiers, flows, before)
            rows += found
    return rows


@contextmanager
def opened(home: Path) -> Iterator[Warehouse]:
    """An empty warehouse under its lock."""
    with IngestLock(home) as lock:
        warehouse = Warehouse.open(home, lock=lock, now=NOW)
        try:
            yield warehouse
        finally:
            warehouse.close()


def fill(warehouse: Warehouse, dossiers: int, flows: int) -> None:
    """Draw the rows, a million in a transaction, with the ledger and the state a load writes."""
    keep_units(warehouse, UnitRegistry.load("51"))
    for first in range(0, dossiers, 1_000_000):
        with warehouse.transaction() as cursor:
            place_units(cursor)
            cursor.execute(DOSSIERS.format(first=first, last=min(first + 1_000_000, dossiers)))
    with warehouse.transaction() as cursor:
        place_units(cursor)
        cursor.execute(FLOWS.format(sites=SITES, rows=flows))
        at = READ.replace(tzinfo=None)
        for load, source, dataset in (
            ("bench-1", "one_stop", "ho_so"),
            ("bench-2", "traffic_live", "flows"),
            ("bench-2", "traffic_archive", "flows"),
        ):
            cursor.execute(
                "INSERT INTO ops.load_ledger (load_id, source, dataset, interval_to, loaded_at) VALUES (?, ?, ?, ?, ?)",
                [load, source, dataset, at, at],
            )
            cursor.execute(
                "INSERT INTO ops.source_state (source, dataset, complete_through) VALUES (?, ?, ?)",
                [source, dataset, at],
            )
    warehouse.checkpoint()


def place_units(cursor: Any) -> None:
    """Measured units by number."""
    cursor.execute("""CREATE OR REPLACE TEMP TABLE unit_place AS SELECT unit_code,
        row_number() OVER (ORDER BY unit_code) - 1 AS place
        FROM core.unit WHERE unit_kind IN ('commune', 'department')""")


@dataclass(frozen=True, slots=True)
class Size:
    """What one size took, for the growth to the next."""

    dossiers: int
    scan: Spent
    whole: Spent

    def growth(self, dossiers: int, what: Spent, spent: Spent) -> str:
        """How much more work (processor time) the next size takes, beside how many times the dossiers it holds."""
        return f"{times(spent.cpu, what.cpu)} the work for {times(dossiers, self.dossiers)} the dossiers"


def bench_size(
    warehouse: Warehouse, catalogue: Catalogue, dossiers: int, flows: int, before: Size | None
) -> tuple[list[Row], Size]:
    """The rows of one size, and what it took."""
    name = f"{dossiers / 1e6:g} M dossiers, {flows / 1e6:g} M traffic rows"
    with spending() as scan:
        widest(warehouse)
    with spending() as all_of_it, warehouse.transaction() as cursor:
        measured = measure(cursor, catalogue, now=NOW, run_id="bench")
    show(warehouse, catalogue)
    loading = change(warehouse)
    with spending() as part, warehouse.transaction() as cursor:
        again = measure(cursor, catalogue, now=NOW, run_id="bench-again", resume=True)
    with spending() as publishing:
        show(warehouse, catalogue)
    refresh = loading.wall + part.wall + publishing.wall
    wider = before.growth(dossiers, before.scan, scan) if before else ""
    longer = f", {before.growth(dossiers, before.whole, all_of_it)}" if before else ""
    return [
        Row(f"{name}: widest single scan", scan.wall, "s", ratio=wider, note=cpu(scan)),
        Row(
            f"{name}: measure every indicator",
            all_of_it.wall,
            "s",
            ALL_SECONDS if dossiers == 2_000_000 else None,
            ratio=f"{times(all_of_it.wall, scan.wall)} of the scan{longer}",
            note=f"{measured.observations:,} cells, {cpu(all_of_it)}",
        ),
        Row(
            f"{name}: {CHANGED:,} changed dossiers, merge to published",
            refresh,
            "s",
            REFRESH_SECONDS if dossiers <= 2_000_000 else None,
            ratio=f"{times(part.wall, all_of_it.wall)} of measuring all",
            note=f"merge {loading.wall:.1f}, measure {part.wall:.1f} ({again.observations:,} cells), publish "
            f"{publishing.wall:.1f} s; {loading.cpu + part.cpu + publishing.cpu:.1f} s processor; scores left out",
        ),
    ], Size(dossiers, scan, all_of_it)


def widest(warehouse: Warehouse) -> None:
    """The widest pass of the catalogue over dossiers, as one bare query."""
    warehouse.cursor().execute("""SELECT unit_code, finished_on, count(*), max(known_at),
        count(*) FILTER (WHERE is_settled), count(*) FILTER (WHERE is_settled AND finished_at <= due_original_at),
        count(*) FILTER (WHERE is_fee_due), count(*) FILTER (WHERE is_paid_online),
        count(*) FILTER (WHERE is_digitised), count(*) FILTER (WHERE is_e_result), sum(working_days)
        FROM core.dossier GROUP BY ALL""").fetchall()


def change(warehouse: Warehouse) -> Spent:
    """Changed dossiers through the merge, with a younger clock of their source; the time without drawing them."""
    with spending() as spent, warehouse.transaction() as cursor:
        with spending() as drawing:
            cursor.execute(CHANGE.format(now=CHANGED_AT, count=CHANGED))
        warehouse.merge(cursor, "core.dossier", "arriving", key=["dossier_code"], order_by=["updated_at"])
        cursor.execute(
            "INSERT INTO ops.load_ledger (load_id, source, dataset, interval_to, loaded_at) "
            f"VALUES ('bench-3', 'one_stop', 'ho_so', {CHANGED_AT}, {CHANGED_AT})"
        )
        cursor.execute(f"UPDATE ops.source_state SET complete_through = {CHANGED_AT} WHERE source = 'one_stop'")
    return Spent(spent.wall - drawing.wall, spent.cpu - drawing.cpu)


def show(warehouse: Warehouse, catalogue: Catalogue) -> None:
    """Publish what stands."""
    publish(
        warehouse,
        warehouse.home,
        now=NOW,
        province="51",
        catalogue_json=catalogue.to_json(),
        code_version="bench",
    )


def cpu(spent: Spent) -> str:
    """Processor seconds as a remark."""
    return f"{spent.cpu:.1f} s processor"

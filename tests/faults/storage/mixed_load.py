"""A writer to be killed: mixed batches, each acknowledged on standard output after its commit.

Usage: mixed_load.py HOME FIRST_BATCH. Batch k inserts 200 rows marked with its load id, rewrites the rows of
the batch before it (delete and insert), rebuilds a small mart, and writes the ledger row, all in one
transaction.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from ioc.lock import IngestLock
from ioc.warehouse import Warehouse

ROWS = 200
NOW = datetime(2026, 7, 1, tzinfo=UTC)


def run(home: Path, first: int) -> None:
    with IngestLock(home) as lock:
        warehouse = Warehouse.open(home, lock=lock, now=NOW)
        print("open", flush=True)
        batch = first
        while True:
            write(warehouse, batch)
            print(f"ack {batch}", flush=True)
            if batch % 10 == 9:
                warehouse.checkpoint()
            batch += 1


def write(warehouse: Warehouse, batch: int) -> None:
    batches = (batch, batch - 1) if batch else (batch,)
    codes = [f"{number}-{i}" for number in batches for i in range(ROWS)]
    load = f"load-{batch}"
    rows = pa.table(
        {
            "rating_code": codes,
            "unit_code": [str(21000 + i % 96) for i in range(len(codes))],
            "level": [batch % 5] * len(codes),
            "rated_at": [datetime(2026, 1, 1)] * len(codes),
            "load_id": [load] * len(codes),
        }
    )
    with warehouse.transaction() as cursor:
        warehouse.merge(cursor, "core.rating", rows, key=["rating_code"], order_by=["rated_at"])
        cursor.execute("DELETE FROM mart.score WHERE scorecard = 'load'")
        cursor.execute(
            """INSERT INTO mart.score (scorecard, node, unit, score, run_id)
            SELECT 'load', 'total', unit_code, count(*), ? FROM core.rating GROUP BY unit_code""",
            [load],
        )
        cursor.execute("INSERT INTO ops.load_ledger (load_id, rows_in) VALUES (?, ?)", [load, len(codes)])


if __name__ == "__main__":
    run(Path(sys.argv[1]), int(sys.argv[2]))

"""Several files in one load: one transaction, each file with its own line of the ledger and its own rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.recovery import rebuild
from pipelines.run import RunContext, run_source
from tests.pipelines.places import open_run
from tests.pipelines.test_files_source import ROW, write_csv

UNITS = ("21025", "21028", "21034")


def rows(ctx: RunContext, sql: str) -> list[tuple[Any, ...]]:
    return ctx.warehouse.cursor().execute(sql).fetchall()


def file_of(box: Path, month: int, *, value: str = "1.012,4", unit: str = "21025") -> None:
    line = [unit, *ROW[1:5], f"2026-0{month}.ytd", value, value, "2.025,1", "UOC"]
    line[1] = ROW[1] if unit == "21025" else ""
    write_csv(box / f"XA-2026-0{month}.csv", [line])


def test_p04_files_share_a_transaction_and_keep_their_own_lineage(tmp_path: Path) -> None:
    """P-04: three files, one commit, three lines of the ledger; each row names the load of its file."""
    box = tmp_path / "inbox"
    for month in (4, 5, 6):
        file_of(box, month)
    with open_run(tmp_path, {"report_files": {"path": str(box)}}) as ctx:
        begun: list[int] = []
        original = ctx.warehouse.transaction
        ctx.warehouse.transaction = lambda: begun.append(1) or original()  # type: ignore[method-assign, func-returns-value]
        result = run_source("report_files", ctx)
        assert (result.status, result.rows_good, len(result.loads)) == ("ok", 3, 3)
        assert len(begun) == 2, "one for the three files, one for the state of the dataset"
        ledger = rows(ctx, "SELECT load_id, rows_in, rows_good, rows_changed FROM ops.load_ledger ORDER BY 1")
        assert [line[1:] for line in ledger] == [(1, 1, 1)] * 3
        kept = rows(ctx, "SELECT load_id FROM core.report_value ORDER BY 1")
        assert [load for (load,) in kept] == [line[0] for line in ledger]
        assert rows(ctx, "SELECT rows_total FROM ops.source_state") == [(3,)]
        again = run_source("report_files", ctx)
        assert (again.rows_good, again.rows_changed, len(again.loads)) == (0, 0, 0)


def test_a_refused_row_takes_the_files_apart_and_changes_no_other(tmp_path: Path) -> None:
    """P-11: the sums hold file by file when one of them brings a row that cannot be."""
    box = tmp_path / "inbox"
    file_of(box, 4)
    file_of(box, 5, value="1.0.1")
    file_of(box, 6)
    with open_run(tmp_path, {"report_files": {"path": str(box)}}) as ctx:
        result = run_source("report_files", ctx)
        assert (result.rows_in, result.rows_good, result.rows_refused) == (3, 2, 1)
        assert [(load.rows_good, load.rows_refused) for load in result.loads] == [(1, 0), (0, 1), (1, 0)]
        assert rows(ctx, "SELECT count(*), count(DISTINCT load_id) FROM core.report_value") == [(2, 2)]
        assert rows(ctx, "SELECT count(*) FROM ops.quarantine") == [(1,)]


def test_s13_a_rebuild_loads_the_same_rows_and_touches_everything(tmp_path: Path) -> None:
    """S-13: emptied and loaded again, core is what it was; the next measurement is told to take it all anew."""
    box = tmp_path / "inbox"
    for month in (4, 5, 6):
        file_of(box, month)
    with open_run(tmp_path, {"report_files": {"path": str(box)}}) as ctx:
        run_source("report_files", ctx)
        before = rows(ctx, "SELECT * FROM core.report_value ORDER BY ALL")
        with ctx.warehouse.transaction() as cursor:
            cursor.execute("DELETE FROM ops.touched")
        assert sum(load.status == "loaded" for load in rebuild(ctx)) == 3
        assert rows(ctx, "SELECT * FROM core.report_value ORDER BY ALL") == before
        assert ("core.report_value", "*") in rows(ctx, "SELECT table_name, column_name FROM ops.touched")

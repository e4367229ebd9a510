"""P-10: the form of a delivery changes: new, missing, renamed, retyped columns, another order."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from pipelines.run import RunContext, run_source
from pipelines.spec import Drift
from tests.pipelines.places import count, open_run

HEADINGS = ["id", "dateObservedFrom", "dateObservedTo", "intensity", "averageVehicleSpeed", "occupancy"]


def write(folder: Path, headings: list[str], *, speed: Any = 30.5, name: str = "traffic-2026-06.csv.gz") -> None:
    """A month of one detector with these columns."""
    import gzip

    folder.mkdir(exist_ok=True)
    lines = [",".join(headings)]
    for i in range(60):
        cells = {
            "id": "A", "dateObservedFrom": f"2026-06-01T00:{i:02d}:00Z", "dateObservedTo": f"2026-06-01T00:{i:02d}:30Z",
            "intensity": str(i), "averageVehicleSpeed": str(speed), "occupancy": "0.2",
        }  # fmt: skip
        lines.append(",".join(cells.get(heading, "x") for heading in headings))
    (folder / name).write_bytes(gzip.compress(("\n".join(lines) + "\n").encode()))


def with_drift(ctx: RunContext, **modes: str) -> RunContext:
    source = ctx.specs["traffic_archive"]
    dataset = source.datasets["flows"].model_copy(update={"drift": Drift.model_validate(modes)})
    ctx.specs["traffic_archive"] = source.model_copy(update={"datasets": {"flows": dataset}, "needs": ()})  # type: ignore[index]
    return ctx


def run(tmp_path: Path, headings: list[str], speed: Any = 30.5, **modes: str) -> tuple[Any, int, Any]:
    """Status, rows in core, message."""
    write(tmp_path / "box", headings, speed=speed)
    with open_run(tmp_path / "home", {"traffic_archive": {"path": str(tmp_path / "box")}}) as ctx:
        result = run_source("traffic_archive", with_drift(ctx, **modes))
        rule = count(ctx, "SELECT max(rule) FROM ops.quarantine")
        return result, count(ctx, "SELECT count(*) FROM core.traffic_flow"), rule


def test_p10_the_order_of_columns_does_not_matter(tmp_path: Path) -> None:
    result, rows, _ = run(tmp_path, HEADINGS[::-1])
    assert (result.status, rows) == ("ok", 60)


@pytest.mark.parametrize("missing", ["id", "dateObservedFrom", "dateObservedTo"])
def test_p10_a_missing_required_column_always_holds(tmp_path: Path, missing: str) -> None:
    result, rows, rule = run(tmp_path, [h for h in HEADINGS if h != missing])
    assert (result.status, rows, rule) == ("refused", 0, "batch:drift")
    assert "columns are absent" in result.message


def test_p10_a_renamed_column_is_named_with_its_likely_new_name(tmp_path: Path) -> None:
    result, rows, rule = run(tmp_path, [h.replace("dateObservedTo", "dateObserved_To") for h in HEADINGS])
    assert (result.status, rows, rule) == ("refused", 0, "batch:drift")
    assert "dateObservedTo may now be called dateObserved_To" in result.message


@pytest.mark.parametrize(("mode", "status", "rows"), [("evolve", "ok", 60), ("freeze", "refused", 0)])
def test_p10_a_missing_optional_column(tmp_path: Path, mode: str, status: str, rows: int) -> None:
    result, kept, _ = run(tmp_path, HEADINGS[:5], missing=mode)
    assert (result.status, kept) == (status, rows)
    assert "occupancy" in result.message


@pytest.mark.parametrize(("mode", "status", "rows"), [("discard", "ok", 60), ("freeze", "refused", 0)])
def test_p10_a_new_column(tmp_path: Path, mode: str, status: str, rows: int) -> None:
    """It is never landed, whatever the mode."""
    result, kept, _ = run(tmp_path, [*HEADINGS, "driver"], new=mode)
    assert (result.status, kept) == (status, rows)
    assert ("driver" in result.message) is (mode == "freeze")


@pytest.mark.parametrize(
    ("mode", "status", "rows", "rule"),
    [
        ("discard", "refused", 0, "batch:bad_share"),
        ("evolve", "ok", 60, None),
        ("freeze", "refused", 0, "batch:drift"),
    ],
)
def test_p10_a_retyped_column(tmp_path: Path, mode: str, status: str, rows: int, rule: str | None) -> None:
    """Speeds as words: rows refused (and so the batch), values emptied and counted, or the batch held at once."""
    result, kept, found = run(tmp_path, HEADINGS, "fast", retyped=mode)
    assert (result.status, kept, found) == (status, rows, rule)
    if mode == "evolve":
        assert "60 values were not readable" in result.message


def test_p10_a_column_that_left_the_database_stops_the_run(tmp_path: Path) -> None:
    """The query names its columns: the database says which one is gone; nothing is landed."""
    from tests.pipelines.places import dossier, write_one_stop

    url = write_one_stop(tmp_path / "a.sqlite", [dossier(1)])
    with sqlite3.connect(tmp_path / "a.sqlite") as connection:
        connection.execute("ALTER TABLE ho_so RENAME COLUMN trang_thai TO tinh_trang")
    with open_run(tmp_path / "home", {"one_stop": {"address": url}}) as ctx:
        result = run_source("one_stop", ctx)
        assert (result.status, result.permanent) == ("failed", True)
        assert "trang_thai" in result.message

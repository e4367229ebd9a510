"""S-08, S-09: damage of every kind to the warehouse is noticed, the pair moved aside, and all that landed is back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ioc.published import restore_measured
from ioc.warehouse import WarehouseFatal
from ioc.warehouse.damage import MARK
from pipelines.recovery import recover
from pipelines.run import RunContext, run_source
from pipelines.schedule import Schedule
from tests.faults.storage.size import rounds
from tests.pipelines.places import NOW, dossier, open_run, write_one_stop
from tests.warehouse_fixture import make_home, observation, open_warehouse, publish_now

ROOT = Path(__file__).resolve().parents[3]
LOG, FILE = "warehouse.duckdb.wal", "warehouse.duckdb"
LEAVE = """
import sys
from pathlib import Path
from tests.faults.storage.test_warehouse_damage import fill
fill(Path(sys.argv[1]))
"""
TABLES = ("core.dossier", "core.procedure", "core.rating")


def fill(home: Path) -> None:
    """A reading that is in the file and two that are in the log only; the process ends without closing."""
    with open_run(home, {"one_stop": {"address": one_stop(home, 0)}}) as ctx:
        for number in range(3):
            one_stop(home, number)
            assert run_source("one_stop", ctx.at(NOW + timedelta(hours=7 * number))).status == "ok"
            if number == 0:
                ctx.warehouse.checkpoint()
        os._exit(9)


def one_stop(home: Path, number: int) -> str:
    """The source system after so many days: a part of its dossiers changed, some are new."""
    rows = [dossier(i, cap_nhat_luc=f"2026-06-1{number} 08:00:00") for i in range(number * 100, 600 + number * 50)]
    old = [dossier(i) for i in range(number * 100)]
    return write_one_stop(home / "one_stop.sqlite", [*old, *rows])


def content(ctx: RunContext) -> list[Any]:
    """Every row of core without lineage, and the loads that were made."""
    cursor = ctx.warehouse.cursor()
    rows = [cursor.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall() for table in TABLES]
    ledger = "SELECT load_id, rows_in, rows_good, rows_refused, rows_duplicate FROM ops.load_ledger ORDER BY 1"
    return [*rows, cursor.execute(ledger).fetchall()]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Any]]:
    """A home whose process was killed with a log, and what it had acknowledged."""
    home = tmp_path_factory.mktemp("killed") / "home"
    done = subprocess.run([sys.executable, "-c", LEAVE, str(home)], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 9, done.stderr
    assert (home / "warehouse" / LOG).stat().st_size > 10_000
    copy = shutil.copytree(home, home.with_name("whole"))
    with open_run(copy, {}) as ctx:
        assert recover(ctx) == []
        return home, content(ctx)


Change = Callable[[bytearray], bytearray]


def flip(place: float) -> Change:
    """One bit turned, at a share of the length or at a byte."""

    def change(body: bytearray) -> bytearray:
        body[int(len(body) * place) if place < 1 else int(place)] ^= 0x10
        return body

    return change


def zero_end(body: bytearray) -> bytearray:
    """The last quarter zeroed."""
    body[-(len(body) // 4) :] = bytes(len(body) // 4)
    return body


KINDS: dict[str, tuple[str, Change | None]] = {
    "log zeroed at its end": (LOG, zero_end),
    "log with a bit turned in the middle": (LOG, flip(0.5)),
    "log gone": (LOG, None),
    "file with a bit turned at the front": (FILE, flip(9000)),
    "log with a bit turned at 20 %": (LOG, flip(0.2)),
    "log with a bit turned at 90 %": (LOG, flip(0.9)),
    "log cut in half": (LOG, lambda body: body[: len(body) // 2]),
    "file with a bit turned in its header": (FILE, flip(5000)),
    "file with a bit turned in the middle": (FILE, flip(0.5)),
    "file cut in half": (FILE, lambda body: body[: len(body) // 2]),
    "file emptied": (FILE, lambda body: bytearray()),
    "file gone": (FILE, None),
}


def damage(home: Path, name: str) -> None:
    """Do it to the file or its log."""
    which, change = KINDS[name]
    path = home / "warehouse" / which
    if change is None:
        path.unlink()
    else:
        path.write_bytes(change(bytearray(path.read_bytes())))


@pytest.mark.parametrize("name", list(KINDS)[: rounds(3, len(KINDS))])
def test_s08_s09_damage_of_any_kind_gives_everything_back(
    name: str, killed: tuple[Path, list[Any]], tmp_path: Path
) -> None:
    """Noticed, or made good from the landing: all acknowledged rows are there after the start, nothing was deleted."""
    home = shutil.copytree(killed[0], tmp_path / "home")
    damage(home, name)
    before = {path.name: path.stat().st_size for path in (home / "warehouse").iterdir() if path.is_file()}
    with open_run(home, {}) as ctx:
        aside = ctx.warehouse.quarantined
        if aside is not None:
            assert {path.name: path.stat().st_size for path in aside.iterdir()} == before
        loads = recover(ctx)
        assert {load.status for load in loads} <= {"loaded"}
        assert content(ctx) == killed[1]
        assert recover(ctx) == []


def clean(home: Path) -> Path:
    """The same home after a clean end: no log, everything in the file."""
    with open_run(home, {}) as ctx:
        recover(ctx)
        ctx.warehouse.checkpoint()
    return home / "warehouse" / FILE


def test_s09_damage_met_in_the_middle_of_a_run_ends_the_process_and_the_next_start_is_whole(
    killed: tuple[Path, list[Any]], tmp_path: Path
) -> None:
    """A block that no start reads: the run that meets it ends the process once; then every row is back."""
    home = shutil.copytree(killed[0], tmp_path / "home")
    path = clean(home)
    whole, met = path.read_bytes(), False
    for share in range(5, 100, 3):  # bits are turned here and there until a block is hit that is read late
        path.with_name(LOG).unlink(missing_ok=True)
        path.write_bytes(flip(share / 100)(bytearray(whole)))
        with open_run(home, {}) as ctx:
            schedule = Schedule(ctx, clock=lambda: NOW, after=lambda one, _: content(one), handlers={})
            schedule.behind = ctx.warehouse.quarantined is None
            schedule.guarded("publish", "")
            met = schedule.fatal is not None
            if met:
                assert "damaged" in str(schedule.fatal)
                assert schedule.trouble() == schedule.fatal
                break
    assert met, "no block is read late; the test has lost its object"
    assert (home / "warehouse" / MARK).exists()
    with open_run(home, {}) as ctx:
        assert ctx.warehouse.quarantined is not None
        assert (ctx.warehouse.quarantined / MARK).exists()
        recover(ctx)
        assert content(ctx) == killed[1]
    with open_run(home, {}) as ctx:
        assert ctx.warehouse.quarantined is None


def test_s08_earlier_values_come_back_from_the_newest_sound_version(tmp_path: Path) -> None:
    """What no landing holds (when a value was known) comes out of a published version; a damaged one is passed over."""
    home = make_home(tmp_path, [observation(indicator="a.b", unit="51", period="2026-06", value=1.0)])
    with open_warehouse(home) as warehouse:
        with warehouse.transaction() as cursor:
            cursor.execute("UPDATE mart.observation SET value = 2.0")
        first = publish_now(warehouse, home, now=NOW)
        with warehouse.transaction() as cursor:
            cursor.execute("UPDATE mart.observation SET value = 3.0")
        newest = publish_now(warehouse, home, now=NOW + timedelta(minutes=1))
    file = next((home / "published").glob(f"ioc-{newest.id}.duckdb"))
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:5000])
    shutil.rmtree(home / "warehouse")
    with open_warehouse(home) as warehouse:
        assert restore_measured(warehouse, home) == first.id
        cursor = warehouse.cursor()
        assert cursor.execute("SELECT value FROM mart.observation").fetchall() == [(2.0,)]
        assert cursor.execute("SELECT value FROM mart.observation_vintage").fetchall() == [(1.0,)]
        with pytest.raises(WarehouseFatal):
            warehouse.refuse_damage(OSError("Corrupt database file: computed checksum 1 ..."))
    with open_warehouse(home) as warehouse:
        assert warehouse.quarantined is not None

"""S-06: before the disk is full reading pauses, says so everywhere, and goes on by itself when there is room again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from ioc import room
from ioc.errors import SourceError
from ioc.published import Publication
from ioc.room import ENOUGH, Room
from ioc_api.measure import Metrics
from ioc_cli.root import ioc
from pipelines.beside import backfill
from pipelines.landing import manifests
from pipelines.run import run_source
from pipelines.schedule import Schedule
from tests.pipelines.places import NOW, count, dossier, open_run, write_one_stop

GIB = 2**30


@pytest.mark.parametrize(
    ("free", "total", "level"),
    [
        (4.9, 100, "full"), (5.0, 100, "scarce"), (9.9, 100, "scarce"), (0.1, 0.4, "ample"), (0.06, 0.4, "low"),
        (ENOUGH / GIB, 1000, "ample"), (9.9, 1000, "full"), (0, 0, "full"),
    ],
)  # fmt: skip
def test_levels_are_shares_unless_there_is_enough_anyway(free: float, total: float, level: str) -> None:
    """20, 10 and 5 % of the disk; ten free gibibytes are never short, however large the disk is."""
    assert Room(Path("/"), int(free * GIB), int(total * GIB)).level == level


def exercise(home: Path, url: str, fill: object, clear: object) -> None:
    """Read, fill the disk, see everything pause, clear it, read again."""
    with open_run(home, {"one_stop": {"address": url}}) as ctx:
        assert run_source("one_stop", ctx).status == "ok"
        before = len(list(manifests(ctx.home))), len(ctx.store.runs("one_stop", 99))
        fill()  # type: ignore[operator]
        result = run_source("one_stop", ctx.at(NOW.replace(hour=20)))
        assert (result.status, result.run_id) == ("paused", "")
        assert "GB free" in result.message
        schedule = Schedule(ctx, clock=lambda: NOW.replace(hour=21), after=lambda *_: None, handlers={})
        schedule.guarded("source", "one_stop")
        assert (schedule.fresh, schedule.scheduler.get_jobs()) == ([], [])
        with pytest.raises(SourceError, match="reading pauses"):
            backfill(ctx, "one_stop", NOW.date(), NOW.date())
        assert len(list(manifests(ctx.home))) == before[0]
        assert ctx.store.breaker("one_stop").failures == 0, "the source is not to blame"
        assert count(ctx, "SELECT count(*) FROM core.dossier") == 20
        doctor = CliRunner().invoke(ioc, ["--home", str(home), "doctor"])
        assert "FAIL disk" in doctor.output
        assert "reading pauses" in doctor.output
        assert b"ioc_reading_paused 1.0" in Metrics(Publication(home)).text(NOW)
        clear()  # type: ignore[operator]
        assert run_source("one_stop", ctx.at(NOW.replace(hour=22)), force=True).status == "ok"
        assert b"ioc_reading_paused 0.0" in Metrics(Publication(home)).text(NOW)


def test_s06_reading_pauses_before_the_disk_is_full_and_goes_on_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file system says that 4 % are left: nothing is landed, no source is blamed; at 30 % it goes on."""
    share = [0.3]
    usage = room.shutil._ntuple_diskusage  # type: ignore[attr-defined]
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _: usage(GIB, int(GIB * (1 - share[0])), int(GIB * share[0])))
    url = write_one_stop(tmp_path / "one_stop.sqlite", [dossier(i) for i in range(20)])

    def to(value: float) -> object:
        return lambda: share.__setitem__(0, value)

    exercise(tmp_path / "home", url, to(0.04), to(0.3))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 96 MB; mounting needs root."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("S-06 on a real small disk needs root and the right to mount")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.faults
def test_s06_the_same_on_a_real_small_disk(small_disk: Path, tmp_path: Path) -> None:
    """A file fills the disk to 4 % left and goes again."""
    url = write_one_stop(tmp_path / "one_stop.sqlite", [dossier(i) for i in range(20)])
    ballast = small_disk / "ballast"

    def fill() -> None:
        free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, free - 4 * 2**20 * 96 // 100)

    exercise(small_disk / "home", url, fill, ballast.unlink)

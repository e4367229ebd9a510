"""S-02, S-05: a reading with publishing is killed, or the disk is full, at every step in turn; then it is run again."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ioc.errors import IocError
from ioc.published import Publication
from pipelines.landing import MANIFEST, manifests, read_manifest, verify
from pipelines.recovery import recover
from pipelines.run import RunContext, run_source
from tests.faults.pipelines.steps import copy_home, watch
from tests.faults.pipelines.test_answers import content
from tests.faults.storage.size import rounds
from tests.pipelines.places import NOW, dossier, open_run, write_one_stop
from tests.warehouse_fixture import publish_now

ROOT = Path(__file__).resolve().parents[3]
FIRST = [dossier(i) for i in range(40)]
SECOND = [dossier(i, cap_nhat_luc="2026-06-25 08:00:00", trang_thai=10 if i % 2 else 9) for i in range(20, 60)]
LATER = NOW.replace(hour=9)
KILLED = """
import os, signal, sys
from pathlib import Path
from tests.faults.pipelines.test_steps import LATER, open_run, read_and_publish
from tests.faults.pipelines.steps import watch
home, url, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
with open_run(home, {"one_stop": {"address": url}}, now=LATER) as ctx:
    def act(n, what):
        if n == number:
            os.kill(os.getpid(), signal.SIGKILL)
    with watch(ctx.warehouse, act) as seen:
        read_and_publish(ctx)
    print(len(seen))
"""


def read_and_publish(ctx: RunContext) -> None:
    """What the ingest process does with a source: read, land, load, publish."""
    recover(ctx)
    run_source("one_stop", ctx, force=True)
    publish_now(ctx.warehouse, ctx.home, now=ctx.now)


def summary(ctx: RunContext) -> dict[str, object]:
    """What must be the same whatever happened on the way: the rows, what is counted of them, the state."""
    cursor = ctx.warehouse.cursor()
    tables: dict[str, object] = {name: content(ctx, name) for name in ("dossier", "procedure", "rating")}
    tables["ledger"] = cursor.execute(
        "SELECT dataset, sum(rows_changed) FROM ops.load_ledger GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    tables["state"] = cursor.execute(
        "SELECT dataset, watermark, complete_through, rows_total FROM ops.source_state ORDER BY 1"
    ).fetchall()
    return json.loads(json.dumps(tables, default=str))


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, dict[str, object], int]:
    """A home with one reading and one version, the changed source, the right end, and how many steps lead to it."""
    place = tmp_path_factory.mktemp("steps")
    url = write_one_stop(place / "a.sqlite", FIRST)
    with open_run(place / "home", {"one_stop": {"address": url}}) as ctx:
        read_and_publish(ctx)
    write_one_stop(place / "a.sqlite", [*FIRST[:20], *SECOND])
    copy_home(place / "home", place / "right")
    with open_run(place / "right", {"one_stop": {"address": url}}, now=LATER) as ctx:
        with watch(ctx.warehouse, lambda n, what: None) as seen:
            read_and_publish(ctx)
        right = summary(ctx)
    assert len(right["dossier"]) == 60  # type: ignore[arg-type]
    return place / "home", url, right, len(seen)


def check_landing(home: Path) -> None:
    """No half file counts: every manifest is whole and its parts are what it says."""
    for landed in manifests(home):
        verify(home, landed)
    for path in home.glob(f"landing/*/*/date=*/run=*/{MANIFEST}"):
        read_manifest(path)


def check_published(home: Path) -> None:
    """The screens read a valid version whatever happened."""
    publication = Publication(home, check_seconds=0)
    try:
        with publication.reader() as reader:
            rows = reader.select("SELECT count(*) AS n FROM core.dossier")[0]["n"]
        assert rows in (40, 60)
        assert publication.degraded == ""
    finally:
        publication.close()


@pytest.mark.timeout(3600)
def test_s02_killed_at_any_step_the_next_start_ends_where_an_undisturbed_run_does(
    tmp_path: Path, before: tuple[Path, str, dict[str, object], int]
) -> None:
    """S-02: SIGKILL before the n-th step of read, land, load, publish; start again: same rows, same counts."""
    home, url, right, steps = before
    few = max(1, steps // rounds(4, steps))
    killed = 0
    for number in range(1 + few // 2, steps + 1, few):
        copy = copy_home(home, tmp_path / str(number))
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(copy), url, str(number)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        killed += done.returncode == -signal.SIGKILL
        check_landing(copy)
        check_published(copy)
        with open_run(copy, {"one_stop": {"address": url}}, now=LATER) as ctx:
            ctx.store.interrupt_runs(now=LATER)
            read_and_publish(ctx)
            assert summary(ctx) == right, f"killed before step {number}"
        check_published(copy)
    assert killed >= rounds(3, steps - 5)


@pytest.mark.timeout(3600)
def test_s05_a_full_disk_at_any_write_leaves_nothing_half_and_the_next_run_is_whole(
    tmp_path: Path, before: tuple[Path, str, dict[str, object], int]
) -> None:
    """S-05: OSError(ENOSPC) at the n-th write of landing, manifest, app store, version, pointer; then space again."""
    home, url, right, _ = before
    number, raised = 1, 0
    while True:
        copy = copy_home(home, tmp_path / str(number))

        def act(n: int, what: str, number: int = number) -> None:
            if n == number:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        failed: list[str] = []
        with open_run(copy, {"one_stop": {"address": url}}, now=LATER) as ctx:
            with watch(ctx.warehouse, act, engine=False) as seen:
                try:
                    recover(ctx)
                    result = run_source("one_stop", ctx, force=True)
                    failed += [result.message] if result.status == "failed" else []
                    publish_now(ctx.warehouse, ctx.home, now=ctx.now)
                except (IocError, OSError) as error:
                    failed.append(str(error))
            steps = len(seen)
            raised += bool(failed)
            check_landing(copy)
            check_published(copy)
            ctx.store.interrupt_runs(now=LATER)
            read_and_publish(ctx)
            assert summary(ctx) == right, f"no space at write {number}: {failed}"
        check_published(copy)
        if number > steps:
            break
        number += rounds(7, 1)
    assert raised >= rounds(2, 12)

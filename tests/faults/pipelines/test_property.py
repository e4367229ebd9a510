"""P-24: delivered, repeated, reordered, late, deleted, crashed, restarted: the warehouse is the model."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.arrival import land_and_load
from pipelines.connect.delivery import Ask, Delivery, records_table
from pipelines.guards import Deletions
from pipelines.recovery import load_missing, rebuild, recover
from pipelines.run import CONNECTORS, RunContext, run_source
from pipelines.spec import SourceSpec, load_sources
from tests.faults.pipelines.steps import copy_home, watch
from tests.faults.storage.size import rounds
from tests.pipelines.places import NOW, open_run

START = datetime(2026, 6, 1, tzinfo=UTC)
GROUPS, KEYS = 8, 4  # eight sequences a play, each over keys of its own
GONE = "TU_CHOI"


class Crashed(BaseException):
    """The process ends here."""


@dataclass
class System:
    """A source in this process: rows by key, each with the moment of its last change; it hands out shuffled pages."""

    chance: random.Random
    rows: dict[int, tuple[datetime, int]] = field(default_factory=dict)  # key -> (changed, satisfaction; 0: deleted)
    everything: bool = False

    def pull(self, ask: Ask) -> Iterator[Delivery]:
        chosen = [
            (key, moment, value)
            for key, (moment, value) in self.rows.items()
            if ask.since is None or self.everything or moment >= ask.since
        ]
        records = [self.record(*row) for row in chosen] + [
            self.record(*row) for row in chosen if self.chance.random() < 0.3
        ]
        self.chance.shuffle(records)
        delivery = Delivery("system", (), ask.since, ask.until, is_full=ask.since is None)
        delivery.watermark = max((moment for _, moment, _ in chosen), default=None)

        def tables() -> Iterator[Any]:
            for first in range(0, len(records), 3):
                delivery.hasher.update(repr(records[first : first + 3]).encode())
                yield records_table(delivery, ask.columns, records[first : first + 3], first + 1)

        delivery.tables = tables()
        yield delivery

    @staticmethod
    def record(key: int, moment: datetime, value: int) -> dict[str, Any]:
        text = moment.isoformat()
        return {
            "ma_phan_anh": f"PA-{key}", "ma_xa": "21025", "linh_vuc": "KHAC",
            "trang_thai": "DA_XU_LY" if value else GONE,
            "tiep_nhan_luc": START.isoformat(), "han_xu_ly": text, "hoan_thanh_luc": None,
            "hai_long": value or None, "cap_nhat_luc": text,
        }  # fmt: skip


def model_spec() -> SourceSpec:
    """The contract of the field reports with a long overlap and deletions by flag."""
    spec = load_sources()["field_report"]
    dataset = spec.datasets["phan_anh"]
    changed = {
        "overlap": "3h",
        "deep_overlap": "",
        "empty": "allow",
        "deletions": Deletions(mode="flag", column="trang_thai", values=(GONE,)),
        "into": {name: target.model_copy(update={"order_by": ("due_at",)}) for name, target in dataset.into.items()},
    }
    return spec.model_copy(update={"datasets": {"phan_anh": dataset.model_copy(update=changed)}})


@dataclass
class Model:
    """What core must hold: of each key the newest version that was delivered, unless it was deleted then or later."""

    kept: dict[int, tuple[datetime, int]] = field(default_factory=dict)
    gone: dict[int, datetime] = field(default_factory=dict)

    def deliver(self, rows: dict[int, tuple[datetime, int]]) -> Model:
        after = Model(dict(self.kept), dict(self.gone))
        for key, (moment, value) in rows.items():
            if key in after.gone and moment <= after.gone[key]:
                continue
            if key in after.kept and moment < after.kept[key][0]:
                continue
            after.kept[key] = (moment, value)
            if not value:
                del after.kept[key]
                after.gone[key] = moment
        return after

    def rows(self) -> dict[str, tuple[datetime, int]]:
        return {f"PA-{key}": row for key, row in self.kept.items()}


def core(ctx: RunContext) -> dict[str, tuple[datetime, int]]:
    rows = ctx.warehouse.cursor().execute("SELECT report_code, due_at, satisfaction FROM core.field_report").fetchall()
    assert len(rows) == len({row[0] for row in rows})
    return {row[0]: (row[1].replace(tzinfo=UTC), row[2]) for row in rows}


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("change"), st.integers(0, 10**9)),
        st.tuples(st.just("change"), st.integers(0, 10**9)),
        st.tuples(st.sampled_from(["pull", "pull", "again", "replay", "restart", "rebuild"]), st.just(0)),
        st.tuples(st.just("crash"), st.integers(1, 60)),
    ),
    min_size=4,
    max_size=9,
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with its tables and nothing else."""
    home = tmp_path_factory.mktemp("model") / "home"
    with open_run(home, {}):
        pass
    return home


class Play:
    """One sequence over a home of its own."""

    def __init__(self, home: Path, seed: int) -> None:
        self.home, self.system, self.model = home, System(random.Random(seed)), Model()
        self.spec, self.clock, self.moment = model_spec(), NOW, START
        self.stack = ExitStack()
        self.open()

    def open(self) -> None:
        self.stack = ExitStack()
        self.stack.enter_context(mock.patch.dict(CONNECTORS, {"rest": self.system.pull}))
        opened = open_run(self.home, {"field_report": {"url": "http://x"}}, now=self.clock)
        self.ctx = replace(self.stack.enter_context(opened), specs={"field_report": self.spec})
        self.ctx.store.interrupt_runs(now=self.clock)
        recover(self.ctx)

    def change(self, seed: int) -> None:
        """Each group of keys goes its own way: a row is new, changed, changed long ago, deleted, or nothing happens."""
        for group in range(GROUPS):
            chance = random.Random(seed * GROUPS + group)
            key = group * KEYS + chance.randrange(KEYS)
            kind = chance.choice(["change", "change", "late", "delete", "none"])
            self.moment += timedelta(minutes=2)
            late = timedelta(hours=5) - timedelta(seconds=key + 7) if kind == "late" else timedelta()
            if kind != "none":
                self.system.rows[key] = (self.moment - late, 0 if kind == "delete" else chance.randint(1, 5))

    def act(self, name: str, number: int) -> None:
        """One operation, then the comparison."""
        self.clock += timedelta(minutes=20)
        if name == "change":
            self.change(number)
            return
        before = self.model
        after = before.deliver(self.asked()) if name in ("pull", "again", "crash") else before
        if name == "crash":
            self.crash(number)
            assert core(self.ctx) in (before.rows(), after.rows())
            self.model = after if core(self.ctx) == after.rows() else before
            return
        {"pull": self.pull, "again": self.again, "replay": self.replay,
         "restart": self.restart, "rebuild": self.rebuild}[name]()  # fmt: skip
        self.model = after
        assert core(self.ctx) == after.rows()

    def asked(self) -> dict[int, tuple[datetime, int]]:
        """The rows a pull would bring now."""
        from pipelines.arrival import since_of

        since = since_of(self.ctx.at(self.clock), "field_report", "phan_anh", self.spec.datasets["phan_anh"])
        return {key: row for key, row in self.system.rows.items() if since is None or row[0] >= since}

    def pull(self) -> None:
        result = run_source("field_report", self.ctx.at(self.clock), force=True)
        assert result.status == "ok", result.message
        assert result.rows_in == result.rows_good + result.rows_refused + result.rows_duplicate

    def again(self) -> None:
        """The same delivery twice: the second changes nothing."""
        self.pull()
        ask_all = self.ctx.at(self.clock)
        assert run_source("field_report", ask_all, force=True).rows_changed == 0

    def replay(self) -> None:
        assert load_missing(self.ctx.at(self.clock), held_too=True) == []

    def rebuild(self) -> None:
        rebuild(self.ctx.at(self.clock))

    def restart(self) -> None:
        self.stack.close()
        self.open()

    def crash(self, number: int) -> None:
        def fall(n: int, what: str) -> None:
            if n == number:
                raise Crashed

        try:
            with watch(self.ctx.warehouse, fall):
                run_source("field_report", self.ctx.at(self.clock), force=True)
        except Crashed:
            pass
        self.restart()


@pytest.mark.timeout(3600)
def test_p24_any_sequence_ends_with_the_model(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """P-24: 200 sequences (25 plays of eight that share readings, crashes and restarts), 2,000 in `make faults`; the
    end is compared with the source itself."""
    place = tmp_path_factory.mktemp("sequences")
    numbers = iter(range(10**9))
    seen = {"crash": 0, "sequences": 0, "deleted": 0}

    @settings(
        max_examples=rounds(25, 250), deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(OPERATIONS)
    def run(operations: list[tuple[str, int]]) -> None:
        number = next(numbers)
        play = Play(copy_home(empty, place / str(number)), number)
        try:
            for operation in operations:
                play.act(*operation)
            play.act("pull", 0)
            play.system.everything = True
            play.clock += timedelta(hours=1)
            settled = play.model.deliver(play.system.rows)
            land_everything(play)
            assert core(play.ctx) == settled.rows()
            assert {key for key, row in play.system.rows.items() if row[1]} >= set(settled.kept)
            seen["sequences"] += GROUPS
            seen["crash"] += any(name == "crash" for name, _ in operations)
            seen["deleted"] += len(settled.gone)
        finally:
            play.stack.close()

    run()
    assert seen["sequences"] >= rounds(200, 2000)
    assert seen["crash"] > rounds(3, 30)
    assert seen["deleted"] > rounds(10, 100)


def land_everything(play: Play) -> None:
    """A reading of everything in another lane: what no overlap reached comes too."""
    ctx = play.ctx.at(play.clock)
    from pipelines.beside import ask_of, columns_of

    ask = ask_of(ctx, play.spec, "phan_anh", columns_of(play.spec.datasets["phan_anh"]), None)
    for delivery in play.system.pull(ask):
        load = land_and_load(ctx, play.spec, "phan_anh", "everything", delivery, lane="backfill")
        assert load.status == "loaded", load.message

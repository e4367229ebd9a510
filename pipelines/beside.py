"""Readings beside the live schedule: a backfill of days past, and the daily comparison with the source.

Both have runs, landings and loads of their own lane. They move neither the watermark nor the completeness of a source,
count for neither its freshness nor its breaker, and go through the same contract as any reading.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pyarrow as pa

from ioc.errors import IocError, SourceError, UsageError
from ioc.room import room_of
from pipelines.arrival import columns_of, land_and_load, wide_of
from pipelines.connect.delivery import Ask, Column, Deadline, Notice
from pipelines.connection import connection_of
from pipelines.context import RunContext
from pipelines.guards import Reconcile
from pipelines.landing import LOCAL
from pipelines.load import LoadResult
from pipelines.normalise import quoted, typed
from pipelines.run import CONNECTORS
from pipelines.scanner.kinds import redact
from pipelines.spec import DatasetSpec, SourceSpec
from pipelines.state import plain

log = logging.getLogger(__name__)
CHUNK, LONGEST, MOST_DAYS = timedelta(days=7), timedelta(days=364), 3660
FEW_ROWS = 20_000  # of a piece


@dataclass(frozen=True)
class Difference:
    """A day on which core and the source disagree about a measure (`rows`, or a summed column)."""

    dataset: str
    day: date
    measure: str
    source_value: float
    core_value: float


def backfill(ctx: RunContext, source: str, first: date, last: date) -> list[LoadResult]:
    """Read the rows changed on these local days (both included) again, a week at a time (longer where weeks hold few
    rows), in their own lane.

    Datasets without a watermark are read whole. Raises SourceError or another IocError when the source does not
    deliver; what was loaded until then stays. Between two weeks a stop is obeyed.
    """
    spec = spec_of(ctx, source)
    if last < first or (last - first).days > MOST_DAYS:
        raise UsageError(f"no days from {first} to {last}", remedy="give --from and --to, at most ten years apart")
    run_id = ctx.store.start_run(source, now=ctx.now, kind="backfill")
    loads: list[LoadResult] = []
    message, status = "", "failed"
    try:
        for name, dataset in spec.datasets.items():
            pieces = Pieces(midnight(first), min(midnight(last + timedelta(days=1)), ctx.now))
            for since, upto in pieces if "watermark" in dataset.request else [(None, None)]:
                if ctx.stop.is_set():
                    raise IocError("the backfill was asked to stop; start it again, what is loaded stays")
                came = read(ctx, spec, name, run_id, since, upto, "backfill")
                pieces.rows = sum(load.rows_in for load in came)
                loads += came
        status = "refused" if any(load.status == "held" for load in loads) else "ok"
    except IocError as error:
        message = redact(str(error))
        raise
    finally:
        end(ctx, run_id, status, message, loads)
    return loads


@dataclass
class Pieces:
    """The pieces of a backfill from one instant to another. `rows`: what the last one brought; while that is little
    the next one is twice as long, so that years of a small dataset are not hundreds of loads."""

    start: datetime
    end: datetime
    rows: int = FEW_ROWS

    def __iter__(self) -> Iterator[tuple[datetime, datetime]]:
        span = CHUNK
        while self.start < self.end:
            upto = min(self.start + span, self.end)
            yield self.start, upto
            self.start = upto
            span = min(2 * span, LONGEST) if self.rows < FEW_ROWS else CHUNK


def midnight(day: date) -> datetime:
    """The beginning of a local day."""
    return datetime.combine(day, time(), LOCAL).astimezone(UTC)


def read(
    ctx: RunContext,
    spec: SourceSpec,
    name: str,
    run_id: str,
    since: datetime | None,
    upto: datetime | None,
    lane: str,
) -> list[LoadResult]:
    """Pull, land and load one piece of a dataset."""
    require_room(ctx, spec)
    with ctx.turns.of(spec.id):  # one reading of a source at a time; the live one goes between two pieces
        ask = ask_of(ctx, spec, name, columns_of(spec.datasets[name]), since, upto)
        return [
            land_and_load(ctx, spec, name, run_id, delivery, lane=lane)
            for delivery in CONNECTORS[spec.kind](ask)
            if not isinstance(delivery, Notice)
        ]


def require_room(ctx: RunContext, spec: SourceSpec) -> None:
    """Nothing is landed on a disk that is nearly full."""
    room = room_of(ctx.home)
    if room.level == "full":
        raise SourceError(
            spec.id, f"reading pauses: {room} on the disk of {room.place}", permanent=False, remedy="make room there"
        )


def ask_of(
    ctx: RunContext,
    spec: SourceSpec,
    name: str,
    columns: list[Column],
    since: datetime | None,
    upto: datetime | None = None,
) -> Ask:
    """What the connector is asked for."""
    return Ask(
        source=spec.id,
        dataset=name,
        columns=columns,
        connection=connection_of(ctx.settings, ctx.home, spec.id, spec.kind, ctx.env),
        request=spec.datasets[name].request,
        since=since,
        until=min(upto, ctx.now) if upto else ctx.now,
        deadline=Deadline(spec.id, spec.deadline_seconds, ctx.stop),
        home=ctx.home,
        upto=upto,
        wide=wide_of(spec.datasets[name]),
    )


def reconcile(ctx: RunContext, source: str) -> list[Difference]:
    """Compare rows and sums per day with the source; days that differ are read again and compared once more.

    Returns what still differs (also kept in ops.reconciliation). Datasets without `reconcile` are left out; a source
    without any is a UsageError.
    """
    spec = spec_of(ctx, source)
    chosen = {name: dataset for name, dataset in spec.datasets.items() if dataset.reconcile}
    if not chosen:
        raise UsageError(
            f"{source} does not say how its days compare",
            remedy="add 'reconcile: {day: ..., core_day: ...}' to its dataset, see docs/sources.md",
        )
    run_id = ctx.store.start_run(source, now=ctx.now, kind="reconcile")
    left: list[Difference] = []
    loads: list[LoadResult] = []
    message, status = "", "failed"
    try:
        for name, dataset in chosen.items():
            assert dataset.reconcile is not None
            differing = compare(ctx, spec, name, dataset.reconcile)
            if differing:
                log.warning("%s/%s: %d days differ, read again", source, name, len({one.day for one in differing}))
                since = None if dataset.deletions.mode == "reconcile" else first_moment(ctx, dataset.reconcile)
                loads += read(ctx, spec, name, run_id, since, None, "reconcile")
                differing = compare(ctx, spec, name, dataset.reconcile)
            left += differing
        status, message = ("refused", f"{len(left)} figures differ") if left else ("ok", "")
    except IocError as error:
        message = redact(str(error))
        raise
    finally:
        end(ctx, run_id, status, message, loads)
    return left


def first_moment(ctx: RunContext, rule: Reconcile) -> datetime:
    """Where the comparison begins: a local midnight."""
    return midnight(ctx.now.astimezone(LOCAL).date() - timedelta(days=rule.days))


def compare(ctx: RunContext, spec: SourceSpec, name: str, rule: Reconcile) -> list[Difference]:
    """Count and sum the source's days and ours, keep the comparison, return the differences."""
    dataset = spec.datasets[name]
    wanted = dict.fromkeys([*dataset.key, rule.day, *rule.sums, str(dataset.request.get("watermark") or rule.day)])
    columns = [column for column in columns_of(dataset) if column.name in wanted]
    since = first_moment(ctx, rule)
    begin = since.astimezone(LOCAL).date()
    with ctx.turns.of(spec.id):
        theirs = count_source(ctx, ask_of(ctx, spec, name, columns, since), dataset, rule, begin)
    table = next(iter(dataset.into))
    sums = "".join(f", coalesce(sum({column}), 0)" for column in rule.sums.values())
    sql = f"SELECT {rule.core_day}, count(*){sums} FROM {table} WHERE source = ? AND {rule.core_day} >= ? GROUP BY 1"
    ours = {row[0]: row[1:] for row in ctx.warehouse.cursor().execute(sql, [spec.id, begin]).fetchall()}
    measures = ("rows", *rule.sums)
    nothing = (0.0,) * len(measures)
    lines = [
        (day, measure, float(there), float(here))
        for day in sorted(theirs.keys() | ours.keys())
        for measure, there, here in zip(measures, theirs.get(day, nothing), ours.get(day, nothing), strict=True)
    ]
    with ctx.warehouse.transaction() as cursor:
        cursor.execute("DELETE FROM ops.reconciliation WHERE source = ? AND dataset = ?", [spec.id, name])
        for day, measure, there, here in lines:
            cursor.execute(
                "INSERT INTO ops.reconciliation VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [spec.id, name, day, measure, there, here, is_equal(there, here), plain(ctx.now)],
            )
    return [Difference(name, *line) for line in lines if not is_equal(line[2], line[3])]


def is_equal(one: float, other: float) -> bool:
    """Equal to 12 significant digits."""
    return abs(one - other) <= 1e-12 * max(abs(one), abs(other), 1.0)


def count_source(
    ctx: RunContext, ask: Ask, dataset: DatasetSpec, rule: Reconcile, begin: date
) -> dict[date, tuple[Any, ...]]:
    """Rows and sums per day as the source has them now: each key once, its last version; nothing is landed."""
    cursor = ctx.warehouse.cursor()
    cursor.execute("DROP TABLE IF EXISTS temp.counted")
    for delivery in CONNECTORS[ctx.specs[ask.source].kind](ask):
        if isinstance(delivery, Notice):
            continue
        with delivery.opened() as tables:
            for table in tables:
                count_page(cursor, dataset, table)
    if not cursor.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'counted'").fetchone():
        return {}
    day = quoted(rule.day)
    if dataset.columns[rule.day].type in ("local_time", "instant"):
        day = f"CAST({day} + INTERVAL 7 HOUR AS DATE)"
    keys = ", ".join(map(quoted, dataset.key))
    order = ", ".join(f"{quoted(name)} DESC NULLS LAST" for name in dataset.order_by) or "rowid DESC"
    sums = "".join(f", coalesce(sum({quoted(name)}), 0)" for name in rule.sums)
    rows = cursor.execute(
        f"""SELECT {day}, count(*){sums} FROM (FROM counted
        QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY {order}) = 1) WHERE {day} >= ? GROUP BY 1""",
        [begin],
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


def count_page(cursor: Any, dataset: DatasetSpec, table: pa.Table) -> None:
    """Add the declared columns of a page, each in its type, to the temp table `counted`."""
    cursor.register("counted_page", table)
    kinds = dict(cursor.execute("SELECT column_name, column_type FROM (DESCRIBE counted_page)").fetchall())
    shown = ", ".join(
        f"{typed(name, dataset.columns[name], kinds[name])} AS {quoted(name)}"
        for name in table.column_names
        if name in dataset.columns
    )
    exists = cursor.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'counted'").fetchone()
    verb = "INSERT INTO counted" if exists else "CREATE TEMP TABLE counted AS"
    cursor.execute(f"{verb} SELECT {shown} FROM counted_page")
    cursor.unregister("counted_page")


def spec_of(ctx: RunContext, source: str) -> SourceSpec:
    """The source; UsageError for an unknown one."""
    spec = ctx.specs.get(source)
    if spec is None:
        raise UsageError(f"unknown source '{source}'", remedy=f"one of {', '.join(ctx.specs)}")
    return spec


def end(ctx: RunContext, run_id: str, status: Any, message: str, loads: list[LoadResult]) -> None:
    """The line of the run ledger; the breaker and the freshness of the source are not touched."""
    made = [load for load in loads if load.status == "loaded"]
    ctx.store.end_run(
        run_id,
        status,
        message,
        sum(load.rows_in for load in made),
        sum(load.rows_good for load in made),
        sum(load.rows_refused for load in made),
        sum(load.rows_duplicate for load in made),
        now=ctx.now,
    )

"""One run of a source: pull, land, load, tell. And after the sources: measure and publish."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from typing import Any

from ioc.catalogue.model import parse_duration
from ioc.errors import IocError, SourceError
from ioc.room import room_of
from ioc.warehouse import WarehouseFatal
from pipelines.arrival import columns_of, is_known, land, land_and_load, looked_at, since_of, wide_of
from pipelines.breaker import may_try, note_failure, note_success
from pipelines.connect import download, files, ngsi, rest, sql
from pipelines.connect.delivery import Ask, Deadline, Notice, Pull
from pipelines.connection import connection_of
from pipelines.context import After, RunContext, RunResult
from pipelines.landing import LOCAL, Landed, load_id_of
from pipelines.load import LoadResult, keep_units
from pipelines.scanner.kinds import redact
from pipelines.spec import SourceSpec
from pipelines.state import advance_state
from pipelines.together import MOST_ROWS, load_together

__all__ = [
    "CONNECTORS",
    "After",
    "RunContext",
    "RunResult",
    "enabled_sources",
    "is_known",
    "require_success",
    "run_all",
    "run_source",
]

log = logging.getLogger(__name__)
CONNECTORS: Mapping[str, Pull] = {
    "sql": sql.pull,
    "rest": rest.pull,
    "ngsi": ngsi.pull,
    "files": files.pull,
    "download": download.pull,
    "ckan": download.pull_resource,
}


def run_source(name: str, ctx: RunContext, *, kind: str = "pull", force: bool = False, wait: bool = True) -> RunResult:
    """Run one source now. Never raises for a failing source: the result and the run ledger say what happened.

    `force` tries although the breaker is open. Without `wait` a source that is being read already is left alone
    (status `busy`). WarehouseFatal is raised: the process must end with code 70.
    """
    spec = ctx.specs.get(name)
    if spec is None:
        raise IocError(f"unknown source '{name}'", remedy=f"one of {', '.join(ctx.specs)}")
    if not force and not may_try(ctx.store, name, ctx.now):
        return RunResult(name, "", "failed", "the source failed several times; it is tried again in a few minutes")
    room = room_of(ctx.home)
    if room.level == "full":
        return RunResult(name, "", "paused", f"reading pauses: {room} on the disk of {room.place}; make room there")
    turn = ctx.turns.of(name)
    if not turn.acquire(blocking=wait):
        return RunResult(name, "", "busy", "the source is being read already")
    try:
        return read_source(spec, ctx, kind)
    finally:
        turn.release()


def read_source(spec: SourceSpec, ctx: RunContext, kind: str) -> RunResult:
    """Read one source whose turn it is; the run ledger tells how it went."""
    name = spec.id
    run_id = ctx.store.start_run(name, now=ctx.now, kind=kind)
    deadline = Deadline(name, spec.deadline_seconds, ctx.stop)
    loads: list[LoadResult] = []
    messages: list[str] = []
    status, permanent = "ok", False
    try:
        require_needs(ctx, spec)
        for dataset in spec.datasets:
            loads += pull_dataset(ctx, spec, dataset, run_id, deadline, messages)
    except WarehouseFatal:
        raise
    except IocError as error:
        status, permanent = "failed", bool(getattr(error, "permanent", False))
        messages.append(str(error))
    except Exception as error:  # the boundary of a run: whatever a source brings up must not end the process
        ctx.warehouse.refuse_damage(error)
        log.exception("run %s of %s broke", run_id, name)
        status = "failed"
        messages.append(f"unexpected {type(error).__name__}: {error}")
    if status == "ok" and not messages and not any(load.rows_in for load in loads if load.status != "known"):
        messages.append(nothing_new(ctx, spec))
    held = [load for load in loads if load.status == "held"]
    if held and status == "ok":
        status = "refused"
    messages += [load.message for load in held]
    messages += [load.message for load in loads if load.status == "loaded" and load.message]
    result = RunResult(name, run_id, status, redact("; ".join(messages))[:2000], tuple(loads), permanent)
    finish(ctx, result)
    return result


def nothing_new(ctx: RunContext, spec: SourceSpec) -> str:
    """That a run brought no row, and since when nothing came; a source that never brought any says what to check."""
    row = (
        ctx.warehouse.cursor()
        .execute(
            "SELECT max(loaded_at) FROM ops.load_ledger WHERE source = ? AND rows_in > 0 "
            "AND coalesce(lane, 'live') = 'live'",
            [spec.id],
        )
        .fetchone()
    )
    if row and row[0]:
        return f"nothing new since {row[0].replace(tzinfo=UTC).astimezone(LOCAL):%Y-%m-%d %H:%M}"
    if spec.kind == "files":
        globs = (one.request.get("glob", "*") for one in spec.datasets.values())
        patterns = sorted({one for glob in globs for one in ([glob] if isinstance(glob, str) else glob)})
        return f"no file came yet: nothing in its box fits {', '.join(patterns)}"
    return "nothing came yet: the source answered without a record; check 'request' and the interval it is asked for"


def require_needs(ctx: RunContext, spec: SourceSpec) -> None:
    """A source whose rows build on those of another waits until that one was read once."""
    for need in spec.needs:
        if need in ctx.settings.sources and ctx.store.last_success(need) is None:
            raise SourceError(spec.id, f"waits for the first reading of {need}", permanent=False)


def finish(ctx: RunContext, result: RunResult) -> None:
    """Write the end of a run and the state of the breaker."""
    status: Any = result.status
    ctx.store.end_run(
        result.run_id,
        status,
        result.message,
        result.rows_in,
        result.rows_good,
        result.rows_refused,
        result.rows_duplicate,
        now=ctx.now,
    )
    if result.status == "failed":
        note_failure(ctx.store, result.source, result.message, ctx.now)
    else:
        note_success(ctx.store, result.source)
    log.info(
        "%s: %s, %d in, %d good, %d refused, %d duplicate%s",
        result.source,
        result.status,
        result.rows_in,
        result.rows_good,
        result.rows_refused,
        result.rows_duplicate,
        f" ({result.message})" if result.message else "",
    )


def pull_dataset(
    ctx: RunContext, spec: SourceSpec, name: str, run_id: str, deadline: Deadline, messages: list[str]
) -> list[LoadResult]:
    """Pull, land and load one dataset. Nothing is applied of a pull that broke off."""
    dataset = spec.datasets[name]
    ask = Ask(
        source=spec.id,
        dataset=name,
        columns=columns_of(dataset),
        connection=connection_of(ctx.settings, ctx.home, spec.id, spec.kind, ctx.env),
        request=dataset.request,
        since=since_of(ctx, spec.id, name, dataset),
        until=ctx.now,
        deadline=deadline,
        home=ctx.home,
        looked_at=looked_at(ctx, spec.id, name),
        wide=wide_of(dataset),
        known=lambda sha: is_known(ctx, load_id_of(spec.id, name, sha, "")),
    )
    loads: list[LoadResult] = []
    waiting: list[Landed] = []

    def load_waiting() -> None:
        group, waiting[:] = list(waiting), []
        loads.extend(load_together(ctx.loader, spec, group, ctx.now))

    try:
        for delivery in CONNECTORS[spec.kind](ask):
            if isinstance(delivery, Notice):
                messages.append(f"{delivery.origin}: {delivery.message}")
            elif dataset.by_content:
                landed = land(ctx, spec, name, run_id, delivery)
                waiting += [landed] if landed else []
                if sum(one.rows for one in waiting) > MOST_ROWS:
                    load_waiting()
            else:
                loads.append(land_and_load(ctx, spec, name, run_id, delivery))
    finally:
        load_waiting()  # a file that landed whole counts, also when the folder broke off after it
    if dataset.by_content and not any(load.status == "held" for load in loads):
        with ctx.warehouse.transaction() as cursor:
            through = ctx.now - parse_duration(dataset.lag)
            advance_state(cursor, spec.id, name, run_id, None, None, through, ctx.now)
    return loads


def run_all(
    ctx: RunContext, sources: Iterable[str] | None = None, *, after: After | None = None, force: bool = False
) -> list[RunResult]:
    """Run sources, then `after` (measure and publish) once when anything changed.

    The domains run beside each other on two threads; inside a domain sources keep the order of their needs.
    """
    wanted = list(sources) if sources is not None else enabled_sources(ctx)
    keep_units(ctx.warehouse, ctx.registry)
    for name in wanted:
        if name not in ctx.specs:
            raise IocError(f"unknown source '{name}'", remedy=f"one of {', '.join(ctx.specs)}")
    lanes: dict[str, list[str]] = {}
    for name in (known for known in ctx.specs if known in wanted):
        lanes.setdefault(ctx.specs[name].domain, []).append(name)

    def run_lane(names: list[str]) -> list[RunResult]:
        return [run_source(name, ctx, force=force) for name in names if not ctx.stop.is_set()]

    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="lane") as pool:
        results = [result for lane in pool.map(run_lane, lanes.values()) for result in lane]
    if after is not None:
        after(ctx, results)
    return results


def enabled_sources(ctx: RunContext) -> list[str]:
    """The sources config.yaml switches on, in the order of their needs."""
    return [name for name in ctx.specs if name in ctx.settings.sources and ctx.settings.sources[name].enabled]


def require_success(results: Iterable[RunResult]) -> None:
    """Raise for the first run that did not succeed, for commands that promise a whole run."""
    for result in results:
        if result.status != "ok":
            raise SourceError(result.source, result.message or result.status, permanent=result.permanent)

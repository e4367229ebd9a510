"""From landing to core without the sources: what a crash left, what was held and is right now, everything anew."""

from __future__ import annotations

import logging
from dataclasses import replace

from pipelines.landing import Landed, manifests, remove_unfinished
from pipelines.load import LoadResult, keep_units
from pipelines.run import RunContext, is_known
from pipelines.together import load_together

log = logging.getLogger(__name__)


def recover(ctx: RunContext) -> list[LoadResult]:
    """At start: remove unfinished landings, load those that landed but were not loaded before the process ended."""
    removed = remove_unfinished(ctx.home)
    if removed:
        log.warning("removed %d unfinished landings", removed)
    keep_units(ctx.warehouse, ctx.registry)
    return load_missing(ctx)


def load_missing(
    ctx: RunContext, source: str | None = None, *, held_too: bool = False, accept: bool = False
) -> list[LoadResult]:
    """Load every landing the ledger does not know, oldest first: recovery, rebuild, and replay (`held_too`)."""
    results: list[LoadResult] = []
    waiting: list[Landed] = []  # of one dataset whose files may share a load

    def load_waiting() -> None:
        if waiting:
            group, waiting[:] = list(waiting), []
            results.extend(load_together(loader, ctx.specs[group[0].source], group, ctx.now))

    loader = replace(ctx.loader, accept=accept)
    sql = "SELECT load_id FROM ops.quarantine WHERE status = 'accepted'"
    accepted = {row[0] for row in ctx.warehouse.cursor().execute(sql).fetchall()}
    pairs = [(name, dataset) for name, spec in ctx.specs.items() for dataset in spec.datasets]
    order = {pair: place for place, pair in enumerate(pairs)}
    found = sorted(
        manifests(ctx.home, source), key=lambda item: (item.landed_at, order.get((item.source, item.dataset), 0))
    )
    for landed in found:
        spec = ctx.specs.get(landed.source)
        if spec is None:
            log.warning("landing %s belongs to a source that is gone", landed.path)
            continue
        if held_too:
            with ctx.warehouse.transaction() as cursor:
                cursor.execute(
                    "UPDATE ops.quarantine SET status = ? WHERE load_id = ? AND status = 'held'",
                    ["accepted" if accept else "replayed", landed.load_id],
                )
        if is_known(ctx, landed.load_id):
            continue
        if landed.load_id in accepted:
            load_waiting()
            results.append(replace(ctx.loader, accept=True).load(spec, landed, ctx.now))
            continue
        if waiting and (waiting[0].source, waiting[0].dataset) != (landed.source, landed.dataset):
            load_waiting()
        waiting.append(landed)
    load_waiting()
    return results


def rebuild(ctx: RunContext) -> list[LoadResult]:
    """Empty core and the ledger, then load everything that ever landed."""
    with ctx.warehouse.transaction() as cursor:
        tables = cursor.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE schema_name = 'core' "
            "OR (schema_name = 'ops' AND table_name IN ('load_ledger', 'source_state', 'quarantine', 'tombstone'))"
        ).fetchall()
        for (table,) in tables:
            kept = " WHERE status <> 'accepted'" if table == "ops.quarantine" else ""
            cursor.execute(f"DELETE FROM {table}{kept}")
    keep_units(ctx.warehouse, ctx.registry)
    return load_missing(ctx)

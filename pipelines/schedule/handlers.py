"""What a command may ask of the ingest process, and how it is answered (DECISIONS 13)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from pipelines.beside import backfill, reconcile
from pipelines.desk import desk_handlers
from pipelines.recovery import load_missing, rebuild
from pipelines.run import After, RunContext, RunResult, run_all

SLOW = ("backfill", "reconcile")  # requests with a thread of their own: they never hold up the live schedule
Handler = Callable[[RunContext, Mapping[str, Any]], Mapping[str, Any]]


def default_handlers(after: After) -> dict[str, Handler]:
    """The requests every ingest process understands."""

    def run(ctx: RunContext, args: Mapping[str, Any]) -> Mapping[str, Any]:
        results = run_all(ctx, args.get("sources") or None, after=after, force=True)
        return {"runs": [summary(result) for result in results]}

    def publish(ctx: RunContext, args: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"published": str(after(ctx, []))}

    def replay(ctx: RunContext, args: Mapping[str, Any]) -> Mapping[str, Any]:
        loads = load_missing(ctx, args.get("source"), held_too=True, accept=bool(args.get("accept")))
        after(ctx, [])
        return {
            "loaded": sum(load.status == "loaded" for load in loads),
            "held": sum(load.status == "held" for load in loads),
        }

    def renew(ctx: RunContext, args: Mapping[str, Any]) -> Mapping[str, Any]:
        loads = rebuild(ctx)
        after(ctx, [])
        return {"loaded": sum(load.status == "loaded" for load in loads)}

    def fill(ctx: RunContext, args: Mapping[str, Any]) -> Mapping[str, Any]:
        days = date.fromisoformat(str(args["first"])), date.fromisoformat(str(args["last"]))
        loads = backfill(ctx, str(args["source"]), *days)
        after(ctx, [])
        return {
            "loaded": sum(load.status == "loaded" for load in loads),
            "held": sum(load.status == "held" for load in loads),
            "rows_changed": sum(load.rows_changed for load in loads),
        }

    def compare(ctx: RunContext, args: Mapping[str, Any]) -> Mapping[str, Any]:
        left = reconcile(ctx, str(args["source"]))
        after(ctx, [])
        return {"differences": [{**asdict(one), "day": one.day.isoformat()} for one in left]}

    own: dict[str, Handler] = {
        "backfill": fill,
        "reconcile": compare,
        "run": run,
        "publish": publish,
        "replay": replay,
        "rebuild": renew,
    }
    return {**own, **desk_handlers(after)}


def summary(result: RunResult) -> dict[str, Any]:
    """A run for a command's answer."""
    return {
        "source": result.source,
        "run": result.run_id,
        "status": result.status,
        "message": result.message,
        "rows_in": result.rows_in,
        "rows_good": result.rows_good,
        "rows_refused": result.rows_refused,
        "rows_duplicate": result.rows_duplicate,
        "rows_changed": result.rows_changed,
    }

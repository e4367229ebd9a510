"""`ioc run`, `replay`, `rebuild`: asked of the ingest process when it lives, else done here under its lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ioc.errors import IocError
from ioc.lock import IngestLock, read_holder
from ioc.settings import Settings
from ioc.store import AppStore
from ioc_cli.context import Context
from ioc_cli.measuring import measure_and_publish
from ioc_cli.worker import open_context
from pipelines.mapping.source_file import load_all_sources
from pipelines.run import RunContext, RunResult, run_all
from pipelines.schedule import default_handlers

WAIT_SECONDS = 900.0


@dataclass(frozen=True)
class Outcome:
    """What one pass over the sources did, and the version it published (None: nothing new)."""

    results: list[RunResult]
    version: int | None


def ingest_once(settings: Settings, now: datetime, sources: Sequence[str] | None = None) -> Outcome:
    """Run the sources once under the ingest lock, measure and publish. Raises BusyError when another process writes."""
    home = Path(settings.home)
    published: list[int] = []

    def after(ctx: RunContext, results: list[RunResult]) -> None:
        version = measure_and_publish(ctx, results)
        if version is not None:
            published.append(version.id)

    with IngestLock(home) as lock:
        ctx = open_context(settings, home, lock, now)
        try:
            results = run_all(ctx, sources, after=after, force=True)
        except Exception as error:
            ctx.warehouse.refuse_damage(error)
            raise
        finally:
            ctx.warehouse.close()
            ctx.store.close()
    return Outcome(results, published[-1] if published else None)


def ask(ctx: Context, kind: str, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Have the ingest process do it and wait for the answer; with none alive, do it here (DECISIONS 13)."""
    now = datetime.now(UTC)
    if read_holder(ctx.home) is not None:
        store = AppStore.open(ctx.home)
        try:
            request = store.add_request(kind, args, now=now)
            return dict(store.wait_request(request, timeout=WAIT_SECONDS).result or {})
        finally:
            store.close()
    with IngestLock(ctx.home) as lock:
        context = open_context(ctx.settings, ctx.home, lock, now)
        try:
            return default_handlers(measure_and_publish)[kind](context, args)
        except Exception as error:
            context.warehouse.refuse_damage(error)
            raise
        finally:
            context.warehouse.close()
            context.store.close()


def answer(ctx: Context, result: Mapping[str, Any]) -> None:
    """Print what was done; a run that failed makes the command fail."""
    if result.get("error"):
        raise IocError(str(result["error"]))
    runs: list[dict[str, Any]] = list(result.get("runs", []))
    lines = [
        f"{run['source']}: {run['status']}, {run['rows_in']} in, {run['rows_good']} good, "
        f"{run['rows_refused']} refused, {run['rows_duplicate']} duplicate"
        + (f" ({run['message']})" if run["message"] else "")
        for run in runs
    ]
    lines += [f"{key}: {value}" for key, value in result.items() if key != "runs"]
    ctx.emit(dict(result), "\n".join(lines) or "nothing to do")
    if any(run["status"] in ("failed", "paused") for run in runs):
        click.get_current_context().exit(1)


@click.command("run")
@click.argument("sources", nargs=-1)
@click.pass_obj
def run_sources(ctx: Context, sources: tuple[str, ...]) -> None:
    """Read SOURCES now (default: all that are switched on), then measure and publish."""
    answer(ctx, ask(ctx, "run", {"sources": list(sources)}))


@click.command()
@click.argument("source", required=False)
@click.option(
    "--accept", is_flag=True, help="Answer for an unusual volume, scale or loss of rows: load it all the same."
)
@click.pass_obj
def replay(ctx: Context, source: str | None, accept: bool) -> None:
    """Load held batches again, after the contract or the file was mended."""
    answer(ctx, ask(ctx, "replay", {"source": source, "accept": accept}))


@click.command()
@click.pass_obj
def rebuild(ctx: Context) -> None:
    """Empty the warehouse and load everything that ever landed."""
    load_all_sources(ctx.settings)  # what landed of a source whose file has a fault would be missing afterwards
    answer(ctx, ask(ctx, "rebuild", {}))


COMMANDS: Sequence[click.Command] = (run_sources, replay, rebuild)

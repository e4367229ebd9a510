"""The ingest process: the one writer. It holds the lock for life, recovers, schedules, and ends cleanly on SIGTERM."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ioc.calendar import WorkCalendar
from ioc.lock import IngestLock
from ioc.published import restore_measured
from ioc.settings import Settings
from ioc.store import AppStore
from ioc.unit import UnitRegistry
from ioc.warehouse import Warehouse, WarehouseFatal
from ioc_cli.measuring import has_new_editions, measure_and_publish
from ioc_cli.standing_version import has_new_history, is_behind
from pipelines.desk import prepare_desk
from pipelines.mapping.source_file import load_sound_sources, with_mapped
from pipelines.recovery import recover
from pipelines.run import RunContext
from pipelines.schedule import Schedule, default_handlers

log = logging.getLogger(__name__)
STOP_SECONDS = 18.0
FATAL_CODE = 70


def utc_now() -> datetime:
    """The wall clock; everything below takes the moment as a parameter."""
    return datetime.now(UTC)


def open_context(settings: Settings, home: Path, lock: IngestLock, now: datetime) -> RunContext:
    """Everything a run needs, from settings; the caller holds the lock."""
    prepare_desk(home)
    agencies = home / "agencies.yaml"
    specs, _ = load_sound_sources(settings)  # told when the settings were read
    ctx = RunContext(
        settings=with_mapped(settings, specs),
        home=home.resolve(),
        warehouse=Warehouse.open(home, lock=lock),
        store=AppStore.open(home),
        now=now,
        calendar=WorkCalendar.load(home / "calendar.csv"),
        registry=UnitRegistry.load(settings.province, agencies=agencies if agencies.exists() else None),
        specs=specs,
    )
    if ctx.warehouse.quarantined:
        log.warning("the warehouse was damaged; it lies in %s", ctx.warehouse.quarantined)
        version = restore_measured(ctx.warehouse, home)
        log.warning("earlier values: %s", f"of version {version}" if version else "none, no published version is sound")
        loads = recover(ctx)
        log.warning("loaded %d landings anew", len(loads))
    return ctx


def run_worker(
    settings: Settings,
    home: Path,
    *,
    clock: Callable[[], datetime] = utc_now,
    stop: threading.Event | None = None,
    after: Callable[..., Any] = measure_and_publish,
    leave: Callable[[int], Any] = os._exit,
) -> int:
    """Run the ingest process until `stop`; returns the exit code. A second one for the same home raises BusyError.

    `leave` ends the process at once with code 70 when the database or the scheduler is beyond help.
    """
    ending = stop or threading.Event()
    with IngestLock(home) as lock:
        ctx = open_context(settings, home, lock, clock())
        interrupted = ctx.store.interrupt_runs(now=clock())
        if interrupted:
            log.warning("%d runs were interrupted by the end of the last process", interrupted)
        try:
            loaded = recover(ctx)
        except Exception as error:
            try:
                ctx.warehouse.refuse_damage(error)
            except WarehouseFatal as fatal:
                log.critical("%s", fatal)
                leave(FATAL_CODE)
                return FATAL_CODE
            raise
        if loaded:
            log.warning("loaded %d landings the last process left", len(loaded))
        schedule = Schedule(ctx, clock=clock, after=after, handlers=default_handlers(after))
        behind = bool(loaded or ctx.warehouse.quarantined) or is_behind(ctx) or has_new_history(ctx)
        behind = behind or has_new_editions(ctx)
        schedule.start(behind=behind)
        while not ending.wait(0.5):
            trouble = schedule.trouble()
            if trouble:
                log.critical("ending with code %d: %s", FATAL_CODE, trouble)
                leave(FATAL_CODE)
                return FATAL_CODE
        began = time.monotonic()
        if not schedule.stop(STOP_SECONDS):
            log.warning("a run did not end within %.0f s; what it did is rolled back", STOP_SECONDS)
            leave(0)
            return 0
        ctx.warehouse.close()
        ctx.store.close()
        log.info("ended within %.1f s", time.monotonic() - began)
    return 0


def end_on_signals(stop: threading.Event) -> None:
    """SIGTERM and SIGINT ask the process to end."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


@click.command()
@click.pass_obj
def worker(context: Any) -> None:
    """Run the ingest process: reads the sources on their schedule, measures, publishes."""
    stop = threading.Event()
    end_on_signals(stop)
    code = run_worker(context.settings, context.home, stop=stop)
    if code:
        raise SystemExit(code)


COMMANDS = [worker]

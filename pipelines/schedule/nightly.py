"""The nightly comparison of every source that says how its days compare (FAULTS P-23 and 3 rule 9)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger

from ioc.errors import IocError
from pipelines.beside import reconcile
from pipelines.desk import is_paused
from pipelines.run import RunContext, enabled_sources
from pipelines.schedule.rhythm import ZONE, is_due, trigger_of

log = logging.getLogger(__name__)
AFTER_START = timedelta(minutes=10)  # the live schedule reads first


def comparable(ctx: RunContext) -> list[str]:
    """The sources that are switched on, not paused by a person, and declare `reconcile` for a dataset."""
    return [
        name
        for name in enabled_sources(ctx)
        if any(dataset.reconcile for dataset in ctx.specs[name].datasets.values()) and not is_paused(ctx, name)
    ]


def add_nightly(scheduler: BackgroundScheduler, compare: Callable[[], object], ctx: RunContext, now: datetime) -> None:
    """The job of the night, and one catching-up job when the last night was missed (FAULTS J-05)."""
    night = ctx.settings.reconcile
    if night is None:
        return
    scheduler.add_job(compare, trigger_of(night), id="nightly")
    last = [ctx.store.last_success(name, kind="reconcile") for name in comparable(ctx)]
    if any(moment is not None and is_due(night, moment, now) for moment in last):
        scheduler.add_job(compare, DateTrigger(datetime.now(ZONE) + AFTER_START, timezone=ZONE), id="nightly_missed")


def reconcile_all(ctx: RunContext) -> int:
    """Compare them one after the other; days that differ are read again. Returns how many figures still differ.

    A source that does not answer is left for the next night; its failure stands in the run ledger.
    """
    left = 0
    for name in comparable(ctx):
        if ctx.stop.is_set():
            return left
        try:
            differing = reconcile(ctx, name)
        except IocError as error:
            log.error("nightly comparison of %s: %s", name, error)
            continue
        if differing:
            days = sorted({one.day.isoformat() for one in differing})
            log.error("%s still differs from its source on %s", name, ", ".join(days[:10]))
        left += len(differing)
    return left

"""The nightly comparison of every source that says how its days compare (FAULTS P-23 and 3 rule 9)."""

from __future__ import annotations

import logging

from ioc.errors import IocError
from pipelines.beside import reconcile
from pipelines.desk import is_paused
from pipelines.run import RunContext, enabled_sources

log = logging.getLogger(__name__)


def comparable(ctx: RunContext) -> list[str]:
    """The sources that are switched on, not paused by a person, and declare `reconcile` for a dataset."""
    return [
        name
        for name in enabled_sources(ctx)
        if any(dataset.reconcile for dataset in ctx.specs[name].datasets.values()) and not is_paused(ctx, name)
    ]


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

"""What the ingest process keeps for the data steward before every measurement: supply, covenants, grace."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC

from ioc.errors import ConfigError
from pipelines.context import RunContext
from pipelines.covenant import keep_covenants
from pipelines.grace import keep_graces, load_graces
from pipelines.supply import keep_supply

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kept:
    """What changed: anything a screen shows, and whether reports were excused or are no longer."""

    changed: bool
    excused: bool


def keep_books(ctx: RunContext) -> Kept:
    """Bring the steward's tables to the moment of the run, in one transaction of their own."""
    used = {name: spec for name, spec in ctx.specs.items() if name in ctx.settings.sources}
    try:
        graces = load_graces(ctx.home, ctx.registry)
    except ConfigError as error:  # the declarations of before stay in force until the file is mended
        log.error("%s", error)
        graces = None
    with ctx.warehouse.transaction() as cursor:
        changed = keep_supply(cursor, used, ctx.calendar, ctx.now)
        known_at = ctx.now.astimezone(UTC).replace(tzinfo=None)
        changed |= keep_covenants(cursor, used, ctx.settings.sources, known_at)
        excused = keep_graces(cursor, graces) if graces is not None else False
    return Kept(changed or excused, excused)

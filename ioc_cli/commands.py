"""Every command of `ioc`, hung on the root."""

from __future__ import annotations

from ioc_cli import appraisal, beside, check, covenant, ingest, read, score, up, web, worker
from ioc_cli.boundaries import boundaries
from ioc_cli.demo import demo
from ioc_cli.doctor import doctor
from ioc_cli.root import ioc
from ioc_cli.source import source

for command in (
    boundaries,
    demo,
    doctor,
    source,
    *appraisal.COMMANDS,
    *beside.COMMANDS,
    *check.COMMANDS,
    *covenant.COMMANDS,
    *ingest.COMMANDS,
    *read.COMMANDS,
    *score.COMMANDS,
    *up.COMMANDS,
    *web.COMMANDS,
    *worker.COMMANDS,
):
    ioc.add_command(command)

__all__ = ["ioc"]

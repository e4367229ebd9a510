"""The scheduler of the ingest process; the only place that knows APScheduler."""

from pipelines.schedule.rhythm import ZONE, is_due, trigger_of
from pipelines.schedule.service import Handler, Schedule, default_handlers

__all__ = ["ZONE", "Handler", "Schedule", "default_handlers", "is_due", "trigger_of"]

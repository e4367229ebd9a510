"""The scheduler of the ingest process; the only place that knows APScheduler."""

from pipelines.schedule.handlers import Handler, default_handlers
from pipelines.schedule.rhythm import ZONE, is_due, trigger_of
from pipelines.schedule.service import Schedule

__all__ = ["ZONE", "Handler", "Schedule", "default_handlers", "is_due", "trigger_of"]

"""When a source is read: every so often, or at times of day in Vietnam; and whether a reading was missed."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from ioc.errors import ConfigError
from ioc.settings import Rhythm

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
RETRY_FIRST, RETRY_MOST = timedelta(seconds=20), timedelta(minutes=10)


def trigger_of(entry: Rhythm, *, jitter: int | None = None) -> BaseTrigger:
    """When a source is read: every so often, or at local times of day, on all or some weekdays."""
    if entry.at:
        days = ",".join(entry.on) or "*"
        clocks = [
            CronTrigger(day_of_week=days, hour=int(clock[:2]), minute=int(clock[3:]), timezone=ZONE)
            for clock in entry.at
        ]
        return clocks[0] if len(clocks) == 1 else OrTrigger(clocks)
    if entry.on:
        raise ConfigError("config.yaml", None, "'on' needs 'at'", remedy="write at: 06:30 beside it")
    seconds = entry.cadence.total_seconds()
    return IntervalTrigger(seconds=int(seconds), timezone=ZONE, jitter=jitter)


def retry_after(entry: Rhythm, failures: int) -> timedelta | None:
    """How long after a failed read it is tried again, more slowly each time; None when its rhythm comes first."""
    delay = min(RETRY_FIRST * 2 ** (max(1, failures) - 1), RETRY_MOST)
    return delay if entry.at or delay <= entry.cadence else None


def is_due(entry: Rhythm, last_success: datetime | None, now: datetime) -> bool:
    """Whether a source missed a read while nothing ran: one catching-up run is then enough (coalesced)."""
    if last_success is None:
        return True
    if not entry.at:
        return last_success + entry.cadence <= now
    following = trigger_of(entry).get_next_fire_time(None, (last_success + timedelta(seconds=1)).astimezone(ZONE))
    return following is not None and following <= now

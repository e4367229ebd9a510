"""Which versions stay: the last five, hourly for 48 hours, daily for 35 days, and what a freeze names."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ioc.errors import StorageError
from ioc.published import folder as files

_LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
_ID = re.compile(r"\b\d{13,16}\b")


@dataclass(frozen=True)
class Retention:
    """How many versions stay: the `last` ones, one an hour for `hours`, one a day for `days`."""

    last: int = 5
    hours: int = 48
    days: int = 35


DEFAULT = Retention()


def versions_to_keep(versions: list[int], now: datetime, frozen: set[int], rule: Retention = DEFAULT) -> set[int]:
    """The versions that stay. Of each hour and each local day it is the last one."""
    keep = set(sorted(versions)[-max(rule.last, 1) :]) | (frozen & set(versions))
    hourly: dict[str, int] = {}
    daily: dict[str, int] = {}
    for version in sorted(versions):
        moment = datetime.fromtimestamp(version / 1000, UTC)
        if now - moment <= timedelta(hours=rule.hours):
            hourly[moment.strftime("%Y%m%d%H")] = version
        if now - moment <= timedelta(days=rule.days):
            daily[moment.astimezone(_LOCAL).strftime("%Y%m%d")] = version
    return keep | set(hourly.values()) | set(daily.values())


def frozen_versions(home: Path) -> set[int]:
    """Every version named in `home/freezes/*.json`, wherever the name stands in the file.

    Raises StorageError when a freeze cannot be read: then nothing may be deleted.
    """
    found: set[int] = set()
    for path in sorted((home / "freezes").glob("*.json")):
        try:
            text = path.read_text(encoding="utf-8")
            json.loads(text)
        except (OSError, ValueError) as error:
            raise StorageError(
                f"freezes/{path.name} cannot be read: {error}",
                remedy="restore it; no version is deleted until then",
            ) from None
        found |= {int(word) for word in _ID.findall(text)}
    return found


def prune(home: Path, now: datetime, rule: Retention = DEFAULT) -> list[int]:
    """Delete the versions beyond retention, never the one CURRENT names; returns what went.

    Raises StorageError when a freeze cannot be read; nothing is deleted then.
    """
    folder = home / "published"
    frozen = frozen_versions(home)
    versions = files.list_versions(folder)
    keep = versions_to_keep(versions, now, frozen, rule)
    current = files.read_pointer(folder)
    gone = [version for version in versions if version not in keep and version != current]
    for version in gone:
        files.remove_version(folder, version)
    return gone

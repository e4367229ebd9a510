"""What stays the same for a whole published version: its catalogue, its periods, the view it opens with."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from typing import Any

from ioc.catalogue import Catalogue
from ioc.errors import StorageError
from ioc.period import Period
from ioc.published import Reader
from ioc.selection import Lang, Selection

LOCAL = timezone(timedelta(hours=7))


class KeptCounts:
    """What was counted from the records of one version, kept while it stands; safe for threads."""

    def __init__(self, most: int = 256) -> None:
        self._most, self._lock = most, threading.Lock()
        self._found: OrderedDict[Hashable, Any] = OrderedDict()

    def of(self, key: Hashable, count: Callable[[], Any]) -> Any:
        """What `count` gave for the key; two that ask at once may both count, and find the same."""
        with self._lock:
            if key in self._found:
                return self._found[key]
        found = count()
        with self._lock:
            self._found[key] = found
            while len(self._found) > self._most:
                self._found.popitem(last=False)
        return found


@dataclass(frozen=True)
class Facts:
    """Read once a version."""

    version: int
    catalogue: Catalogue
    keys: dict[str, tuple[str, ...]]  # period keys by kind, newest last
    defaults: Selection
    counts: KeptCounts = field(default_factory=KeptCounts)


class FactKeeper:
    """Keeps the facts of the newest version; safe for threads."""

    def __init__(self, lang: Lang) -> None:
        self._lang: Lang = lang
        self._lock = threading.Lock()
        self._kept: Facts | None = None

    def of(self, reader: Reader) -> Facts:
        """The facts of the version this Reader reads."""
        with self._lock:
            if self._kept is None or self._kept.version != reader.version.id:
                self._kept = read_facts(reader, self._lang)
            return self._kept


def read_facts(reader: Reader, lang: Lang) -> Facts:
    """Read the facts; StorageError when the version holds no number yet."""
    keys: dict[str, list[str]] = {}
    for key in reader.periods():
        keys.setdefault(Period.parse(key).kind, []).append(key)
    catalogue = Catalogue.from_json(reader.catalogue_json())
    defaults = Selection(unit=reader.version.province, period=_first_period(reader, keys), lang=lang)
    return Facts(reader.version.id, catalogue, {kind: tuple(found) for kind, found in keys.items()}, defaults)


def _first_period(reader: Reader, keys: dict[str, list[str]]) -> str:
    """The newest month that was over when the version was published: a page does not open on a month just begun."""
    months = keys.get("month") or next(iter(keys.values()), [])
    if not months:
        raise StorageError("the published version holds no numbers yet", remedy="wait for the first run")
    until = reader.version.published_at.astimezone(LOCAL).date()
    over = [key for key in months if Period.parse(key).end < until]
    return (over or months[:1])[-1]

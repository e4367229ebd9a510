"""What stays the same for a whole published version: its catalogue, its periods, the view it opens with."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta, timezone

from ioc.catalogue import Catalogue
from ioc.errors import StorageError
from ioc.period import Period
from ioc.published import Reader
from ioc.selection import Lang, Selection

LOCAL = timezone(timedelta(hours=7))


@dataclass(frozen=True)
class Facts:
    """Read once a version."""

    version: int
    catalogue: Catalogue
    keys: dict[str, tuple[str, ...]]  # period keys by kind, newest last
    defaults: Selection


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

"""What is planted: offices in trouble, late synchronisation, queue delays; dated whatever `now` is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.demo.chance import draw
from pipelines.demo.place import Place

DAY = np.timedelta64(1, "D")
FIRST_MONTH, LAST_MONTH = np.datetime64("2024-01", "M"), np.datetime64("2028-01", "M")


@dataclass(frozen=True, slots=True)
class TroubledOffice:
    """An office that settles late from a day on. `row` is its position in the list of current agencies."""

    row: int
    agency: str
    unit: str
    since: np.datetime64  # day
    late_share: float


@dataclass(frozen=True, slots=True)
class SyncDelay:
    """An office whose events reach the one-stop database days late for dossiers submitted in a window."""

    row: int
    agency: str
    unit: str
    start: np.datetime64  # day, inclusive
    end: np.datetime64  # day, exclusive
    days: float


@dataclass(frozen=True, slots=True)
class QueueStop:
    """A stop of the queue to the national portal: everything arrives after its end."""

    start: np.datetime64
    end: np.datetime64


def troubled_offices(place: Place) -> list[TroubledOffice]:
    """One department and five communes of the busier half; begun between autumn 2025 and summer 2026."""
    chance = draw(place.options, "troubled")
    busy = np.argsort(-place.demand)[2 : max(12, len(place.communes) // 2)]
    communes = chance.choice(busy, min(5, len(busy)), replace=False)
    department = int(chance.choice([2, 3]))  # construction; agriculture and environment
    found = []
    for position, row in enumerate([department, *(len(place.departments) + communes)]):
        since = np.datetime64("2025-09-15") + int(chance.integers(0, 300)) * DAY
        share = 0.09 if position == 0 else float(np.round(chance.uniform(0.13, 0.3), 2))
        found.append(TroubledOffice(int(row), *_office(place, int(row)), since, share))
    return found


def sync_delays(place: Place) -> list[SyncDelay]:
    """Two offices in each half-year whose dossiers of three weeks arrive 2 to 6 days late."""
    found = []
    for half in range(2024 * 2, 2028 * 2):
        chance = draw(place.options, "sync", half)
        for row in len(place.departments) + chance.choice(len(place.communes), 2, replace=False):
            start = np.datetime64(f"{half // 2}-{'07' if half % 2 else '01'}-01") + int(chance.integers(5, 150)) * DAY
            days = float(np.round(chance.uniform(2, 6), 1))
            found.append(SyncDelay(int(row), *_office(place, int(row)), start, start + 21 * DAY, days))
    return found


def queue_stops(place: Place) -> list[QueueStop]:
    """One stop of one to three days every second month."""
    found = []
    for month in np.arange(FIRST_MONTH, LAST_MONTH)[::2]:
        chance = draw(place.options, "queue", int(month.astype(int)))
        start = month.astype("M8[s]") + np.timedelta64(int(chance.integers(2 * 24, 25 * 24)), "h")
        found.append(QueueStop(start, start + np.timedelta64(int(chance.integers(20, 72)), "h")))
    return found


def _office(place: Place, row: int) -> tuple[str, str]:
    """(agency code, measured unit) of a position in departments + commune agencies."""
    if row < len(place.departments):
        return place.departments[row].code, place.departments[row].code
    index = row - len(place.departments)
    return place.commune_agencies[index].code, place.communes[index].code

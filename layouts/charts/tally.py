"""How many units stand where: one count of a level for both applications, which adds up to all its units."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ioc.status import Status
from ioc.value import Observation
from layouts.theme import COUNTED


def tally(
    members: Collection[str], observations: Sequence[Observation], statuses: Mapping[str, Status]
) -> dict[str, int]:
    """Count per level of `COUNTED`; the sum is `len(members)`.

    A unit where nothing occurred (state not_applicable) is counted apart: it owes no number. A unit without
    an observation is unknown.
    """
    idle = {item.unit for item in observations if item.state == "not_applicable"}
    found = dict.fromkeys(COUNTED, 0)
    for code in members:
        level = "not_applicable" if code in idle else statuses[code].level if code in statuses else "unknown"
        found[level] += 1
    return found


def word_key(level: str, statuses: Mapping[str, Status]) -> str:
    """The key of a count's word. Units that have a number but nothing to judge it by are not 'without data'."""
    if level == "unknown" and any(status.reason == "no_target" for status in statuses.values()):
        return "chart.count.no_target"
    return f"chart.count.{level}"

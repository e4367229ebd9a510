"""The order of attention: the units of a level, the one that needs it most first."""

from __future__ import annotations

from collections.abc import Sequence

from ioc.catalogue import Indicator
from ioc.value import Observation

SHOWN = ("value", "zero")
_WITHHELD = ("suppressed", "pending", "rejected")


def worst_first(observations: Sequence[Observation], indicator: Indicator) -> list[Observation]:
    """Units with a value, the one that needs attention most first; ties in order of code.

    Falling value where less is better, rising otherwise; a band counts by distance from its middle.
    """
    shown = [
        item
        for item in observations
        if item.state in SHOWN and item.value is not None and item.quality not in _WITHHELD
    ]
    middle = 0.0
    if indicator.direction == "band" and indicator.bands is not None:
        middle = (float(indicator.bands.low or 0) + float(indicator.bands.high or 0)) / 2

    def need(item: Observation) -> tuple[float, str]:
        value = item.value or 0.0
        if indicator.direction == "down":
            return -value, item.unit
        return (-abs(value - middle) if indicator.direction == "band" else value), item.unit

    return sorted(shown, key=need)

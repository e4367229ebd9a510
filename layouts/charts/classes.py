"""Classes of a map or heatmap: round borders between which values take one of five tones."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ioc.catalogue import Indicator
from ioc.value import Observation
from layouts.charts import numeral

BREAKS = 4


def breaks(observations: Sequence[Observation], indicator: Indicator) -> list[float]:
    """Four round class borders between the least and the greatest value; fewer when the values are too alike.

    The step is the widest 1-2-2.5-5 number, starting at a third of the span between the 10th and 90th
    hundredth, of which four multiples lie between the values; the four nearest the median are taken.
    """
    values = sorted(item.value for item in observations if item.value is not None and item.state in numeral.SHOWN)
    if not values or values[0] == values[-1]:
        return []
    last = len(values) - 1
    span = values[math.ceil(0.9 * last)] - values[int(0.1 * last)]
    smallest = 10.0**-indicator.precision
    median = values[len(values) // 2]
    found: list[float] = []
    for step in _round_steps(max(span / 3, smallest), smallest):
        digits = max(0, 2 - math.floor(math.log10(step)))
        first = math.floor(values[0] / step) + 1
        count = math.ceil(values[-1] / step) - first
        near = sorted(range(first, first + count), key=lambda place: (abs(place * step - median), place))
        found = [round(place * step, digits) for place in sorted(near[:BREAKS])]
        if len(found) == BREAKS:
            break
    return found


def _round_steps(widest: float, smallest: float) -> list[float]:
    """Round steps from the first above `widest` down to `smallest`."""
    steps: list[float] = []
    power = math.ceil(math.log10(widest))
    while not steps or steps[-1] > smallest * 1.001:
        steps += [10.0**power * part for part in (1, 0.5, 0.25, 0.2) if 10.0**power * part >= smallest * 0.999]
        power -= 1
        if 10.0**power < smallest * 0.999:
            break
    above = [step for step in steps if step >= widest * 0.999]
    return [above[-1] if above else steps[0], *(step for step in steps if step < widest * 0.999)]


def class_of(value: float, borders: Sequence[float]) -> int:
    """Class of a value, 0 for the least; a value on a border belongs to the class above it."""
    return sum(1 for border in borders if value >= border)

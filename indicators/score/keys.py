"""What a place compares, unit by unit: the total and the chain that breaks ties."""

from __future__ import annotations

from indicators.score.exact import significant
from indicators.score.quantity import fill
from indicators.score.result import ScoreResult
from indicators.score.scorecard import Scorecard
from indicators.score.table import ScoreTable

Key = tuple[float, ...]
WORST = float("-inf")


def keys_of(card: Scorecard, result: ScoreResult, table: ScoreTable) -> dict[str, Key | None]:
    """What the rank compares, by unit: the total and the tie-break chain, higher is better; None is unranked."""
    links: list[list[float]] = []
    for link in card.tie_break:
        sign = 1.0 if link.order == "high" else -1.0
        if link.part:
            links.append([sign * points.value() for points in result.nodes[link.part].points])
        else:
            numbers = table.numbers(fill(link.input or "", result.period))
            cells = zip(numbers.values, numbers.states, strict=True)
            links.append([sign * value.value() if state == "value" else WORST for value, state in cells])
    keys: dict[str, Key | None] = {}
    for row, unit in enumerate(result.units):
        if unit.rank is None or unit.exact is None:
            keys[unit.unit] = None
        else:
            chain = (link[row] for link in links)
            keys[unit.unit] = (significant(unit.exact.value()), *(x if x == WORST else significant(x) for x in chain))
    return keys

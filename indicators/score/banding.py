"""Classes: the first band whose minimum and conditions hold; overrides settle the class before the points
do."""

from __future__ import annotations

from indicators.score.exact import Exact, round_half_up
from indicators.score.form import holds
from indicators.score.official import Totals
from indicators.score.quantity import fill
from indicators.score.result import Note
from indicators.score.scorecard import Condition, Scorecard
from indicators.score.table import ScoreTable


def band_of(
    card: Scorecard, table: ScoreTable, totals: Totals, row: int, period: str | None
) -> tuple[str | None, list[Note]]:
    """Band id of one unit and the remarks that belong to it. Compares exact integers, never rounded
    values."""
    if card.bands is None:
        return None, []

    def true(condition: Condition, total: Exact) -> bool:
        if condition.attribute is not None:
            return table.attributes.get(condition.attribute, [""] * len(table.units))[row] in condition.among
        assert condition.op is not None
        assert condition.bound is not None
        if condition.score is not None:
            value = total if condition.score == "total" else totals.core[row]
        elif condition.part is not None:
            value = totals.nodes[condition.part].points[row]
        else:
            name = fill(condition.input or "", period)
            if not table.has(name):
                return False
            numbers = table.numbers(name)
            if numbers.states[row] != "value":
                return False
            value = numbers.values[row]
        return holds(value, condition.op, condition.bound)

    def find(total: Exact) -> str | None:
        assert card.bands is not None
        for band in card.bands.of:
            reached = band.min is None or holds(total, ">=", band.min)
            if reached and all(true(condition, total) for condition in band.when):
                return band.id
        return None

    exact = totals.total[row]
    for override in card.bands.overrides:
        if all(true(condition, exact) for condition in override.when):
            return override.band, [Note("band_override", {"vi": override.reason.vi, "en": override.reason.en})]
    band = find(exact)
    if card.rounding.total is None and find(round_half_up(exact, 2)) != band:
        return band, [Note("rounding_hides_band")]
    return band, []

"""The numbers that stand beside observations and scores: counts of units, gaps, tries, loads, dossiers of the trust
panel. Each is counted here by the filter of what is shown, with the list it was counted from."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from indicators.beside import editions, gaps, level, supply, trust, whatif
from indicators.fact_card import Counted, Question

BESIDE: Mapping[str, Callable[[Question], Counted]] = {
    "level.count": level.count_units,
    "score.gap": gaps.compare_points,
    "score.tier_size": gaps.count_tier,
    "score.edition_move": editions.move_of,
    "score.edition_moves": editions.move_of_all,
    "appraisal.pending": gaps.count_pending,
    "whatif.score": whatif.try_unit,
    "whatif.mean": whatif.try_all,
    "supply.load": supply.count_load,
    "supply.grace": supply.count_excused,
    "trust.definition": trust.explain_definition,
    "trust.flow": trust.explain_flow,
    "trust.cause": trust.explain_cause,
    "trust.portal": trust.explain_portal,
    "trust.question": trust.explain_question,
}

__all__ = ["BESIDE"]

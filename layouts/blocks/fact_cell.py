"""How the parts of a number that is no observation are written: shares, places, moves, units, codes, days."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ioc.period import Period
from ioc.words import format_date, format_datetime, format_number
from layouts.view import View

SHARES = (
    "p_top",
    "rate",
    "shrunk",
    "rate_low",
    "rate_high",
    "p_rise",
    "over_ratio",
    "over_bound",
    "weight_spread",
    "weight",
    "share",
    "false_alarms",
)
PERCENT = ("percent", "by_settled", "by_due")
WHOLE = (
    "rank", "rank_low", "rank_high", "tier", "peer_rank", "peer_count", "before_rank", "moved", "expected_rank",
    "self_rank", "verified_rank", "analytical_rank", "cells",
    "goal_rank", "rank_after", "steps", "added_cases", "pending", "queue_place", "units", "verified_cells",
    "count", "of", "place", "rank_before", "rank_then", "most", "moved_count", "same_count", "position", "seen",
    "rows_in", "rows_good", "rows_refused", "rows_duplicate", "refused_here",
    "numerator", "denominator", "settled", "on_time",
    "open_before", "received", "closed", "open_after", "overdue", "residual", "late", "ours", "portal", "twice",
    "waiting", "lost", "moved_out", "moved_in", "unknown", "residue", "missing_there",
)  # fmt: skip
SET = ("weight_before", "weight_then", "target_before", "target_then")  # as somebody set them: mostly whole
MOVES = ("moved", "own", "others", "method", "gap")
UNITS = ("tied_with", "peers")
CODES = ("funnel", "publication", "status", "is_real", "is_reached")


def shown(view: View, key: str, value: Any) -> str:
    """One part in the reader's language."""
    if key in UNITS:
        return ", ".join(view.name(code) for code in str(value).split(","))
    if key in CODES:
        return view.word(f"fact.{key}_{str(value).lower()}")
    if key == "quarter":
        return Period.parse(value).label(view.lang)
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return format_datetime(value, view.lang)
    if isinstance(value, date):
        return format_date(value, view.lang)
    if key in SHARES:
        return f"{format_number(100 * value, 1, view.lang)}%"
    if key in PERCENT:
        return f"{format_number(value, 1, view.lang)}%"
    if key == "chance":
        return f"{value:.1e}"
    is_whole = key in WHOLE or (key in SET and value == round(value))
    text = format_number(value, 0 if is_whole else 2, view.lang)
    return f"+{text}" if key in MOVES and value > 0 else text

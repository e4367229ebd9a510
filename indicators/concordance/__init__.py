"""The boundary time machine: numbers of former units on today's map, with the share that is exact (METHODS 5.8)."""

from indicators.concordance.crosswalk import Converted, Crosswalk
from indicators.concordance.today import HATCHED_BELOW, Today, observe_today, on_today, today_records

__all__ = ["HATCHED_BELOW", "Converted", "Crosswalk", "Today", "observe_today", "on_today", "today_records"]

"""Fair comparison: what a number is compared with, whether it may be, and the plain words for it (METHODS 5.5-5.7)."""

from indicators.compare.comparison import compare
from indicators.compare.cumulative import cumulative_values, period_values
from indicators.compare.result import MODES, Comparison, Mode, Side

__all__ = ["MODES", "Comparison", "Mode", "Side", "compare", "cumulative_values", "period_values"]

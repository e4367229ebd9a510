"""Core tables -> observations: one pass over each dataset, rolled up to every unit and period."""

from indicators.measure.combined import observe_combined
from indicators.measure.external import observe_external
from indicators.measure.mark import forget
from indicators.measure.run import MeasureResult, measure, observe_scores

__all__ = ["MeasureResult", "forget", "measure", "observe_combined", "observe_external", "observe_scores"]

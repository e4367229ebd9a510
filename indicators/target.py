"""Targets of indicators: what was promised for a unit and a period."""

from __future__ import annotations

from ioc.catalogue import Catalogue, Target
from ioc.period import Period


def target_for(catalogue: Catalogue, indicator: str, unit: str, level: str, period: str) -> Target | None:
    """The target in force at the end of the period, of the unit, else of its level, else of all; None without one.

    Raises PeriodError for a key that cannot be read.
    """
    return catalogue.target_for(indicator, unit, level, Period.parse(period))

"""Administrative units: provinces, communes, agencies; official codes, kinds, dates, mergers."""

from ioc.unit.model import AdminUnit, Match, Succession
from ioc.unit.registry import UnitRegistry

__all__ = ["AdminUnit", "Match", "Succession", "UnitRegistry"]

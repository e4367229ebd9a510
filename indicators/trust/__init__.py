"""The trust panel of on-time settlement: four definitions, the stock-flow identity, causes, portal, questions."""

from indicators.trust.panel import Panel, trust_panel

__all__ = ["Panel", "trust_panel"]

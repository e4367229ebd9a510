"""The number that map, trend, ranking and table of a page show: the page's own, or the one chosen in the address."""

from __future__ import annotations

from ioc.catalogue import Indicator
from layouts.charts import numeral
from layouts.view import View


def leading(view: View, default: str, *, needs: str = "") -> Indicator:
    """The chosen number where it can be shown (it has the level `needs`), else the page's own."""
    chosen = view.catalogue.indicators.get(view.selection.indicator)
    if chosen is not None and (not needs or needs in chosen.levels):
        return chosen
    return view.catalogue.indicator(default)


def titled(view: View, indicator: Indicator) -> str:
    """'Hồ sơ đúng hạn, %': short name and unit."""
    name = indicator.short_name.text(view.lang)
    unit = numeral.unit_word(indicator.measure_unit, view.lang, view.words)
    return f"{name}, {unit}" if unit else name

"""Numbers that are no observations on a page, each the way to its card: counts of units, terms of the trust panel."""

from __future__ import annotations

from typing import Any

from indicators.beside.level import part_of
from layouts.tree import compact, element
from layouts.view import View


def fact_key(fact: str, unit: str, period: str, part: str = "") -> str:
    """The key of such a number in `card=`."""
    return "|".join([fact, unit, period, *(["part", part] if part else [])])


def linked(view: View, inside: Any, key: str, class_name: str = "") -> dict[str, Any]:
    """Text or elements that open the card of a key, as plain data: a page has hundreds."""
    name = f"fact-num {class_name}".strip()
    return element("a", compact(inside), href=view.link(card=key), class_=name)


def counted(
    view: View, inside: Any, indicator: str, level: str, period: str, status: str, class_name: str = ""
) -> dict[str, Any]:
    """A count of units of a level by the status of a number; its card lists them."""
    key = fact_key("level.count", view.province.unit_code, period, part_of(indicator, level, status))
    return linked(view, inside, key, class_name)

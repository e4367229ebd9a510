"""Addresses: the only state of the screen. A link is the view; what equals the default is left out of it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from ioc.selection import Selection
from ioc.value import Observation
from layouts.charts import numeral


def href(path: str, selection: Selection, defaults: Selection) -> str:
    """Path and query of a view."""
    query = selection.to_query(defaults=defaults)
    return f"{path}?{query}" if query else path


def extended(address: str, extra: Mapping[str, str]) -> str:
    """An address with the keys that single blocks read."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(extra)}" if extra else address


def card_key(item: Observation) -> str:
    """The key that names a number in `card=`."""
    return numeral.card_key(item.indicator, item.unit, item.period, item.slice_dim, item.slice_value)


def level_csv(indicator: str, level: str, period: str) -> str:
    """The download of a level as CSV."""
    return "/api/v1/level?" + urlencode({"indicator": indicator, "level": level, "period": period, "format": "csv"})


def records(
    indicator: str,
    unit: str,
    period: str,
    lang: str,
    *,
    slice_dim: str = "",
    slice_value: str = "",
    basis: str = "",
    offset: int = 0,
    path: str = "/records",
) -> str:
    """The list of rows behind a number; `path="/records.csv"` is its download."""
    fields = {"indicator": indicator, "unit": unit, "period": period, "lang": lang}
    part = {"slice_dim": slice_dim, "slice_value": slice_value} if slice_dim else {}
    more = {"basis": basis} if basis else {}
    return f"{path}?" + urlencode({**fields, **part, **more, **({"offset": offset} if offset else {})})

"""Numbers of one indicator on screen: value and unit apart (they have different sizes), deltas, targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ioc.words import Words, format_delta, format_number, format_value

if TYPE_CHECKING:
    from ioc.catalogue import Indicator
    from ioc.value import Observation

SHOWN = ("value", "zero")
_SIGNS = {"=": "", ">": ">", "<": "<", ">=": "≥", "<=": "≤", "≈": "≈"}
_SHORT_UNITS = {"vnd_bn": "chart.unit_vnd_bn"}


class Numeral(NamedTuple):
    """A number in its parts: '>' (or '≈'), '43,7', '%'."""

    sign: str
    number: str
    unit: str


def split(observation: Observation, indicator: Indicator, lang: str, words: Words) -> Numeral:
    """The parts of an observation's value, with the short unit word; a dash when there is no value."""
    if observation.value is None or observation.state not in SHOWN:
        return Numeral("", "—", "")
    number = format_number(observation.value, indicator.precision, lang)
    return Numeral(_SIGNS[observation.comparator], number, unit_word(indicator.measure_unit, lang, words))


def unit_word(measure_unit: str, lang: str, words: Words) -> str:
    """The unit alone: '%', 'tỷ', 'km/h', or the catalogue word of a count."""
    if measure_unit in _SHORT_UNITS:
        return words(_SHORT_UNITS[measure_unit], lang)
    return format_value(0, measure_unit, 0, lang, words=words).replace("0", "", 1).strip("\u00a0 ")


def whole(value: float | None, indicator: Indicator, lang: str, words: Words, comparator: str = "=") -> str:
    """Value with unit in one string, '43,7%'."""
    return format_value(value, indicator.measure_unit, indicator.precision, lang, comparator, words=words)


def plain(value: float | None, indicator: Indicator, lang: str) -> str:
    """The number without its unit, at the indicator's precision."""
    return format_number(value, indicator.precision, lang)


def difference(value: float | None, indicator: Indicator, lang: str, words: Words) -> str:
    """A signed difference with its unit, '−11,3 điểm %'."""
    return format_delta(value, indicator.measure_unit, indicator.precision, lang, words=words)


def gap(value: float, indicator: Indicator, lang: str, words: Words) -> str:
    """The size of a difference without sign, '11,3 điểm %'."""
    return format_delta(abs(value), indicator.measure_unit, indicator.precision, lang, words=words).removeprefix("+")


def card_key(indicator: str, unit: str, period: str, slice_dim: str = "", slice_value: str = "") -> str:
    """The key that opens a number's card: `<indicator>|<unit>|<period>` and an optional slice."""
    key = f"{indicator}|{unit}|{period}"
    return f"{key}|{slice_dim}|{slice_value}" if slice_dim else key

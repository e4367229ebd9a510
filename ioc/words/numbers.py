"""Numbers on screen and paper: half-up decimal rounding, Vietnamese and English separators, units, deltas.

A value is first brought to 12 significant digits, so that binary noise (2.675 held as 2.67499999999999982)
does not decide a rounding; comparisons elsewhere use the same 12 digits through `significant`.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING

from ioc.errors import IocError

if TYPE_CHECKING:
    from ioc.words.catalogue import Words

Number = int | float | Decimal | Fraction

MINUS = "\u2212"
NBSP = "\u00a0"  # between a number and its word, so that a line never breaks there
NOTHING = "—"
_DIGITS = 12
_SIGNS = {"=": "", ">": ">", "<": "<", ">=": "≥", "<=": "≤", "≈": "≈"}
_SEPARATORS = {"vi": (".", ","), "en": (",", ".")}  # thousands, decimals

# measure unit -> (before, after) per language; a leading blank in `after` becomes a non-breaking space
_UNITS: dict[str, dict[str, tuple[str, str]]] = {
    "percent": {"vi": ("", "%"), "en": ("", "%")},
    "percentage_points": {"vi": ("", " điểm\u00a0%"), "en": ("", " pp")},
    "points": {"vi": ("", " điểm"), "en": ("", " points")},
    "score": {"vi": ("", " điểm"), "en": ("", " points")},
    "index": {"vi": ("", ""), "en": ("", "")},
    "rank": {"vi": ("", ""), "en": ("", "")},
    "count": {"vi": ("", ""), "en": ("", "")},
    "number": {"vi": ("", ""), "en": ("", "")},
    "ratio": {"vi": ("", ""), "en": ("", "")},
    "vnd_bn": {"vi": ("", " tỷ đồng"), "en": ("VND ", " bn")},
    "vnd_tn": {"vi": ("", " nghìn tỷ đồng"), "en": ("VND ", " tn")},
    "km_h": {"vi": ("", " km/h"), "en": ("", " km/h")},
    "km": {"vi": ("", " km"), "en": ("", " km")},
    "km2": {"vi": ("", " km²"), "en": ("", " km²")},
    "minutes": {"vi": ("", " phút"), "en": ("", " min")},
    "hours": {"vi": ("", " giờ"), "en": ("", " h")},
    "days": {"vi": ("", " ngày"), "en": ("", " days")},
    "vehicles": {"vi": ("", " lượt xe"), "en": ("", " vehicles")},
    "vehicles_h": {"vi": ("", " xe/giờ"), "en": ("", " veh/h")},
    "per_1000": {"vi": ("", "‰"), "en": ("", "‰")},
}


def significant(value: Number, digits: int = _DIGITS) -> float:
    """The value at 12 significant digits: what any comparison of computed numbers uses."""
    return float(_decimal(value, digits))


def round_half_up(value: Number, decimals: int) -> Decimal:
    """The value at so many decimals, halves away from zero, after 12 significant digits (766/QD-TTg: 6.725
    -> 6.73).
    """
    exact = _decimal(value, _DIGITS)
    with localcontext() as context:
        context.prec = max(28, exact.adjusted() + abs(decimals) + 4)
        rounded = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


def format_number(value: Number | None, decimals: int = 0, lang: str = "vi", *, grouped: bool = True) -> str:
    """1234.5 as '1.234,5' (vi) or '1,234.5' (en), with a true minus; None as a dash, never as zero."""
    thousands, point = _separators(lang)
    if value is None:
        return NOTHING
    rounded = round_half_up(value, decimals)
    text = f"{abs(rounded):,.{max(decimals, 0)}f}" if grouped else f"{abs(rounded):.{max(decimals, 0)}f}"
    text = text.replace(",", "\0").replace(".", point).replace("\0", thousands)
    return (MINUS if rounded < 0 else "") + text


def format_value(
    value: Number | None,
    measure_unit: str,
    decimals: int = 0,
    lang: str = "vi",
    comparator: str = "=",
    *,
    words: Words | None = None,
    compact: bool = False,
) -> str:
    """A value with its unit and comparator: '43,7%', '38.420 tỷ đồng', '> 92%' (an inequality stays one).

    measure_unit: percent, points, index, count, count:<word key> (the word comes from `words`, key
    `unit.<word key>`), vnd_bn, km_h, minutes, days, per_1000 ...; `compact` shows 1,000 billion dong and more
    in thousand billions ('1,24 nghìn tỷ đồng', 'VND 1.24 tn'), two decimals. Raises IocError for an
    unknown unit.
    """
    sign = _SIGNS.get(comparator)
    if sign is None:
        raise IocError(f"unknown comparator {comparator!r}", remedy=f"use one of {' '.join(_SIGNS)}")
    if value is None:
        return NOTHING
    exact = _decimal(value, _DIGITS)
    if compact and measure_unit == "vnd_bn" and abs(exact) >= 1000:
        value, measure_unit, decimals = exact / 1000, "vnd_tn", 2
    text = _with_unit(format_number(value, decimals, lang), measure_unit, lang, words, value)
    return f"{sign}{NBSP}{text}" if sign else text


def format_delta(
    value: Number | None,
    measure_unit: str,
    decimals: int = 0,
    lang: str = "vi",
    *,
    words: Words | None = None,
) -> str:
    """A signed difference: '+4,1 điểm %', '+4.1 pp' between two percentages; no sign when it rounds to 0."""
    if value is None:
        return NOTHING
    sign = "+" if round_half_up(value, decimals) > 0 else ""
    unit = "percentage_points" if measure_unit == "percent" else measure_unit
    return _with_unit(sign + format_number(value, decimals, lang), unit, lang, words, value)


def format_ratio(numerator: Number | None, denominator: Number | None, lang: str = "vi") -> str:
    """n/N as shown under a rate: '14.064/14.101'; counts are whole, weighted counts keep one decimal."""
    return f"{_count(numerator, lang)}/{_count(denominator, lang)}"


def _count(value: Number | None, lang: str) -> str:
    return format_number(value, 0 if value is None or int(value) == value else 1, lang)


def _with_unit(number: str, measure_unit: str, lang: str, words: Words | None, value: Number) -> str:
    base, _, word_key = measure_unit.partition(":")
    unit = _UNITS.get(base)
    if unit is None:
        raise IocError(f"unknown measure unit {measure_unit!r}", remedy=f"use one of {', '.join(sorted(_UNITS))}")
    before, after = unit[lang]
    if word_key and words is not None:
        after = " " + words(f"unit.{word_key}", lang)
    elif base == "days" and lang == "en" and abs(value) == 1:
        after = " day"
    before = before.replace(" ", NBSP)
    if before and number[0] in f"{MINUS}+":
        before, number = number[0] + before, number[1:]
    return before + number + (NBSP + after[1:] if after.startswith(" ") else after)


def _separators(lang: str) -> tuple[str, str]:
    try:
        return _SEPARATORS[lang]
    except KeyError:
        raise IocError(f"unknown language {lang!r} for a number", remedy="use 'vi' or 'en'") from None


def _decimal(value: Number, digits: int) -> Decimal:
    if isinstance(value, Fraction):
        exact = Context(prec=60).divide(Decimal(value.numerator), Decimal(value.denominator))
    else:
        exact = value if isinstance(value, Decimal) else Decimal(value)
    if not exact.is_finite():
        raise IocError(f"{value!r} is not a number that can be shown", remedy="give None for a missing value")
    if exact == exact.to_integral_value():
        return exact  # whole numbers are exact at any size
    return Context(prec=digits, rounding=ROUND_HALF_EVEN).plus(exact)

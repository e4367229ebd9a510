"""The plain words of a comparison, in Vietnamese and English."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from indicators.compare.result import Comparison, Reason, Side
from ioc.catalogue import Indicator, LocalText
from ioc.period import Period
from ioc.published import Unit
from ioc.value import Observation
from ioc.words import Words, format_date, format_delta, format_number, format_ratio, format_value, round_half_up


@lru_cache(maxsize=1)
def words() -> Words:
    """The sentences of this package."""
    return Words.load([Path(__file__).with_name("words.yaml")])


def sentences(found: Comparison, lang: str) -> list[str]:
    """What was compared and how it came out, then what the reader must know; or the one reason why not."""
    if found.refused is not None:
        reason = _say(found, found.refused, lang)
        return [words()("refused", lang, mode=words()(f"mode_{found.mode}", lang), reason=reason)]
    assert found.now is not None
    assert found.base is not None
    assert found.change is not None
    first = words()(
        "compared",
        lang,
        here=_side(found.now, lang),
        there=_side(found.base, lang),
        base=_value(found.indicator, found.base, lang),
        now=_value(found.indicator, found.now, lang),
    )
    said = [f"{first}, {movement(found, lang)}."]
    if found.change.is_alarm:
        said.append(words()("alarm", lang))
    said += [_say(found, note, lang) for note in found.notes]
    if found.by_old is not None:
        now, base = found.by_old
        said.append(
            words()(
                "both_versions",
                lang,
                version=now.version,
                base=_value(found.indicator, base, lang),
                now=_value(found.indicator, now, lang),
            )
        )
    return said


def movement(found: Comparison, lang: str, *, brief: bool = False) -> str:
    """'tăng 1,2 điểm %', 'giảm 3,4%', 'tương đương (...)'; '' when nothing was compared. `brief`: for a tile."""
    change = found.change
    if change is None:
        return ""
    if change.percent is not None:
        size = f"{format_number(abs(change.percent), 1, lang)}%"
    else:
        size = format_delta(abs(change.by), found.indicator.measure_unit, found.indicator.precision, lang)
    size = size.removeprefix("+")
    precision = 1 if change.percent is not None else found.indicator.precision
    if change.direction == "even" and round_half_up(change.by if change.percent is None else change.percent, precision):
        size = ("+" if change.by > 0 else "\u2212") + size
    key = "even_brief" if brief and change.direction == "even" else change.direction
    return words()(key, lang, amount=size)


def _side(side: Side, lang: str) -> str:
    period = Period.parse(side.period)
    days = words()("days", lang, first=format_date(side.first, lang), last=format_date(side.last, lang))
    if side.first == side.last:
        days = format_date(side.first, lang)
    details = [days] if (side.first, side.last) != (period.start, period.end) else []
    if side.working_days is not None:
        details.append(words()("working_one" if side.working_days == 1 else "working", lang, days=side.working_days))
    label = period.label(lang)
    return words()("side", lang, label=label, details=", ".join(details)) if details else label


def _value(entry: Indicator, side: Side, lang: str) -> str:
    text = format_value(side.value, entry.measure_unit, entry.precision, lang)
    if side.denominator is not None and entry.has_denominator:
        text += f" ({format_ratio(side.numerator, side.denominator, lang)})"
    return text


def _say(found: Comparison, reason: Reason, lang: str) -> str:
    given = {key: _plain(found, key, value, lang) for key, value in reason.given.items()}
    if reason.key == "reason_no_base":
        given["label"] = found.base_period.label(lang)
    return words()(reason.key, lang, **given)


def _plain(found: Comparison, key: str, value: Any, lang: str) -> str:
    entry = found.indicator
    if isinstance(value, Observation):
        return format_value(value.value, entry.measure_unit, entry.precision, lang, value.comparator)
    if isinstance(value, LocalText):
        return value.text(lang)
    if isinstance(value, Unit):
        return value.name_en if lang == "en" else value.full_name
    if isinstance(value, date):
        return format_date(value, lang)
    if key == "share":
        return "—" if value is None else format_value(float(value) * 100, "percent", 1, lang)
    if isinstance(value, (int, float)):
        return format_value(value, entry.measure_unit, entry.precision, lang)
    return "—" if value is None else str(value)

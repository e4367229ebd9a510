"""Desk pages from templates: plain HTML that prints on A4, the same in the browser and from the command."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from ioc.words import (
    Words,
    format_age,
    format_date,
    format_datetime,
    format_number,
    format_ratio,
    format_value,
)
from layouts.desk.said import told

TEMPLATES = Path(__file__).with_name("templates")
DASH = "—"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, words: Words, lang: str, **values: Any) -> str:
    """The HTML of one page; every text comes from the words, every number from `values`."""
    return _environment().get_template(template).render(lang=lang, **_tools(words, lang), **values)


def _tools(words: Words, lang: str) -> dict[str, Any]:
    """What a template may call."""

    def word(key: str, **params: object) -> str:
        return words(f"desk.{key}", lang, **params)

    def named(kind: str, key: str) -> str:
        """A word for a code; the code itself where nobody wrote one."""
        full = f"desk.{kind}.{key.lower()}"
        return words(full, lang) if full in words else key

    def meaning_of(message: str) -> str:
        return told(message, words, lang)

    def moment(value: datetime | None) -> str:
        return DASH if value is None else format_datetime(value, lang)

    def day(value: date | None) -> str:
        return DASH if value is None else format_date(value, lang)

    def age(value: timedelta | None) -> str:
        return DASH if value is None else format_age(value, lang)

    def count(value: float | None, decimals: int = 0) -> str:
        return DASH if value is None else format_number(value, decimals, lang)

    def percent(value: float | None, decimals: int = 1) -> str:
        return DASH if value is None else format_value(value, "percent", decimals, lang)

    def ratio(numerator: float | None, denominator: float | None) -> str:
        return "" if denominator is None else format_ratio(numerator, denominator, lang)

    def text(value: Mapping[str, str]) -> str:
        return value["en" if lang == "en" else "vi"]

    return {
        "word": word, "named": named, "moment": moment, "day": day, "age": age, "count": count, "percent": percent,
        "ratio": ratio, "text": text, "meaning_of": meaning_of,
    }  # fmt: skip


def due_words(words: Words, lang: str, freshness: Mapping[str, str]) -> str:
    """The deadline in words: 'trong vòng 30 phút', 'trước 17:00 ngày hôm sau', 'ngày làm việc thứ 2'."""
    span, _, clock = freshness["due"].removeprefix("+").partition(" ")
    amount, unit = span.rstrip("mhdw"), span.lstrip("0123456789")
    key = {"m": "minutes", "h": "hours", "d": "days", "wd": "workdays"}[unit]
    if clock and amount == "1":
        return words(f"desk.due_next_{key}", lang, clock=clock)
    if clock:
        return words(f"desk.due_{key}_at", lang, count=amount, clock=clock)
    return words(f"desk.due_{key}", lang, count=amount)


def span_words(words: Words, lang: str, span: str) -> str:
    """A length of time in words: '15m' is '15 phút'."""
    amount, unit = span.rstrip("mhdw"), span.lstrip("0123456789")
    if amount == "0":
        return words("desk.none", lang)
    key = {"m": "minutes", "h": "hours", "d": "days", "wd": "workdays", "s": "seconds"}[unit]
    return words(f"desk.span_{key}", lang, count=amount)

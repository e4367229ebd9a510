"""The printed page of a covenant: one A4 sheet a head of office can sign, from the plain values of the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ioc.catalogue import Catalogue
from ioc.period import Period
from ioc.words import Words, format_number
from layouts.desk.paper import due_words, render, span_words

SCORES = ("digital.data_right", "digital.data_complete", "digital.data_clean", "digital.data_alive")


def covenant_page(
    body: Mapping[str, Any],
    words: Words,
    lang: str,
    *,
    catalogue: Catalogue,
    period: Period,
    province: str,
    printed: datetime | None,
    online: bool = False,
) -> str:
    """The HTML of the sheet. `body` is what pipelines.covenant.covenant_of gives (and the published copy holds)."""

    def word(key: str, **params: object) -> str:
        return words(f"desk.{key}", lang, **params)

    def limits(field: Mapping[str, Any]) -> str:
        parts = [word(f"type.{field['type']}")] if field["type"] != "text" else []
        low, high = (None if field[side] is None else number(field[side], lang) for side in ("minimum", "maximum"))
        if field["values"]:
            listed = field["values"]
            parts.append("/".join(listed) if len(" ".join(listed)) < 18 else word("limit_values", count=len(listed)))
        elif field["place"]:
            parts.append(word("limit_place"))
        elif low is not None and high is not None:
            parts.append(word("limit_range", low=low, high=high))
        elif low is not None or high is not None:
            parts.append(word("limit_low", low=low) if low is not None else word("limit_high", high=high))
        elif field["pattern"]:
            parts.append(word("limit_pattern"))
        return f": {', '.join(parts)}" if parts else ""

    def unit_words(kinds: Sequence[str]) -> str:
        return ", ".join(word(f"unit_{kind}") for kind in kinds)

    return render(
        "covenant.html", words, lang, body=body, source=body["source"], here="covenant", online=online, refresh=False,
        province=province, printed=printed, due=due_words(words, lang, body["freshness"]),
        grace=span_words(words, lang, body["freshness"]["grace"]), rhythm=rhythm_words(body, words, lang),
        limits=limits, unit_words=unit_words, has_marks=lambda text: not text.isascii(),
        field_count=sum(len(one["fields"]) for one in body["datasets"]),
        aims=aims_words(catalogue, body["source"], period, lang),
    )  # fmt: skip


def rhythm_words(body: Mapping[str, Any], words: Words, lang: str) -> str:
    """When the source is read, in words."""
    rhythm = body.get("rhythm") or {}
    if rhythm.get("at"):
        return words("desk.rhythm_at", lang, clocks=", ".join(rhythm["at"]))
    if rhythm.get("every"):
        return words("desk.rhythm_every", lang, span=span_words(words, lang, rhythm["every"]))
    return words("desk.rhythm_none", lang)


def aims_words(catalogue: Catalogue, source: str, period: Period, lang: str) -> str:
    """The four promised levels: name and target of the catalogue, joined."""
    found = []
    for key in SCORES:
        if key in catalogue.indicators:
            target = catalogue.target_for(key, f"src.{source}", "source", period)
            name = catalogue.indicators[key].short_name.text(lang)
            found.append(f"{name} {target.text.text(lang)}" if target is not None else name)
    return " · ".join(found)


def number(value: float, lang: str) -> str:
    """A limit with the decimals it was written with."""
    decimals = 0 if value == int(value) else len(f"{value!r}".partition(".")[2])
    return format_number(value, decimals, lang, grouped=abs(value) >= 10_000)

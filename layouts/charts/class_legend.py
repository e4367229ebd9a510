"""The classes of a map in words: swatches with their borders, what is missing, and whether the shapes are schematic."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from ioc.catalogue import Indicator
from ioc.value import Observation
from ioc.words import Words, format_number
from layouts.charts.classes import breaks


def legend(
    observations: Sequence[Observation],
    indicator: Indicator,
    geo_meta: Mapping[str, Any],
    lang: str,
    words: Words,
    *,
    gaps: bool = True,
) -> list[html.Span]:
    """The classes as swatches with their borders, 'no data' last, and the mark of schematic boundaries.

    `gaps=False` leaves out 'no data' where every field has a value.
    """
    borders = breaks(observations, indicator)
    digits = _digits(borders)
    texts = [format_number(border, digits, lang) for border in borders]
    labels = []
    if texts:
        labels.append(words("chart.class_below", lang, high=texts[0]))
        labels += [words("chart.class_between", lang, low=low, high=high) for low, high in itertools.pairwise(texts)]
        labels.append(words("chart.class_from", lang, low=texts[-1]))
    items = [
        html.Span([html.I(className=f"swatch swatch--{place + 1}"), html.Span(label)])
        for place, label in enumerate(labels)
    ]
    items += [html.Span([html.I(className="swatch"), html.Span("")], hidden=True) for _ in range(5 - len(items))]
    missing = words("chart.missing_area", lang)
    items.append(
        html.Span([html.I(className="swatch swatch--missing"), html.Span(missing)], hidden=None if gaps else True)
    )
    if geo_meta.get("is_schematic"):
        items.append(
            html.Span(
                words("chart.schematic", lang),
                className="schematic",
                title=words("chart.schematic_long", lang),
            )
        )
    return items


def _digits(borders: Sequence[float]) -> int:
    for digits in range(3):
        if all(abs(border - round(border, digits)) < 1e-9 for border in borders):
            return digits
    return 3

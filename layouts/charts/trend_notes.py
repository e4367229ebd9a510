"""The texts in a trend: labels at the columns that matter, captions of its two tiers, one computed
sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ioc.catalogue import Indicator
from ioc.words import Words, format_number
from layouts.charts import numeral
from layouts.theme import Theme


def _text(x: float, y: float, text: str, size: float, colour: str, axis: str, **more: Any) -> dict[str, Any]:
    return {
        "x": x,
        "y": y,
        "xref": "x",
        "yref": axis,
        "text": text,
        "showarrow": False,
        "font": {"size": size, "color": colour},
        **more,
    }


def column_labels(
    actual: Sequence[float | None],
    plan: Sequence[float | None],
    last_year: Sequence[float | None],
    indicator: Indicator,
    lang: str,
    theme: Theme,
    words: Words,
    size: float,
) -> list[dict[str, Any]]:
    """First and last actual value above their columns, and the plan at the end of a year still open."""
    known = [spot for spot, value in enumerate(actual) if value is not None]
    top = max((abs(value) for row in (actual, plan, last_year) for value in row if value is not None), default=1.0)
    notes = []
    for spot in {known[0], known[-1]} if known else set():
        height = _clear_height(actual[spot] or 0.0, plan[spot], last_year[spot], top)
        last = spot == known[-1]
        text = numeral.plain(actual[spot], indicator, lang)
        colour = theme.text if last else theme.text_2
        notes.append(
            _text(spot - 0.05, height, f"<b>{text}</b>" if last else text, size, colour, "y", yanchor="bottom")
        )
    end = len(plan) - 1
    if known and known[-1] < end and plan[end] is not None:
        label = words("chart.plan_label", lang, value=numeral.plain(plan[end], indicator, lang))
        notes.append(
            _text(end + 0.4, plan[end] or 0, label, size, theme.text_2, "y", yanchor="bottom", xanchor="right")
        )
    return notes


def _clear_height(value: float, plan: float | None, last_year: float | None, top: float) -> float:
    """Where a label stands free: above the column, and above the marks that end just over it (an eighth of `top`)."""
    over = [mark for mark in (plan, last_year) if mark is not None and value <= mark <= value + top * 0.12]
    return max([value, *over])


def variance_labels(
    variance: list[float | None], indicator: Indicator, lang: str, theme: Theme, size: float, to_plan: bool
) -> list[dict[str, Any]]:
    """The last variance (bold) and the worst one."""
    known = [spot for spot, value in enumerate(variance) if value is not None]
    if not known:
        return []
    effect = -1 if indicator.direction == "down" else 1
    worst = min(known, key=lambda spot: (effect * (variance[spot] or 0), spot))
    notes = []
    for spot in sorted({worst, known[-1]}):
        if spot != known[-1] and known[-1] - spot < 2:
            continue
        value = variance[spot] or 0.0
        text = ("+" if value > 0 else "") + format_number(value, indicator.precision if to_plan else 1, lang)
        last = spot == known[-1]
        notes.append(
            _text(
                spot - 0.07,
                value,
                f"<b>{text}</b>" if last else text,
                size,
                theme.text if last else theme.text_2,
                "y2",
                yanchor="top" if value < 0 else "bottom",
            )
        )
    return notes


def captions(
    indicator: Indicator,
    lang: str,
    theme: Theme,
    words: Words,
    size: float,
    to_plan: bool,
    cumulative: bool,
    top: float,
    note: tuple[str, str] | None,
) -> list[dict[str, Any]]:
    unit = numeral.unit_word(indicator.measure_unit, lang, words)
    points = words("chart.unit_percent_points", lang) if indicator.measure_unit == "percent" else unit
    upper = (
        words("chart.variance_plan", lang, unit=points)
        if to_plan
        else words("chart.variance_year", lang, unit=points if indicator.measure_unit == "percent" else "%")
    )
    place = {"xref": "paper", "yref": "paper", "x": 0, "xanchor": "left", "showarrow": False, "align": "left"}
    font = {"size": size * 0.94, "color": theme.text_2}
    lower = f"{indicator.short_name.text(lang)}, {unit}" if unit else indicator.short_name.text(lang)
    if cumulative:
        lower = words("chart.cumulative", lang, name=lower)
    captions = [
        {**place, "y": 1, "yanchor": "top", "text": upper, "font": font},
        {**place, "y": top + 0.015, "yanchor": "bottom", "text": lower, "font": font},
    ]
    if note is not None:
        place |= {"y": top - 0.05, "yanchor": "top"}
        bold = {"size": size * 1.5, "color": theme.text}
        captions.append({**place, "text": f"<b>{note[0]}</b>", "font": bold})
        # The second text follows by a distance in type sizes: the two keep together however tall the plot is.
        small = {"size": size, "color": theme.text_2}
        captions.append({**place, "text": note[1], "font": small, "yshift": -size * 1.9})
    return captions

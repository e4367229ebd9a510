"""The KPI card: label, scope and status, value, target and difference, sparkline, age and owner.

Every card has the same children in the same order, whatever its state, so that a refresh changes texts only.
The form of a state comes from `ioc.status.STATE_TABLE`; form and word always go together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from dash import html

from ioc.catalogue import Indicator
from ioc.period import Period
from ioc.status import STATE_TABLE, CardForm, Freshness, Status
from ioc.value import Observation
from ioc.words import Words, fold, format_date, format_number
from layouts.charts import numeral, spark
from layouts.theme import Theme

LOCAL = timezone(timedelta(hours=7))
KEPT_FORMS = ("stale", "source_error")
EMPTY_FORMS = ("no_data", "not_due", "not_applicable", "suppressed", "withheld")


def form_of(observation: Observation | None, freshness: Freshness | None) -> CardForm:
    """How a tile shows this combination of state, quality and freshness; no observation counts as missing."""
    level = freshness.level if freshness is not None else "fresh"
    if observation is None:
        return STATE_TABLE[("missing", "final", level)]
    return STATE_TABLE[(observation.state, observation.quality, level)]


def card(
    observation: Observation | None,
    indicator: Indicator,
    status: Status,
    target: Any | None,
    series: Sequence[Observation],
    freshness: Freshness | None,
    lang: str,
    theme: Theme,
    words: Words,
    *,
    period: str = "",
    unit: str = "",
    scope: str = "",
    owner: str = "",
    href: str = "",
    last_year: Observation | None = None,
    focus: bool = True,
) -> html.Article:
    """One card. `series` oldest first ends with the shown period; `target` is a catalogue Target or None.

    `period` and `unit` name the card when there is no observation; `scope` the small line beside the status
    (unit and period); `owner` overrides the office of the catalogue; `href` makes the number a link;
    `focus` allows the tint of a card that is off track (a wall spends it once a scene).
    """
    form = form_of(observation, freshness)
    parts = numeral.split(observation, indicator, lang, words) if observation else numeral.Numeral("", "—", "")
    if form.card in EMPTY_FORMS:
        parts = numeral.Numeral("", "•" if form.card == "suppressed" else "—", "")
    sign = "≈" if form.card == "provisional" and not parts.sign else parts.sign
    key = numeral.card_key(
        indicator.id, observation.unit if observation else unit, observation.period if observation else period
    )
    first, second = _lines(observation, indicator, status, target, freshness, form, lang, words, last_year)
    number: list[Any] = [
        html.Span(sign, className="k-sign"),
        html.Span(parts.number, className="k-val num"),
        html.Span(parts.unit, className="k-unit"),
    ]
    tinted = focus and form.card in ("normal", "provisional") and status.level == "bad"
    return html.Article(
        [
            html.H3(indicator.short_name.text(lang), className="k-t", title=indicator.name.text(lang)),
            html.Div([html.Span(scope, className="k-scope"), _pill(form, status, lang, words)], className="k-sub"),
            html.A(number, href=href, className="k-num") if href else html.Div(number, className="k-num"),
            html.Div(
                [
                    html.Div(
                        [html.Div(first, className="k-target"), html.Div(second, className="k-delta")],
                        className="k-lines",
                    ),
                    html.Img(src=_spark(series, target, theme), alt="", className="k-spark"),
                ],
                className="k-mid",
            ),
            html.Footer(
                [
                    html.Span(
                        [
                            html.Span(_as_of(observation, freshness, form, lang, words), className="k-asof"),
                            html.Span(className="k-age", **_age_attributes(observation, freshness, lang)),
                        ],
                        className="k-when",
                    ),
                    html.Span(
                        owner or short_office(indicator.owner.office.text(lang), lang, words),
                        className="k-owner",
                        title=indicator.owner.office.text(lang),
                    ),
                ],
                className="k-foot",
            ),
        ],
        className=f"kpi kpi--{form.card} kpi-level--{status.level}" + (" kpi--focus" if tinted else ""),
        style=_fit(sign, parts.number, parts.unit) | _fit_name(indicator.short_name.text(lang)),
        **({} if key.endswith("|") else {"data-card": key}),  # a number that never came has no card to open
    )


def _fit(sign: str, number: str, unit: str) -> dict[str, str]:
    """How much smaller number and unit are set so that both stay in a card: widths in em of Inter's bold
    figures.

    A wall card is 3.8 times as wide as the value is high; digits take 0.61, marks 0.28, a sign with its gap
    0.92, unit letters 0.58 and the percent sign 0.95 of their size. A figure is never set at less than half its
    size for a unit of many words.
    """
    wide = sum(0.28 if mark in ".,: \u00a0" else 0.61 for mark in number) + 0.92 * len(sign)
    unit_size = 0.44 if len(unit) <= 4 else 0.3
    room = 3.75 - unit_size * sum(0.95 if mark == "%" else 0.58 for mark in unit) - 0.12
    return {"--k-shrink": f"{min(1.0, max(0.5, room / max(wide, 0.1))):.2f}", "--k-unit": f"{unit_size}em"}


def _fit_name(name: str) -> dict[str, str]:
    """How a label fits one line: 21 letters have room at full size on a wall card; the style bounds what follows."""
    return {"--k-name": f"{min(2.0, 21 / max(len(name), 1)):.2f}"}


def short_office(office: str, lang: str, words: Words) -> str:
    """The office as a card's last line has room for it: the short form of the words files, where it has one."""
    key = "office." + re.sub(r"[^a-z0-9]+", "_", fold(office)).strip("_")
    return words(key, lang) if key in words else office


def _pill(form: CardForm, status: Status, lang: str, words: Words) -> html.Span:
    if form.card in ("normal", "provisional") and not (form.card == "provisional" and status.level == "unknown"):
        key = f"chart.reason.{status.reason}" if status.reason else f"chart.status.{status.level}"
        mark, text, tint = f"shape shape-{status.level}", words(key, lang), status.level
    else:
        mark, text, tint = "shape shape-none", words(f"chart.{form.word}", lang), "form"
    return html.Span([html.Span(className=mark), html.Span(text)], className=f"pill pill--{tint}")


def _lines(
    observation: Observation | None,
    indicator: Indicator,
    status: Status,
    target: Any | None,
    freshness: Freshness | None,
    form: CardForm,
    lang: str,
    words: Words,
    last_year: Observation | None,
) -> tuple[str, str]:
    """The line of the target and the bold line below it."""
    due = _day(freshness.due_at if freshness else None, lang)
    expected = words("chart.expected", lang, date=due) if due else ""
    match form.card:
        case "no_data":
            return expected, words("chart.not_received", lang)
        case "not_due":
            return expected, words("chart.not_due", lang)
        case "not_applicable":
            return "", words("chart.not_applicable", lang)
        case "suppressed":
            return "", words("chart.withheld", lang)
        case "withheld":
            return "", words("chart.pending", lang)
        case "source_error":
            return words("chart.kept", lang, date=_data_day(observation, lang)), words("chart.source_down", lang)
    if target is not None and status.reason == "awaited":
        aim = numeral.plain(float(target.value), indicator, lang)
        return words("chart.target_by", lang, value=aim, year=target.reach_on.year), ""
    if target is not None:
        aim = words("chart.target", lang, value=numeral.plain(float(target.value), indicator, lang))
        return aim, numeral.difference(status.delta, indicator, lang, words) if status.delta is not None else ""
    if last_year is not None and last_year.value is not None and observation is not None:
        line = words("chart.last_year", lang, value=numeral.plain(last_year.value, indicator, lang))
        return line, year_change(observation.value, last_year.value, indicator, lang, words)
    return "", words("chart.no_target", lang)


def year_change(value: float | None, before: float | None, indicator: Indicator, lang: str, words: Words) -> str:
    """The change on the same period last year: in points for rates, in percent for amounts."""
    if value is None or before is None:
        return ""
    if indicator.measure_unit in ("percent", "points", "index"):
        return numeral.difference(value - before, indicator, lang, words)
    if before == 0:
        return ""
    change = (value - before) / abs(before) * 100
    text = ("+" if change > 0.05 else "") + format_number(change, 1, lang)
    return words("chart.delta_last_year", lang, value=text)


def _spark(series: Sequence[Observation], target: Any | None, theme: Theme) -> str:
    values = [item.value if item.state in numeral.SHOWN else None for item in series]
    aim = target is not None and not (series and target.awaits(series[-1].period_end))
    return spark.uri(values, float(target.value) if target is not None and aim else None, theme)


def _as_of(
    observation: Observation | None, freshness: Freshness | None, form: CardForm, lang: str, words: Words
) -> str:
    if observation is None or observation.data_as_of is None:
        return ""
    if form.card == "stale" and freshness is not None and freshness.due_at is not None:
        due = _day(freshness.due_at, lang)
        missed = words("chart.missed_due", lang, date=due)
        return words("chart.data_to", lang, date=_data_day(observation, lang)) + f" ({missed})"
    return words("chart.data_to", lang, date=_data_day(observation, lang))


def _data_day(observation: Observation | None, lang: str) -> str:
    if observation is None or observation.data_as_of is None:
        return "—"
    day = min(utc(observation.data_as_of).astimezone(LOCAL).date(), observation.period_end)
    return short_day(day, lang)


def _day(instant: datetime | None, lang: str) -> str:
    return short_day(utc(instant).astimezone(LOCAL).date(), lang) if instant is not None else ""


def short_day(day: date, lang: str) -> str:
    """Day and month, '05/10' or '5 Oct'."""
    return Period.of(day, "day").short_label(lang)


def utc(instant: datetime) -> datetime:
    """An instant with its zone; stored instants are UTC without one."""
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


def _age_attributes(observation: Observation | None, freshness: Freshness | None, lang: str) -> dict[str, str]:
    """What the browser needs to write the age from its own clock."""
    if observation is None or observation.data_as_of is None:
        return {"data-lang": lang}
    found = {"data-as-of": utc(observation.data_as_of).isoformat(), "data-lang": lang}
    if freshness is not None and freshness.due_at is not None:
        found["data-due"] = utc(freshness.due_at).isoformat()
    return found


def full_date(instant: datetime | None, lang: str) -> str:
    """The local day of an instant, '05/10/2026'; a dash when unknown."""
    return format_date(utc(instant), lang) if instant is not None else "—"

"""Fills the slots of a scene from its story: texts, cards, figures. Pure; every word comes from the words
files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from ioc.period import Period
from ioc.words import Words, format_datetime, format_number
from layouts.charts import commune_map, heatmap, kpi, numeral, ranking, trend
from layouts.charts.tally import word_key
from layouts.theme import COUNTED, DARK, Theme
from layouts.wall import qr
from layouts.wall.skeleton import slot
from layouts.wall.story import Story, Teller, Told, aligned, trend_periods, values

HEAT_COLUMNS = 6
OFFICES = 52  # letters of offices that fit the footer
SIZE = 18.0  # base size of plot texts at 1080 lines
CARDS = {"S": 5, "M": 4, "L": 3}
WORST = {"S": 5, "M": 4, "L": 3}
GROWTH = {"S": 1.0, "M": 1.26, "L": 1.5}


def fill(
    story: Story,
    teller: Teller,
    geo_meta: Mapping[str, Any],
    words: Words,
    *,
    density: str,
    public_url: str,
    theme: Theme = DARK,
) -> dict[str, Any]:
    """Slot id -> content of one scene."""
    lang, scene, lead = teller.lang, story.scene, story.lead
    size = SIZE * GROWTH[density]
    found: dict[str, Any] = {
        "title": _scene_title(story, words, lang),
        "counts": _counts(story, words, lang),
        "cards": [_card(told, told is lead, teller, words, theme) for told in _ordered(story, density)],
        "sources": _sources(story, teller, words),
    }
    found |= _left(story, geo_meta, words, lang, theme, size, WORST[density])
    found |= _trend(story, teller, words, theme, size)
    found |= _list(story, words, lang, WORST[density])
    card = numeral.card_key(lead.indicator.id, teller.province, lead.period.key if lead.period else "")
    found["qr"] = qr.uri(public_url, card, lang, theme) if lead.period else ""
    return {slot(scene, name): content for name, content in found.items()}


def _ordered(story: Story, density: str) -> list[Told]:
    """Five tiles in their order; where fewer fit, those that need attention stay."""
    count = CARDS[density]
    tiles = list(story.tiles)
    if len(tiles) <= count:
        return tiles
    need = {"bad": 0, "watch": 1, "unknown": 2, "good": 3}
    kept = sorted(tiles, key=lambda told: (told is not story.lead, need[told.status.level]))[:count]
    return [told for told in tiles if told in kept]


def _scene_title(story: Story, words: Words, lang: str) -> list[html.Span | str]:
    period = story.lead.period
    name = words(f"wall.scene.{story.scene.key}", lang)
    return [f"{name}, " if period else name, html.Span(period_label(period, words, lang) if period else "")]


def period_label(period: Period, words: Words, lang: str) -> str:
    """As on the axis of meetings: cumulative months are '9 months 2026' in Vietnamese, 'Jan-Sep 2026' in
    English."""
    if period.kind != "ytd" or period.end.month == 1:
        return period.label(lang)
    last = Period.of(period.end, "month").short_label("en")
    span = str(period.end.month) if lang == "vi" else f"Jan–{last}"
    return words("wall.ytd", lang, span=span, year=period.year)


def _counts(story: Story, words: Words, lang: str) -> list[html.Span]:
    total = sum(story.counts.values())
    kind = "junctions" if story.scene.slice_dim else "communes"
    items = [html.Span(words(f"wall.counts.{kind}", lang, count=format_number(total, 0, lang)), className="counts-of")]
    for level in COUNTED:
        items.append(
            html.Span(
                [
                    html.B(format_number(story.counts[level], 0, lang), className="num"),
                    html.Span(className=f"shape shape-{level}"),
                    html.Span(words(word_key(level, story.statuses), lang), className="count-word"),
                ],
                className="count",
            )
        )
    return items


def _card(told: Told, is_lead: bool, teller: Teller, words: Words, theme: Theme) -> html.Article:
    lang = teller.lang
    scope = period_label(told.period, words, lang) if told.period else ""
    card = kpi.card(
        told.observation,
        told.indicator,
        told.status,
        told.target,
        told.series[-13:],
        told.freshness,
        lang,
        theme,
        words,
        period=told.period.key if told.period else "",
        unit=teller.province,
        scope=scope,
        last_year=told.last_year,
        focus=is_lead,
    )
    if is_lead:
        card.className += " kpi--lead"
    return card


def _left(
    story: Story, geo_meta: Mapping[str, Any], words: Words, lang: str, theme: Theme, size: float, worst_count: int
) -> dict[str, Any]:
    lead = story.lead
    name = lead.indicator.short_name.text(lang)
    if story.scene.slice_dim:
        periods = [lead.period.shift(step) for step in range(1 - HEAT_COLUMNS, 1)] if lead.period else []
        rows = [aligned(series, periods) for _, series in story.rows]
        labels = [label for label, _ in story.rows]
        unit = numeral.unit_word(lead.indicator.measure_unit, lang, words)
        known = [item for row in rows for item in row if item is not None]
        title = words("wall.heat_title", lang, name=name, unit=unit)
        return {
            "left-title": title,
            "left-legend": commune_map.legend(known, lead.indicator, {}, lang, words, gaps=heatmap.has_gaps(rows)),
            "left-label": title,
            "left": heatmap.figure(rows, labels, periods, lead.indicator, lang, theme, size=size),
        }
    title = words("chart.map_title", lang, name=name)
    unit = numeral.unit_word(lead.indicator.measure_unit, lang, words)
    worst = ranking.worst_first(story.level, lead.indicator)[:1]
    label = words(
        "chart.map_label",
        lang,
        name=name,
        count=len(story.level),
        worst=story.names.get(worst[0].unit, worst[0].unit) if worst else "—",
    )
    return {
        "left-title": f"{title},\u00a0{unit}" if unit else title,
        "left-legend": commune_map.legend(story.level, lead.indicator, geo_meta, lang, words),
        "left-label": label,
        "left": commune_map.figure(
            story.level, lead.indicator, geo_meta, lang, theme, size=size, worst=worst_count, names=story.names,
            levels={code: status.level for code, status in story.statuses.items()},
        ) if geo_meta else {"data": [], "layout": {}},
    }  # fmt: skip


def _trend(story: Story, teller: Teller, words: Words, theme: Theme, size: float) -> dict[str, Any]:
    lead, lang = story.lead, teller.lang
    periods = trend_periods(lead)
    series = aligned(lead.series, periods)
    history = {item.period: item for item in lead.series}
    before = [history.get(period.same_last_year().key) for period in periods]
    plan = year_end_only(teller.plan(lead, periods), periods)
    year_ago = lead.last_year.value if lead.last_year is not None else None
    message = trend.message(lead.observation, lead.indicator, lead.status, year_ago, lang, words)
    has_plan = any(value is not None for value in plan)
    has_before = any(value is not None for value in values(before))
    return {
        "trend-title": trend.title(message, lead.status.level),
        "trend-label": "".join(message),
        "trend-legend": trend.legend(lang, words, plan=has_plan, last_year=has_before),
        "trend": trend.figure(
            series, plan, values(before), periods=periods, indicator=lead.indicator, lang=lang, theme=theme,
            words=words, size=size, note=_pace(lead, periods, plan, words, lang),
        ),
    }  # fmt: skip


def year_end_only(plan: list[float | None], periods: list[Period]) -> list[float | None]:
    """A cumulative number with one target for all months has a target for the year: it stands at the end
    only."""
    if len(set(plan)) > 1 or not periods or periods[0].kind != "ytd":
        return plan
    return [*[None] * (len(plan) - 1), plan[-1]]


def _pace(
    lead: Told, periods: list[Period], plan: list[float | None], words: Words, lang: str
) -> tuple[str, str] | None:
    """For a cumulative number behind its year: how much a month is needed to the end of the year."""
    shown, aim = lead.observation, plan[-1] if plan else None
    if lead.period is None or lead.period.kind != "ytd" or shown is None or shown.value is None or aim is None:
        return None
    left = 12 - lead.period.end.month
    if left == 0 or shown.value >= aim or lead.indicator.direction != "up":
        return None
    pace = (aim - shown.value) / left
    so_far = shown.value / lead.period.end.month
    text = numeral.gap(pace, lead.indicator, lang, words)
    done = numeral.gap(so_far, lead.indicator, lang, words)
    goal = numeral.whole(aim, lead.indicator, lang, words)
    return words("wall.pace", lang, pace=text), words("wall.pace_sub", lang, goal=goal, done=done)


def _list(story: Story, words: Words, lang: str, count: int) -> dict[str, Any]:
    lead = story.lead
    target = float(lead.target.value) if lead.target is not None else None
    name = lead.indicator.short_name.text(lang)
    shown = len(ranking.worst_first(story.level, lead.indicator)[:count])
    if target is not None:
        aim = numeral.whole(target, lead.indicator, lang, words)
        sub = words("chart.worst_sub", lang, name=name, target=aim)
    else:
        sub = words(
            "chart.worst_sub_plain",
            lang,
            name=name,
            period=period_label(lead.period, words, lang) if lead.period else "",
        )
    if story.scene.slice_dim:
        high = lead.indicator.direction == "down"
        title = words("wall.worst_junctions_high" if high else "wall.worst_junctions_low", lang, count=shown)
    else:
        title = ranking.heading(lead.indicator, shown, lang, words)
    levels = {code: status.level for code, status in story.statuses.items()}
    return {
        "list-title": title,
        "list-sub": sub,
        "list": ranking.rows(
            story.level, lead.indicator, target, story.names, lang, words, levels=levels, count=count,
            whole=lead.observation.unit if story.scene.slice_dim and lead.observation is not None else "",
        ),
    }  # fmt: skip


def _sources(story: Story, teller: Teller, words: Words) -> str:
    """Data time and the offices that answer for the numbers of the scene."""
    lang = teller.lang
    offices: list[str] = []
    for told in (story.lead, *story.tiles):
        office = told.indicator.owner.office.text(lang)
        if office not in offices:
            offices.append(office)
    version = teller.reader.version
    return words(
        "wall.sources",
        lang,
        published=format_datetime(version.published_at, lang),
        offices=", ".join(offices[:2]) if len("".join(offices[:2])) <= OFFICES else offices[0],
    )

"""Cards and charts from observations: states by word and form, titles computed, missing never a class."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ioc.catalogue import Indicator, load_catalogue
from ioc.period import Period
from ioc.status import Freshness, judge
from ioc.value import Observation
from ioc.words import Words
from layouts.charts import classes, commune_map, heatmap, kpi, ranking, spark, table, trend
from layouts.theme import DARK, LIGHT
from tests.warehouse_fixture import observation

ROOT = Path(__file__).resolve().parents[2]
WORDS = Words.load(
    sorted(path for name in ("chart", "unit") for path in (ROOT / "layouts/words").glob(f"{name}.*.yaml"))
)
BOOK = load_catalogue(ROOT / "indicators" / "catalogue")
ON_TIME = BOOK.indicator("procedures.on_time")
DUE = datetime(2026, 10, 10, 10, 0, tzinfo=UTC)
FRESH = Freshness("fresh", timedelta(hours=1), DUE)


def seen(value: float | None, unit: str = "51", period: str = "2026-09", **more: Any) -> Observation:
    return Observation(**observation(indicator="procedures.on_time", unit=unit, period=period, value=value, **more))


def target(indicator: Indicator = ON_TIME) -> Any:
    return BOOK.target_for(indicator.id, "51", "province", Period.parse("2026-09"))


def texts(component: Any) -> str:
    """All texts of a component, joined."""
    if isinstance(component, (list, tuple)):
        return " ".join(filter(None, (texts(item) for item in component)))
    if isinstance(component, str):
        return component
    return texts(component.children) if getattr(component, "children", None) is not None else ""


def draw(item: Observation | None, fresh: Freshness = FRESH, lang: str = "vi") -> Any:
    status = judge(item, ON_TIME, target())
    return kpi.card(
        item,
        ON_TIME,
        status,
        target(),
        [item] if item else [],
        fresh,
        lang,
        DARK,
        WORDS,
        unit="51",
        period="2026-09",
    )


def test_words_are_complete_in_both_languages() -> None:
    assert WORDS.gaps() == []


@pytest.mark.parametrize(
    ("item", "fresh", "form", "vi", "en", "number"),
    [
        (seen(97.6), "fresh", "normal", "THEO DÕI", "WATCH", "97,6"),
        (seen(97.6, quality="provisional"), "fresh", "provisional", "THEO DÕI", "WATCH", "97,6"),
        (seen(97.6), "late", "stale", "SỐ LIỆU CŨ", "OLD DATA", "97,6"),
        (seen(None), "fresh", "no_data", "CHƯA CÓ SỐ LIỆU", "NO DATA YET", "—"),
        (seen(None, state="not_due"), "fresh", "not_due", "CHƯA ĐẾN KỲ", "NOT YET DUE", "—"),
        (seen(97.6), "down", "source_error", "LỖI NGUỒN", "SOURCE DOWN", "97,6"),
        (seen(3.0, quality="suppressed"), "fresh", "suppressed", "SỐ NHỎ, ẨN", "SMALL, HIDDEN", "•"),
        (seen(3.0, quality="pending"), "fresh", "withheld", "CHỜ XÁC MINH", "PENDING", "—"),
        (
            seen(None, state="not_applicable"),
            "fresh",
            "not_applicable",
            "KHÔNG PHÁT SINH",
            "NOTHING TO COUNT",
            "—",
        ),
        (None, "fresh", "no_data", "CHƯA CÓ SỐ LIỆU", "NO DATA YET", "—"),
    ],
)
def test_every_state_has_its_word_and_form(
    item: Observation | None, fresh: Any, form: str, vi: str, en: str, number: str
) -> None:
    freshness = Freshness(fresh, timedelta(days=9), DUE)
    card = draw(item, freshness)
    assert f"kpi--{form}" in card.className.split()
    assert vi in texts(card)
    assert en in texts(draw(item, freshness, "en"))
    assert texts(card.children[2].children[1]) == number
    assert getattr(card, "data-card") == "procedures.on_time|51|2026-09"


def test_a_missing_number_is_never_green_and_never_zero() -> None:
    for state in ("missing", "not_due", "not_applicable"):
        card = draw(seen(None, state=state))
        assert "level--unknown" in card.className
        assert "pill--good" not in json.dumps(card.to_plotly_json(), default=lambda item: item.to_plotly_json())


def test_all_cards_have_the_same_nodes() -> None:
    def shape(component: Any) -> Any:
        if isinstance(component, (list, tuple)):
            return [shape(item) for item in component]
        if not hasattr(component, "to_plotly_json"):
            return "text"
        return (component.__class__.__name__, shape(getattr(component, "children", None) or ""))

    cards = [
        draw(seen(97.6)),
        draw(seen(None)),
        draw(None),
        draw(seen(99.0)),
        draw(seen(3, quality="suppressed")),
    ]
    assert len({json.dumps(shape(card)) for card in cards}) == 1


def test_card_shows_target_difference_age_and_owner() -> None:
    card = draw(seen(97.6))
    words = texts(card)
    assert "KH 98,0" in words
    assert "−0,4 điểm %" in words.replace("\u00a0", " ")
    assert ON_TIME.owner.office.vi in words
    age = card.children[4].children[0].children[1]
    assert getattr(age, "data-as-of").endswith("+00:00")


def test_long_numbers_are_set_smaller() -> None:
    volume = BOOK.indicator("traffic.volume")
    item = Observation(**observation(indicator="traffic.volume", unit="51", period="2026-09", value=4_990_646))
    card = kpi.card(item, volume, judge(item, volume, None), None, [item], FRESH, "vi", DARK, WORDS)
    assert float(card.style["--k-shrink"]) < 0.8
    assert float(draw(seen(97.6)).style["--k-shrink"]) == 1.0


def test_title_is_computed_from_the_numbers() -> None:
    def title(value: float, lang: str = "vi") -> str:
        item = seen(value)
        parts = trend.message(item, ON_TIME, judge(item, ON_TIME, target()), None, lang, WORDS)
        return "".join(parts).replace("\u00a0", " ")

    name = ON_TIME.short_name
    assert title(97.6) == f"{name.vi} 97,6%, chậm 0,4 điểm % so KH"
    assert title(99.1, "en") == f"{name.en} 99.1%, plan met (+1.1 pp)"
    assert title(98.0) == f"{name.vi} 98,0%, đúng KH"
    missing = "".join(trend.message(None, ON_TIME, judge(None, ON_TIME, target()), None, "vi", WORDS))
    assert missing == f"{name.vi}: chưa có số liệu"


def test_variance_is_judged_by_effect_not_by_sign() -> None:
    overdue = BOOK.indicator("procedures.open_overdue")
    assert trend.impact(5, overdue) in ("bad", "watch")
    assert trend.impact(-5, overdue) == "good"
    assert trend.impact(5, ON_TIME) == "good"
    assert trend.impact(None, ON_TIME) == "unknown"


def test_trend_starts_at_zero_and_leaves_gaps() -> None:
    periods = [Period.parse(f"2026-{month:02d}") for month in range(1, 5)]
    items = [seen(96.0, period="2026-01"), seen(None, period="2026-02"), seen(97.0, period="2026-03"), None]
    figure = trend.figure(
        items, [98.0] * 4, [95.0] * 4, periods=periods, indicator=ON_TIME, lang="vi", theme=LIGHT, words=WORDS
    )
    assert figure["layout"]["yaxis"]["range"][0] == 0
    actual = next(bar for bar in figure["data"] if bar["marker"]["color"] == LIGHT.actual)
    assert actual["y"] == [96.0, None, 97.0, None]
    assert figure["data"][-1]["y"] == [-2.0, None, -1.0, None]
    with pytest.raises(ValueError, match="4 values"):
        trend.figure(items, [98.0], [], periods=periods, indicator=ON_TIME, lang="vi", theme=LIGHT, words=WORDS)


def meta(codes: list[str]) -> dict[str, Any]:
    points = {code: [108.0 + place * 0.01, 15.0] for place, code in enumerate(codes)}
    inset = {"code": codes[-1], "lon_range": [111.0, 113.0], "lat_range": [15.0, 17.5]}
    return {
        "url": "/geo/x.json",
        "lon_range": [107, 109],
        "lat_range": [14, 16],
        "label_points": points,
        "insets": [inset],
        "is_schematic": True,
    }


def communes(count: int = 20) -> list[Observation]:
    items = [seen(80.0 + place, unit=f"{21000 + place}") for place in range(count)]
    return [*items, seen(None, unit="21999")]


def test_map_has_five_classes_and_missing_is_none_of_them() -> None:
    items = communes()
    borders = classes.breaks(items, ON_TIME)
    assert len(borders) == 4
    figure = commune_map.figure(items, ON_TIME, meta([item.unit for item in items]), "vi", DARK)
    values, missing = figure["data"][0], figure["data"][1]
    assert "21999" not in values["locations"]
    assert missing["locations"] == ["21999"]
    assert sorted(set(values["z"])) == [0, 1, 2, 3, 4]
    assert missing["colorscale"][0][1] == DARK.missing
    assert all(trace["geojson"] == "/geo/x.json" for trace in figure["data"] if trace["type"] == "choropleth")
    assert figure["layout"]["geo"]["lonaxis"]["range"] == [107, 109]
    assert "geo2" in figure["layout"], "an inset for far islands"


def test_map_numbers_are_list_numbers() -> None:
    items = communes()
    figure = commune_map.figure(items, ON_TIME, meta([item.unit for item in items]), "vi", DARK)
    marks = next(trace for trace in figure["data"] if trace["type"] == "scattergeo")
    worst = [item.unit for item in ranking.worst_first(items, ON_TIME)[:5]]
    assert figure["data"][2]["locations"] == worst == ["21000", "21001", "21002", "21003", "21004"]
    assert marks["text"] == [f"<b>{place}</b>" for place in range(1, 6)]
    rows = ranking.rows(items, ON_TIME, 98.0, {}, "vi", WORDS)
    assert [getattr(row, "data-card").split("|")[1] for row in rows] == worst


def test_legend_says_no_data_and_schematic() -> None:
    words = texts(commune_map.legend(communes(), ON_TIME, meta(["1"]), "vi", WORDS))
    assert "Không có" in words
    assert "Sơ đồ" in words
    assert words.startswith("<")
    assert "≥" in words


def test_classes_of_equal_or_no_values_do_not_fail() -> None:
    assert classes.breaks([], ON_TIME) == []
    assert classes.breaks([seen(90.0, unit="1"), seen(90.0, unit="2")], ON_TIME) == []
    figure = commune_map.figure([seen(90.0, unit="1")], ON_TIME, meta(["1"]), "vi", DARK)
    assert figure["data"][0]["z"] == [0]


@pytest.mark.parametrize("values", [[92.0, 95.0, 99.0, 100.0, 97.0], [0.0, 1.0, 2.0, 900.0], [0.1, 0.2, 0.3]])
def test_borders_rise_and_the_top_class_is_not_empty(values: list[float]) -> None:
    items = [seen(value, unit=str(place)) for place, value in enumerate(values)]
    borders = classes.breaks(items, ON_TIME)
    assert borders == sorted(set(borders))
    assert all(border < max(values) for border in borders)


def test_worst_first_follows_direction_and_leaves_withheld_out() -> None:
    down = BOOK.indicator("procedures.open_overdue")
    items = [
        seen(5, unit="1"),
        seen(9, unit="2"),
        seen(1, unit="3", quality="suppressed"),
        seen(None, unit="4"),
    ]
    assert [item.unit for item in ranking.worst_first(items, down)] == ["2", "1"]
    assert [item.unit for item in ranking.worst_first(items, ON_TIME)] == ["1", "2"]
    assert len(ranking.rows(items, ON_TIME, None, {}, "vi", WORDS)) == 5


def test_spark_breaks_at_gaps() -> None:
    text = spark.uri([1.0, 2.0, None, 3.0, 4.0], 2.5, DARK)
    assert text.startswith("data:image/svg+xml,")
    assert text.count("polyline") == 2
    assert "polyline" not in spark.uri([1.0], None, DARK)


def test_heatmap_keeps_missing_apart() -> None:
    periods = [Period.parse("2026-08"), Period.parse("2026-09")]
    figure = heatmap.figure([[seen(0.0), seen(5.0)], [None, seen(9.0)]], ["a", "b"], periods, ON_TIME, "vi", DARK)
    assert figure["data"][0]["z"][1][0] == 0
    assert figure["data"][0]["z"][0][0] >= 1


def test_table_row_writes_states_in_words() -> None:
    item = seen(None, unit="21289", state="not_due")
    row = table.row(item, judge(item, ON_TIME, target()), ON_TIME, {"21289": "Ba Tơ"}, "vi", WORDS)
    assert "CHƯA ĐẾN KỲ" in texts(row)
    good = seen(99.0, unit="21289", numerator=99.0, denominator=100.0)
    words = texts(table.row(good, judge(good, ON_TIME, target()), ON_TIME, {}, "en", WORDS))
    assert "99/100" in words
    assert "Met" in words

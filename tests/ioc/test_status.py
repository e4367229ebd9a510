"""Status: exact at the edges, never good without a value; freshness from timestamps; one table for the forms."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.checked import load_checked
from ioc.catalogue import FreshnessRule, Indicator, LocalText, Target
from ioc.period import Period
from ioc.status import FRESHNESS_LEVELS, QUALITIES, STATE_TABLE, due_at, freshness, judge
from ioc.value import STATES, Observation

CATALOGUE = load_checked()
ON_TIME = CATALOGUE.indicator("procedures.on_time")
OVERDUE = CATALOGUE.indicator("procedures.open_overdue")
NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)


def seen(
    indicator: Indicator, value: float | None, n: float | None = None, d: float | None = None, **more: Any
) -> Observation:
    fields: dict[str, Any] = {
        "indicator": indicator.id, "version": 1, "unit": "51", "unit_level": "province", "period": "2026-06",
        "period_kind": "month", "period_start": date(2026, 6, 1), "period_end": date(2026, 6, 30), "basis": "as_then",
        "view": "official", "slice_dim": "", "slice_value": "", "value": value, "numerator": n, "denominator": d,
        "comparator": "=", "quality": "final",
        "state": "missing" if value is None else "zero" if value == 0 else "value",
        "provenance": "measured", "as_of": NOW, "data_as_of": NOW, "known_at": NOW, "source": "one_stop", "run_id": "r",
        **more,
    }  # fmt: skip
    return Observation(**fields)


def target(operator: str, value: str) -> Target:
    return Target(
        indicator="procedures.on_time", valid_from=date(2026, 1, 1), operator=operator, value=value,  # type: ignore[arg-type]
        text=LocalText(vi="x", en="x"), basis="x",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("n", "d", "level"),
    [
        (98, 100, "good"),
        (9799, 10000, "watch"),
        (96, 100, "watch"),
        (9599, 10000, "bad"),
        (49, 50, "good"),
        (0, 5, "bad"),
    ],
)
def test_bands_close_on_their_edge(n: int, d: int, level: str) -> None:
    assert judge(seen(ON_TIME, n * 100 / d, n, d), ON_TIME, target(">=", "98")).level == level


def test_binary_noise_does_not_decide() -> None:
    value = 0.1 + 0.2  # 0.30000000000000004
    assert judge(seen(OVERDUE, value), OVERDUE, target("<=", "0.3")).level == "good"
    assert judge(seen(ON_TIME, 29 * 100 / 50, 29, 50), ON_TIME, target(">", "58")).level == "watch"


@given(n=st.integers(0, 10**7), d=st.integers(1, 10**7), aim=st.integers(0, 1000))
def test_ratio_is_judged_as_cross_multiplied_integers(n: int, d: int, aim: int) -> None:
    level = judge(seen(ON_TIME, n * 100 / d, n, d), ON_TIME, target(">=", f"{aim / 10}")).level
    assert (level == "good") == (n * 1000 >= aim * d)


def test_missing_withheld_and_targetless_are_never_good() -> None:
    aim = target(">=", "0")
    assert judge(None, ON_TIME, aim).level == "unknown"
    for state in ("missing", "not_due", "not_applicable"):
        assert judge(seen(ON_TIME, None, state=state), ON_TIME, aim).level == "unknown"
    for quality in ("suppressed", "pending", "rejected"):
        assert judge(seen(ON_TIME, 99.0, 99, 100, quality=quality), ON_TIME, aim).level == "unknown"
    assert judge(seen(ON_TIME, 99.0, 99, 100), ON_TIME, None).reason == "no_target"


def test_inequality_is_judged_only_where_it_is_certain() -> None:
    above = seen(ON_TIME, 92.0, comparator=">")
    assert judge(above, ON_TIME, target(">=", "90")).level == "good"
    assert judge(above, ON_TIME, target(">=", "95")).level == "unknown"
    assert judge(seen(OVERDUE, 5.0, comparator=">"), OVERDUE, target("<=", "0")).level == "bad"
    assert judge(seen(OVERDUE, 5.0, comparator="<"), OVERDUE, target("<=", "3")).level == "unknown"


def test_lower_is_better_where_the_target_says_so() -> None:
    assert judge(seen(OVERDUE, 0.0), OVERDUE, target("<=", "0")).level == "good"
    status = judge(seen(OVERDUE, 3.0), OVERDUE, target("<=", "0"))
    assert (status.level, status.delta) == ("bad", 3.0)


def test_freshness_follows_the_deadline() -> None:
    rule = FreshnessRule(due="+1d 17:00", grace="2h")
    through = datetime(2026, 6, 29, 20, tzinfo=UTC)  # 30 June, 03:00 local
    assert due_at(rule, through) == datetime(2026, 7, 1, 10, tzinfo=UTC)
    source = SimpleNamespace(complete_through=through, last_success_at=through)

    def at(hours: float) -> str:
        return freshness(source, rule, datetime(2026, 7, 1, 10, tzinfo=UTC) + timedelta(hours=hours)).level

    assert (at(-1), at(2), at(2.1), at(200)) == ("fresh", "fresh", "late", "down")
    assert freshness(None, rule, NOW).level == "new"
    with pytest.raises(ValueError, match="17:00"):
        FreshnessRule(due="+1d 5pm")


def test_an_outage_concerns_only_the_periods_it_may_have_cut() -> None:
    """A source that fell silent in mid July: June may still miss late rows, May and what lies before does not."""
    through = datetime(2026, 7, 15, tzinfo=UTC)
    source = SimpleNamespace(complete_through=through, last_success_at=through)
    rule, now = FreshnessRule(due="+1d 17:00", grace="2h"), datetime(2026, 11, 1, tzinfo=UTC)

    def of(key: str) -> str:
        return freshness(source, rule, now, period=Period.parse(key)).level

    assert [of(key) for key in ("2011-03", "2026-05", "2026-06", "2026-07")] == ["fresh", "fresh", "down", "down"]
    assert [of(key) for key in ("2025-Q4", "2026-Q1", "2026-Q2", "2025", "2026-05.ytd")] == [
        "fresh", "fresh", "down", "down", "fresh"]  # fmt: skip
    assert freshness(source, rule, now).level == "down"


def test_every_combination_has_a_form_and_missing_differs_from_not_due() -> None:
    assert len(STATE_TABLE) == len(STATES) * len(QUALITIES) * len(FRESHNESS_LEVELS)
    missing, waiting = (STATE_TABLE[(state, "final", "fresh")] for state in ("missing", "not_due"))
    assert missing.word != waiting.word
    assert missing.shape != waiting.shape
    assert all(form.card != "normal" for (state, _, _), form in STATE_TABLE.items() if state not in ("value", "zero"))

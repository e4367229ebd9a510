"""Definitions with versions: dated, both measured for a year, the newer one counts (PRODUCT 4, METHODS 5.7)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from indicators.checked import load_checked
from indicators.measure import measure, observe_combined
from indicators.record import records
from indicators.second import read_tables, recompute
from ioc.catalogue import Catalogue, LocalText, Target
from ioc.period import Period
from ioc.status import Status, judge
from ioc.value import Observation
from tests.indicators import small_core

BREAK = date(2026, 4, 1)


def versioned(catalogue: Catalogue, key: str, **old: Any) -> Catalogue:
    """The catalogue with a second version of an indicator since BREAK; `old` is what was different before."""
    now = catalogue.indicator(key)
    change = LocalText(vi="Đổi cách đếm", en="Counted in another way")
    newer = now.model_copy(update={"version": now.version + 1, "valid_from": BREAK, "change": change})
    older = now.model_copy(update={"valid_to": date(2026, 3, 31), **old})
    return catalogue.model_copy(update={"indicators": {key: newer}, "earlier": (older,)})


@pytest.fixture(scope="module")
def two() -> Catalogue:
    return versioned(load_checked(), "procedures.on_time", where="is_settled and channel == 'online'")


@pytest.fixture(scope="module")
def core(two: Catalogue) -> Any:
    connection = small_core.open_core()
    measure(connection, two, now=small_core.NOW, run_id="r1")
    return connection


def keys_of(core: Any, version: int) -> set[str]:
    found = core.execute(
        "SELECT DISTINCT period FROM mart.observation WHERE version = ? AND period_kind = 'month'", [version]
    ).fetchall()
    return {row[0] for row in found}


def test_each_version_in_its_time_and_both_for_a_year(core: Any) -> None:
    assert min(keys_of(core, 2)) == "2026-04"  # a new definition never rewrites what came before
    assert {"2025-07", "2026-03"} <= keys_of(core, 1)
    assert {"2026-04", "2026-07"} <= keys_of(core, 1)  # the double run goes on
    assert not {"2025-07", "2026-03"} & keys_of(core, 2)


def test_the_double_run_ends_after_a_year(two: Catalogue) -> None:
    older, newer = two.versions_of("procedures.on_time")
    assert two.measured_span(older) == (None, date(2027, 3, 31))
    assert two.measured_span(newer) == (BREAK, None)


def test_both_engines_agree_on_both_versions(core: Any, two: Catalogue) -> None:
    tables = read_tables(core, two)
    for version in (1, 2):
        value, top, bottom = core.execute(
            "SELECT value, numerator, denominator FROM mart.observation WHERE unit = '51' AND period = '2026-06' "
            "AND version = ? AND slice_dim = ''",
            [version],
        ).fetchone()
        again = recompute(tables, two, "procedures.on_time", "51", "2026-06", now=small_core.NOW, version=version)
        assert (again.value, again.numerator, again.denominator) == (value, top, bottom)
    online, all_of_them = (
        core.execute(
            "SELECT denominator FROM mart.observation WHERE unit = '51' AND period = '2026-06' AND version = ? "
            "AND slice_dim = ''",
            [version],
        ).fetchone()[0]
        for version in (1, 2)
    )
    assert 0 < online < all_of_them


def test_a_combined_number_takes_each_part_by_the_definition_of_its_time() -> None:
    """The old definition counts before the change, the newer one since; no month loses its number."""
    whole, key = load_checked(), "procedures.on_time_open_late"
    terms = [part.of for _, part in (whole.indicator(key).parts or pytest.fail("no parts")).terms()]
    assert "procedures.on_time" in terms
    part = versioned(whole, "procedures.on_time", where="is_settled and channel == 'online'")
    named = {**whole.only(key, *terms).indicators, **part.indicators}
    catalogue = whole.model_copy(update={"indicators": named, "earlier": part.earlier})
    connection = small_core.open_core()
    measure(connection, catalogue, now=small_core.NOW, run_id="r1")
    observe_combined(connection, catalogue, now=small_core.NOW, run_id="r1")
    tables = read_tables(connection, catalogue)
    for period in ("2026-03", "2026-05"):
        found = connection.execute(
            "SELECT value, numerator, denominator FROM mart.observation WHERE indicator = ? AND unit = '51' "
            "AND period = ? AND slice_dim = ''",
            [key, period],
        ).fetchall()
        assert len(found) == 1
        again = recompute(tables, catalogue, key, "51", period, now=small_core.NOW)
        assert found[0] == (again.value, again.numerator, again.denominator)
    connection.close()


def test_records_follow_the_definition_a_number_was_measured_with(core: Any, two: Catalogue) -> None:
    class OneVersion:
        """The part of a Reader that records need, over the warehouse."""

        def observation(self, indicator: str, unit: str, period: str, **same: Any) -> Any:
            from ioc.value import Observation

            cursor = core.execute(
                "SELECT * FROM mart.observation WHERE indicator = ? AND unit = ? AND period = ? AND slice_dim = '' "
                "AND version = 1",
                [indicator, unit, period],
            )
            names = [column[0] for column in cursor.description]
            return Observation(**dict(zip(names, cursor.fetchone(), strict=True)))

        def select(self, sql: str, params: Any = ()) -> list[dict[str, object]]:
            cursor = core.execute(sql, list(params))
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    found = records(OneVersion(), two, "procedures.on_time", "51", "2026-06")
    assert found.agrees
    assert {row["channel"] for row in found.rows} == {"online"}


def test_a_target_on_the_way_to_2030_and_2045() -> None:
    text = LocalText(vi="≥ 0,75 vào năm 2030", en="≥ 0.75 by 2030")
    way = Target(
        indicator="digital.index", valid_from=date(2025, 1, 1), valid_to=date(2030, 12, 31), operator=">=",
        value="0.75", path="years", start_value="0.65", reach_on=date(2031, 1, 1), text=text, basis="KH",
    )  # fmt: skip
    later = Target(
        indicator="digital.index", valid_from=date(2031, 1, 1), operator=">=", value="0.90", path="years",
        start_value="0.75", reach_on=date(2045, 12, 31), text=text, basis="KH",
    )  # fmt: skip
    catalogue = Catalogue(datasets={}, indicators={}, targets=(way, later))

    def due(key: str) -> float:
        found = catalogue.target_for("digital.index", "51", "province", Period.parse(key))
        assert found is not None
        assert found.text == text  # the promise keeps its words whatever is due by now
        return float(found.value)

    assert due("2027") == pytest.approx(0.65 + 0.10 * 1094 / 2191)
    assert due("2030") == pytest.approx(0.75, abs=1e-3)
    assert due("2045") == pytest.approx(0.90)
    assert due("2046") == pytest.approx(0.90)  # arrived: it stays


def test_a_path_without_its_end_is_refused() -> None:
    text = LocalText(vi="x", en="x")
    with pytest.raises(ValueError, match="needs reach_on"):
        Target(
            indicator="a.b", valid_from=date(2025, 1, 1), operator=">=", value="1", path="years", text=text, basis="b"
        )


def test_shipped_paths_are_judged_by_what_is_due() -> None:
    """2 years from 90 to 100: half of the way at the end of 2026; then the whole; the text is the promise."""
    shipped = load_checked()

    def target(key: str, period: str, unit: str = "51") -> Target:
        found = shipped.target_for(key, unit, "province", Period.parse(period))
        assert found is not None
        return found

    due = target("procedures.digitised", "2026")
    assert float(due.value) == pytest.approx(90 + 10 * 364 / 729)
    assert (due.promised, due.text.vi) == (100, "100% vào giai đoạn 2028-2030")
    assert [float(target("procedures.digitised", key).value) for key in ("2025", "2027", "2029")] == [90, 100, 100]
    assert [float(target("procedures.satisfaction", key).value) for key in ("2027", "2028")] == [95, 99]
    assert target("procedures.online_submission", "2028", "25").operator == ">"
    assert target("procedures.online_submission", "2028").text.vi == "≥ 80%"
    assert 30 < float(target("reporting.digital_economy", "2038").value) < 50
    assert float(target("reporting.digital_economy", "2045").value) == 50
    assert float(target("reporting.digital_economy", "2045", "25").value) == 60


def test_a_promise_without_a_known_beginning_is_shown_and_judged_on_its_day_only() -> None:
    shipped = load_checked()
    entry = shipped.indicator("reporting.digital_economy")

    def judged(period: str, value: float) -> Status:
        asked = Period.parse(period)
        target = shipped.target_for(entry.id, "51", "province", asked)
        seen = Observation(
            indicator=entry.id, version=1, unit="51", unit_level="province", period=period, period_kind=asked.kind,
            period_start=asked.start, period_end=asked.end, basis="as_then", view="official", slice_dim="",
            slice_value="", value=value, numerator=value, denominator=100.0, comparator="=", state="value",
            quality="final", provenance="reported", as_of=None, data_as_of=None, known_at=None, source="s", run_id="r",
        )  # fmt: skip
        return judge(seen, entry, target)

    early = judged("2026-Q2", 15.0)
    assert (early.level, early.reason, early.delta) == ("unknown", "awaited", None)
    assert early.target is not None
    assert early.target.text.vi == "≥ 30% GRDP vào năm 2030"
    assert judged("2030", 30.0).level == "good"
    assert judged("2030", 25.0).level == "bad"

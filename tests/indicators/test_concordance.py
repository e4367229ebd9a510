"""The boundary time machine: totals are conserved across every crosswalk, what is guessed is marked (PRODUCT 5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.checked import load_checked
from indicators.compare import Comparison, Mode, compare
from indicators.concordance import Crosswalk, observe_today, today_records
from indicators.concordance.today import unassigned
from indicators.measure import measure
from indicators.record import filter_of, records
from ioc.calendar import WorkCalendar
from ioc.errors import UsageError
from ioc.published import Publication, Reader
from ioc.unit import Succession, UnitRegistry
from ioc.unit.tables import read_succession
from tests.indicators import small_core
from tests.warehouse_fixture import open_warehouse, publish_now

CATALOGUE = load_checked()
KEYS = ("procedures.received", "procedures.on_time", "procedures.open", "procedures.satisfaction")
DIVIDED, HEIRS = "21142", ("21136", "21157")  # the one commune of Quảng Ngãi that was divided
MOVED_TO = "21025"


def steps(*pairs: tuple[str, float | None]) -> list[Succession]:
    return [Succession(code, weight, weight == 1) for code, weight in pairs]


def test_merged_rates_are_recomputed_from_counts() -> None:
    """METHODS 9.4: A 100/120 + B 45/50 + 60 % of C 80/100 -> X 193/230, exact share .739; Y 32/40."""
    crosswalk = Crosswalk({"A": steps(("X", 1)), "B": steps(("X", 1)), "C": steps(("X", 0.6), ("Y", 0.4))})
    found = crosswalk.convert({"A": (100, 120), "B": (45, 50), "C": (80, 100)})
    assert (found["X"].numerator, found["X"].denominator) == (193, 230)
    assert round(float(found["X"].ratio or 0), 4) == 0.8391
    assert round(float(found["X"].exact_share or 0), 3) == 0.739
    assert (found["Y"].numerator, found["Y"].denominator, found["Y"].exact_share) == (32, 40, 0)
    assert not found["X"].is_estimated  # the shares were known


def test_unknown_shares_are_equal_and_marked() -> None:
    crosswalk = Crosswalk({"C": steps(("X", 0.5), ("Y", None), ("Z", None))})
    found = crosswalk.convert({"C": (80, None)})
    assert [found[unit].numerator for unit in "XYZ"] == [40, 20, 20]
    assert [found[unit].is_estimated for unit in "XYZ"] == [False, True, True]


def test_shares_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(UsageError, match=r"add up to 0\.9, not to 1"):
        Crosswalk({"C": steps(("X", 0.5), ("Y", 0.4))})


def test_totals_are_conserved_across_the_whole_nation() -> None:
    """10,040 former communes, 471 of them divided: 3,321 present ones hold the same sums, exactly."""
    crosswalk = Crosswalk.of(UnitRegistry.nation(), read_succession())
    counts = {old: (float(place % 97), float(place % 97 + place % 13)) for place, old in enumerate(read_succession())}
    found = crosswalk.convert(counts)
    assert len(found) == 3321
    assert len(crosswalk.divided()) == 471
    assert sum(one.numerator for one in found.values()) == sum(Fraction(top) for top, _ in counts.values())
    assert sum(one.denominator or 0 for one in found.values()) == sum(Fraction(low) for _, low in counts.values())


@given(
    st.dictionaries(
        st.sampled_from("ABCDEF"),
        st.lists(st.tuples(st.sampled_from("UVWXYZ"), st.integers(1, 9)), min_size=1, max_size=5),
        min_size=1,
    ),
    st.data(),
)
def test_any_crosswalk_conserves_totals(weights: dict[str, list[tuple[str, int]]], data: Any) -> None:
    made = {}
    for old, pairs in weights.items():
        total = sum(weight for _, weight in pairs)
        known = data.draw(st.booleans())
        made[old] = [
            Succession(f"{unit}{place}", None if not known or total != 8 else weight / 8, False)
            for place, (unit, weight) in enumerate(pairs)
        ]
    counts = {old: (data.draw(st.integers(0, 500)), 500.0) for old in made}
    found = Crosswalk(made).convert(counts)
    assert sum(one.numerator for one in found.values()) == sum(top for top, _ in counts.values())
    assert sum(one.denominator or 0 for one in found.values()) == 500 * len(made)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """The small province with dossiers of closed offices: people of known, divided and unknown communes."""
    home = tmp_path_factory.mktemp("today") / "home"
    rows = small_core.small_province()
    units = [{**row} for row in rows["unit"]]
    units += [small_core.unit(code, "commune", "commune") for code in (*HEIRS, MOVED_TO)]
    closed = [row for row in rows["dossier"] if row["unit_code"] == "51"]
    for place, row in enumerate(closed):
        kind = place % 4
        row["applicant_unit_code_then"] = {0: MOVED_TO, 1: DIVIDED, 2: None}.get(kind, small_core.COMMUNES[0])
        row["applicant_unit_code"] = {0: MOVED_TO, 3: small_core.COMMUNES[0]}.get(kind)
    catalogue = CATALOGUE.model_copy(
        update={"indicators": {key: CATALOGUE.indicator(key) for key in KEYS}, "earlier": ()}
    )
    with open_warehouse(home, now=small_core.NOW) as warehouse:
        with warehouse.transaction() as cursor:
            for table, items in {**rows, "unit": units}.items():
                small_core.put(cursor, table if "." in table else f"core.{table}", items)
            measure(cursor, catalogue, now=small_core.NOW, run_id="r")
        publish_now(warehouse, home, now=small_core.NOW, catalogue_json=catalogue.to_json())
    held = Publication(home)
    with held.reader() as found:
        yield found
    held.close()


def communes(reader: Reader) -> list[str]:
    return [row.unit_code for row in reader.units() if row.unit_kind == "commune"]


@pytest.mark.parametrize("indicator", ["procedures.received", "procedures.on_time", "procedures.open"])
@pytest.mark.parametrize("period", ["2025-05", "2025-06"])
def test_the_province_is_the_sum_of_todays_communes(reader: Reader, indicator: str, period: str) -> None:
    """Communes on today's map + departments + what nobody can be given = all records, numerator and denominator."""
    found = [observe_today(reader, CATALOGUE, indicator, unit, period) for unit in communes(reader)]
    assert any(one.moved for one in found)
    whole = reader.observation(indicator, "51", period)
    assert whole is not None
    entry = CATALOGUE.indicator(indicator)
    for part in ("numerator", "denominator"):
        total = getattr(whole, part)
        if total is None:
            continue
        given_to = sum(getattr(one.observation, part) or 0 for one in found)
        offices = sum(getattr(item, part) or 0 for item in reader.level(indicator, "department", period))
        condition = filter_of(CATALOGUE, entry, whole).condition.replace(" /*scope unit_code*/", "")
        counted = entry.numerator if part == "numerator" else entry.denominator
        on_time = " AND finished_at <= due_original_at" if counted and "finished_at" in counted else ""
        left = reader.select(
            "SELECT count(*) AS rows FROM core.dossier WHERE unit_code = '51' AND applicant_unit_code IS NULL "
            f"AND applicant_unit_code_then IS NULL AND {condition}{on_time} /*scope unit_code*/"
        )[0]["rows"]
        assert given_to + offices + float(str(left)) == pytest.approx(total)
        assert indicator != "procedures.received" or float(str(left)) > 0


def test_a_divided_commune_is_split_and_marked(reader: Reader) -> None:
    heir = observe_today(reader, CATALOGUE, "procedures.received", HEIRS[0], "2025-06")
    other = observe_today(reader, CATALOGUE, "procedures.received", HEIRS[1], "2025-06")
    assert heir.observation.value == other.observation.value
    assert heir.observation.quality == "estimated"
    assert heir.exact_share == 0
    assert heir.is_hatched
    assert heir.observation.basis == "today"


def test_people_with_a_known_commune_are_exact(reader: Reader) -> None:
    found = observe_today(reader, CATALOGUE, "procedures.received", MOVED_TO, "2025-06")
    assert found.exact_share == 1
    assert not found.is_hatched
    assert found.observation.quality == "final"
    assert found.unassigned_share is not None
    assert 0 < found.unassigned_share < 0.2


@pytest.mark.parametrize("indicator", ["procedures.received", "procedures.on_time"])
@pytest.mark.parametrize("unit", [MOVED_TO, HEIRS[0], small_core.COMMUNES[0]])
def test_the_records_of_todays_map_count_to_its_number(reader: Reader, indicator: str, unit: str) -> None:
    """Every record by its weight, added up here, is the number on today's map; what counts in part is said."""
    today = observe_today(reader, CATALOGUE, indicator, unit, "2025-06")
    found = today_records(reader, CATALOGUE, indicator, unit, "2025-06", limit=1000)
    assert found.agrees
    assert found.value == found.shown == today.observation.value
    assert found.total == len(found.rows) > 0
    top = sum(float(str(row["weight"])) for row in found.rows if row["counted"])
    whole = sum(float(str(row["weight"])) for row in found.rows)
    expected = 100 * top / whole if indicator == "procedures.on_time" else top
    assert found.value == pytest.approx(expected)
    apportioned = [row for row in found.rows if not row["is_exact"]]
    assert found.conversion == {
        "apportioned": len(apportioned), "exact_share": today.exact_share, "unassigned_share": today.unassigned_share,
    }  # fmt: skip
    assert all(row["weight"] == 0.5 for row in apportioned)
    assert bool(apportioned) == (unit == HEIRS[0])


def test_the_records_of_todays_map_come_in_pages(reader: Reader) -> None:
    whole = today_records(reader, CATALOGUE, "procedures.received", MOVED_TO, "2025-06", limit=1000)
    pages = [
        today_records(reader, CATALOGUE, "procedures.received", MOVED_TO, "2025-06", limit=3, offset=offset)
        for offset in range(0, whole.total, 3)
    ]
    assert [row for page in pages for row in page.rows] == whole.rows
    assert {page.value for page in pages} == {whole.value}
    plain = records(reader, CATALOGUE, "procedures.received", small_core.COMMUNES[0], "2025-08")
    assert today_records(reader, CATALOGUE, "procedures.received", small_core.COMMUNES[0], "2025-08") == plain


def test_from_its_first_day_the_map_is_todays(reader: Reader) -> None:
    stored = reader.observation("procedures.received", small_core.COMMUNES[0], "2025-08")
    found = observe_today(reader, CATALOGUE, "procedures.received", small_core.COMMUNES[0], "2025-08")
    assert stored is not None
    assert found.observation == replace(stored, basis="today")
    assert not found.moved


def test_what_has_no_place_is_refused_and_says_why(reader: Reader) -> None:
    with pytest.raises(UsageError, match="not counted from records that say where people live"):
        observe_today(reader, CATALOGUE, "procedures.satisfaction", MOVED_TO, "2025-06")


def test_shares_of_nothing_are_none(reader: Reader) -> None:
    dataset = CATALOGUE.datasets["dossier"]
    assert unassigned(reader, dataset, f"received_on = DATE '{date(1999, 1, 1)}'", "51") is None


def test_a_comparison_never_mixes_two_maps(reader: Reader) -> None:
    """After the reform the base comes on today's map; before it both sides stand on the map of their day."""

    def ask(period: str, mode: Mode) -> Comparison:
        unit = small_core.COMMUNES[0]
        return compare(reader, CATALOGUE, "procedures.received", unit, period, mode=mode, calendar=WorkCalendar.load())

    across = ask("2025-07", "previous")
    stored = reader.observation("procedures.received", small_core.COMMUNES[0], "2025-06")
    assert across.base is not None
    assert stored is not None
    assert across.base.value > (stored.value or 0)  # people of the closed offices are with it
    assert "today_map" in [note.key for note in across.notes]
    before = ask("2025-06", "previous")
    assert before.now is not None
    assert before.now.value == stored.value
    assert "today_map" not in [note.key for note in before.notes]
    straddling = ask("2025-12.ytd", "previous")
    assert straddling.refused is not None

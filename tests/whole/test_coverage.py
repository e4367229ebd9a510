"""docs/coverage.md against the published demo: every system has a number from a source, on the page it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from indicators.compare import compare
from indicators.figure import Figure, figures
from indicators.second.single import recompute_one
from ioc.calendar import WorkCalendar
from ioc.catalogue import Catalogue
from ioc.errors import UsageError
from ioc.published import Publication, Reader
from layouts.pages import PAGES

ROOT = Path(__file__).resolve().parents[2]
COVERAGE = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
ROWS = [
    [re.findall(r"`([^`]+)`", cell) for cell in line.split("|")[3:6]]
    for line in COVERAGE.splitlines()
    if re.match(r"\| \d+ \|", line)
]
QUOTED = {  # the own province's counts, exactly
    "procedures.catalogue": 2184,
    "procedures.full_online_count": 848,
    "procedures.partial_online_count": 1336,
    "procedures.integrated_count": 2127,
    "procedures.agencies_using": 108,
    "digital.skills_sites": 96,
    "digital.villages_without_broadband": 21,
    "digital.villages_without_power_signal": 21,
}


@pytest.fixture(scope="module")
def reader(demo_home: Path) -> Iterator[Reader]:
    publication = Publication(demo_home)
    with publication.reader() as found:
        yield found
    publication.close()


def newest(reader: Reader, indicator: str) -> float | None:
    """The province's newest value."""
    rows = reader.select(
        "SELECT value FROM mart.observation WHERE indicator = ? AND unit = ? AND slice_dim = '' AND state IN "
        "('value', 'zero') ORDER BY period_end DESC, period_start DESC LIMIT 1",
        [indicator, reader.version.province],
    )
    return float(str(rows[0]["value"])) if rows else None


def test_all_thirty_six_systems_are_mapped() -> None:
    assert len(ROWS) == 36
    assert all(own and pages for own, _, pages in ROWS)


@pytest.mark.parametrize("place", range(len(ROWS)))
def test_a_system_shows_a_number_on_its_page(place: int, reader: Reader) -> None:
    own, quoted, paths = ROWS[place]
    pages = [page for page in PAGES if page.path in paths]
    assert len(pages) == len(paths)
    assert all(page.in_menu for page in pages), "one click from the overview"
    named = frozenset().union(*(page.indicators for page in pages))
    for key in own:
        assert key in named
        assert newest(reader, key) is not None, f"{key} has no value"
    modules = "".join((ROOT / "layouts" / "pages" / f"{page.key}.py").read_text(encoding="utf-8") for page in pages)
    for key in quoted:
        assert f'"{key}"' in modules
        assert figures(reader, [key]), f"{key} has no published figure"


@pytest.mark.parametrize("indicator", sorted(QUOTED))
def test_quoted_counts_of_the_own_province_are_met_exactly(indicator: str, reader: Reader) -> None:
    assert newest(reader, indicator) == QUOTED[indicator]


def test_measured_indicators_have_values_for_their_units(reader: Reader) -> None:
    """At least 60 measured from records, each with a value for 80 % of its declared units in its best period."""
    catalogue = Catalogue.from_json(reader.catalogue_json())
    rows = reader.select(
        """WITH cell AS (
             SELECT indicator, unit_level, period, count(*) AS units,
               count(*) FILTER (WHERE state IN ('value', 'zero')) AS have
             FROM mart.observation WHERE slice_dim = '' AND state <> 'not_applicable' GROUP BY ALL)
           SELECT indicator, unit_level, max(have / units) AS share FROM cell GROUP BY ALL"""
    )
    share = {(str(row["indicator"]), str(row["unit_level"])): float(str(row["share"])) for row in rows}
    listed = [one for one in catalogue.indicators.values() if one.kind != "external"]
    measured = [one for one in listed if one.is_measured and not one.id.startswith("sources.")]
    assert len(listed) >= 120
    assert len(measured) >= 60
    poor = [
        (one.id, level, share.get((one.id, level)))
        for one in measured
        for level in one.levels
        if level in ("province", "commune", "department") and share.get((one.id, level), 0.0) < 0.8
    ]
    assert not poor


Quoted = dict[tuple[str, str], Figure]


@pytest.fixture(scope="module")
def quoted(reader: Reader) -> Quoted:
    """The published figures of the table above, by indicator and unit."""
    named = [key for row in ROWS for key in row[1]]
    return {(one.figure_code, one.unit_code): one for one in figures(reader, named)}


def test_trap_two_bases_under_one_hundred_percent(reader: Reader, quoted: Quoted) -> None:
    """2,127 of 2,127 and 2,127 of 2,184: both with their denominator and what it is."""
    assert newest(reader, "procedures.portal_integrated") == pytest.approx(100 * 2127 / 2184)
    whole = quoted[("procedures.quoted_integrated", "51")]
    assert (whole.numerator, whole.denominator, whole.value) == (2127, 2127, 100)
    assert "2.184" in str(whole.method)
    both = Catalogue.from_json(reader.catalogue_json())
    texts = {both.indicator(f"procedures.{key}").definition.vi for key in ("portal_integrated", "integrated_of_online")}
    assert len(texts) == 2, "each says what it is divided by"


def test_trap_part_whole_and_remainder(reader: Reader, quoted: Quoted) -> None:
    parts = [quoted[(f"procedures.quoted_{name}", "68")] for name in ("full_online", "partial_online", "not_online")]
    assert [part.numerator for part in parts] == [877, 1163, 197]
    assert sum(part.numerator or 0 for part in parts) == 2237
    assert {part.denominator for part in parts} == {2237}
    own = [newest(reader, f"procedures.{name}_count") for name in ("full_online", "partial_online", "not_online")]
    assert own[:2] == [848, 1336]
    assert sum(value or 0 for value in own) == newest(reader, "procedures.catalogue")


def test_trap_inequalities_stay_inequalities(reader: Reader, quoted: Quoted) -> None:
    on_time = quoted[("procedures.quoted_on_time", "08746")]
    assert (on_time.comparator, on_time.value) == (">", 92)
    assert quoted[("digital.quoted_certificates", "51")].comparator == ">"
    assert quoted[("digital.quoted_dti_commitment", "25")].comparator == ">="
    rows = reader.select(
        "SELECT DISTINCT comparator FROM mart.observation WHERE indicator = 'procedures.quoted_on_time'"
    )
    assert [row["comparator"] for row in rows] == [">"]


def test_trap_as_of_is_said(reader: Reader, quoted: Quoted) -> None:
    """Rank 9 'within one month', status 'by 3 October': from when to when, and the day it was stated."""
    rank = quoted[("procedures.national_rank", "68")]
    assert (str(rank.valid_from), str(rank.valid_to)) == ("2025-07-01", "2025-07-31")
    assert all(one.stated_on is not None for one in quoted.values())
    gaps = "SELECT count(*) AS n FROM mart.observation WHERE provenance = 'external' AND known_at IS NULL"
    assert reader.select(gaps)[0]["n"] == 0


def test_trap_before_after_without_baseline_is_a_claim(quoted: Quoted) -> None:
    for key, unit, comparator in (
        ("procedures.quoted_time_saved", "06913", "≈"),
        ("traffic.quoted_congestion", "24781", "<="),
    ):
        claim = quoted[(key, unit)]
        assert (claim.claim_grade, claim.comparator) == ("D", comparator)
        assert claim.method
        assert claim.publisher


def test_trap_another_geography_is_said(quoted: Quoted) -> None:
    """Converted or refused: tests/indicators/test_concordance.py; a quoted figure says on which map it stands."""
    old = quoted[("digital.quoted_video_sites", "44")]
    assert "trước 1/7/2025" in str(old.method)


def test_trap_the_kind_of_period_is_part_of_the_key(reader: Reader, quoted: Quoted) -> None:
    assert quoted[("procedures.quoted_on_time", "08746")].period == "2025-Q3"
    rows = reader.select(
        "SELECT period, period_kind FROM mart.observation WHERE indicator = 'procedures.received' GROUP BY ALL"
    )
    assert len({row["period"] for row in rows}) == len(rows), "a key says its kind"
    assert {"day", "week", "month", "quarter"} <= {str(row["period_kind"]) for row in rows}


def test_trap_self_reported_is_told_from_measured(reader: Reader) -> None:
    catalogue = Catalogue.from_json(reader.catalogue_json())
    rows = reader.select("SELECT DISTINCT indicator, provenance FROM mart.observation")
    classes: dict[str, set[str]] = {}
    for row in rows:
        kind = catalogue.indicator(str(row["indicator"])).kind
        classes.setdefault(kind, set()).add(str(row["provenance"]))
    assert classes["reported"] == {"reported"}
    assert classes["external"] == {"external"}
    assert classes["ratio"] == classes["count"] == {"measured"}


def test_trap_a_status_of_others_is_copied_never_computed(reader: Reader, quoted: Quoted) -> None:
    assert quoted[("digital.readiness_rank_front", "25")].status_text == "Xanh"
    external = reader.select(
        "SELECT provenance FROM mart.observation WHERE indicator = 'digital.readiness_rank_front' GROUP BY 1"
    )
    assert [row["provenance"] for row in external] == ["external"]
    catalogue = Catalogue.from_json(reader.catalogue_json())
    seen = reader.series("digital.dti_published", "VN", "year")[-1]
    with pytest.raises(UsageError, match="not computed from records"):
        recompute_one(reader, catalogue, seen)


def test_published_dti_is_not_compared_over_the_change_of_its_decision(reader: Reader) -> None:
    """PRODUCT 4: 98 component indices until 2023, 47 from 2024; nobody can compute the older round again."""
    catalogue = Catalogue.from_json(reader.catalogue_json())
    found = compare(reader, catalogue, "digital.dti_published", "VN", "2024", calendar=WorkCalendar.load())
    assert found.refused is not None
    assert found.refused.key == "reason_version"
    said = found.to_dict()["sentences"]["vi"][0]
    assert "QĐ 405/QĐ-BKHCN" in said
    assert [one.version for one in reader.series("digital.dti_published", "VN", "year")] == [1, 2]


def test_published_figures_do_not_move_the_periods(reader: Reader) -> None:
    assert not [key for key in reader.periods("year") if key > "2040"]

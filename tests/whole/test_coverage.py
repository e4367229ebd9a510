"""docs/coverage.md against the published demo: every system has a number from a source, on the page it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from indicators.compare import compare
from indicators.figure import figures
from ioc.calendar import WorkCalendar
from ioc.catalogue import Catalogue
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


def test_traps_of_the_quoted_figures(reader: Reader) -> None:
    """PRODUCT 2: two bases of one 100 %, the remainder, inequalities, as-of, claims without baseline, status copied."""
    found = {(one.figure_code, one.unit_code): one for one in figures(reader, [key for row in ROWS for key in row[1]])}
    assert newest(reader, "procedures.portal_integrated") == pytest.approx(100 * 2127 / 2184)
    whole = found[("procedures.quoted_integrated", "51")]
    assert (whole.numerator, whole.denominator, whole.value) == (2127, 2127, 100)
    assert "2.184" in str(whole.method)
    full, partial, rest = (
        found[(f"procedures.quoted_{name}", "68")] for name in ("full_online", "partial_online", "not_online")
    )
    assert full.numerator + partial.numerator + rest.numerator == full.denominator == 2237  # type: ignore[operator]
    on_time = found[("procedures.quoted_on_time", "08746")]
    assert (on_time.comparator, on_time.value) == (">", 92)
    assert found[("digital.quoted_certificates", "51")].comparator == ">"
    assert found[("digital.quoted_dti_commitment", "25")].comparator == ">="
    rank = found[("procedures.national_rank", "68")]
    assert (str(rank.valid_from), str(rank.valid_to)) == ("2025-07-01", "2025-07-31")
    for key, unit, comparator in (
        ("procedures.quoted_time_saved", "06913", "≈"),
        ("traffic.quoted_congestion", "24781", "<="),
    ):
        claim = found[(key, unit)]
        assert (claim.claim_grade, claim.comparator) == ("D", comparator)
        assert claim.method
    assert found[("digital.readiness_rank_front", "25")].status_text == "Xanh"
    external = reader.select(
        "SELECT provenance FROM mart.observation WHERE indicator = 'digital.readiness_rank_front' GROUP BY 1"
    )
    assert [row["provenance"] for row in external] == ["external"]
    old = found[("digital.quoted_video_sites", "44")]
    assert "trước 1/7/2025" in str(old.method), "another geography is said beside the figure"


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

# ruff: noqa: E501  (SQL and YAML stay on one line here)
"""The catalogue: what is shipped is whole, and what is wrong is refused with file, line and a suggestion."""

from __future__ import annotations

from pathlib import Path

import pytest

from indicators.checked import faults, load_checked
from ioc.catalogue import Catalogue, load_catalogue, parse_duration
from ioc.catalogue.load import load_with_origins
from ioc.errors import ConfigError, UsageError
from ioc.period import Period

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "indicators" / "catalogue"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_checked()


def overlay(tmp_path: Path, text: str, name: str = "own.yaml") -> Path:
    folder = tmp_path / "catalogue"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def entry_text(indicator: str = "procedures.mine", **changes: str) -> str:
    fields = {
        "version": "1",
        "valid_from": "2026-01-01",
        "name": "{vi: Của tôi, en: Mine}",
        "short_name": "{vi: Của tôi, en: Mine}",
        "definition": "{vi: Đếm, en: Count}",
        "formula": "{vi: Đếm, en: Count}",
        "legal_basis": "{text: None, status: provincial}",
        "owner": "{office: {vi: Sở, en: Office}, contact: {vi: Trực, en: Duty}}",
        "measure_unit": "percent",
        "precision": "1",
        "direction": "up",
        "kind": "ratio",
        "dataset": "dossier",
        "period_by": "finished_on",
        "numerator": "count(is_settled)",
        "denominator": "count()",
        "levels": "[province]",
        "periods": "[month]",
        "roll_up": "ratio",
        **changes,
    }
    lines = [f"  {name}: {value}" for name, value in fields.items() if value]
    return "\n".join(["indicators:", f"- id: {indicator}", *lines]) + "\n"


def test_shipped_catalogue_covers_four_domains(catalogue: Catalogue) -> None:
    entries = catalogue.indicators.values()
    assert {entry.domain for entry in entries} == {"procedures", "reporting", "traffic", "digital"}
    assert sum(entry.is_measured for entry in entries) >= 140
    for entry in entries:
        assert entry.owner.office.vi
        assert entry.owner.contact.vi
        assert entry.legal_basis.text
        assert entry.freshness is not None or entry.kind in ("score", "external"), entry.id


def test_json_round_trip_keeps_everything_in_order(catalogue: Catalogue) -> None:
    again = Catalogue.from_json(catalogue.to_json())
    assert again == catalogue
    assert list(again.indicators) == list(catalogue.indicators)
    assert again.to_json() == catalogue.to_json()


@pytest.mark.parametrize(
    ("changes", "line", "says"),
    [
        ({"numerater": "count()"}, 21, "unknown key 'numerater'; did you mean 'numerator'?"),
        ({"direction": "upp"}, 13, "did you mean 'up'?"),
        ({"dataset": "dosier"}, 15, "did you mean 'dossier'?"),
        ({"denominator": ""}, 2, "kind 'ratio' needs 'denominator'"),
        ({"name": "{vi: Một}"}, 5, "add 'en:'"),
        ({"measure_unit": "percents"}, 2, "unknown measure_unit"),
        ({"slices": "[channel]", "kind": "stock", "period_by": ""}, 2, "needs 'enters_on'"),
    ],
)
def test_wrong_entry_names_file_line_and_remedy(tmp_path: Path, changes: dict[str, str], line: int, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_catalogue(SHIPPED, overlay(tmp_path, entry_text(**changes)))
    assert "own.yaml" in caught.value.path
    assert says in str(caught.value)
    assert caught.value.line is not None
    assert abs(caught.value.line - line) <= 1


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("numerator", "count(is_setled)", "did you mean 'is_settled'?"),
        ("numerator", "count(channel)", "not a condition"),
        ("numerator", "sum(channel)", "not a number"),
        ("where", "finished_on <= finished_at", "is compared with"),
        ("where", "__import__('os')", "unknown function"),
        ("period_by", "channel", "not a date or timestamp"),
    ],
)
def test_wrong_expression_names_its_line(tmp_path: Path, field: str, text: str, says: str) -> None:
    loaded = load_with_origins(SHIPPED, overlay(tmp_path, entry_text(**{field: f'"{text}"'})))
    found = list(faults(loaded))
    assert len(found) == 1
    assert says in str(found[0])
    lines = entry_text(**{field: f'"{text}"'}).splitlines()
    assert found[0].line is not None
    assert lines[found[0].line - 1].startswith(f"  {field}:")


def test_overlay_replaces_by_version_and_never_masks_an_upgrade(tmp_path: Path) -> None:
    newer = overlay(tmp_path, entry_text("procedures.on_time", version="2"))
    assert load_catalogue(SHIPPED, newer).indicator("procedures.on_time").version == 2
    shipped = load_catalogue(SHIPPED).indicator("procedures.on_time")
    older = overlay(tmp_path, entry_text("procedures.on_time", version="0").replace("version: 0", "version: 1"))
    assert load_catalogue(SHIPPED, older).indicator("procedures.on_time").name != shipped.name


def test_targets_by_unit_level_and_date(tmp_path: Path) -> None:
    targets = """targets:
- {indicator: procedures.on_time, unit: "*", valid_from: 2025-01-01, operator: ">=", value: 95, text: {vi: a, en: a}, basis: x}
- {indicator: procedures.on_time, unit: commune, valid_from: 2025-01-01, operator: ">=", value: 90, text: {vi: b, en: b}, basis: x}
- {indicator: procedures.on_time, unit: "21289", valid_from: 2026-01-01, operator: ">=", value: 99.5, text: {vi: c, en: c}, basis: x}
- {indicator: procedures.on_time, unit: "*", valid_from: 2027-01-01, operator: ">=", value: 97, text: {vi: d, en: d}, basis: x}
"""
    folder = overlay(tmp_path, entry_text())
    (folder / "targets").mkdir()
    (folder / "targets" / "own.yaml").write_text(targets, encoding="utf-8")
    catalogue = load_catalogue(SHIPPED, folder)

    def text(unit: str, level: str, period: str) -> str | None:
        found = catalogue.target_for("procedures.on_time", unit, level, Period.parse(period))
        return None if found is None else found.text.vi

    assert text("21289", "commune", "2026-06") == "c"
    assert text("21289", "commune", "2025-06") == "b"
    assert text("51", "province", "2025-06") == "a"
    assert text("51", "province", "2027-01") == "d"
    assert text("51", "province", "2020-01") is None


def test_yearly_target_is_due_by_month(catalogue: Catalogue) -> None:
    june = catalogue.target_for("reporting.public_investment", "51", "province", Period.parse("2026-06.ytd"))
    assert june is not None
    assert june.value == 50
    assert "100%" in june.text.vi


def test_unknown_indicator_suggests(catalogue: Catalogue) -> None:
    with pytest.raises(UsageError, match=r"procedures\.on_time"):
        catalogue.indicator("procedures.ontime")


def test_durations() -> None:
    assert parse_duration("+15m").total_seconds() == 900
    with pytest.raises(ValueError, match="15m"):
        parse_duration("soon")


@pytest.mark.parametrize(
    ("key", "adds", "carries"),
    [
        ("procedures.received", True, "never"),
        ("procedures.on_time", False, "never"),
        ("procedures.open", True, "standing"),
        ("digital.certificate_coverage", False, "within_period"),
        ("reporting.public_investment", False, "within_period"),
        ("reporting.grdp_growth", False, "never"),
    ],
)
def test_what_adds_up_and_what_stands_for_days_without_news(
    catalogue: Catalogue, key: str, adds: bool, carries: str
) -> None:
    entry = catalogue.indicator(key)
    assert (entry.is_additive, entry.carry_forward) == (adds, carries)

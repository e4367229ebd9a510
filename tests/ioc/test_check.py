"""`ioc check`: what is orphaned, unowned or disagrees with its example is named with file, line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from indicators.checked import SHIPPED, CatalogueKeeper
from indicators.example import disagreements, missing_examples
from indicators.orphans import Supply, orphans
from ioc.catalogue import load_catalogue
from ioc.catalogue.load import load_with_origins
from ioc.errors import ConfigError
from ioc.settings import Settings
from ioc_cli.check import check, supplies_of
from ioc_cli.context import Context
from ioc_cli.define import define
from tests.ioc.test_catalogue import entry_text, overlay

SUPPLIES = supplies_of(Settings(home=Path("nowhere")))
DATASET = """
datasets:
  mine:
    table: core.rating
    unit: unit_code
    key: rating_code
    history_by: rated_on
    sources: [{source}]
    columns:
      rating_code: {{type: text}}
      unit_code: {{type: text}}
      rated_on: {{type: date{kept}}}
      level: {{type: number}}
"""
EXAMPLE = """indicator: procedures.mine
says: "A và B trong tháng 6; A xong."
now: "2026-07-20 09:00"
table: dossier
rows:
- {{dossier_code: A, unit_code: "21001", finished_on: "2026-06-03", is_settled: true}}
- {{dossier_code: B, unit_code: "21001", finished_on: "2026-06-03", is_settled: false}}
ask: {{unit: "51", period: "{period}"}}
expect: {{value: {value}, numerator: 1, denominator: 2, state: value}}
"""


def mine(dataset: str = "mine", **changes: str) -> str:
    return entry_text(dataset=dataset, **{"period_by": "rated_on", "numerator": "count()", **changes})


def found(folder: Path, supplies: dict[str, Supply] | None = None) -> list[str]:
    return [str(fault) for fault in orphans(load_with_origins(SHIPPED, folder), supplies or SUPPLIES)]


def test_what_is_shipped_has_no_orphan() -> None:
    loaded = load_with_origins(SHIPPED)
    assert list(orphans(loaded, SUPPLIES)) == []
    folder = Path(__file__).resolve().parents[1] / "examples"
    assert list(missing_examples(loaded, folder, below=SHIPPED)) == []
    assert list(disagreements(loaded.catalogue, folder)) == []


def test_columns_nobody_reads(tmp_path: Path) -> None:
    folder = overlay(tmp_path, mine(), "a.yaml")
    overlay(tmp_path, DATASET.format(source="one_stop/danh_gia", kept=""), "b.yaml")
    (fault,) = found(folder)
    assert "b.yaml:13: no expression and no record list reads column 'level' of dataset 'mine'" in fault
    assert "kept" in fault
    overlay(tmp_path, DATASET.format(source="one_stop/danh_gia", kept=", kept: nobody knows").replace(
        "level: {type: number}", "level: {type: number, kept: a panel reads it}"), "b.yaml")  # fmt: skip
    (fault,) = found(folder)
    assert "b.yaml:12" in fault
    assert "is read anyway" in fault


def test_datasets_without_number_and_without_source(tmp_path: Path) -> None:
    folder = overlay(tmp_path, DATASET.format(source="one_stop/danh_giaa", kept=""), "b.yaml")
    nothing, source = found(folder)
    assert "b.yaml:4: no indicator is measured from dataset 'mine'" in nothing
    assert "b.yaml:8: no source 'one_stop/danh_giaa' fills dataset 'mine'; did you mean 'one_stop/danh_gia'?" in source


def test_sources_that_feed_nothing(tmp_path: Path) -> None:
    def error(message: str, *, remedy: str) -> ConfigError:
        return ConfigError("source.yaml", 7, message, remedy=remedy)

    lost = {"weather/rain": Supply(frozenset({"core.rain"}), "", False, error)}
    (fault,) = found(tmp_path, {**SUPPLIES, **lost})
    assert fault.startswith("source.yaml:7: no dataset of the catalogue takes what 'weather/rain' delivers")
    assert found(tmp_path, {**SUPPLIES, "weather/rain": Supply(frozenset(), "warnings", False, error)}) == []


@pytest.mark.parametrize(
    ("target", "line", "says"),
    [
        ("unit: communes", 2, "not measured for unit 'communes'; did you mean 'commune'?"),
        ("unit: '*', valid_to: 2025-12-31", 2, "ends on 2025-12-31, before it begins"),
    ],
)
def test_targets_that_never_count(tmp_path: Path, target: str, line: int, says: str) -> None:
    own = tmp_path / "catalogue" / "targets"
    own.mkdir(parents=True)
    text = "{vi: x, en: x}"
    (own / "own.yaml").write_text(
        f'targets:\n- {{indicator: procedures.on_time, {target}, valid_from: 2026-01-01, operator: ">=", value: 1, '
        f"text: {text}, basis: b}}\n",
        encoding="utf-8",
    )
    (fault,) = found(tmp_path / "catalogue")
    assert f"own.yaml:{line}: " in fault
    assert says in fault


def test_a_target_of_nothing_and_a_number_of_nobody_are_refused(tmp_path: Path) -> None:
    own = tmp_path / "catalogue" / "targets"
    own.mkdir(parents=True)
    (own / "own.yaml").write_text(
        'targets:\n- {indicator: procedures.on_tim, valid_from: 2026-01-01, operator: ">=", value: 1, '
        "text: {vi: x, en: x}, basis: b}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError, match=r"own.yaml:2: no indicator 'procedures.on_tim'; did you mean 'procedures.on"):
        load_catalogue(SHIPPED, tmp_path / "catalogue")
    (own / "own.yaml").unlink()
    overlay(tmp_path, entry_text(owner=""))
    with pytest.raises(ConfigError, match=r"own.yaml:2: .*owner"):
        load_catalogue(SHIPPED, tmp_path / "catalogue")
    overlay(tmp_path, entry_text(owner="{office: {vi: '', en: Office}, contact: {vi: Trực, en: Duty}}"))
    with pytest.raises(ConfigError, match=r"own.yaml:10: "):
        load_catalogue(SHIPPED, tmp_path / "catalogue")


def test_examples_that_disagree(tmp_path: Path) -> None:
    folder = overlay(tmp_path, entry_text())
    loaded = load_with_origins(SHIPPED, folder)
    examples = folder / "examples"
    (fault,) = missing_examples(loaded, examples, below=folder)
    assert "own.yaml:2: procedures.mine version 1 has no example procedures.mine.yaml" in str(fault)
    examples.mkdir()
    path = examples / "procedures.mine.yaml"

    def said(text: str) -> list[str]:
        path.write_text(text, encoding="utf-8")
        return [str(one) for one in disagreements(loaded.catalogue, examples)]

    assert said(EXAMPLE.format(value=50, period="2026-06")) == []
    (wrong,) = said(EXAMPLE.format(value=60, period="2026-06"))
    assert "procedures.mine.yaml:9: value comes out as 50.0, the example says 60" in wrong
    (when,) = said(EXAMPLE.format(value=50, period="2026-6"))
    assert "procedures.mine.yaml:5: the example cannot be computed" in when
    (short,) = said("indicator: procedures.mine\n")
    assert "an example needs says, now, table, rows, ask, expect" in short
    assert list(missing_examples(loaded, examples, below=folder)) == []


def test_the_command_lists_all_of_it_and_exits_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc_cli.check.EXAMPLES", tmp_path / "none")  # those of the house have their own test
    overlay(tmp_path, mine(), "a.yaml")
    overlay(tmp_path, DATASET.format(source="one_stop/danh_gia", kept=""), "b.yaml")
    (tmp_path / "calendar.csv").write_text(
        "date,is_working,reason_vi,reason_en,legal_basis,version\n2026-10-15,no,a,b,c,d\n", encoding="utf-8"
    )
    said = CliRunner().invoke(check, [], obj=Context(home_option=tmp_path), catch_exceptions=False)
    assert said.exit_code == 1
    lines = said.output.splitlines()
    assert [name for name in ("b.yaml:13", "a.yaml:2", "calendar.csv:2") if any(name in line for line in lines)] == [
        "b.yaml:13", "a.yaml:2", "calendar.csv:2",
    ]  # fmt: skip
    assert len(lines) == 3


def test_a_newer_definition_ends_the_one_before_when_it_says_what_changed(tmp_path: Path) -> None:
    """An administrator writes the new entry alone: the past is never counted again by it."""
    change = "{vi: Đổi cách đếm, en: Counted in another way}"
    folder = overlay(tmp_path, entry_text("procedures.on_time", version="2", valid_from="2026-12-01", change=change))
    loaded = load_catalogue(SHIPPED, folder)
    older, newer = loaded.versions_of("procedures.on_time")
    assert (older.version, str(older.valid_to)) == (1, "2026-11-30")
    assert str(loaded.measured_span(newer)[0]) == "2026-12-01"
    corrected = load_catalogue(SHIPPED, overlay(tmp_path, entry_text("procedures.on_time", version="2")))
    assert corrected.measured_span(corrected.indicator("procedures.on_time")) == (None, None)
    overlay(tmp_path, entry_text("procedures.on_time", version="2", valid_from="2018-01-01", change=change))
    with pytest.raises(ConfigError, match=r"own.yaml:4: version 2 begins on 2018-01-01, version 1 not before"):
        load_catalogue(SHIPPED, folder)


def test_a_legal_text_changes_with_an_editor_and_the_check(tmp_path: Path) -> None:
    """Drafted, refused while open, edited, its example corrected: the new definition counts, the old one ends."""
    ctx = Context(home_option=tmp_path)
    said = CliRunner().invoke(define, ["procedures.on_time", "--from", "2026-12-01"], obj=ctx, catch_exceptions=False)
    assert said.exit_code == 0
    folder = tmp_path / "catalogue"
    draft = folder / "procedures.on_time.yaml"
    with pytest.raises(ConfigError, match=r"procedures.on_time.yaml:7: this is still to be filled in"):
        load_catalogue(SHIPPED, folder)
    text = draft.read_text(encoding="utf-8").replace("CONFIRM", "By the extended due time")
    draft.write_text(text.replace("due_original_at", "due_current_at"), encoding="utf-8")
    loaded = load_with_origins(SHIPPED, folder)
    older, newer = loaded.catalogue.versions_of("procedures.on_time")
    assert (older.numerator, str(older.valid_to)) == ("count(finished_at <= due_original_at)", "2026-11-30")
    assert newer.model_copy(update={"version": 1, "valid_from": older.valid_from, "valid_to": older.valid_to,
        "change": None, "numerator": older.numerator}) == older  # fmt: skip
    faults = [str(fault) for fault in disagreements(loaded.catalogue, folder / "examples")]
    assert len(faults) == 2
    assert "value comes out as 100.0, the example says 66.6" in faults[0]
    again = CliRunner().invoke(define, ["procedures.on_time", "--from", "2027-01-01"], obj=ctx)
    assert again.exit_code != 0
    assert "exists already" in str(again.exception)


def test_a_name_of_another_file_is_explained(tmp_path: Path) -> None:
    folder = overlay(tmp_path, entry_text(owner="*control"))
    with pytest.raises(ConfigError, match=r"own.yaml:10: .* written in another file; write it out here"):
        load_catalogue(SHIPPED, folder)


def test_while_a_draft_is_open_a_running_process_goes_on_as_before(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = CatalogueKeeper()
    before = keeper.load(None, home=tmp_path)
    folder = overlay(tmp_path, entry_text("procedures.on_time", version="2", formula="{vi: CONFIRM, en: CONFIRM}"))
    assert keeper.load(folder, home=tmp_path) is keeper.load(folder, home=tmp_path) is before
    assert ["still to be filled in" in record.getMessage() for record in caplog.records] == [True], "said once"
    overlay(tmp_path, entry_text("procedures.on_time", version="2"))
    assert keeper.load(folder, home=tmp_path).indicator("procedures.on_time").version == 2
    overlay(tmp_path, "indicators: [")
    with pytest.raises(ConfigError):
        CatalogueKeeper().load(folder, home=tmp_path)

"""Mappings: what they may say, what they may not (with file, line and a suggestion), and shapes of delivered rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from ioc.errors import ConfigError
from ioc.settings import Settings, load_settings
from ioc.yamlfile import load_yaml
from pipelines.mapping.expression import FUNCTIONS, SPECIAL, ExpressionError, compile_expression
from pipelines.mapping.requests import FORMATS, KEYS
from pipelines.mapping.source_file import load_all_sources, read_mapping
from pipelines.mapping.targets import core_tables
from pipelines.run import run_source
from pipelines.spec import ColumnSpec, Shape
from tests.pipelines.mapped import EXAMPLES, HEAD, ingest, open_mapped, put_example, rows
from tests.pipelines.places import count

PLAIN = (
    HEAD
    + """    request: {glob: "*.csv"}
    columns:
      don_vi: {path: Mã, required: true, place: {kind: unit}}
      ky: {path: Kỳ, required: true}
      gia_tri: {path: Giá trị, type: decimal, decimal: ","}
    key: [don_vi, ky]
    into:
      report_value:
        set: {field_code: "'thu'", unit_code: don_vi__unit, period: ky, value: gia_tri}
"""
)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_example_is_in_order(path: Path) -> None:
    assert read_mapping(load_yaml(path)).is_mapped


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("glob:", "globb:", 10, "did you mean 'glob'"),
        ("value: gia_tri}", "value: gia_trii}", 18, "did you mean 'gia_tri'"),
        ("period: ky,", "perod: ky,", 18, "did you mean 'period'"),
        ("report_value:", "report_valu:", 17, "did you mean 'report_value'"),
        ("value: gia_tri}", "value: rond(gia_tri)}", 18, "did you mean 'round'"),
        (", value: gia_tri", "", 18, "report_value needs value"),
        ('decimal: ","', 'decimal: ";"', 14, "decimal cannot be ';'"),
        ("required: true}\n      gia", "requird: true}\n      gia", 13, "did you mean 'required'"),
        ("value: gia_tri}", "value: gia_tri, quality: \"'good'\"}", 18, "'good' is not taken here"),
        ("value: gia_tri}", "value: gia_tri, quality: ky}", 18, "the values of 'ky' are not known"),
        ("office: {vi: a", "office: {vi: CONFIRM", 5, "still to be filled in"),
        ('glob: "*.csv"', "glob: '*.csv', format: xslx", 10, "unknown format 'xslx'"),
        ("every: 1h", "evry: 1h", 7, "known"),
    ],
)
def test_a_slip_is_named_with_its_line_and_the_word_meant(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    assert old in PLAIN
    path = tmp_path / "thu.yaml"
    path.write_text(PLAIN.replace(old, new, 1), encoding="utf-8")
    if "evry" in new:  # reach keeps the connection's own keys: they are checked with the others at the start
        from pipelines.connection import check_connections
        from pipelines.mapping.source_file import with_mapped

        spec = read_mapping(load_yaml(path))
        with pytest.raises(ConfigError, match="unknown key 'evry'"):
            check_connections(with_mapped(Settings(home=tmp_path), {"thu": spec}), {"thu": "files"})
        return
    with pytest.raises(ConfigError) as caught:
        read_mapping(load_yaml(path))
    assert f"thu.yaml:{line}: " in str(caught.value), str(caught.value)
    assert said in f"{caught.value} {caught.value.remedy}"


def test_a_secret_in_a_mapping_is_refused(tmp_path: Path) -> None:
    """C-06: a mapping names the secret, it does not hold it."""
    path = tmp_path / "thu.yaml"
    path.write_text(PLAIN.replace("every: 1h,", "every: 1h, api_key: abc123,"), encoding="utf-8")
    with pytest.raises(ConfigError, match="'api_key' is written out"):
        read_mapping(load_yaml(path))


@pytest.mark.parametrize(
    "text",
    ["__import__('os')", "a.b", "lambda: 1", "[x for x in a]", "a if", "f'{a}'", "a := 1", "unit(a, a)", "a is 1", "b"],
)
def test_expressions_know_a_closed_list_only(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(text, {"a"})


def test_texts_in_expressions_cannot_break_out() -> None:
    """C-05: quotes are doubled, whatever stands in them."""
    assert compile_expression('a == "x\' OR 1=1 --"', {"a"}) == "(\"a\" = 'x'' OR 1=1 --')"


def test_foreign_units_never_count_for_the_province(tmp_path: Path) -> None:
    """DECISIONS 1: a unit of another register may not stand where rows are added up for the province."""
    text = (EXAMPLES / "permit_log.yaml").read_text(encoding="utf-8")
    path = tmp_path / "permit_log.yaml"
    path.write_text(text.replace("unit_code: province()", "unit_code: unit('nl', case_code)"), encoding="utf-8")
    with pytest.raises(ConfigError, match="another register cannot count in dossier"):
        read_mapping(load_yaml(path))


def test_targets_agree_with_the_warehouse(tmp_path: Path) -> None:
    """Every column a mapping may set is there, and every core table with rows of sources can be fed."""
    with open_mapped(tmp_path) as ctx:
        found: dict[str, set[str]] = {}
        for table, column in rows(
            ctx, "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'core'"
        ):
            found.setdefault(table, set()).add(column)
    fed = {name for name, columns in found.items() if "load_id" in columns}
    assert set(core_tables()) <= fed
    assert {"dossier", "traffic_flow", "report_value", "field_report", "task"} <= set(core_tables())
    for name, table in core_tables().items():
        assert {*table.settable, *table.key, *table.order_by, *table.need, *table.words} <= found[name], name


def test_a_mapping_in_config_yaml_and_in_a_file_beside_it(tmp_path: Path) -> None:
    """The three places are one: home/sources, a file config.yaml names, and config.yaml itself."""
    beside = tmp_path / "thu_map.yaml"
    beside.write_text(PLAIN, encoding="utf-8")
    inline = PLAIN.replace("id: thu\n", "id: hai\n")
    indented = "".join(f"      {line}\n" for line in inline.splitlines())
    config = tmp_path / "config.yaml"
    config.write_text(
        "version: 1\nsources:\n"
        f"  thu: {{every: 1h, path: {tmp_path}/box, mapping: thu_map.yaml}}\n"
        f"  hai:\n    every: 1h\n    path: {tmp_path}/box\n    mapping:\n{indented}",
        encoding="utf-8",
    )
    specs = load_all_sources(load_settings(config, tmp_path / "home"))
    assert specs["thu"].datasets["so"].into == specs["hai"].datasets["so"].into
    config.write_text(config.read_text(encoding="utf-8").replace("period: ky", "perid: ky"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"config.yaml:2\d: report_value has no column 'perid'"):
        load_all_sources(load_settings(config, tmp_path / "home"))


def test_vietnamese_numbers_codes_and_units(tmp_path: Path) -> None:
    """P-14, P-18: 1.234,5 is one thousand two hundred; an unknown unit is refused by name and position."""
    box = put_example(tmp_path, "thu", text=PLAIN)
    (box / "a.csv").write_text(
        'Mã,Kỳ,Giá trị\n21289,2026,"1.234,5"\n99999,2026,"1,0"\n51,2026,1.234.5\n', encoding="utf-8"
    )
    with open_mapped(tmp_path) as ctx:
        (load,) = ingest(ctx, "thu").loads
        assert (load.rows_in, load.rows_good, load.rows_refused) == (3, 1, 2)
        assert rows(ctx, "SELECT unit_code, value, quality FROM core.report_value") == [("21289", 1234.5, "final")]
        refused = "SELECT rule, position FROM ops.quarantine ORDER BY position"
        assert rows(ctx, refused) == [("place:don_vi", 2), ("type:gia_tri", 3)]


def test_rows_of_a_group_that_disagree_are_refused_by_column(tmp_path: Path) -> None:
    """Never guessed: without `take`, a column must be the same in all rows of its group."""
    text = PLAIN.replace("    columns:", "    shape: {group: {by: [don_vi, ky]}}\n    columns:", 1)
    box = put_example(tmp_path, "thu", text=text)
    (box / "a.csv").write_text("Mã,Kỳ,Giá trị\n51,2025,1\n51,2025,1\n51,2026,1\n51,2026,2\n", encoding="utf-8")
    with open_mapped(tmp_path) as ctx:
        (load,) = ingest(ctx, "thu").loads
        assert (load.rows_in, load.rows_good, load.rows_refused) == (2, 1, 1)
        assert rows(ctx, "SELECT rule, masked_row->>'varies' IS NOT NULL FROM ops.quarantine") == [
            ("same_in_group", True)
        ]


def test_sums_in_a_group_add_what_can_be_read_and_refuse_the_rest(tmp_path: Path) -> None:
    """P-11: a text among the numbers of a sum refuses its group; it is not skipped."""
    text = PLAIN.replace("    columns:", "    shape: {group: {by: [don_vi, ky]}}\n    columns:", 1)
    text = text.replace('decimal: ","}', 'decimal: ",", take: sum}')
    box = put_example(tmp_path, "thu", text=text)
    lines = ["Mã,Kỳ,Giá trị", '51,2025,"1.000,5"', '51,2025,"2,25"', "51,2026,3", "51,2026,ba"]
    (box / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with open_mapped(tmp_path) as ctx:
        ingest(ctx, "thu")
        assert rows(ctx, "SELECT period, value FROM core.report_value") == [("2025", 1002.75)]
        assert rows(ctx, "SELECT rule, masked_row->>'gia_tri' FROM ops.quarantine") == [("type:gia_tri", "ba")]


def test_merged_cells_are_filled_down_and_a_part_of_the_rows_is_chosen(tmp_path: Path) -> None:
    text = PLAIN.replace(
        "    columns:", "    shape: {fill_down: [ky], where: \"loai == 'A'\", read: {loai: Loại}}\n    columns:", 1
    )
    box = put_example(tmp_path, "thu", text=text)
    (box / "a.csv").write_text("Mã,Kỳ,Giá trị,Loại\n51,2024,1,A\n21289,,2,A\n21292,,3,B\n", encoding="utf-8")
    with open_mapped(tmp_path) as ctx:
        ingest(ctx, "thu")
        assert rows(ctx, "SELECT unit_code, period, value FROM core.report_value ORDER BY 1") == [
            ("21289", "2024", 2.0),
            ("51", "2024", 1.0),
        ]


@pytest.mark.parametrize(
    ("spec", "given", "wanted"),
    [
        ("type: local_time, zone: America/Chicago", "2016-07-01 12:00:00", "2016-07-01 17:00:00"),
        ("type: local_time, zone: America/Chicago", "2016-01-01 12:00:00", "2016-01-01 18:00:00"),
        ('type: local_time, zone: "-06:00"', "2016-07-01 12:00:00", "2016-07-01 18:00:00"),
        ('type: local_time, format: "%d/%m/%Y %H:%M"', "03/04/2026 07:30", "2026-04-03 00:30:00"),
        ("type: local_time, format: excel", "46115.5", "2026-04-03 05:00:00"),
        ("type: instant, format: epoch_ms", "1775175000000", "2026-04-03 00:10:00"),
        ("type: instant, format: epoch_s", "1775175000", "2026-04-03 00:10:00"),
        ("type: instant", "2026-04-03T07:10:00+07:00", "2026-04-03 00:10:00"),
    ],
)
def test_times_of_every_kind(tmp_path: Path, spec: str, given: str, wanted: str) -> None:
    """P-17, P-20: as declared, stored in UTC; never swapped, never guessed."""
    text = PLAIN.replace("      ky:", f"      luc: {{path: Lúc, {spec}}}\n      ky:").replace(
        "value: gia_tri}", "value: gia_tri, submitted_at: luc}"
    )
    box = put_example(tmp_path, "thu", text=text)
    (box / "a.csv").write_text(f"Mã,Kỳ,Giá trị,Lúc\n51,2026,1,{given}\n", encoding="utf-8")
    with open_mapped(tmp_path) as ctx:
        ingest(ctx, "thu")
        assert count(ctx, "SELECT CAST(submitted_at AS VARCHAR) FROM core.report_value") == wanted


def test_the_docs_name_every_function_format_table_and_example() -> None:
    """docs/sources.md is what a steward has: nothing the mapping knows may be missing from it."""
    text = (EXAMPLES.parent / "sources.md").read_text(encoding="utf-8")
    for name in (*FUNCTIONS, *SPECIAL):
        assert f"`{name}(" in text, name
    for form in FORMATS:
        assert f"`{form}`" in text, form
    for name, table in core_tables().items():
        rest = [column for column in table.settable if column not in table.need]
        assert f"| `{name}` | {', '.join(table.need)} | {', '.join(rest)} |" in text, name
    for key in {*ColumnSpec.model_fields, *Shape.model_fields, *set().union(*KEYS.values())} - {"path"}:
        assert key in text, key
    for path in EXAMPLES.glob("*.yaml"):
        assert f"(examples/{path.name})" in text, path.name


def test_p18_numbers_are_read_as_declared_or_refused(tmp_path: Path) -> None:
    """P-18: with a decimal comma, and with a decimal point; what could be two numbers, or is
    written like none (a minus of typesetting, a bracket), is refused."""
    given = ("1.234,5", "1,234.5", "1.234", "(5)", "-5", "\u22125", "12,5%", "NaN", "1e999", "inf", "1.23,5", "0x1F")
    wanted = {
        ",": {"1.234,5": 1234.5, "1.234": 1234.0, "-5": -5.0},
        ".": {"1.234": 1.234, "-5": -5.0},
    }
    for sign, good in wanted.items():
        box = put_example(tmp_path / sign, "thu", text=PLAIN.replace('decimal: ","', f'decimal: "{sign}"'))
        lines = [f'51,{2000 + number},"{text}"' for number, text in enumerate(given)]
        (box / "a.csv").write_text("\n".join(["Mã,Kỳ,Giá trị", *lines, ""]), encoding="utf-8")
        with open_mapped(tmp_path / sign) as ctx:
            run_source("thu", ctx)
            found = dict(rows(ctx, "SELECT period, value FROM core.report_value"))
            assert {given[int(period) - 2000]: value for period, value in found.items()} == good, sign

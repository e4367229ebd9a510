"""`ioc source`: a preview is the truth of the run that follows, a draft says what it guessed, nothing is kept."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from ioc.errors import IocError
from ioc_cli.root import ioc
from ioc_cli.source import due_line
from pipelines.mapping.draft import type_of
from tests.pipelines.mapped import EXAMPLES, HEAD, ingest, open_mapped, put_example, rows
from tests.shared import shared_data


def run(home: Path, *words: str) -> tuple[int, str]:
    home.mkdir(parents=True, exist_ok=True)
    (home / "config.yaml").write_text("version: 1\ndemo: {enabled: false}\nsources: {}\n", encoding="utf-8")
    done = CliRunner().invoke(ioc, ["--home", str(home), *words])
    if isinstance(done.exception, IocError):
        return 1, str(done.exception)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_a_preview_shows_what_the_run_then_loads_and_keeps_nothing(tmp_path: Path) -> None:
    file = shared_data("procedures", "receipt.csv")
    home = tmp_path / "home"
    code, text = run(home, "--json", "source", "preview", str(file), "--mapping", str(EXAMPLES / "permit_log.yaml"))
    assert code == 0, text
    cases, steps = json.loads(text)["deliveries"]
    assert (cases["delivered"], cases["rows_in"], cases["rows_good"]) == (8577, 1434, 1434)
    assert [(flag["rule"], flag["count"]) for flag in cases["flagged"]] == [("ends_after_start", 2)]
    assert cases["in_time"] == {
        "dossiers": 1434, "finished": 1329, "in_time": 940, "without_due": 0, "due_before_receipt": 0,
    }  # fmt: skip
    assert not (home / "landing").exists()
    assert not (home / "warehouse").exists()
    put_example(home, "permit_log", file)
    with open_mapped(home) as ctx:
        ingest(ctx, "permit_log")
        shown = cases["tables"]["core.dossier"][0]
        loaded = rows(ctx, "SELECT dossier_code, channel, received_at FROM core.dossier")
        assert (shown["dossier_code"], shown["channel"], datetime.fromisoformat(shown["received_at"])) in loaded
    assert steps["tables"]["core.dossier_event"]


def test_a_due_time_that_cannot_be_right_is_called_so() -> None:
    """A wrong column breaks no rule; its counts give it away."""
    counts = {"dossiers": 100, "finished": 80, "in_time": 60, "without_due": 5, "due_before_receipt": 2}
    assert (
        due_line(counts)
        == "due time: 60 of 80 finished are in time (75.0%), 5 have none; compare it with a share you know"
    )
    assert "WRONG COLUMN? 3 of 100 are due before" in due_line({**counts, "due_before_receipt": 3})
    assert "WRONG COLUMN? all or none" in due_line({**counts, "in_time": 80})
    assert "WRONG COLUMN" not in due_line({**counts, "finished": 0, "in_time": 0})


def test_a_preview_names_every_fault_and_fails(tmp_path: Path) -> None:
    text = (EXAMPLES / "world_development.yaml").read_text(encoding="utf-8").replace(", missing: [NA]", "")
    mapping = tmp_path / "m.yaml"
    mapping.write_text(text, encoding="utf-8")
    file = tmp_path / "wb_wdi_x.csv"
    file.write_text("ind_id,cty_id,date,value\nA.B,VN,2022,1\nA.B,NA,2022,NA\nA.B,LA,22,3\n", encoding="utf-8")
    code, said = run(tmp_path / "home", "source", "preview", str(file), "--mapping", str(mapping), "--lang", "en")
    assert code == 1
    assert "3 rows delivered: 1 good, 2 refused, 0 duplicate" in said
    assert "type:figure: not readable as decimal (first at row 2: 'NA')" in said
    assert "pattern:year: the code does not fit its pattern (first at row 3: '22')" in said


def test_a_wrong_expression_is_told_before_anything_is_loaded(tmp_path: Path) -> None:
    text = (EXAMPLES / "world_development.yaml").read_text(encoding="utf-8")
    mapping = tmp_path / "m.yaml"
    mapping.write_text(text.replace("value: figure\n", "value: local_day(figure)\n"), encoding="utf-8")
    file = tmp_path / "wb_wdi_x.csv"
    file.write_text("ind_id,cty_id,date,value\nA.B,VN,2022,1\n", encoding="utf-8")
    code, said = run(tmp_path / "home", "source", "preview", str(file), "--mapping", str(mapping))
    assert code == 1
    assert "core.report_value cannot be made" in said


def test_an_unknown_target_and_an_unclear_file(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert "'one_stp' is neither a file nor a source" in run(home, "source", "preview", "one_stp")[1]
    file = tmp_path / "x.csv"
    file.write_text("a\n1\n", encoding="utf-8")
    assert "which source is x.csv? fitting: none" in run(home, "source", "preview", str(file))[1]
    put_example(home, "flow_entities")
    code, said = run(home, "source", "list")
    assert code == 0
    assert "flow_entities" in said
    assert "one_stop" in said


def test_a_draft_marks_its_guesses_and_leaves_persons_out(tmp_path: Path) -> None:
    """R-01: columns that name persons, by heading or by their values, are not even offered."""
    file = tmp_path / "Hồ sơ tháng 6.csv"
    file.write_text(
        "Mã hồ sơ;Họ tên;Ghi chú;Đơn vị;Ngày nộp;Hạn trả;Kênh;Phí\n"
        "HS-1;Người A;051090000001;Xã Sơn Hà;13/06/2026 07:30;20/06/2026 17:00;Trực tuyến;1.234,5\n"
        "HS-2;Người B;051090000002;Xã Sơn Hạ;14/06/2026 08:00;21/06/2026 17:00;Trực tiếp;2,0\n",
        encoding="utf-8",
    )
    code, text = run(tmp_path / "home", "source", "init", str(file))
    assert code == 0, text
    draft = yaml.safe_load(text)
    dataset = draft["datasets"]["rows"]
    assert draft["id"] == "ho_so_thang_6"
    assert dataset["request"]["delimiter"] == ";"
    assert dataset["columns"]["ngay_nop"] == {
        "path": "Ngày nộp", "type": "local_time", "format": "%d/%m/%Y %H:%M", "required": True,
    }  # fmt: skip
    assert dataset["columns"]["don_vi_code"] == {"place": {"kind": "unit", "name": "don_vi"}}
    assert dataset["into"]["dossier"]["set"]["unit_code"] == "don_vi_code__unit"
    assert set(dataset["columns"]["kenh"]["codes"].values()) == {"CONFIRM"}
    assert not {"ho_ten", "ghi_chu"} & set(dataset["columns"])
    assert "left out, its heading names persons: Họ tên" in text
    assert "left out, its values look like identity or telephone numbers: Ghi chú" in text
    mapping = tmp_path / "m.yaml"
    mapping.write_text(text, encoding="utf-8")
    code, said = run(tmp_path / "home", "source", "preview", str(file), "--mapping", str(mapping))
    assert (code, "still to be filled in" in said) == (1, True)
    done = text.replace("Trực tuyến: CONFIRM", "Trực tuyến: online").replace("Trực tiếp: CONFIRM", "Trực tiếp: direct")
    mapping.write_text(done.replace("CONFIRM, en: CONFIRM", "a, en: a"), encoding="utf-8")
    code, said = run(tmp_path / "home", "source", "preview", str(file), "--mapping", str(mapping))
    assert code == 0, said
    assert "21289" in said
    assert "21292" in said


@pytest.mark.parametrize(
    ("values", "kind", "form", "doubt"),
    [
        (["13/04/2026"], "date", {"format": "%d/%m/%Y"}, ""),
        (["03/04/2026"], "date", {"format": "%d/%m/%Y"}, "also fits %m/%d/%Y"),
        (["2026-04-03 10:00:00"], "local_time", {}, "times without a zone"),
        (["2026-04-03T10:00:00Z"], "instant", {}, ""),
        (["1.234"], "decimal", {}, "1.234 is read as one and a bit"),
        (["1.234,5"], "decimal", {"decimal": ","}, "comma for decimals"),
        (["001"], "text", {}, ""),
        (["-12", "7"], "integer", {}, ""),
        (["a", "1"], "text", {}, ""),
    ],
)
def test_types_are_guessed_and_doubt_is_said(values: list[str], kind: str, form: dict[str, str], doubt: str) -> None:
    """P-17, P-18: a date that reads two ways and a number that may be a thousand are named."""
    found = type_of(values)
    assert found[:2] == (kind, form)
    assert doubt in found[2]


@pytest.mark.parametrize(
    ("parts", "into", "said"),
    [
        (("reporting", "gso_area_population_density_by_province.csv"), "report_value", "header_row: 3"),
        (("traffic", "datex2"), "traffic_flow", "format: datex2"),
        (("reporting", "sdmx", "sg-ts.xml"), "report_value", "format: sdmx"),
        (("traffic", "fiware", "TrafficFlowObserved.example-normalized.json"), "traffic_flow", "format: ngsi"),
        (("composite", "hdi"), "report_value", "encoding: latin-1"),
    ],
)
def test_the_format_of_the_reference_files_is_recognised(
    tmp_path: Path, parts: tuple[str, ...], into: str, said: str
) -> None:
    path = shared_data(*parts)
    file = path if path.is_file() else next(item for item in path.iterdir())
    code, text = run(tmp_path / "home", "source", "init", str(file), "--into", into)
    assert code == 0, text
    assert said in text


OFFICE = (
    HEAD.replace("domain: reporting", "domain: procedures")
    + """    request: {glob: '*.csv', encoding: cp1258, delimiter: ;}
    columns:
      ma: {path: Mã, required: true}
      xa: {path: Xã, required: true, place: {kind: commune}}
      nhan: {path: Nhận, type: date, format: '%d/%m/%Y', required: true}
      kenh: {path: Kênh, codes: {Trực tiếp: direct}}
      ghi_chu: {path: Ghi chú}
    key: [ma]
    into:
      dossier: {set: {dossier_code: ma, unit_code: xa__unit, received_at: nhan, channel: kenh}}
"""
)


def tones_apart(text: str) -> bytes:
    """Vietnamese as Windows code page 1258 writes it: tones behind their letters."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    found = ""
    for letter in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", letter)
        plain = "".join(part for part in parts if part not in tones)
        found += unicodedata.normalize("NFC", plain) + "".join(part for part in parts if part in tones)
    return found.encode("cp1258")


def test_a_preview_of_an_office_file_tells_what_the_run_refuses(tmp_path: Path) -> None:
    """P-11, P-15, P-16: letters of code page 1258 meet the codes of the mapping, a commune stands by its name in its
    own column, and personal data are found before the run finds them."""
    home = tmp_path / "home"
    box = put_example(home, "thu", text=OFFICE)
    lines = ["Mã;Xã;Nhận;Kênh;Ghi chú"]
    lines += ["1;Xã Sơn Hà;01/09/2026;Trực tiếp;", "2;X. Sơn Hạ;02/09/2026;Trực tiếp;gọi lại"]
    lines += ["3;21289;31/02/2026;Trực tiếp;", "4;Sơn Hà;03/09/2026;Trực tiếp;"]
    lines += ["5;Xã Sơn Hà;04/09/2026;Trực tiếp;Công dân CCCD 051203004567 gọi lại"]
    (box / "so.csv").write_bytes(tones_apart("\n".join(lines) + "\n"))
    code, text = run(home, "--json", "source", "preview", str(box / "so.csv"))
    assert code == 1, text
    seen = json.loads(text)["deliveries"][0]
    with open_mapped(home) as ctx:
        result = ingest(ctx, "thu")
        assert (result.rows_in, result.rows_good, result.rows_refused) == (5, 2, 3)
        stored = rows(ctx, "SELECT dossier_code, unit_code, channel FROM core.dossier ORDER BY 1")
    assert stored == [("1", "21289", "direct"), ("2", "21292", "direct")], "X. stands for Xã, a bare name for nothing"
    assert (seen["rows_in"], seen["rows_good"], seen["rows_refused"]) == (5, 2, 3)
    refused = {entry["rule"]: entry for entry in seen["refused"]}
    assert set(refused) == {"type:nhan", "place:xa", "personal:ghi_chu"}
    assert "051203004567" not in text


def test_a_draft_of_an_office_file_sees_titles_totals_merged_cells_and_bad_dates(tmp_path: Path) -> None:
    """P-11, P-17: one impossible date does not make a column of dates a text; the draft is confirmed and reads it."""
    lines = ["UBND XÃ;;;;", "SỔ TIẾP NHẬN;;;;", "Tháng 9;;;;", "Xã/phường;Số tiếp nhận;Ngày nhận;Ngày hẹn trả;Ngày trả"]
    for number in range(20):
        xa = {0: "Xã Sơn Hà", 9: "Phường Cẩm Thành"}.get(number, "")
        day = "31/02/2026" if number == 7 else f"{number + 1:02d}/09/2026"
        lines.append(f"{xa};SH-{number};{day};28/09/2026;{'' if number % 5 == 0 else '27/09/2026'}")
    lines += ["Tổng cộng;20;;;", "Người lập biểu;;;;"]
    file = tmp_path / "so.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-16")
    code, text = run(tmp_path / "home", "source", "init", str(file))
    assert code == 0, text
    dataset = yaml.safe_load(text)["datasets"]["rows"]
    assert dataset["request"]["layout"] == {"header_row": 4, "end": ["Tổng cộng"]}
    assert dataset["shape"] == {"fill_down": ["xa_phuong"]}
    assert dataset["columns"]["ngay_nhan"]["type"] == "date"
    assert "1 of 20 values cannot be read so, the first is '31/02/2026'" in text
    assert dataset["into"]["dossier"]["set"]["finished_at"] == "ngay_tra"
    mapping = tmp_path / "m.yaml"
    mapping.write_text(text.replace("CONFIRM, en: CONFIRM", "a, en: a"), encoding="utf-8")
    words = ("--json", "source", "preview", str(file), "--mapping", str(mapping), "--rows", "30")
    seen = json.loads(run(tmp_path / "home", *words)[1])["deliveries"][0]
    assert (seen["rows_in"], seen["rows_good"], seen["rows_refused"]) == (20, 19, 1)
    counts = Counter(row["unit_code"] for row in seen["tables"]["core.dossier"])
    assert sorted(counts.values()) == [8, 11]
    assert counts["21289"] == 8


def test_a_draft_in_the_home_stops_no_other_source(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file of home/sources with a fault is told with its line; the others are read, and rebuilding is refused."""
    home = tmp_path / "home"
    put_example(home, "thu", text=OFFICE)
    put_example(
        home, "nhap", text=OFFICE.replace("id: thu", "id: nhap").replace("office: {vi: a", "office: {vi: CONFIRM")
    )
    code, text = run(home, "source", "list")
    assert code == 0, text
    assert re.search(r"^thu .* on ", text, re.MULTILINE)
    assert re.search(r"^nhap +not read: .*nhap.yaml:5: this is still to be filled in", text, re.MULTILINE)
    assert [record.args[0] for record in caplog.records if "is off until" in record.msg] == ["nhap"]
    for words in (("covenant", "nhap"), ("source", "preview", "nhap"), ("rebuild",)):
        code, text = run(home, *words)
        assert (code, "nhap.yaml:5: this is still" in text) == (1, True), (words, text)
    assert run(home, "covenant", "thu")[0] == 0
    put_example(home, "one_stop", text="id: one_stop\nkind: [")
    code, text = run(home, "source", "list")
    assert (code, "one_stop                 procedures" in text) == (0, False), "the shipped one does not step in"

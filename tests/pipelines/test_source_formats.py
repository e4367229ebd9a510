"""Files of every kind: what is read, what is left, and what hostile ones cost."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.connect import datex2
from pipelines.connect.xmlguard import XmlRefusedError, check_xml
from pipelines.run import run_source
from tests.pipelines.mapped import EXAMPLES, HEAD, ingest, open_mapped, put_example, rows

TEXT = (
    HEAD
    + """    request: {REQUEST}
    columns:
      don_vi: {path: Mã, required: true}
      ten: {path: Tên}
      gia_tri: {path: Giá trị, type: decimal, required: true}
    key: [don_vi]
    into:
      report_value:
        set: {field_code: "'thu'", unit_code: don_vi, period: "'2026'", value: gia_tri, document_ref: ten}
"""
)
RECORDS = [{"Mã": "21289", "Tên": "Xã Sơn Hà", "Giá trị": 1.5}, {"Mã": "21292", "Tên": "Xã Sơn Hạ", "Giá trị": 2}]
WANTED = [("21289", "Xã Sơn Hà", 1.5), ("21292", "Xã Sơn Hạ", 2.0)]
FOUND = "SELECT unit_code, document_ref, value FROM core.report_value ORDER BY 1"


def lines(separator: str = ",") -> str:
    return "\r\n".join(["Mã,Tên,Giá trị", "21289,Xã Sơn Hà,1.5", "21292,Xã Sơn Hạ,2", ""]).replace(",", separator)


def write_ods(path: Path) -> None:
    """The smallest OpenDocument table."""
    header = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{t}</text:p></table:table-cell>' for t in RECORDS[0]
    )
    body = ""
    for record in RECORDS:
        body += (
            "<table:table-row>"
            + "".join(
                f'<table:table-cell office:value-type="float" office:value="{value}"/>'
                if isinstance(value, (int, float))
                else f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
                for value in record.values()
            )
            + "</table:table-row>"
        )
    namespaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {namespaces} office:version="1.2">'
        '<office:body><office:spreadsheet><table:table table:name="S">'
        f"<table:table-row>{header}</table:table-row>{body}</table:table>"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", '<?xml version="1.0"?><manifest/>')


def write_xlsx(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Trang bìa"])
    sheet = book.create_sheet("Số liệu")
    for row in (["BÁO CÁO"], [], list(RECORDS[0]), *(list(record.values()) for record in RECORDS)):
        sheet.append(row)
    book.save(path)


def write(kind: str, box: Path) -> str:
    """A file of that kind in the box; returns the request that reads it."""
    if kind == "ods":
        write_ods(box / "a.ods")
    elif kind == "xlsx":
        write_xlsx(box / "a.xlsx")
        return "{sheet: Số liệu, layout: {header_row: 3}}"
    elif kind == "parquet":
        pq.write_table(
            pa.Table.from_pylist([{**r, "Giá trị": float(r["Giá trị"])} for r in RECORDS]), box / "a.parquet"
        )
    elif kind == "ndjson.gz":
        body = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS)
        (box / "a.ndjson.gz").write_bytes(gzip.compress(body.encode()))
    elif kind == "json":
        (box / "a.json").write_text(json.dumps({"ket_qua": {"dong": RECORDS}}), encoding="utf-8")
        return "{records: ket_qua.dong}"
    elif kind == "tsv":
        (box / "a.tsv").write_text(lines("\t"), encoding="utf-8", newline="")
    else:
        (box / "a.csv").write_bytes(lines().encode(kind))
        return f"{{encoding: {kind}}}" if kind != "utf-8-sig" else '{glob: "*.csv"}'
    return '{glob: "*"}'


@pytest.mark.parametrize("kind", ["ods", "xlsx", "parquet", "ndjson.gz", "json", "tsv", "utf-8-sig", "utf-16"])
def test_the_same_table_in_every_format(tmp_path: Path, kind: str) -> None:
    """P-16: one table, one result, whatever it is written in."""
    box = put_example(tmp_path, "thu", text=TEXT)
    request = write(kind, box)
    put_example(tmp_path, "thu", text=TEXT.replace("{REQUEST}", request))
    with open_mapped(tmp_path) as ctx:
        ingest(ctx, "thu")
        assert rows(ctx, FOUND) == WANTED


def test_cp1258_is_read_and_another_encoding_is_told(tmp_path: Path) -> None:
    """P-16: tones that stand apart in cp1258 become whole letters; bytes that are no UTF-8 are never guessed."""
    import unicodedata

    box = put_example(tmp_path, "thu", text=TEXT.replace("{REQUEST}", '{glob: "*.csv"}'))
    decomposed = "".join(
        char if char in "âêôăơưđ" else unicodedata.normalize("NFD", char)
        for char in unicodedata.normalize("NFC", lines())
    )
    (box / "a.csv").write_bytes(decomposed.encode("cp1258"))
    with open_mapped(tmp_path) as ctx:
        result = run_source("thu", ctx)
        assert "is no UTF-8; say 'encoding'" in result.message
        assert rows(ctx, FOUND) == []
    put_example(tmp_path, "thu", text=TEXT.replace("{REQUEST}", '{glob: "*.csv", encoding: cp1258}'))
    with open_mapped(tmp_path) as ctx:
        result = run_source("thu", ctx)
        assert result.status == "ok", result.message
        assert rows(ctx, FOUND) == WANTED


def test_nested_lists_with_fields_of_the_parent(tmp_path: Path) -> None:
    """Records inside records: `dong[].nam[]` walks in, `^.Mã` looks up."""
    text = (
        TEXT.replace("{REQUEST}", "{records: 'dong[].nam[]'}")
        .replace("path: Mã", "path: ^.Mã")
        .replace("path: Tên", "path: ^.Tên")
    )
    box = put_example(tmp_path, "thu", text=text)
    document = {"dong": [{"Mã": r["Mã"], "Tên": r["Tên"], "nam": [{"Giá trị": r["Giá trị"]}]} for r in RECORDS]}
    (box / "a.json").write_text(json.dumps(document), encoding="utf-8")
    with open_mapped(tmp_path) as ctx:
        ingest(ctx, "thu")
        assert rows(ctx, FOUND) == WANTED


def test_a_drop_folder_waits_for_the_marker_and_for_the_end(tmp_path: Path) -> None:
    """A file without its marker, with a working name, or without an end is left; then it is read once."""
    box = put_example(tmp_path, "thu", text=TEXT.replace("{REQUEST}", '{glob: "*.csv*", done_marker: .done}'))
    (box / "a.csv").write_text(lines(), encoding="utf-8")
    (box / "b.csv.part").write_text(lines(), encoding="utf-8")
    with open_mapped(tmp_path) as ctx:
        result = run_source("thu", ctx)
        assert (result.status, result.rows_in) == ("ok", 0)
        assert "a.csv: waits for its marker .done" in result.message
        assert "b.csv.part: still being written" in result.message
        (box / "a.csv.done").touch()
        assert run_source("thu", ctx).rows_good == 2
        assert run_source("thu", ctx).rows_in == 0


def test_a_last_line_without_end_is_read_once_the_file_is_old(tmp_path: Path) -> None:
    import os

    box = put_example(tmp_path, "thu", text=TEXT.replace("{REQUEST}", '{glob: "*.csv", settle: 10m}'))
    file = box / "a.csv"
    file.write_text(lines().rstrip(), encoding="utf-8")
    with open_mapped(tmp_path) as ctx:
        moment = ctx.now.timestamp()
        os.utime(file, (moment - 60, moment - 60))
        assert "left for the next run" in run_source("thu", ctx).message
        os.utime(file, (moment - 601, moment - 601))
        ingest(ctx, "thu")
        assert rows(ctx, FOUND) == WANTED


LAUGHS = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (LAUGHS.encode(), "never read"),
        (LAUGHS.encode("utf-16"), "never read"),
        (OUTSIDE.encode(), "never read"),
        (b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://169.254.169.254/x.dtd"><x/>', "never read"),
        (b"<a>" * 100 + b"</a>" * 100, "nested deeper"),
        (b"<x><y></x>", "not readable"),
        (b"", "not readable"),
    ],
)
def test_hostile_xml_is_refused(body: bytes, said: str) -> None:
    """F-04: no document type, no entity, inside or outside; nothing is fetched and nothing grows."""
    with pytest.raises(XmlRefusedError, match=said):
        check_xml(body)


def test_datex2_version_3_is_read_like_version_2(tmp_path: Path) -> None:
    """Another namespace, another nesting, the time behind the values: the same records."""
    quantity = (
        '<roa:physicalQuantity index="{i}"><roa:physicalQuantity xsi:type="roa:SinglePhysicalQuantity">'
        '<roa:basicData xsi:type="roa:{kind}"><roa:{name}>{error}{value}</roa:{name}></roa:basicData>'
        "</roa:physicalQuantity></roa:physicalQuantity>"
    )
    fault = "<com:dataError>true</com:dataError>"
    values = [
        quantity.format(
            i=1,
            kind="TrafficFlow",
            name="vehicleFlow",
            error="",
            value="<com:vehicleFlowRate>240</com:vehicleFlowRate>",
        ),
        quantity.format(
            i=2, kind="TrafficSpeed", name="averageVehicleSpeed", error="", value="<com:speed>48.5</com:speed>"
        ),
        quantity.format(
            i=3, kind="TrafficSpeed", name="averageVehicleSpeed", error=fault, value="<com:speed>0</com:speed>"
        ),
    ]
    body = (
        '<mc:messageContainer xmlns:mc="http://datex2.eu/schema/3/messageContainer" '
        'xmlns:roa="http://datex2.eu/schema/3/roadTrafficData" xmlns:com="http://datex2.eu/schema/3/common" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><mc:payload xsi:type="roa:MeasuredDataPublication">'
        '<roa:siteMeasurements><roa:measurementSiteReference id="S1" version="1"/>'
        + "".join(values)
        + "<roa:measurementTimeDefault><roa:timeValue>2026-07-01T00:00:00Z</roa:timeValue></roa:measurementTimeDefault>"
        "</roa:siteMeasurements></mc:payload></mc:messageContainer>"
    )
    found = datex2.records(body.encode())
    assert [(r["site"], r["index"], r["at"], r["kind"], r["value"], r["error"]) for r in found] == [
        ("S1", "1", "2026-07-01T00:00:00Z", "TrafficFlow", "240", False),
        ("S1", "2", "2026-07-01T00:00:00Z", "TrafficSpeed", "48.5", False),
        ("S1", "3", "2026-07-01T00:00:00Z", "TrafficSpeed", "0", True),
    ]


def test_a_foreign_xml_is_left_with_words(tmp_path: Path) -> None:
    box = put_example(tmp_path, "motorway_loops", text=(EXAMPLES / "motorway_loops.yaml").read_text(encoding="utf-8"))
    (box / "a.xml").write_text("<rss><channel/></rss>", encoding="utf-8")
    with open_mapped(tmp_path) as ctx:
        result = run_source("motorway_loops", ctx)
        assert (result.status, result.rows_in) == ("ok", 0)
        assert "this is no measured data of DATEX II" in result.message


def test_a_box_of_the_home_is_made_when_it_is_not_there(tmp_path: Path) -> None:
    """A new source that waits for its first file is no failure; a folder elsewhere that is absent is one."""
    box = put_example(tmp_path, "thu", text=TEXT.replace("{REQUEST}", '{glob: "*.csv"}'))
    box.rmdir()
    with open_mapped(tmp_path) as ctx:
        result = run_source("thu", ctx)
        assert (result.status, result.rows_in) == ("ok", 0)
        assert "no file came yet" in result.message
        assert box.is_dir()

"""Files made to break their reader (FAULTS C-07, C-08): each is refused in words, the next one is read."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ioc.errors import SourceError
from pipelines.connect import parquet
from pipelines.connect.disguise import Unreadable
from pipelines.connect.parquet import read_parquet
from pipelines.run import run_source
from tests.pipelines.mapped import HEAD, ingest, open_mapped, put_example, rows
from tests.pipelines.services import serving
from tests.pipelines.test_web_sources import read

MAPPING = (
    HEAD
    + """    request: {glob: "*", format: FORMAT}
    key: [don_vi]
    columns:
      don_vi: {path: ma, required: true}
      gia_tri: {path: so, type: decimal}
    into:
      report_value: {set: {field_code: "'thu'", unit_code: don_vi, period: "'2026'", value: gia_tri}}
"""
)


def packed(codes: list[str]) -> bytes:
    """A Parquet file of these units."""
    out = io.BytesIO()
    table = pa.table({"ma": codes, "so": [float(number) for number in range(len(codes))], "khac": ["x"] * len(codes)})
    pq.write_table(table, out, row_group_size=1, use_dictionary=False, compression="zstd")
    return out.getvalue()


def damaged(seed: int) -> bytes:
    """A Parquet file with bits flipped anywhere but in its two marks."""
    body, chance = bytearray(packed(["21289", "21292", "21298"])), random.Random(seed)
    for _ in range(chance.randint(1, 20)):
        body[chance.randrange(4, len(body) - 4)] ^= 1 << chance.randrange(8)
    return bytes(body)


PARQUET = {
    "empty": b"",
    "marks only": b"PAR1PAR1",
    "text": b"ma,so\n51,1\n",
    "cut": packed(["21289"])[:-9],
    "endless footer": packed(["21289"])[:-8] + b"\xff\xff\xff\x7fPAR1",
    "zeros": b"PAR1" + b"\0" * 4000 + b"PAR1",
}


def test_c08_a_parquet_file_costs_the_child_only(tmp_path: Path) -> None:
    """Of what was broken nothing is taken, the parent lives, and the file beside it is read."""
    box = put_example(tmp_path, "thu", text=MAPPING.replace("FORMAT", "parquet"))
    for name, body in PARQUET.items():
        (box / f"{name}.parquet").write_bytes(body)
    (box / "sound.parquet").write_bytes(packed(["51", "21289"]))
    with open_mapped(tmp_path) as ctx:
        result = ingest(ctx, "thu")
        assert all(f"{name}.parquet: " in result.message for name in PARQUET), result.message
        assert rows(ctx, "SELECT unit_code, value FROM core.report_value ORDER BY 1") == [("21289", 1.0), ("51", 0.0)]


@pytest.mark.parametrize("seed", range(6))
def test_c08_flipped_bits_are_refused_or_change_nothing_but_values(tmp_path: Path, seed: int) -> None:
    """Whatever the child makes of it, the parent has a table of the right columns or a reason."""
    path = tmp_path / "a.parquet"
    path.write_bytes(damaged(seed))
    found = read_parquet(path, lambda names: [name for name in names if name in ("ma", "so")])
    assert isinstance(found, (Unreadable, pa.Table))
    if isinstance(found, pa.Table):
        assert set(found.column_names) <= {"ma", "so"}


def test_c08_a_parquet_file_that_unpacks_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few kilobytes that are many when unpacked: refused by what came, or by the memory of the child."""
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"ma": ["x" * 1000] * 60_000}), path, compression="zstd")
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(parquet, "MOST_BYTES", 2**20)
    found = read_parquet(path, list)
    assert isinstance(found, Unreadable)
    assert "when unpacked" in found.message
    monkeypatch.setattr(parquet, "MEMORY_MB", 64)
    assert isinstance(read_parquet(path, list), Unreadable)


CSV: dict[str, bytes] = {
    "nul": b"ma,so\n51,\x001\n",
    "open quote": b'ma,so\n51,"1\n21289,2\n',
    "ragged": b"ma,so\n51,1,9,9\n21289\n",
    "one long line": b"ma,so\n" + b"x" * 5_000_000,
    "separators": b",,,,,\n" * 100,
    "not utf-8": b"ma,so\n\xff\xfe51,1\n",
    "random": random.Random(8).randbytes(20_000),
    "nothing": b"",
    "only line ends": b"\r\n\n\r\r\n",
}


@pytest.mark.parametrize("name", CSV)
def test_c08_a_malformed_csv_lands_nothing_and_says_why(tmp_path: Path, name: str) -> None:
    """No row of it is in core; the run names the file or refuses the rows; the next file is read."""
    box = put_example(tmp_path, "thu", text=MAPPING.replace("FORMAT", "csv"))
    (box / "a.csv").write_bytes(CSV[name])
    with open_mapped(tmp_path) as ctx:
        result = run_source("thu", ctx)
        assert "unexpected" not in result.message
        assert "a.csv" in result.message or result.rows_refused, result
        assert rows(ctx, "SELECT unit_code FROM core.report_value") == []
        (box / "a.csv").unlink()
        (box / "b.csv").write_bytes(b"ma,so\n51,7\n")
        ingest(ctx, "thu")
        assert rows(ctx, "SELECT unit_code, value FROM core.report_value") == [("51", 7.0)]


JSON: dict[str, tuple[Callable[[], bytes], str]] = {
    "twice": (lambda: b'{"data": [{"ma": "51", "so": 1, "so": 2}]}', "the key 'so' stands twice"),
    "huge number": (lambda: b'{"data": [{"ma": "51", "so": ' + b"9" * 1_000_000 + b"}]}", "not readable"),
    "deep": (lambda: b'{"data": ' + b"[" * 1_000_000, "nested too deeply|not readable"),
    "no text": (lambda: b'{"data": [{"ma": "\xff"}]}', "not readable"),
    "infinite": (lambda: b'{"data": [{"so": Infinity}]}', "not readable"),
}


@pytest.mark.parametrize("name", JSON)
def test_c07_hostile_json_is_refused_with_its_reason(name: str) -> None:
    body, words = JSON[name]
    answer = (200, {"content-type": "application/json"}, body())
    with serving(lambda path, query: answer) as url, pytest.raises(SourceError, match=words):
        read(url, {"path": "/rows", "items": "data"})


def test_c07_half_a_letter_becomes_the_sign_of_a_missing_one() -> None:
    """A lone surrogate is no letter: the row is landed without it, every other row as it was."""
    body = b'{"data": [{"ma": "\\ud800x"}, {"ma": "\xc4\x91"}]}'
    with serving(lambda path, query: (200, {"content-type": "application/json"}, body)) as url:
        assert [row["ma"] for row in read(url, {"path": "/rows", "items": "data"})] == ["?x", "đ"]

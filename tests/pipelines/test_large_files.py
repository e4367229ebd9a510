"""Files that are huge but legal: read piece by piece, the same as at once, in bounded memory."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from ioc.errors import SourceError
from pipelines.arrival import columns_of
from pipelines.connect import csv_stream, files
from pipelines.connect.delivery import Ask, Deadline, Delivery
from pipelines.connect.document import read_document
from pipelines.landing import manifests
from pipelines.run import run_source
from tests.pipelines.mapped import open_mapped, put_example
from tests.pipelines.places import NOW
from tests.pipelines.test_hostile_files import MAPPING as NUMBERS
from tests.pipelines.test_spreadsheets import MAPPING


@pytest.mark.parametrize("packed", [False, True])
def test_f06_a_large_csv_comes_piece_by_piece_and_is_the_same(
    packed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-06: read in pieces it lands the rows, texts and places it lands when it is read at once; a broken end fails."""
    box = put_example(tmp_path / "home", "thu", text=MAPPING.replace("FORMAT", "csv").replace("FORM", "%d/%m/%Y"))
    lines = [f'{21000 + number},"{number % 28 + 1:02d}/04/2026","ghi chú, {number}"' for number in range(30_000)]
    body = ("\ufeff" + "\r\n".join(["ma,ngay,khac", *lines, ""])).encode()
    path = box / ("a.csv.gz" if packed else "a.csv")
    path.write_bytes(gzip.compress(body) if packed else body)
    with open_mapped(tmp_path / "home") as ctx:
        spec = ctx.specs["thu"].datasets["so"]

        def read() -> list[Any]:
            asked = Ask("thu", "so", columns_of(spec), {}, {"format": "csv"}, None, NOW, Deadline("thu", 60), tmp_path)
            delivery = read_document(asked, path, path.name, Delivery("a", (), None, NOW), None, is_settled=True)
            assert isinstance(delivery, Delivery)
            assert delivery.ignored_columns == {"khac"}
            return list(delivery.tables)

        (whole,) = read()
        for name, value in (("STREAM_FROM", 1), ("PACKED_FROM", 1), ("BLOCK", 100_000), ("ROWS_A_PART", 9_000)):
            monkeypatch.setattr(csv_stream, name, value)
        pieces = read()
        assert len(pieces) > 2
        assert pa.concat_tables(pieces).combine_chunks() == whole.combine_chunks()
        path.write_bytes(path.read_bytes()[:-40] if packed else body + b'1,"2')
        with pytest.raises(SourceError, match=r"a\.csv"):
            read()


def small_pieces(monkeypatch: pytest.MonkeyPatch, block: int = 4_000) -> None:
    """Every CSV is read as a large one is."""
    for name, value in (("STREAM_FROM", 1), ("BLOCK", block), ("ROWS_A_PART", 1_000)):
        monkeypatch.setattr(csv_stream, name, value)


def texts(path: Path) -> list[tuple[str | None, str | None]]:
    """Both columns of every row, as read piece by piece."""
    names = ["ma", "chu"]
    found = csv_stream.tables("thu", path, path.name, ",", names, dict(zip(names, names, strict=True)))
    return [(row["ma"], row["chu"]) for table in found for row in table.to_pylist()]


def test_f06_texts_of_several_lines_are_read_wherever_a_piece_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A piece that would end inside a quoted text ends behind it; single quotation marks and blank lines are none."""
    small_pieces(monkeypatch, 700)
    path = tmp_path / "a.csv"
    told = [
        (f"{row}", f'ống 5" số {row}' if row % 3 else f"dòng\nhai,\n\n{row}" * (1 + row % 40)) for row in range(900)
    ]
    lines = [f'{ma},"{chu}"' if "\n" in chu else f"{ma},{chu}" for ma, chu in told]
    path.write_text("ma,chu\n" + "\n\n".join(lines), encoding="utf-8")
    assert texts(path) == told


@pytest.mark.parametrize("is_large", [False, True])
def test_c08_a_text_that_is_never_closed_swallows_nothing(
    is_large: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows behind it would be part of a text nobody looks at: the file is left, with the line where it begins."""
    box = put_example(tmp_path / "home", "thu", text=NUMBERS.replace("FORMAT", "csv"))
    lines = ["ma,so,khac", *(f"51,{row},x" for row in range(300)), '51,300,"x', *(f"51,{row},x" for row in range(300))]
    (box / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if is_large:
        small_pieces(monkeypatch)
    with open_mapped(tmp_path / "home") as ctx:
        message = run_source("thu", ctx).message
        assert "a.csv: line 302: a text is opened with a quotation mark and never closed" in message
        assert ctx.warehouse.cursor().execute("SELECT count(*) FROM core.report_value").fetchone() == (0,)


def test_f06_a_large_csv_is_hashed_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The manifest keeps the hash of the file; what was loaded under another name, or lies there since, is no news."""
    small_pieces(monkeypatch)
    home = tmp_path / "home"
    box = put_example(home, "thu", text=NUMBERS.replace("FORMAT", "csv"))
    body = "ma,so\n" + "51,7\n" * 3_000
    (box / "a.csv").write_text(body)
    hashed: list[str] = []
    monkeypatch.setattr(files, "hash_file", lambda _ask, path: hashed.append(path.name) or sha_of(path))
    with open_mapped(home, now=datetime.now(UTC) + timedelta(minutes=1)) as ctx:
        assert run_source("thu", ctx).rows_in == 3_000
        (landed,) = manifests(home)
        assert landed.sha256 == sha_of(box / "a.csv")
        assert not hashed
        shutil.copy(box / "a.csv", box / "b.csv")
        monkeypatch.setattr(files, "is_hashed_on_the_way", lambda _ask, path: path.name == "b.csv")
        assert run_source("thu", ctx).rows_in == 0
        assert hashed == ["a.csv"]
        assert list(manifests(home)) == [landed]
        monkeypatch.undo()
        small_pieces(monkeypatch)
        monkeypatch.setattr(csv_stream, "tables", lambda *_: pytest.fail("a file that lies there since is not read"))
        assert run_source("thu", ctx).rows_in == 0


def sha_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.faults
def test_f06_a_large_csv_needs_no_more_memory_than_a_gibibyte(tmp_path: Path) -> None:
    """F-06: 700 MB of dossiers; what the reading process needed at most."""
    program = f"""
import resource, sys
from pathlib import Path
from pipelines.connect import csv_stream
path = Path({str(tmp_path)!r}) / "a.csv"
line = ",".join(["H48.21-260601-0000000", "01/04/2026", "x" * 200]) + chr(10)
with path.open("w") as file:
    file.write("ma,ngay,khac" + chr(10))
    for _ in range(300):
        file.write(line * 10_000)
assert path.stat().st_size > 6.9e8
rows = 0
names = ["ma", "ngay", "khac"]
for table in csv_stream.tables("s", path, "a.csv", ",", names, dict(zip(names, names))):
    rows += table.num_rows
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    rows_read, most = map(int, said.stdout.split())
    assert rows_read == 3_000_000
    assert most * 1024 < 2**30

"""Files that are huge but legal: read piece by piece, the same as at once, in bounded memory."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from ioc.errors import SourceError
from pipelines.arrival import columns_of
from pipelines.connect import csv_stream
from pipelines.connect.delivery import Ask, Deadline, Delivery
from pipelines.connect.document import read_document
from tests.pipelines.mapped import open_mapped, put_example
from tests.pipelines.places import NOW
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

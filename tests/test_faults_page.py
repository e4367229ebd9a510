"""docs/faults.md: every check has its row, every test it names exists, and what is missing is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
OWED = [
    *(f"P-{number:02d}" for number in range(1, 25)),
    *(f"C-{number:02d}" for number in range(1, 10)),
    *(f"F-{number:02d}" for number in range(1, 7)),
    *(f"R-{number:02d}" for number in range(1, 4)),
    *("S-02", "S-05", "S-06", "S-08", "S-13", "J-03", "J-04", "J-05", "J-07", "J-08", "J-10"),
]


def test_every_owed_check_has_a_row() -> None:
    rows = re.findall(r"^\| ([A-Z]-\d{2}) \|", TEXT, flags=re.M)
    assert len(rows) == len(set(rows))
    assert set(OWED) <= set(rows)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`((?:tests|pipelines)/[^`]+)`", TEXT))))
def test_what_the_page_names_exists(name: str) -> None:
    path, _, function = name.partition("::")
    source = (ROOT / path).read_text(encoding="utf-8")
    assert not function or re.search(rf"^def {function}\(", source, flags=re.M), f"{path} has no {function}"


def test_a_row_names_a_test_or_says_what_is_missing() -> None:
    for check, answer in re.findall(r"^\| ([A-Z]-\d{2}) \|[^|]+\| (.+) \|$", TEXT, flags=re.M):
        assert "`" in answer or re.search(r"missing|by design|measured|no test|limit|refused", answer), check

"""docs/coverage.md: the tests it names exist, and hold the published numbers it says they hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
TRAPS = TEXT.partition("## Traps")[2].partition("## Published")[0]
NUMBERS = TEXT.partition("## Published numbers")[2]


def body(path: str, test: str) -> str:
    """A test with its decorators (its parameters): the text between the function before it and the one after."""
    source = (ROOT / path).read_text(encoding="utf-8")
    found = re.search(rf"^(?:@pytest[^@]*?)?def {test}\b.*?(?=^(?:@|def |class )|\Z)", source, flags=re.M | re.S)
    assert found, f"{path} has no {test}"
    return found[0]


@pytest.mark.parametrize("named", sorted(set(NAMED.findall(TEXT))), ids="::".join)
def test_what_the_page_names_exists(named: tuple[str, str]) -> None:
    assert "assert " in body(*named) or "pytest.raises" in body(*named)


def test_every_trap_has_its_own_test() -> None:
    rows = [line for line in TRAPS.splitlines() if line.startswith("| ") and "::" in line]
    first = [NAMED.findall(row)[0][1] for row in rows]
    assert len(rows) == len(set(first)) == 9
    assert all(name.startswith("test_trap_") for name in first)


def test_published_numbers_stand_in_the_tests_that_are_said_to_hold_them() -> None:
    rows = [line for line in NUMBERS.splitlines() if re.match(r"\| 9\.\d \|", line)]
    assert len(rows) >= 8
    for row in rows:
        text = re.sub(r"[_,]", "", "".join(body(path, test) for path, test in NAMED.findall(row)))
        for number in re.findall(r"`([\d.-]+)`", row):
            assert number.lstrip("0") in text, f"{number} of {row[:60]}"

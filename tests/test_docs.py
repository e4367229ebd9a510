"""Docs as tests: the README's commands exist, generated parts are fresh, links resolve."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import click
import pytest

from ioc_cli.root import HOMES, ioc

ROOT = Path(__file__).resolve().parents[1]


def test_readme_names_only_targets_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.M))
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, flags=re.M))
    assert {"run", "test"} <= named
    assert named <= targets


def test_command_reference_is_generated_and_fresh() -> None:
    from ioc_cli.reference import command_reference

    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == command_reference(), "run: ioc check --write-docs"


def test_every_command_is_listed_and_explains_itself() -> None:
    found = {}
    for path in (ROOT / "ioc_cli").glob("*.py"):
        module = import_module(f"ioc_cli.{path.stem}")
        found |= {(path.stem, command.name): command for command in getattr(module, "COMMANDS", ())}
    assert set(found) == {(home, name) for home, names in HOMES.items() for name in names}
    for (_, name), command in found.items():
        assert ioc.get_command(click.Context(ioc), name) is command
        assert (command.help or "").strip(), f"ioc {name} has no help"


@pytest.mark.parametrize("path", [*sorted(ROOT.glob("docs/*.md")), ROOT / "README.md"], ids=lambda path: path.name)
def test_relative_links_resolve(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_every_test_the_scorecards_page_names_exists() -> None:
    """A reference number is held by the test its line names: `file.py::test_x`, `::test_y` of the same file."""
    named, file = [], ""
    for path, test in re.findall(r"`([\w/.]*)::(test_\w+)`", (ROOT / "docs" / "scorecards.md").read_text("utf-8")):
        file = path or file
        named.append((file if "/" in file else f"tests/indicators/score/{file}", test))
    assert len(named) > 30
    missing = [
        (path, test)
        for path, test in named
        if not re.search(rf"^def {test}\b", (ROOT / path).read_text("utf-8"), flags=re.M)
    ]
    assert missing == []

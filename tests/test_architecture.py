"""The shape of the house, held by tests: layers, rooms, names, and words."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import BEGIN_FIRST

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("ioc", "ioc_cli", "ioc_api", "pipelines", "indicators", "layouts")
VIETNAMESE = re.compile(r"[ăâđêôơưĂÂĐÊÔƠƯàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]")
LONGEST = 300
SHAPELESS = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def modules(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def test_layers_and_one_home_rules_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(lint), "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", modules(*PACKAGES), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_one_room(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST, f"{path.relative_to(ROOT)} has {lines} lines: is it one room, or two?"
    assert path.stem not in SHAPELESS


def test_nobody_imports_the_front_door() -> None:
    for path in modules(*PACKAGES):
        assert not re.search(r"^\s*(from app |import app\b)", path.read_text(encoding="utf-8"), flags=re.M), path.name


def strings_shown(path: Path) -> list[tuple[int, str]]:
    """String constants of a module outside docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]


@pytest.mark.parametrize("path", modules("layouts"), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_vietnamese_text_in_layouts(path: Path) -> None:
    found = [(line, text) for line, text in strings_shown(path) if VIETNAMESE.search(text)]
    assert not found, f"move to layouts/words: {found[:3]}"


def test_words_exist_in_both_languages() -> None:
    folder = ROOT / "layouts" / "words"
    keys: dict[str, set[str]] = {"vi": set(), "en": set()}
    for path in folder.glob("*.yaml"):
        language = path.stem.split(".")[-1]
        keys[language] |= set(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert keys["vi"], "no words found"
    assert keys["vi"] == keys["en"]


def test_committed_files_name_no_machine_and_no_index() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    banned = re.compile(r"--(?:extra-)?index-url|--find-links|/root/\.|" + re.escape(str(ROOT.parent)) + "/")
    for name in filter(None, tracked.split("\0")):
        path = ROOT / name
        if path.suffix in {".gz", ".png", ".woff2", ".parquet", ".xlsx"} or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            assert name == "Makefile" or not banned.search(line) or "banned" in line, f"{name}:{number}: {line[:120]}"


def test_pages_hold_no_sql_colour_or_callback() -> None:
    for path in modules("layouts/pages"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\bSELECT\b|#[0-9A-Fa-f]{6}\b|\.callback\(|@callback", text), path.name


def test_the_modules_that_begin_first_exist() -> None:
    assert [name for name in BEGIN_FIRST if not (ROOT / "tests" / name).exists()] == []

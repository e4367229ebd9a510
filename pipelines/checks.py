"""Checks of what a load left behind: queries that return the rows that must not be."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ioc.errors import ConfigError
from pipelines.holding import HeldError

INCLUDE = re.compile(r"^-- include (?P<file>\S+\.sql)\s*$", re.MULTILINE)
BLOCK = re.compile(r"^-- (?P<head>[a-z_]+(?: -> [a-z_.]+)?)\s*$", re.MULTILINE)


def blocks(path: Path) -> dict[str, str]:
    """The statements of a .sql file by the line `-- name` above each; a line `-- include FILE` stands for that file."""
    if not path.exists():
        return {}
    text = INCLUDE.sub(lambda line: included(path, line["file"]), path.read_text(encoding="utf-8"))
    marks = list(BLOCK.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    found = {mark["head"]: text[mark.end() : end].strip().rstrip(";") for mark, end in zip(marks, ends, strict=True)}
    if text.strip() and not found:
        raise ConfigError(path, 1, "no statement has a line '-- name' above it")
    return found


def included(path: Path, name: str) -> str:
    """The text two sources share, from a place relative to the file that names it."""
    try:
        return (path.parent / name).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(path, None, f"cannot include {name}: {error.strerror}") from error


def run_checks(cursor: Any, path: Path, source: str, dataset: str, params: dict[str, object]) -> None:
    """Run every check inside the transaction; the first that returns rows holds the batch."""
    for name, sql in blocks(path).items():
        given = {key: value for key, value in params.items() if f"${key}" in sql}
        rows = cursor.execute(f"SELECT * FROM ({sql}) LIMIT 5", given or None).fetchall()
        if rows:
            shown = "; ".join(" ".join(str(cell) for cell in row) for row in rows)
            raise HeldError(
                source,
                dataset,
                f"check:{name}",
                f"Kiểm tra '{name}' không đạt: {shown[:200]}",
                f"the check '{name}' found {shown[:200]}",
                remedy="nothing of the batch was loaded; see checks.sql",
            )

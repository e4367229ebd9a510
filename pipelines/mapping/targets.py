"""The core tables a mapping may feed, read from targets.yaml; a test holds them against the migrations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from ioc.errors import IocError
from ioc.yamlfile import did_you_mean, load_yaml
from pipelines.checks import blocks

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class CoreTable:
    """One core table as a mapping sees it. `foreign`: its units may belong to another register."""

    name: str
    key: tuple[str, ...]
    need: tuple[str, ...]
    settable: tuple[str, ...]
    order_by: tuple[str, ...] = ()
    span: str = ""
    foreign: bool = False
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def table(self) -> str:
        """The table with its schema."""
        return f"core.{self.name}"


@lru_cache(maxsize=1)
def core_tables() -> dict[str, CoreTable]:
    """Every table by its short name."""
    return {
        name: CoreTable(
            name,
            tuple(entry["key"]),
            tuple(entry["need"]),
            tuple(entry["set"]),
            tuple(entry.get("order_by", ())),
            entry.get("span", ""),
            entry.get("foreign", False),
            {column: tuple(words) for column, words in entry.get("words", {}).items()},
        )
        for name, entry in load_yaml(FOLDER / "targets.yaml").data.items()
    }


def core_table(name: str) -> CoreTable:
    """A table by `dossier` or `core.dossier`; IocError with a suggestion when there is none."""
    short = name.removeprefix("core.")
    found = core_tables().get(short)
    if found is None:
        raise IocError(f"no core table '{name}'", remedy=did_you_mean(short, core_tables()))
    return found


@lru_cache(maxsize=1)
def finishing() -> dict[str, str]:
    """What completes the mapped rows of a table, by its short name."""
    return blocks(FOLDER / "finish.sql")

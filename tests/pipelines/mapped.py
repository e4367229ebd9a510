"""A home whose sources are worked examples of the docs, and the boxes their files are put into."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ioc.settings import Settings
from pipelines.mapping.source_file import load_all_sources, with_mapped
from pipelines.run import RunContext, RunResult, run_source
from tests.pipelines.places import open_run

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
HEAD = """id: thu
domain: reporting
kind: files
name: {vi: Thử, en: Trial}
owner: {office: {vi: a, en: a}, contact: {vi: b, en: b}}
freshness: {due: "+1d 17:00"}
reach: {every: 1h, path: "{home}/inbox/thu"}
datasets:
  so:
"""
"""The head of a source of files whose one dataset follows."""
LATER = datetime(2026, 11, 22, tzinfo=UTC)


def put_example(home: Path, name: str, *files: Path, text: str = "") -> Path:
    """Put an example (or this text as one) into the home, and files into its box; returns the box."""
    folder = home / "sources"
    folder.mkdir(parents=True, exist_ok=True)
    body = text or (EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8")
    (folder / f"{name}.yaml").write_text(body, encoding="utf-8")
    box = home / "inbox" / name
    box.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy(file, box)
    return box


@contextmanager
def open_mapped(home: Path, *, config: Mapping[str, Any] | None = None, now: datetime = LATER) -> Iterator[RunContext]:
    """A run context that knows the mapped sources of the home. `config` gives their connections."""
    settings = Settings(home=home)
    specs = load_all_sources(settings)
    known = with_mapped(settings, specs)
    sources = {
        name: entry.connection | {"path": str(home / "inbox" / name)}
        if "path" in entry.connection
        else entry.connection
        for name, entry in known.sources.items()
        if specs[name].is_mapped
    }
    with open_run(home, {**sources, **(config or {})}, now=now) as ctx:
        yield replace(ctx, specs=specs)


def ingest(ctx: RunContext, name: str) -> RunResult:
    """Run one source; it must go well."""
    result = run_source(name, ctx)
    assert result.status == "ok", result.message
    return result


def rows(ctx: RunContext, sql: str) -> list[tuple[Any, ...]]:
    """All rows of a query on the warehouse."""
    return list(ctx.warehouse.cursor().execute(sql).fetchall())


def landed(ctx: RunContext, source: str, dataset: str) -> str:
    """What reads the landed rows of a dataset in SQL."""
    return f"read_parquet('{ctx.home}/landing/{source}/{dataset}/*/*/*.parquet')"

"""The table of a bench run, for the terminal and for docs/bench.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version

from tests.bench.rows import Row

PACKAGES = ("duckdb", "dash", "plotly", "pyarrow")
HEAD = ("measured", "value", "budget", "", "ratio", "remark")


def print_group(title: str, rows: Sequence[Row]) -> None:
    """One group as aligned text."""
    print(f"\n{title}")
    for what, value, budget, verdict, ratio, note in map(cells, rows):
        print(f"  {what:<58} {value:>14} {budget:>14} {verdict:<5} {ratio:<28} {note}".rstrip(), flush=True)


def cells(row: Row) -> tuple[str, str, str, str, str, str]:
    """The texts of a row."""
    value = "–" if row.value is None else f"{shown(row.value)} {row.unit}"
    budget = "" if row.budget is None else f"≤ {shown(row.budget)} {row.unit}"
    return row.what, value, budget, row.verdict, row.ratio, row.note


def shown(value: float) -> str:
    """A figure with three significant digits, whole from 100 on."""
    if value == int(value) or value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def machine() -> str:
    """Cores, load and versions, without naming the machine."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, {python}, {packages}"


def load() -> str:
    """The load averages of 1 and 5 minutes."""
    one, five, _ = os.getloadavg()
    return f"{one:.1f} / {five:.1f}"


def write_document(
    groups: Mapping[str, Sequence[Row]], *, now: datetime, before: str, after: str, seconds: float, size: str
) -> str:
    """The whole page."""
    lines = [
        "# Bench",
        "",
        "Written by `make bench` (`python -m tests.bench`); `--largest` adds 10 M dossiers, `--full` that and the"
        " province at full size. Speed never fails a test: a row says what was measured, what was promised, and whether"
        " it holds.",
        "",
        f"* {now:%Y-%m-%d}, {machine()}",
        f"* Load average (1 and 5 minutes) before {before}, after {after}; the bench itself took {seconds:.0f} s. "
        "A load above the number of cores means that others worked too: then read processor times and ratios.",
        f"* Home: {size}.",
        "",
    ]
    for title, rows in groups.items():
        lines += [f"## {title}", "", "| " + " | ".join(HEAD) + " |", "| --- | ---: | ---: | --- | --- | --- |"]
        lines += ["| " + " | ".join(text.replace("|", "\\|") for text in cells(row)) + " |" for row in rows]
        lines.append("")
    return "\n".join(lines)

"""One browser for all tests of a process (a second driver cannot start beside it), homes they share, their order."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.once import build_once

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# Modules that take longest, longest first (`pytest --durations=0` tells): begun first, they do not keep one process
# busy at the end while the other has nothing left. The two that build a home the others wait for come before all.
BEGIN_FIRST = (
    "whole/test_numbers.py",
    "layouts/test_page.py",
    "whole/test_live.py",
    "whole/test_explained.py",
    "screen/test_watchdog.py",
    "screen/test_wall.py",
    "whole/test_command.py",
    "screen/test_analyst.py",
    "indicators/test_restate.py",
    "indicators/test_examples.py",
    "whole/test_sources_lost.py",
    "faults/storage/test_hot_swap.py",
    "faults/pipelines/test_property.py",
    "faults/storage/test_kill.py",
    "pipelines/test_standing_version.py",
    "faults/pipelines/test_steps.py",
    "indicators/test_second_engine.py",
    "api/test_api.py",
    "pipelines/test_demo_sources.py",
    "whole/test_numbers_beside.py",
    "screen/test_desk.py",
    "whole/test_coverage.py",
    "whole/test_appraisal.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long modules first, as BEGIN_FIRST lists them; then those with more tests (kept by `--no-loadscope-reorder`)."""
    folder = Path(__file__).parent
    counts = Counter(item.path for item in items)

    def rank(item: pytest.Item) -> tuple[int, int]:
        name = item.path.relative_to(folder).as_posix() if item.path.is_relative_to(folder) else ""
        return BEGIN_FIRST.index(name) if name in BEGIN_FIRST else len(BEGIN_FIRST), -counts[item.path]

    items.sort(key=rank)


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """Chromium through playwright; the tests skip visibly where it is not installed."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        reason = f"Chromium is not installed at {CHROMIUM}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def screen_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published home with a number for every indicator, built once a run; tests write to copies."""
    from tests.screen.fixture_home import build_home

    return build_once(tmp_path_factory, "screen", build_home)


@pytest.fixture(scope="session")
def wall_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published home for the scenes of the wall, built once a run; tests write to copies."""
    from tests.layouts.wall_home import build_home

    return build_once(tmp_path_factory, "wall", build_home)

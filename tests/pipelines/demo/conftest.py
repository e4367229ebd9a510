"""One small home shared by the demo's tests, and a server over it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from pipelines.demo import DemoOptions, DemoSystems

NOW = datetime(2026, 6, 15, 3, 20, tzinfo=UTC)  # a Monday, 10:20 local
SMALL = DemoOptions(scale=0.01, months=24)


@pytest.fixture(scope="session")
def systems(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSystems]:
    home = tmp_path_factory.mktemp("demo-home")
    built = DemoSystems.build(home, SMALL, NOW)
    yield built
    built.close()


@pytest.fixture(scope="session")
def client(systems: DemoSystems) -> Iterator[httpx.Client]:
    with systems.running(lambda: NOW) as ports, httpx.Client(base_url=ports["base_url"], timeout=30) as http:
        yield http

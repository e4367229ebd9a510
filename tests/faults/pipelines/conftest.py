"""Retries do not wait in tests; one PostgreSQL for all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina

from tests.postgres import postgres_url  # noqa: F401 - a fixture


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Retries are made at once, at most three times."""
    stamina.set_testing(True, attempts=3)
    yield
    stamina.set_testing(False)

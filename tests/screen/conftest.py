"""A published home and a browser for the tests of screens."""

from __future__ import annotations

import functools
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server as make_listener

from tests.screen.fixture_home import build_home
from tests.screen.serve import make_server

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


@functools.cache
def built_home() -> Path:
    """The home of the tests, built once a run."""
    return build_home(Path(tempfile.mkdtemp(prefix="ioc-screen-")))


@pytest.fixture(scope="session")
def analyst_address() -> Iterator[str]:
    """A real server of the analyst pages on a free port."""
    listener = make_listener("127.0.0.1", 0, make_server(built_home()), threaded=True)
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.server_port}"
    listener.shutdown()
    thread.join(5)


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

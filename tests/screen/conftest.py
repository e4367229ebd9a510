"""A published home and a browser for the tests of screens."""

from __future__ import annotations

import functools
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server as make_listener

from tests.screen.fixture_home import build_home
from tests.screen.serve import make_server


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

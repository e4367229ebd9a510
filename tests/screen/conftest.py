"""A server of the analyst pages for the tests of screens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server as make_listener

from tests.screen.serve import make_server


@pytest.fixture(scope="session")
def analyst_address(screen_home: Path) -> Iterator[str]:
    """A real server of the analyst pages on a free port."""
    listener = make_listener("127.0.0.1", 0, make_server(screen_home), threaded=True)
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.server_port}"
    listener.shutdown()
    thread.join(5)

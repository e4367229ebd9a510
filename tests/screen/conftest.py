"""A server of the analyst pages for the tests of screens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server as make_listener

from tests.screen.serve import make_server


@contextmanager
def listening(server: Any) -> Iterator[str]:
    """The address of a WSGI application on a real free port."""
    listener = make_listener("127.0.0.1", 0, server, threaded=True)
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.server_port}"
    listener.shutdown()
    thread.join(5)


@pytest.fixture(scope="session")
def analyst_address(screen_home: Path) -> Iterator[str]:
    """A real server of the analyst pages on a free port."""
    with listening(make_server(screen_home)) as address:
        yield address

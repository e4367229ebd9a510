"""Start the web server on a home, for tests and for looking at pages: `python -m tests.screen.serve <home> <port>`."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

from flask import Flask, jsonify

from ioc.published import Publication
from layouts.analyst import create_analyst
from layouts.words import load_words
from tests.screen.fixture_home import NOW


def make_server(home: Path, *, now: datetime = NOW) -> Flask:
    """The analyst application on a home, with a fixed clock."""
    publication = Publication(home, check_seconds=0.2)
    server = Flask("ioc", static_folder=None)

    try:
        from ioc_api import create_api

        server.register_blueprint(create_api(publication))
    except ImportError:

        @server.get("/api/v1/version")
        def version() -> object:
            publication.refresh()
            found = publication.version
            return jsonify({"id": found.id if found else 0})

    create_analyst(server, SimpleNamespace(language="vi"), publication, load_words(), now=lambda: now)
    return server


if __name__ == "__main__":
    make_server(Path(sys.argv[1])).run(port=int(sys.argv[2]), threaded=True)

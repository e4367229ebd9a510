"""The front door: the only place that wires settings, the published copy, both Dash applications, API and commands.

`python app.py` starts the ingest worker and the web on the embedded default; `ioc` is the same door with a command.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from flask import Flask

from ioc_cli.root import ioc
from ioc_cli.root import main as run_command

__all__ = ["create_server", "ioc", "main"]

ROOT = Path(__file__).resolve().parent


def create_server(config: Path | None = None, home: Path | None = None) -> Flask:
    """The web application of one process: analyst pages, the wall, the API. Called by gunicorn after fork."""
    from ioc.published import Publication
    from ioc.settings import load_settings
    from ioc_api import create_api
    from layouts.analyst import create_analyst
    from layouts.desk.routes import create_desk
    from layouts.wall import create_wall
    from layouts.words import load_words

    settings = load_settings(config, home, os.environ)
    publication = Publication(settings.home)
    words = load_words()
    server = Flask("ioc", static_folder=None)
    server.register_blueprint(create_api(publication))
    create_wall(server, settings, publication, words)
    create_desk(server, settings, publication, words)
    create_analyst(server, settings, publication, words)
    return server


def main() -> None:
    """The `ioc` command; without a command (as `python app.py`) it is `ioc up`."""
    arguments = sys.argv[1:]
    run_command(arguments or (["up"] if Path(sys.argv[0]).name == "app.py" else ["--help"]))


if __name__ == "__main__":
    main()

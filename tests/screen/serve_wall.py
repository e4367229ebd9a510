"""Serve the wall of a home on a port: `python -m tests.screen.serve_wall HOME PORT [DENSITY_RATIO]`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from flask import Flask, Response, send_from_directory
from flask_compress import Compress
from werkzeug.serving import make_server

from ioc.published import Publication
from ioc.settings import Settings, WallSettings, WebSettings
from ioc.words import Words
from layouts.wall import create_wall
from tests.layouts.wall_home import NOW, ROOT


def wall_words() -> Words:
    """All words; the names of counted things are added while no file holds them."""
    return Words.load(sorted((ROOT / "layouts" / "words").glob("*.yaml")))


def create(home: Path, ratio: float = 4.5, **more: Any) -> Flask:
    """A Flask server with the walls and the geometry of a home; the clock stands still."""
    server = Flask("wall")
    Compress(server)
    settings = Settings(
        home=home,
        web=WebSettings(public_url="https://ioc.example.vn"),
        walls={"main": WallSettings(rotate_seconds=3600, distance_ratio=ratio)},
    )

    @server.get("/geo/<name>")
    def geometry(name: str) -> Response:
        return send_from_directory(home / "published" / "geo", name, max_age=31536000)

    create_wall(server, settings, Publication(home), wall_words(), **{"clock": lambda: NOW, **more})
    return server


if __name__ == "__main__":
    place, port = Path(sys.argv[1]), int(sys.argv[2])
    ratio = float(sys.argv[3]) if len(sys.argv) > 3 else 4.5
    make_server("127.0.0.1", port, create(place, ratio), threaded=True).serve_forever()

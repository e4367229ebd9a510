"""What stands around every answer: headers, compression, long caching of what never changes, the map's geometry."""

from __future__ import annotations

import re
from typing import Any

from dash import Dash
from flask import Flask, Response, abort, request, send_from_directory
from flask_compress import Compress

from layouts.render import Renderer

GEO_NAME = re.compile(r"[0-9a-z-]{1,60}-[0-9a-f]{12}\.json")
YEAR = 31_536_000
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
COMPRESSED = [
    "text/html", "text/css", "text/csv", "text/plain", "application/javascript", "text/javascript", "application/json",
    "image/svg+xml",
]  # fmt: skip
PRELOAD = "".join(
    f'<link rel="preload" href="/assets/fonts/inter-{name}.woff2" as="font" type="font/woff2" crossorigin>'
    for name in ("latin", "vietnamese")
)


def deliver(server: Flask, app: Dash, renderer: Renderer) -> None:
    """Register headers, compression and the geometry route of the analyst application."""
    if "compress" not in server.extensions:
        server.config.setdefault("COMPRESS_ALGORITHM", ["zstd", "br", "gzip"])
        server.config["COMPRESS_MIMETYPES"] = COMPRESSED
        server.config.setdefault("COMPRESS_BR_LEVEL", 5)
        Compress(server)
    server.config.setdefault("MAX_CONTENT_LENGTH", 1 << 20)
    folder = renderer.publication.folder / "geo"

    @server.get("/geo/<name>")
    def geometry(name: str) -> Response:
        """Shapes of the map; the name holds the content's hash, so a browser keeps them for ever."""
        if not GEO_NAME.fullmatch(name):
            abort(404)
        return send_from_directory(folder.resolve(), name, mimetype="application/json", max_age=YEAR)

    policy = PolicyText(app)

    @server.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if not request.path.startswith("/wall/"):  # the wall has its own scripts, and its own policy
            response.headers.setdefault("Content-Security-Policy", policy.text)
        _cache(response)
        return response

    _write_index(app, renderer)


class PolicyText:
    """The content policy of the application; read when first needed, after all callbacks are registered."""

    def __init__(self, app: Dash) -> None:
        self._app = app
        self._text = ""

    @property
    def text(self) -> str:
        """Scripts from this server and the few inline ones of the page, by their hashes; nothing from elsewhere."""
        if not self._text:
            hashes = " ".join(
                f"'{one}'" if not one.startswith("'") else one for one in self._app.csp_hashes()
            )
            self._text = (
                f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
                "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
                "manifest-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'; object-src 'none'"
            )
        return self._text


def _cache(response: Response) -> None:
    path = request.path
    if path.startswith("/geo/") and response.status_code in (200, 304):
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    elif path.startswith("/assets/") and response.status_code in (200, 304):
        # Dash names scripts and styles by their time of change; fonts never change under their name.
        fixed = "m" in request.args or path.startswith("/assets/fonts/")
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if fixed else "no-cache"
    elif not path.startswith(("/_dash-component-suites/", "/assets/")):
        response.headers.setdefault("Cache-Control", "no-store")


def _write_index(app: Dash, renderer: Renderer) -> None:
    """The document: its language is the viewer's, the fonts are asked for at once."""
    app.index_string = (
        '<!DOCTYPE html><html lang="__lang__" data-theme="light"><head>{%metas%}<title>{%title%}</title>{%favicon%}'
        + PRELOAD
        + "{%css%}</head><body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body></html>"
    )
    plain: Any = app.interpolate_index

    def interpolate(**parts: Any) -> str:
        return str(plain(**parts)).replace(
            "__lang__", renderer.language(request.query_string.decode("latin-1")), 1
        )

    app.interpolate_index = interpolate  # type: ignore[method-assign]

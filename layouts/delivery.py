"""What stands around every answer: headers, compression, kept bytes, long caching of what never changes, geometry."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from dash import Dash
from flask import Flask, Response, abort, jsonify, make_response, request, send_from_directory
from flask_compress import Compress

from layouts import envelope
from layouts.download import write_csv
from layouts.kept import Made
from layouts.preload import ASKED, CHARTS
from layouts.render import KEPT_SECONDS, Renderer
from layouts.warming import Warmer

GEO_NAME = re.compile(r"[0-9a-z-]{1,60}-[0-9a-f]{12}\.json")
YEAR = 31_536_000
UPDATE, LAYOUT = "/_dash-update-component", "/_dash-layout"
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
FONTS = "".join(
    f'<link rel="preload" href="/assets/fonts/inter-{name}.woff2" as="font" type="font/woff2" crossorigin>'
    for name in ("latin", "vietnamese")
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer."""

    body: bytes
    mimetype: str
    status: int


def deliver(server: Flask, app: Dash, renderer: Renderer, warmer: Warmer) -> None:
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

    _keep_answers(server, app, renderer, warmer)

    @server.get("/records.csv")
    def record_download() -> Response:
        """The rows behind a number for a spreadsheet."""
        return write_csv(renderer, dict(request.args.items()))

    policy = PolicyText(app)

    @server.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if not request.path.startswith("/wall/"):  # the wall has its own scripts, and its own policy
            response.headers.setdefault("Content-Security-Policy", policy.text)
        if request.endpoint == "/<path:path>" and renderer.page(request.path) is None:
            response.status_code = 404  # the document says so in words, the status to machines
        _cache(response)
        return response

    _write_index(app, renderer)


def _keep_answers(server: Flask, app: Dash, renderer: Renderer, warmer: Warmer) -> None:
    """Layout and render answer from kept bytes where the same was asked of the same version before."""
    kept = renderer.kept
    layout, update = server.view_functions[LAYOUT], server.view_functions[UPDATE]

    def answer(key: tuple[Any, ...], view: Callable[[], Any]) -> Response:
        renderer.publication.refresh()
        stands = renderer.publication.version
        version, now = stands.id if stands else 0, renderer.now().timestamp()

        def make() -> Made[Answer]:
            made = make_response(view())
            found = Answer(made.get_data(), made.mimetype or "application/json", made.status_code)
            return Made(found, len(found.body), version, now + KEPT_SECONDS if found.status == 200 else now)

        with warmer.asking(renderer.language(urlsplit(request.referrer or "").query)):
            found = kept.of(key, make, version=version, now=now)
        return Response(found.body, status=found.status, mimetype=found.mimetype)

    def answer_layout() -> Response:
        return answer((LAYOUT, request.host, request.referrer or ""), layout)

    def answer_update() -> Any:
        refusal = envelope.refuse(request, app)
        if refusal is not None:
            status, reason = refusal
            return jsonify(error=reason), status
        digest = hashlib.sha256(request.get_data(cache=True)).digest()
        return answer((UPDATE, digest), update)

    server.view_functions[LAYOUT] = answer_layout
    server.view_functions[UPDATE] = answer_update


class PolicyText:
    """The content policy of the application; read when first needed, after all callbacks are registered."""

    def __init__(self, app: Dash) -> None:
        self._app = app
        self._text = ""

    @property
    def text(self) -> str:
        """Scripts from this server and the few inline ones of the page, by their hashes; nothing from elsewhere."""
        if not self._text:
            hashes = " ".join(f"'{one}'" if not one.startswith("'") else one for one in self._app.csp_hashes())
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
        '<!DOCTYPE html><html lang="__lang__" data-theme="light"><head>{%metas%}<title>{%title%}</title>'
        '<link rel="icon" type="image/svg+xml" href="/assets/icon.svg">'
        + FONTS
        + ASKED.format(prefix="/")
        + "__charts__"
        + "{%css%}</head><body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body></html>"
    )
    plain: Any = app.interpolate_index

    def interpolate(**parts: Any) -> str:
        page = renderer.page(request.path)
        charts = CHARTS.format(prefix="/") if page is not None and page.has_figures else ""
        text = str(plain(**parts)).replace("__charts__", charts, 1)
        return text.replace("__lang__", renderer.language(request.query_string.decode("latin-1")), 1)

    app.interpolate_index = interpolate  # type: ignore[method-assign]

"""The wall application: routes, one server callback a page, and the pulse that unattended screens live by.

A wall is a page `/wall/<name>/` (and `/wall/<name>/en/` ...) of its own, so that the first answer already
holds every figure. The page asks `/wall/pulse` every 10-15 s; a newer version runs the one render callback,
which
returns texts and figures for nodes that stay. Nothing else on the page talks to the server.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dash
from dash import Input, Output, State
from flask import Flask, Response, jsonify, redirect, request

from ioc.catalogue import Catalogue
from ioc.home_calendar import HomeCalendar
from ioc.published import Publication
from ioc.words import Words
from layouts import theme
from layouts.marks import compare
from layouts.wall import board, boot, skeleton
from layouts.wall.geometry import map_meta
from layouts.wall.scenes import Scene, choose
from layouts.wall.story import Teller

NO_VERSION = "0"
LANGS = ("vi", "en")
REFRESH_SECONDS = 300  # a page is drawn anew this often without a new version, so that lateness shows


@dataclass(frozen=True, slots=True)
class Beat:
    """What a living screen says of itself; the operations page lists walls that fell silent."""

    wall: str
    screen: str
    build: str
    shown: str
    heap_mb: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WallOptions:
    """One wall of the settings (`walls.<name>`): distance ratio D/H decides how much fits, see the visual
    standard."""

    name: str
    scenes: tuple[Scene, ...]
    rotate_seconds: int
    density: str


def density_of(distance_ratio: float) -> str:
    """S up to 4.5 (98-inch screen at 5.5 m), M up to 6.5, L beyond: viewing distance over screen height."""
    return "S" if distance_ratio <= 4.5 else "M" if distance_ratio <= 6.5 else "L"


def create_wall(
    server: Flask,
    settings: Any,
    publication: Publication,
    words: Words,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    on_beat: Callable[[Beat], None] | None = None,
) -> dash.Dash:
    """Mount all walls of the settings on a Flask server; returns the first wall's Dash application.

    Uses `settings.province`, `.language`, `.web.public_url` and `.walls` (name -> rotate_seconds,
    distance_ratio, scenes). `on_beat` takes the heartbeat of each screen. Raises ConfigError for an unknown
    scene name.
    """
    walls = [_options(name, wall) for name, wall in dict(settings.walls).items()] or [_options("main", None)]
    build = build_id()
    apps: list[dash.Dash] = []
    for wall in walls:
        for lang in (settings.language, *(other for other in LANGS if other != settings.language)):
            screen = _Screen(wall, lang, settings, publication, words, clock)
            apps.append(_mount(server, screen, build, main_lang=settings.language))
    _add_routes(server, walls[0].name, publication, build, words, settings.language, clock, on_beat)
    _guard(server, apps[0])
    return apps[0]


def _options(name: str, wall: Any) -> WallOptions:
    scenes = choose(tuple(getattr(wall, "scenes", None) or ()))
    seconds = int(getattr(wall, "rotate_seconds", 0) or 35)
    return WallOptions(name, scenes, seconds, density_of(float(getattr(wall, "distance_ratio", 0) or 4.5)))


class _Screen:
    """One wall in one language: fills its slots from the current version, at most once a version and five
    minutes."""

    def __init__(
        self,
        wall: WallOptions,
        lang: str,
        settings: Any,
        publication: Publication,
        words: Words,
        clock: Callable[[], datetime],
    ) -> None:
        self.wall, self.lang, self.words = wall, lang, words
        self._settings, self._publication, self._clock = settings, publication, clock
        self._days = HomeCalendar(publication.home)
        self._lock = threading.Lock()
        self._kept: tuple[tuple[str, int], dict[str, Any]] | None = None

    def version(self) -> str:
        """The id of the version to show, '0' before the first one."""
        self._publication.refresh()
        version = self._publication.version
        return str(version.id) if version is not None else NO_VERSION

    def filled(self) -> tuple[str, dict[str, Any]]:
        """(version, slot id -> content); empty before the first version."""
        version = self.version()
        if version == NO_VERSION:
            return version, {}
        now = self._clock()
        key = (version, int(now.timestamp()) // REFRESH_SECONDS)
        with self._lock:
            if self._kept is not None and self._kept[0] == key:
                return version, self._kept[1]
            shown, slots = self._fill(now)
            self._kept = ((shown, key[1]), slots)
            return shown, slots

    def _fill(self, now: datetime) -> tuple[str, dict[str, Any]]:
        found: dict[str, Any] = {}
        with self._publication.reader() as reader:
            catalogue = Catalogue.from_json(reader.catalogue_json())
            teller = Teller(reader, catalogue, now, self.lang, calendar=self._days.now())
            geo_meta = map_meta(self._publication.home, reader.version.province)
            found["organisation"] = teller.names.get(teller.province, "")
            for scene in self.wall.scenes:
                found |= board.fill(
                    teller.tell(scene),
                    teller,
                    geo_meta,
                    self.words,
                    density=self.wall.density,
                    public_url=self._settings.web.public_url or "",
                )
            return str(reader.version.id), found

    def layout(self, *, empty: bool = False) -> Any:
        """The page with its first content, or (`empty`) its bare nodes."""
        version, filled = (NO_VERSION, {}) if empty else self.filled()
        province = str(filled.get("organisation", "")).upper()
        return skeleton.page(
            self.wall.scenes,
            filled,
            self.lang,
            self.words,
            organisation=self.words("wall.organisation", self.lang, province=province),
            density=self.wall.density,
            rotate_seconds=self.wall.rotate_seconds,
            version=version,
        )


def _mount(server: Flask, screen: _Screen, build: str, *, main_lang: str) -> dash.Dash:
    wall, lang = screen.wall, screen.lang
    prefix = f"/wall/{wall.name}/" if lang == main_lang else f"/wall/{wall.name}/{lang}/"
    app = dash.Dash(
        f"wall_{wall.name}_{lang}",
        server=server,
        routes_pathname_prefix=prefix,
        requests_pathname_prefix=prefix,
        assets_folder=str(theme.ASSETS),
        assets_ignore=theme.WALL_ASSETS_IGNORE,
        serve_locally=True,
        update_title="",
        title=screen.words("wall.page_title", lang),
        include_assets_files=True,
        index_string=boot.index_string(prefix, lang, wall.name, build),
    )
    # Dash calls a layout once when it is set; with this it validates an empty page and reads no data at
    # start.
    app.validation_layout = screen.layout(empty=True)
    app.layout = screen.layout
    places = skeleton.outputs(wall.scenes)

    @app.callback(
        Output("wall-shown", "children"),
        Output("wall-marks", "children"),
        *[Output(owner, prop) for owner, prop in places],
        Input("wall-version", "data"),
        State("wall-marks", "children"),
        prevent_initial_call=True,
    )
    def render(_: str, held: str | None) -> list[Any]:
        """What changed since the marks the screen holds: texts and figures of nodes that stay."""
        version, filled = screen.filled()
        contents = skeleton.contents(wall.scenes, filled)
        news, holds = compare(contents, [prop for _, prop in places], held or "")
        return [version, holds, *news]

    return app


def _add_routes(
    server: Flask,
    first: str,
    publication: Publication,
    build: str,
    words: Words,
    lang: str,
    clock: Callable[[], datetime],
    on_beat: Callable[[Beat], None] | None,
) -> None:
    @server.get("/wall/")
    def open_first_wall() -> Any:
        return redirect(f"/wall/{first}/")

    @server.get("/wall/pulse")
    def pulse() -> Response:
        """Which version and which build the server has; takes the screen's heartbeat from the query."""
        publication.refresh()
        version = publication.version
        told = request.args
        if on_beat is not None and told.get("wall"):
            on_beat(
                Beat(
                    told["wall"][:40], told.get("screen", "")[:40], told.get("build", "")[:16],
                    told.get("shown", "")[:20], told.get("heap", "")[:8], clock(),
                )
            )  # fmt: skip
        answer = jsonify(version=str(version.id) if version is not None else NO_VERSION, build=build)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @server.get("/wall/boot")
    def wait_for_the_wall() -> Response:
        """The start page of a kiosk: waits for the server, then opens the wall (`?wall=/wall/main/`)."""
        return Response(boot.boot_page(words, lang), mimetype="text/html")


def _guard(server: Flask, app: dash.Dash) -> None:
    """Strict headers on wall pages, wherever the front door has not set its own."""
    policy = (
        "default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; "
        "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
    hashes = " ".join(f"'{digest}'" if not digest.startswith("'") else digest for digest in app.csp_hashes())

    @server.after_request
    def set_headers(response: Response) -> Response:
        if request.path.startswith("/wall/"):
            response.headers.setdefault("Content-Security-Policy", policy.format(hashes=hashes))
            response.headers.setdefault("X-Content-Type-Options", "nosniff")
            response.headers.setdefault("Referrer-Policy", "same-origin")
            if response.mimetype == "text/html":
                response.headers["Cache-Control"] = "no-store"
        return response


def build_id() -> str:
    """A name of this code: changes whenever a file of the screens changes, equal in all worker processes."""
    digest = hashlib.sha256(dash.__version__.encode())
    root = Path(theme.__file__).parent
    for path in sorted(root.rglob("*")):
        if path.suffix in {".py", ".js", ".css", ".yaml", ".sql"}:
            digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]

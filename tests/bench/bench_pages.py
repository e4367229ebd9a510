"""Time of the server and bytes of an answer, through the real application and the bodies a browser posts."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_server
from layouts.page import Page
from layouts.pages import PAGES
from layouts.warming import Warmer
from tests.bench.rows import Row, Samples, sample, spending, times

ROOT = Path(__file__).resolve().parents[2]
SHOWN = tuple(page.path for page in PAGES if page.in_menu)
REQUESTS = 20
CALLBACK_MS = 150.0
REFRESH_KB, NOTHING_KB = 40.0, 2.0
BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}
UPDATE = "_dash-update-component"
Ask = Callable[[str], TestResponse]


def bench_pages(home: Path) -> list[Row]:
    """Every page opened, drawn anew and from kept bytes, then the weight of refreshes."""
    server = create_server(ROOT / "config.yaml", home)
    client = server.test_client()
    asks = {page.path: render_of(client, page) for page in PAGES if page.path in SHOWN}
    rows = bench_opening(client, server.extensions["warming"])
    for path in SHOWN:
        ask = asks[path]
        ask("?n=warm")
        drawn = sample([partial(ask, f"?n={number}") for number in range(REQUESTS)])
        ask("")
        kept = sample([partial(ask, "")] * REQUESTS)
        rows += drawn.rows(f"{path} drawn for an address nobody asked for", budget=CALLBACK_MS)
        rows += kept.rows(
            f"{path} from kept bytes", budget=CALLBACK_MS, ratio=f"{times(kept.p50, drawn.p50)} of drawing"
        )
    return [*rows, *bench_refresh(client, asks)]


def bench_opening(client: FlaskClient, warmer: Warmer) -> list[Row]:
    """A page of the menu opened for the first time since a new version: drawn ahead by the server's own thread, put
    together and compressed for this browser."""
    with warmer.asking("vi"):
        pass
    with spending() as ahead:
        count = warmer.warm()
    rows = [
        Row("every page of the menu drawn ahead", ahead.wall, "s", note=f"{count} pages, {ahead.cpu:.1f} s processor")
    ]
    walls: list[float] = []
    for path in SHOWN:
        opened = sample([partial(open_page, client, path, f"localhost:{number}") for number in range(REQUESTS)])
        walls += opened.walls
        rows += opened.rows(f"{path} opened after a new version was followed", budget=CALLBACK_MS)
    every = Samples(walls)
    return [*rows, Row("any of them, p95", every.p95, "ms", CALLBACK_MS, note=f"{len(walls)} openings")]


def open_page(client: FlaskClient, path: str, host: str) -> TestResponse:
    """The first question of a browser that opens a page; a host of its own has no answer kept."""
    url = f"http://{host}"
    answer = client.get("/_dash-layout", base_url=url, headers={**BROWSER, "Referer": f"{url}{path}"})
    if answer.status_code != 200 or len(answer.data) < 5000:
        raise SystemExit(f"{path}: the layout answered {answer.status_code} with {len(answer.data)} bytes")
    return answer


def bench_refresh(client: FlaskClient, asks: dict[str, Ask]) -> list[Row]:
    """What a screen that stands receives, headers included: news, and no news."""
    heaviest = {path: weight(ask("")) for path, ask in asks.items()}
    wall = weight(render_wall(client))
    pulse = weight(client.get("/wall/pulse?wall=main&screen=bench&shown=1", headers=BROWSER))
    beat = weight(client.get("/api/v1/version", headers=BROWSER))
    return [
        *(Row(f"{path} refresh with new data", size, "kB", REFRESH_KB) for path, size in heaviest.items()),
        Row(
            "/wall/main/ refresh with new data, all scenes",
            wall,
            "kB",
            REFRESH_KB,
            ratio=f"{times(wall, pulse)} of none",
        ),
        Row("wall with nothing new", pulse, "kB", NOTHING_KB),
        Row("analyst page with nothing new", beat, "kB", NOTHING_KB),
    ]


def render_of(client: FlaskClient, page: Page) -> Ask:
    """How a browser asks for the slots of a page: the query string -> the answer."""
    spec = callback_of(client, "/", lambda output: output.startswith(f"..{page.key}-"))

    def ask(search: str) -> TestResponse:
        known = {"url.search": search, "version.data": 1, "url.pathname": page.path}
        return post(client, "/", spec, known, changed="url.search")

    return ask


def render_wall(client: FlaskClient) -> TestResponse:
    """The one callback of the wall, as a newer version triggers it."""
    prefix = "/wall/main/"
    spec = callback_of(client, prefix, lambda output: "wall-shown.children" in output)
    return post(client, prefix, spec, {"wall-version.data": "1"}, changed="wall-version.data")


def callback_of(client: FlaskClient, prefix: str, wanted: Callable[[str], bool]) -> dict[str, Any]:
    """The one server callback with such an output."""
    known = client.get(f"{prefix}_dash-dependencies").get_json()
    (spec,) = [one for one in known if one["clientside_function"] is None and wanted(one["output"])]
    return dict(spec)


def post(
    client: FlaskClient, prefix: str, spec: dict[str, Any], known: dict[str, Any], *, changed: str
) -> TestResponse:
    """Send what Dash's renderer sends; anything but a filled answer ends the bench."""
    output = spec["output"]
    names = [dict(zip(("id", "property"), part.rsplit(".", 1), strict=True)) for part in output.strip(".").split("...")]

    def given(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**one, "value": known.get(f"{one['id']}.{one['property']}", "")} for one in items]

    body = {
        "output": output,
        "outputs": names,
        "inputs": given(spec["inputs"]),
        "state": given(spec["state"]),
        "changedPropIds": [changed],
    }
    answer = client.post(f"{prefix}{UPDATE}", data=json.dumps(body), content_type="application/json", headers=BROWSER)
    if answer.status_code != 200 or len(answer.data) < 500:
        raise SystemExit(f"{prefix}: the render answered {answer.status_code} with {len(answer.data)} bytes")
    return answer


def weight(answer: TestResponse) -> float:
    """Kilobytes on the wire: body as compressed, and headers."""
    headers = sum(len(name) + len(value) + 4 for name, value in answer.headers)
    return (len(answer.data) + headers) / 1000

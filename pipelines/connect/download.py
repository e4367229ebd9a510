"""One document at an address (`download`), or a resource of a CKAN package (`ckan`), read like a file of its format.

Request keys: `path` and `params` below the connection's `url`; or `package` (its id) and `resource` (name, id or
format; the only one when left out); and those of `document`. What is unchanged since the last load is known by its
content. A resource may lie at another origin only when that origin is listed under `allow_origins`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urljoin, urlsplit

from ioc.errors import SourceError
from pipelines.connect.delivery import Ask, Delivery, Notice
from pipelines.connect.document import format_of, read_document
from pipelines.connect.origin import origin_of
from pipelines.connect.rest import open_web
from pipelines.connect.sheet import read_sheets
from pipelines.connect.web import Page

SUFFIXES = {"csv": ".csv", "sheet": ".xlsx", "json": ".json", "ndjson": ".ndjson", "parquet": ".parquet"}


def pull(ask: Ask) -> Iterator[Delivery | Notice]:
    """The document at the address, as one delivery; nothing when it was loaded before."""
    with open_web(ask) as web:
        page = web.fetch(str(ask.request.get("path") or ""), ask.request.get("params"))
    yield from deliver(ask, page, PurePosixPath(urlsplit(page.url).path).name or "document")


def pull_resource(ask: Ask) -> Iterator[Delivery | Notice]:
    """The chosen resource of a CKAN package."""
    package = str(ask.request["package"])
    with open_web(ask) as web:
        document = web.get("/api/3/action/package_show", {"id": package}).document
    result = document.get("result") if isinstance(document, dict) else None
    resources = result.get("resources") if isinstance(result, dict) else None
    if not isinstance(resources, list):
        raise SourceError(ask.source, f"no resources in the answer for package '{package}'", permanent=True)
    resource = choose(ask, package, [item for item in resources if isinstance(item, dict)])
    base = str(ask.connection["url"]).rstrip("/") + "/"
    address = urljoin(base, str(resource.get("url") or ""))
    page = fetch_from(ask, base, address)
    name = PurePosixPath(urlsplit(address).path).name or str(resource.get("name") or "resource")
    yield from deliver(ask, page, name, str(resource.get("format") or ""))


def choose(ask: Ask, package: str, resources: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The resource by id, name or format; an ambiguous or missing one is a SourceError that lists what there is."""
    wanted = str(ask.request.get("resource") or "").lower()
    found = [
        item
        for item in resources
        if not wanted or wanted in (str(item.get(key) or "").lower() for key in ("id", "name", "format"))
    ]
    if len(found) != 1:
        there = ", ".join(f"{item.get('name') or item.get('id')} ({item.get('format')})" for item in resources)
        raise SourceError(
            ask.source,
            f"package '{package}' has {len(found)} resources named '{wanted or 'any'}'",
            permanent=True,
            remedy=f"name one of: {there}",
        )
    return found[0]


def fetch_from(ask: Ask, base: str, address: str) -> Page:
    """The bytes at an address; a foreign origin must be listed, and gets no credential of this one."""
    origin = origin_of(ask.source, address)
    if origin == origin_of(ask.source, base):
        with open_web(ask) as web:
            return web.fetch(address)
    listed = {origin_of(ask.source, str(item)) for item in ask.connection.get("allow_origins") or ()}
    if origin not in listed:
        raise SourceError(
            ask.source,
            f"the resource lies at {origin}, another origin than the catalogue",
            permanent=True,
            remedy=f'if this is meant, list it: allow_origins: ["{origin}"]',
        )
    bare = {key: ask.connection[key] for key in ("allow_origins", "max_bytes", "ca_file") if key in ask.connection}
    with open_web(Ask(**{**vars(ask), "connection": {**bare, "url": origin}})) as web:
        return web.fetch(address)


def deliver(ask: Ask, page: Page, name: str, said: str = "") -> Iterator[Delivery | Notice]:
    """The bytes as a delivery, read like a file."""
    body: bytes = page.document
    sha = page.sha256.hex()
    if ask.known(sha):
        return
    form = format_of(name, ask.request) or format_of(f"x.{said.lower()}", ask.request)
    if not form:
        raise SourceError(
            ask.source, f"the format of {name} is not known", permanent=True, remedy="say it: format: csv"
        )
    is_page = body[:512].lstrip().lower().startswith((b"<!doctype html", b"<html"))
    if is_page or not body:
        raise SourceError(
            ask.source,
            f"{page.url} answered {'a web page' if body else 'nothing'} instead of {form}",
            permanent=bool(body),
            remedy="check the address and whether the access has expired",
        )
    with tempfile.TemporaryDirectory(prefix="ioc-") as folder:
        suffix = "".join(PurePosixPath(name).suffixes[-2:] if name.endswith(".gz") else [PurePosixPath(name).suffix])
        path = Path(folder) / f"document{suffix or SUFFIXES.get(form, '')}"
        path.write_bytes(body)
        sheets = read_sheets([path], sheet=ask.request.get("sheet")) if form == "sheet" else {}
        told = Ask(**{**vars(ask), "request": {**ask.request, "format": form}})
        delivery = Delivery(name, (), None, ask.until, content_sha256=sha, is_full=True)
        yield read_document(told, path, name, delivery, sheets.get(path), is_settled=True)

"""The keys a request may have, by kind of source; a misspelt one is named with its line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ioc.yamlfile import Document, did_you_mean

FILE_KEYS = {"format", "encoding", "delimiter", "layout", "sheet", "records"}
KEYS: Mapping[str, set[str]] = {
    "sql": {"table", "schema", "key", "watermark", "watermark_form", "page"},
    "rest": {"path", "items", "params", "since", "paging", "watermark"},
    "ngsi": {"type", "limit", "temporal", "unit_codes", "path", "watermark", "dialect"},
    "files": {"glob", "done_marker", "settle", *FILE_KEYS},
    "download": {"path", "params", *FILE_KEYS},
    "ckan": {"package", "resource", *FILE_KEYS},
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "sql": ("table", "key"),
    "rest": ("path",),
    "ngsi": ("type",),
    "files": (),
    "download": (),
    "ckan": ("package",),
}
LAYOUT_KEYS = {"header", "header_row", "titles", "end"}
FORMATS = ("csv", "sheet", "json", "ndjson", "parquet", "ngsi", "datex2", "sdmx")


def check_request(document: Document, place: tuple[str | int, ...], kind: str, request: Mapping[str, Any]) -> None:
    """Refuse unknown and missing keys."""
    at = (*place, "request")
    for key in request:
        if key not in KEYS[kind]:
            raise document.error((*at, key), f"unknown key '{key}'", remedy=did_you_mean(key, KEYS[kind]))
    for key in NEEDED[kind]:
        if key not in request:
            raise document.error(at, f"a {kind} request needs '{key}'", remedy=f"add '{key}:'")
    for key in request.get("layout") or {}:
        if key not in LAYOUT_KEYS:
            raise document.error((*at, "layout", key), f"unknown key '{key}'", remedy=did_you_mean(key, LAYOUT_KEYS))
    form = request.get("format")
    if form is not None and form not in FORMATS:
        raise document.error((*at, "format"), f"unknown format '{form}'", remedy=did_you_mean(str(form), FORMATS))

"""What a callback request may look like, checked before Dash sees it; everything in it comes from a stranger."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from dash import Dash
from flask import Request

LARGEST = 256 * 1024
LONGEST_TEXT = 4000
DEEPEST = 40
Refusal = tuple[int, str]


def refuse(request: Request, app: Dash) -> Refusal | None:
    """Why this callback request is not answered, as (status, reason); None when it may pass.

    403 foreign origin, 413 too large, 415 not JSON, 400 unreadable or wrong inputs, 404 unknown output.
    """
    if _is_foreign(request):
        return 403, "foreign origin"
    if request.mimetype != "application/json":
        return 415, "not JSON"
    if (request.content_length or 0) > LARGEST:
        return 413, "too large"
    data = request.get_data(cache=True)
    if len(data) > LARGEST:
        return 413, "too large"
    # Deep nesting is refused before a parser recurses into it.
    if data.count(b"[") + data.count(b"{") > 4000 or _depth(data) > DEEPEST:
        return 400, "nested too deep"
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return 400, "unreadable"
    return _check(body, app)


def _is_foreign(request: Request) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.host


def _depth(data: bytes) -> int:
    deepest = depth = 0
    for char in data:
        if char in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in b"]}":
            depth -= 1
    return deepest


def _check(body: Any, app: Dash) -> Refusal | None:
    if not isinstance(body, dict) or not isinstance(body.get("output"), str):
        return 400, "no output named"
    known = app.callback_map.get(body["output"])
    if known is None or "callback" not in known:
        return 404, "unknown output"
    for kind in ("inputs", "state"):
        wanted = [(one["id"], one["property"]) for one in known.get(kind, [])]
        given = _names(body.get(kind, []))
        if given != wanted:
            return 400, f"wrong {kind}"
    values = [one.get("value") for one in [*body.get("inputs", []), *body.get("state", [])]]
    if not all(value is None or isinstance(value, (str, int, float)) for value in values):
        return 400, "wrong type of value"
    if any(isinstance(value, str) and len(value) > LONGEST_TEXT for value in values):
        return 400, "value too long"
    changed = body.get("changedPropIds", [])
    if not isinstance(changed, list) or not all(isinstance(one, str) for one in changed):
        return 400, "wrong list of changes"
    return None if _is_output(body) else (400, "wrong outputs")


def _names(items: Any) -> list[tuple[Any, Any]] | None:
    if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
        return None
    return [(one.get("id"), one.get("property")) for one in items]


def _is_output(body: dict[str, Any]) -> bool:
    """The list of outputs says the same as the name of the output."""
    outputs = body.get("outputs")
    listed = [outputs] if isinstance(outputs, dict) else outputs
    names = _names(listed)
    if names is None:
        return False
    joined = [f"{owner}.{prop}" for owner, prop in names]
    name = str(body["output"])
    return name == (joined[0] if len(joined) == 1 and isinstance(outputs, dict) else f"..{'...'.join(joined)}..")

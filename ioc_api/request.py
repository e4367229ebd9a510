"""What a caller may ask, read strictly: unknown or missing parameters are errors with a remedy."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime

from flask import request

from ioc.errors import UsageError


def parameters(*required: str, optional: tuple[str, ...] = ()) -> dict[str, str]:
    """The query parameters by name; UsageError for one that is missing, empty, repeated or unknown."""
    known = (*required, *optional)
    found: dict[str, str] = {}
    for name, values in request.args.lists():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known) or 'none'}"
            raise UsageError(f"unknown parameter {name!r}", remedy=remedy)
        if len(values) > 1:
            raise UsageError(f"parameter {name!r} is given {len(values)} times", remedy="give it once")
        found[name] = values[0].strip()
    for name in required:
        if not found.get(name):
            raise UsageError(f"parameter {name!r} is missing", remedy=f"add {name}=...")
    return found


def instant(text: str | None, name: str = "as_of") -> datetime | None:
    """An ISO instant with a zone, None when absent."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise UsageError(f"cannot read {name}={text!r}", remedy="write 2026-07-01T00:00:00Z") from None
    if moment.tzinfo is None:
        raise UsageError(f"{name}={text!r} has no time zone", remedy="add Z or +07:00")
    return moment.astimezone(UTC)


def whole(text: str | None, name: str, default: int, *, low: int, high: int) -> int:
    """A whole number within limits."""
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not low <= int(text[:9]) <= high:
        raise UsageError(f"{name}={text!r} is not a whole number from {low} to {high}")
    return int(text)


def choose(text: str | None, name: str, known: tuple[str, ...], *, default: str = "") -> str:
    """One of a few words; the default when absent."""
    if not text:
        return default or known[0]
    if text not in known:
        near = difflib.get_close_matches(text, known, n=1)
        remedy = f"did you mean {near[0]!r}?" if near else f"use {', '.join(known)}"
        raise UsageError(f"unknown {name} {text!r}", remedy=remedy)
    return text

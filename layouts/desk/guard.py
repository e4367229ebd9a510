"""Who may act at the desk: this machine only, from a page of this server, by a named operator (DECISIONS 15)."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Request

from ioc.errors import UsageError

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
COOKIE = "operator"


def refuse(request: Request, public_url: str | None = None) -> str | None:
    """Why an act is refused, None when it may pass.

    The host must be this machine (or the declared public address): a foreign name that resolves to it is refused, so
    that origin and host cannot both be somebody else's. The browser must say that the form came from this server.
    """
    if (request.remote_addr or "") not in LOOPBACK:
        return "not this machine"
    known = {*LOOPBACK, *([urlsplit(public_url).hostname or ""] if public_url else [])}
    if (urlsplit(f"//{request.host}").hostname or "") not in known:
        return "foreign host"
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is None and origin is None:
        return "no origin"
    if site is not None and site != "same-origin":
        return "foreign site"
    if origin is not None and urlsplit(origin).netloc != request.host:
        return "foreign origin"
    return None


def operator_of(request: Request) -> str:
    """The name of who acts, as written in the form; UsageError when nobody is named."""
    name = " ".join((request.form.get("operator") or "").split())
    if not 2 <= len(name) <= 60 or not any(letter.isalpha() for letter in name):
        raise UsageError("nobody is named as operator", remedy="write your name")
    return name

"""One small HTTP server on loopback for all REST services and the NGSI-LD broker of the demo."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import threading
import time
from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np

from pipelines.demo.broker import Broker, BrokerError
from pipelines.demo.moment import iso, read_iso, to_local
from pipelines.demo.portal import Portal
from pipelines.demo.records import Records

Clock = Callable[[], datetime]
Query = dict[str, str]
KEPT_SECONDS, KEPT_LISTS = 600.0, 12  # a list that is being paged stands still so long
NUMBERED = ("/tasks", "/assessments", "/system-counts", "/platform/months", "/procedure-base/months")
log = logging.getLogger(__name__)


class BadQuery(ValueError):
    """A query that no service answers; becomes HTTP 400."""


class Answer:
    """Status, body and extra headers."""

    def __init__(
        self,
        body: object,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        kind: str = "application/json",
    ) -> None:
        self.status, self.headers, self.kind = status, headers or {}, kind
        self.content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


class Services:
    """Answers requests for the instant of a clock."""

    def __init__(self, records: Records, portal: Portal, broker: Broker, clock: Clock) -> None:
        self.records, self.portal, self.broker, self.clock = records, portal, broker, clock
        self.base_url = ""
        self._lists: dict[tuple[str, str], tuple[float, list[Any]]] = {}
        self._lock = threading.Lock()

    def answer(self, target: str) -> Answer:
        """The answer to a GET; errors become JSON with a sentence."""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        now = to_local(self.clock())
        try:
            if parts.path.startswith("/ngsi-ld/v1/"):
                return self._broker(parts.path.removeprefix("/ngsi-ld/v1/"), query, now)
            if parts.path == "/portal/ho-so":
                return self._portal(query)
            if parts.path in ("/reporting/values", "/reporting/submissions"):
                return self._linked(parts.path, query, now)
            if parts.path == "/feedback/reports":
                return self._cursor(parts.path, query, now)
            if parts.path in NUMBERED:
                return self._numbered(parts.path, query, now)
        except (BadQuery, BrokerError) as error:
            return Answer({"error": "bad_request", "message": str(error)}, status=400)
        return Answer({"error": "not_found", "message": f"no service at {parts.path}"}, status=404)

    def _portal(self, query: Query) -> Answer:
        page, size, since = (
            _number(query, "page", 1, 10**6),
            _number(query, "page_size", 1000, 5000),
            _since(query),
        )
        numbers = self._list("/portal/ho-so", since, page == 1, lambda: self.portal.arrived(since))
        items = self.portal.records(numbers[(page - 1) * size : page * size])
        total = len(numbers)
        return Answer(
            {
                "page": page,
                "page_size": size,
                "total": total,
                "total_pages": -(-total // size),
                "items": items,
            }
        )

    def _numbered(self, path: str, query: Query, now: np.datetime64) -> Answer:
        page, size, since = _number(query, "page", 1, 10**6), _number(query, "size", 500, 2000), _since(query)
        rows = self._list(path, since, page == 1, lambda: self.records.read(path, now, since))
        items = rows[(page - 1) * size : page * size]
        return Answer({"page": page, "size": size, "pages": -(-len(rows) // size), "total": len(rows), "items": items})

    def _after(self, path: str, query: Query, now: np.datetime64) -> tuple[list[Any], str | None, int]:
        """(records of a page, cursor of the next one or None, limit): a cursor names the last record given."""
        limit, since = _number(query, "limit", 500, 2000), _since(query)
        last: tuple[str, str] | None = None
        if "cursor" in query:
            since, *mark = _open_cursor(query["cursor"])
            last = (mark[0], mark[1])
            since = since or None
        key = self.records.key(path)
        rows = self._list(path, since, last is None, lambda: self.records.read(path, now, since))
        start = bisect_right(rows, last, key=lambda row: (row["cap_nhat_luc"], row[key])) if last else 0
        items = rows[start : start + limit]
        more = start + limit < len(rows)
        following = _close_cursor(since or "", items[-1]["cap_nhat_luc"], items[-1][key]) if more else None
        return items, following, limit

    def _linked(self, path: str, query: Query, now: np.datetime64) -> Answer:
        items, cursor, limit = self._after(path, query, now)
        following = f"{self.base_url}{path}?{urlencode({'limit': limit, 'cursor': cursor})}" if cursor else None
        headers = {"Link": f'<{following}>; rel="next"'} if following else {}
        return Answer({"data": items, "next": following}, headers=headers)

    def _cursor(self, path: str, query: Query, now: np.datetime64) -> Answer:
        items, cursor, _ = self._after(path, query, now)
        return Answer({"data": items, "next_cursor": cursor})

    def _broker(self, path: str, query: Query, now: np.datetime64) -> Answer:
        kind, limit, offset = (
            query.get("type", ""),
            _number(query, "limit", 20, 1000),
            _number(query, "offset", 0, 10**6),
        )
        if path == "temporal/entities":
            if kind != "TrafficFlowObserved":
                raise BrokerError("type must be TrafficFlowObserved")
            everything = self.broker.maker.sites
            total, found = (
                len(everything),
                self.broker.temporal(query, now, everything[offset : offset + limit]),
            )
        elif path == "entities":
            entities = self.broker.entities(kind, now)
            total, found = len(entities), entities[offset : offset + limit]
        elif path.startswith("entities/urn:ngsi-ld:"):
            kind = path.split(":")[2]
            wanted = [
                entity for entity in self.broker.entities(kind, now) if entity["id"] == path.removeprefix("entities/")
            ]
            missing = {
                "type": "https://uri.etsi.org/ngsi-ld/errors/ResourceNotFound",
                "title": "Entity not found",
            }
            return Answer(wanted[0], kind="application/ld+json") if wanted else Answer(missing, status=404)
        else:
            return Answer({"title": f"no resource {path}"}, status=404)
        headers = {"NGSILD-Results-Count": str(total)}
        if offset + limit < total:
            following = f"/ngsi-ld/v1/{path}?{urlencode(query | {'limit': str(limit), 'offset': str(offset + limit)})}"
            headers["Link"] = f'<{following}>; rel="next"; type="application/ld+json"'
        return Answer(found, headers=headers, kind="application/ld+json")

    def _list(self, path: str, since: str | None, fresh: bool, make: Callable[[], list[Any]]) -> list[Any]:
        """The list of a path; the first page renews it, later pages see it stand still."""
        key, moment = (path, since or ""), time.monotonic()
        with self._lock:
            kept = self._lists.get(key)
        if kept is not None and not fresh and moment - kept[0] < KEPT_SECONDS:
            return kept[1]
        rows = make()
        with self._lock:
            self._lists[key] = (moment, rows)
            while len(self._lists) > KEPT_LISTS:
                self._lists.pop(min(self._lists, key=lambda each: self._lists[each][0]))
        return rows


class Server:
    """The HTTP server on 127.0.0.1 with a free port, in its own threads."""

    def __init__(self, services: Services) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # header and body leave together
            timeout = 60

            def do_GET(self) -> None:
                self._send(services.answer(self.path))

            def do_POST(self) -> None:
                self._send(Answer({"error": "method_not_allowed", "message": "read only"}, status=405))

            def _send(self, answer: Answer) -> None:
                self.send_response(answer.status)
                self.send_header("Content-Type", f"{answer.kind}; charset=utf-8")
                self.send_header("Content-Length", str(len(answer.content)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.content)

            def log_message(self, format: str, *args: object) -> None:
                log.debug(format, *args)

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.port = int(self._http.server_address[1])
        services.base_url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, name="demo-http", daemon=True)

    def start(self) -> None:
        """Begin answering."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and free the port."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(timeout=10)


def _number(query: Query, name: str, default: int, most: int) -> int:
    least = 0 if name == "offset" else 1
    text = query.get(name, str(default))
    if not text.isdigit() or not least <= int(text) <= most:
        raise BadQuery(f"{name} must be a whole number from {least} to {most}, not {text!r}")
    return int(text)


def _since(query: Query) -> str | None:
    text = query.get("updated_since")
    if not text:
        return None
    try:
        return iso(read_iso(text))
    except ValueError as error:
        raise BadQuery(
            f"updated_since must be an ISO instant such as 2026-06-15T08:00:00+07:00, not {text!r}"
        ) from error


def _close_cursor(*parts: str) -> str:
    return base64.urlsafe_b64encode("\n".join(parts).encode()).decode()


def _open_cursor(text: str) -> list[str]:
    try:
        parts = base64.urlsafe_b64decode(text.encode()).decode().split("\n")
    except (binascii.Error, UnicodeError) as error:
        raise BadQuery("cursor is not one of ours") from error
    if len(parts) != 3:
        raise BadQuery("cursor is not one of ours")
    return parts

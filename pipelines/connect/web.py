"""Bounded HTTP: one origin, no redirects, limits of size and time, retries with jitter, honest classification."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urljoin

import httpcore
import httpx
import stamina

from ioc.errors import SourceError
from pipelines.connect.certificate import refused_certificate, trusted
from pipelines.connect.credential import credential_of
from pipelines.connect.delivery import Deadline
from pipelines.connect.jsontext import read_json
from pipelines.connect.origin import GuardedBackend, check_listed, origin_of, same_origin

RETRY_STATUS = {429, 502, 503, 504}
CONNECT_SECONDS, READ_SECONDS = 5.0, 30.0
MAX_BYTES = 200 * 1024 * 1024
Answer = TypeVar("Answer")
MAX_DEPTH_TEXT = "nested too deeply"


class Transient(SourceError):
    """A failure that a repeat may cure. `wait` is what the server asked for, in seconds."""

    def __init__(self, source: str, message: str, wait: float | None = None) -> None:
        super().__init__(source, message, permanent=False)
        self.wait = wait


class Unauthorised(SourceError):
    """The service does not accept the credential."""


@dataclass(frozen=True)
class Page:
    """One answer: the parsed document, the headers, the bytes' hash, and where it came from."""

    url: str
    document: Any
    headers: Mapping[str, str]
    sha256: bytes
    size: int
    status: int = 200


def back_off(error: Exception) -> bool | float:
    """Retry what may pass; after the time the server named, when it named one."""
    if isinstance(error, Transient):
        return error.wait if error.wait is not None else True
    return False


class Web:
    """A client for one source. Use as a context manager; every answer is JSON or a SourceError."""

    def __init__(
        self,
        source: str,
        base: str,
        *,
        deadline: Deadline,
        allow_origins: Sequence[str] = (),
        connection: Mapping[str, Any] | None = None,
        max_bytes: int = MAX_BYTES,
        attempts: int = 5,
    ) -> None:
        self.source, self.base, self.deadline = source, base, deadline
        given = connection or {}
        if given.get("token_url"):
            check_listed(source, str(given["token_url"]), allow_origins)
        self.credential = credential_of(source, given, self.send_form)
        self.max_bytes, self.attempts = max_bytes, attempts
        check_listed(source, base, allow_origins)
        self.taken = 0
        context = trusted(source, given)
        transport = httpx.HTTPTransport(verify=context, trust_env=False)
        transport._pool = httpcore.ConnectionPool(  # httpx offers no public place for a network backend
            ssl_context=context,
            network_backend=GuardedBackend(source, allow_origins, deadline),
            max_connections=1,
        )
        self.client = httpx.Client(
            transport=transport,
            follow_redirects=False,
            trust_env=False,
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            headers={"accept": "application/json, application/ld+json, */*;q=0.5", "user-agent": "ioc"},
        )

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def get(self, place: str, params: Mapping[str, Any] | None = None) -> Page:
        """One JSON document at a path below the base, or at an absolute address of the same origin."""
        body = self.fetch(place, params)
        kind = body.headers.get("content-type", "")
        return replace(body, document=parse_json(self.source, body.url, body.document, kind))

    def fetch(self, place: str, params: Mapping[str, Any] | None = None) -> Page:
        """One answer as its bytes, whatever it is; the limits and the retries are those of `get`."""
        url = same_origin(self.source, self.base, urljoin(self.base.rstrip("/") + "/", self.relative(place)))
        return self.repeat(lambda: self.once(url, params))

    def repeat(self, work: Callable[[], Answer]) -> Answer:
        """Do it, and again after a failure that may pass; once more with a new token when the old one is refused."""
        waiting = max(1.0, min(300.0, self.deadline.left))
        for attempt in stamina.retry_context(
            on=back_off, attempts=self.attempts, timeout=waiting, wait_initial=0.4, wait_max=30.0, wait_jitter=1.0
        ):
            with attempt:
                try:
                    return work()
                except Unauthorised:
                    if not self.credential.renew():
                        raise
                    return work()
        raise SourceError(self.source, "no attempt was made", permanent=False)

    def relative(self, place: str) -> str:
        """`/path` is below the base, not at the root of the host; absolute addresses stay."""
        return place.lstrip("/") if "://" not in place.split("?", maxsplit=1)[0] else place

    def once(self, url: str, params: Mapping[str, Any] | None) -> Page:
        """One request without a repeat."""
        asked = httpx.URL(url).copy_merge_params({**(params or {}), **self.credential.params})
        return self.request("GET", asked, dict(self.credential.current()), None)

    def send_form(self, url: str, headers: Mapping[str, str], form: Mapping[str, str]) -> bytes:
        """Post a form to the token endpoint the configuration names, under the limits of every request."""
        origin_of(self.source, url)
        body: bytes = self.repeat(lambda: self.request("POST", httpx.URL(url), dict(headers), dict(form))).document
        return body

    def request(self, method: str, url: httpx.URL, headers: dict[str, str], form: dict[str, str] | None) -> Page:
        """One exchange; the page holds the bytes. No message shows a secret."""
        self.deadline.check()
        shown = self.shown(url)
        try:
            with self.client.stream(method, url, headers=headers, data=form) as answer:
                body = self.read(answer, shown)
        except httpx.TimeoutException as error:
            raise Transient(self.source, f"{shown} did not answer in time ({type(error).__name__})") from error
        except httpx.TransportError as error:
            said = refused_certificate(error)
            if said:
                raise SourceError(
                    self.source,
                    f"{shown}: the certificate of the service is refused ({said})",
                    permanent=True,
                    remedy="have it renewed; when the province signs its own, name the authority's file: ca_file",
                ) from error
            raise Transient(self.source, f"{shown} cannot be reached: {self.masked(str(error))}") from error
        except httpx.HTTPError as error:
            raise SourceError(self.source, f"{shown}: {self.masked(str(error))}", permanent=True) from error
        return Page(
            shown,
            body,
            {key.lower(): value for key, value in answer.headers.items()},
            hashlib.sha256(body).digest(),
            len(body),
            answer.status_code,
        )

    def shown(self, url: httpx.URL) -> str:
        """The address as it may be told: without the parameters that hold a secret."""
        for name in self.credential.params:
            url = url.copy_remove_param(name)
        return self.masked(str(url))

    def masked(self, text: str) -> str:
        for secret in self.credential.secrets:
            text = text.replace(secret, "***") if secret else text
        return text

    def read(self, answer: httpx.Response, url: str) -> bytes:
        """The body, within the limits; a status that is no success becomes the right error."""
        status = answer.status_code
        if status in RETRY_STATUS:
            raise Transient(self.source, f"{url} answered {status}", retry_after(answer.headers.get("retry-after")))
        if 300 <= status < 400:
            raise SourceError(
                self.source,
                f"{url} answered {status}, a redirect, which is not followed",
                permanent=True,
                remedy="put the final address into the configuration",
            )
        if status == 401:
            raise Unauthorised(
                self.source, f"{url} answered 401", permanent=True, remedy="check the address and the access right"
            )
        if status >= 400:
            raise SourceError(
                self.source,
                f"{url} answered {status}",
                permanent=status < 500,
                remedy="check the address and the access right"
                if status < 500
                else "a fault inside the service: it is asked again at the next turn; call its office when it goes on",
            )
        chunks: list[bytes] = []
        size = 0
        for chunk in answer.iter_bytes():  # as they come: a fixed size would wait for it without looking at the limits
            self.deadline.check()
            size += len(chunk)
            self.taken += len(chunk)
            if self.taken > self.max_bytes:
                raise SourceError(
                    self.source,
                    f"{url}: more than {self.max_bytes // 2**20} MB in one run",
                    permanent=True,
                    remedy="ask for a shorter interval, or raise 'max_bytes' of the source",
                )
            chunks.append(chunk)
        return b"".join(chunks)


def retry_after(text: str | None) -> float | None:
    """Seconds of a Retry-After header, at most a minute; a date form is left to the usual back-off."""
    return min(60.0, float(text)) if text and text.strip().isdigit() else None


def parse_json(source: str, url: str, body: bytes, content_type: str) -> Any:
    """The document of a body; HTML, emptiness, `null`, NaN and error envelopes are told apart and refused."""
    head = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if "html" in content_type.lower() or head[:1] == b"<":
        raise SourceError(
            source,
            f"{url} answered a web page instead of data (a login or an error page)",
            permanent=True,
            remedy="check the address and whether the access has expired",
        )
    if not head:
        raise SourceError(source, f"{url} answered nothing (0 bytes)", permanent=False)
    try:
        document = read_json(body)
    except RecursionError as error:
        raise SourceError(source, f"{url}: the JSON is {MAX_DEPTH_TEXT}", permanent=True) from error
    except (ValueError, UnicodeDecodeError) as error:
        raise SourceError(source, f"{url}: not readable as JSON ({error})", permanent=False) from error
    if document is None:
        raise SourceError(source, f"{url} answered null", permanent=False)
    if isinstance(document, dict):
        refuse_envelope(source, url, document)
    return document


def refuse_envelope(source: str, url: str, document: Mapping[str, Any]) -> None:
    """An answer of status 200 that says it failed (`error`, `success: false`, a problem document)."""
    said = document.get("error") or document.get("errors")
    if document.get("success") is False or document.get("status") in ("error", "fail", "failed"):
        said = said or document.get("message") or "no reason given"
    if isinstance(document.get("title"), str) and {"type", "detail"} & document.keys() and "id" not in document:
        said = said or document.get("detail") or document["title"]
    if said:
        raise SourceError(source, f"{url} answered an error: {str(said)[:200]}", permanent=False)

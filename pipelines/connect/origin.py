"""The door to the network: which addresses a source may be asked at.

A connector talks to its configured origin only. Loopback, private, link-local and reserved addresses are refused
unless the origin is listed for that source (`allow_origins`), whatever a name resolves to, and the check is made
on the very address that is connected to, so that a name cannot change its mind in between.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpcore

from ioc.errors import SourceError
from pipelines.connect.delivery import Deadline

DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(source: str, url: str) -> str:
    """`scheme://host:port` of an address; refuses other schemes, user names in addresses and odd host spellings."""
    try:
        parts: SplitResult = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SourceError(source, f"the address is not readable ({error})", permanent=True) from error
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS:
        raise SourceError(source, f"refused the scheme '{parts.scheme}' (only http and https)", permanent=True)
    if parts.username is not None or parts.password is not None:
        raise SourceError(
            source,
            "an address must not carry a user name or password",
            permanent=True,
            remedy="put the secret in the environment and name it: token: env:NAME",
        )
    host = (parts.hostname or "").rstrip(".").lower()
    if not host:
        raise SourceError(source, "the address names no host", permanent=True)
    if host.replace(".", "").isdigit() or host.startswith("0x") or ".0x" in host:
        try:
            ipaddress.IPv4Address(host)
        except ValueError as error:
            raise SourceError(source, f"refused the odd numeric host '{host}'", permanent=True) from error
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}:{port or DEFAULT_PORTS[scheme]}"


def is_outside(address: str) -> bool:
    """True for an address of the public network."""
    ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class TimedStream(httpcore.NetworkStream):
    """A connection on which no single wait outlives the run: a service that answers a byte a second ends with it.

    The time limit of reading is a limit between two bytes and never ends such an answer (FAULTS P-02).
    """

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self.stream, self.deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, self.within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, self.within(timeout))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return TimedStream(self.stream.start_tls(ssl_context, server_hostname, self.within(timeout)), self.deadline)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)

    def within(self, timeout: float | None) -> float:
        """The time one wait may take; raises SourceError once the run is over."""
        self.deadline.check()
        left = max(0.001, self.deadline.left)
        return left if timeout is None else min(timeout, left)


class GuardedBackend(httpcore.SyncBackend):
    """Connects only to addresses that are public, or whose origin the source lists; no wait outlives the run."""

    def __init__(self, source: str, allowed: Iterable[str], deadline: Deadline) -> None:
        super().__init__()
        self.source, self.deadline = source, deadline
        self.allowed = {origin_of(source, origin) for origin in allowed}

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve once, judge every address, connect to a judged one."""
        shown = f"[{host}]" if ":" in host else host
        listed = bool({f"http://{shown}:{port}", f"https://{shown}:{port}"} & self.allowed)
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"{host}: {error}") from error
        addresses = [str(entry[4][0]) for entry in found]
        refused = [address for address in addresses if not listed and not is_outside(address)]
        if refused or not addresses:
            raise SourceError(
                self.source,
                f"refused to connect to {host}:{port}: it resolves to the inside address {', '.join(refused)}",
                permanent=True,
                remedy=f'if this is meant, list it: allow_origins: ["http://{shown}:{port}"]',
            )
        stream = super().connect_tcp(addresses[0], port, timeout, local_address, socket_options)
        return TimedStream(stream, self.deadline)


def same_origin(source: str, base: str, url: str) -> str:
    """The address itself when it lies at the origin of `base`; a foreign `next` link is refused."""
    if origin_of(source, base) != origin_of(source, url):
        raise SourceError(
            source,
            f"refused to follow a link to {origin_of(source, url)}; the source is {origin_of(source, base)}",
            permanent=True,
        )
    return url


def check_listed(source: str, url: str, allowed: Sequence[str]) -> None:
    """Refuse an address that spells an inside host literally before anything is opened."""
    origin = origin_of(source, url)
    host = urlsplit(origin).hostname or ""
    listed = origin in {origin_of(source, item) for item in allowed}
    literal = host in {"localhost", "localhost.localdomain"}
    with contextlib.suppress(ValueError):
        literal = literal or not is_outside(host)
    if literal and not listed:
        raise SourceError(
            source,
            f"refused the inside address {origin}",
            permanent=True,
            remedy=f'if this is meant, list it for the source: allow_origins: ["{origin}"]',
        )

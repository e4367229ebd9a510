"""Certificates of services: always verified, by the province's own authorities beside the public ones (FAULTS C-04)."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import httpx

from ioc.errors import SourceError


@lru_cache(maxsize=8)
def tls(authority: str = "") -> ssl.SSLContext:
    """Certificates are always verified, TLS 1.2 or newer; the context is costly, so there is one for each `authority`.

    `authority`: a PEM file of the province's own authorities, trusted beside the public ones (`ca_file`).
    """
    context = httpx.create_ssl_context(trust_env=False)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if authority:
        context.load_verify_locations(cafile=authority)
    return context


def trusted(source: str, connection: Mapping[str, Any]) -> ssl.SSLContext:
    """The certificates this source trusts; an unreadable `ca_file` is a SourceError."""
    authority = str(connection.get("ca_file") or "")
    try:
        return tls(authority)
    except (OSError, ssl.SSLError) as error:
        raise SourceError(
            source,
            f"the file of certificates {authority} cannot be read ({error})",
            permanent=True,
            remedy=f"put the authority's certificate there as PEM, or correct sources.{source}.ca_file",
        ) from error


def refused_certificate(error: BaseException) -> str:
    """What is wrong with the service's certificate; '' when a failure has another cause."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message or str(cause)
        cause = cause.__cause__ or cause.__context__
    return ""

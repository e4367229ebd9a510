"""How a service is told who asks: a fixed bearer token, an API key (header or query), or OAuth2 client credentials.

Connection keys, all secrets as env:NAME: `token`; `api_key` with `api_key_header` or `api_key_query`; `token_url`,
`client_id`, `client_secret`, `scope`, `client_auth` (basic, or body for gateways that want the secret there). The token
of OAuth2 (RFC 6749, 4.4) is asked for once, renewed shortly before it ends and when the service says 401.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from ioc.errors import SourceError

Send = Callable[[str, Mapping[str, str], Mapping[str, str]], bytes]  # address, headers, form -> body
MARGIN_SECONDS, SHORTEST_SECONDS = 30.0, 5.0


@dataclass
class Credential:
    """The headers and parameters that go with every request. `secrets` must never be shown."""

    headers: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    secrets: Sequence[str] = ()

    def renew(self) -> bool:
        """Forget what can be asked for anew; False when there is nothing of that kind."""
        return False

    def current(self) -> Mapping[str, str]:
        """The headers now."""
        return self.headers


@dataclass
class ClientCredential(Credential):
    """OAuth2 client credentials of one source."""

    source: str = ""
    url: str = ""
    client_id: str = ""
    secret: str = field(default="", repr=False)
    scope: str = ""
    in_body: bool = False
    send: Send = field(default=lambda *_: b"", repr=False)
    clock: Callable[[], float] = time.monotonic
    token: str = field(default="", repr=False)
    ends: float = 0.0

    def renew(self) -> bool:
        had = bool(self.token)
        self.token = ""
        return had

    def current(self) -> Mapping[str, str]:
        if not self.token or self.clock() >= self.ends:
            self.ask()
        return {**self.headers, "authorization": f"Bearer {self.token}"}

    def ask(self) -> None:
        """Ask the token endpoint; what it answers besides a token is never shown."""
        form = {"grant_type": "client_credentials", **({"scope": self.scope} if self.scope else {})}
        headers = {"accept": "application/json"}
        if self.in_body:
            form |= {"client_id": self.client_id, "client_secret": self.secret}
        else:
            request = httpx.Request("POST", self.url)
            basic = httpx.BasicAuth(self.client_id, self.secret)
            headers["authorization"] = next(basic.auth_flow(request)).headers["authorization"]
        body = self.send(self.url, headers, form)
        try:
            answer: Any = json.loads(body)
            token, lasts = str(answer["access_token"]), float(answer.get("expires_in") or 300)
        except (ValueError, KeyError, TypeError) as error:
            raise SourceError(
                self.source,
                "the token endpoint answered no access token",
                permanent=True,
                remedy="check token_url, client_id and client_secret",
            ) from error
        self.token = token
        self.ends = self.clock() + max(SHORTEST_SECONDS, lasts - MARGIN_SECONDS)


def credential_of(source: str, connection: Mapping[str, Any], send: Send) -> Credential:
    """The credential a connection describes; SourceError when it is half described."""
    headers = {str(key): str(value) for key, value in (connection.get("headers") or {}).items()}
    secret = connection.get("client_secret")
    if connection.get("token_url"):
        if not secret or not connection.get("client_id"):
            raise SourceError(
                source, "token_url needs client_id and client_secret", permanent=True, remedy="client_secret: env:NAME"
            )
        return ClientCredential(
            headers=headers,
            secrets=(str(secret),),
            source=source,
            url=str(connection["token_url"]),
            client_id=str(connection["client_id"]),
            secret=str(secret),
            scope=str(connection.get("scope") or ""),
            in_body=connection.get("client_auth") == "body",
            send=send,
        )
    if connection.get("token"):
        headers["authorization"] = f"Bearer {connection['token']}"
        return Credential(headers, {}, (str(connection["token"]),))
    key = connection.get("api_key")
    if not key:
        return Credential(headers)
    if connection.get("api_key_query"):
        return Credential(headers, {str(connection["api_key_query"]): str(key)}, (str(key),))
    return Credential({**headers, str(connection.get("api_key_header") or "X-API-Key"): str(key)}, {}, (str(key),))

"""Where a source is reached: its keys of config.yaml, with the places of the home and secrets filled in.

`{home}` is the home folder; `{demo_url}` and `{one_stop}` are where the demo's source systems answer now. Secrets are
`env:NAME`; a database password goes into `password: env:NAME`, never into the address.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ioc.errors import ConfigError, SourceError
from ioc.settings import Settings, SourceSettings, resolve_secret
from ioc.yamlfile import Document, did_you_mean, load_yaml
from pipelines.connect.sql import put_password

ADDRESS_KEYS = {"sql": "address", "rest": "url", "ngsi": "url", "files": "path", "download": "url", "ckan": "url"}
API_KEY = {"api_key", "api_key_header", "api_key_query"}
OAUTH = {"token_url", "client_id", "client_secret", "client_auth", "scope"}
WEB = {"url", "allow_origins", "headers", "token", "max_bytes", "ca_file", *API_KEY, *OAUTH}
KNOWN_KEYS = {
    "sql": {"address", "password", "statement_timeout", "max_rows"},
    "rest": WEB,
    "ngsi": WEB,
    "download": WEB,
    "ckan": WEB,
    "files": {"path"},
}


def check_connections(settings: Settings, kinds: Mapping[str, str]) -> None:
    """Check every entry under `sources` against the sources there are (id -> kind), without reaching any.

    Raises ConfigError with file, line and the nearest known word, so that a slip of the pen is found at the start
    and not when the source is next due.
    """
    doc = load_yaml(settings.config_path) if settings.config_path else None
    for source, entry in settings.sources.items():
        if source not in kinds:
            raise _fault(doc, ("sources", source), f"there is no source '{source}'", did_you_mean(source, kinds))
        kind = kinds[source]
        known = KNOWN_KEYS[kind] | set(SourceSettings.model_fields) | {"mapping"}
        for key in entry.connection:
            if key not in known:
                loc = ("sources", source, key)
                raise _fault(doc, loc, f"sources.{source}: unknown key '{key}'", did_you_mean(key, known))
        if entry.enabled and ADDRESS_KEYS[kind] not in entry.connection:
            raise _fault(
                doc, ("sources", source), f"sources.{source}: '{ADDRESS_KEYS[kind]}' is missing", "say where it is"
            )


def _fault(doc: Document | None, loc: tuple[str, ...], message: str, remedy: str) -> ConfigError:
    return doc.error(loc, message, remedy=remedy) if doc else ConfigError("config.yaml", None, message, remedy=remedy)


def connection_of(settings: Settings, home: Path, source: str, kind: str, env: Mapping[str, str]) -> dict[str, Any]:
    """The connection of a source, ready for its connector. Unknown keys and missing addresses are ConfigErrors."""
    entry = settings.sources.get(source)
    path = settings.config_path or "config.yaml"
    if entry is None:
        raise ConfigError(path, None, f"no entry sources.{source}", remedy=f"add it with {ADDRESS_KEYS[kind]}")
    given = {key: value for key, value in entry.connection.items() if key != "mapping"}
    unknown = set(given) - KNOWN_KEYS[kind]
    if unknown:
        raise ConfigError(
            path,
            None,
            f"sources.{source}: unknown key '{sorted(unknown)[0]}'",
            remedy=f"a {kind} source knows {', '.join(sorted(KNOWN_KEYS[kind]))}",
        )
    if ADDRESS_KEYS[kind] not in given:
        raise ConfigError(path, None, f"sources.{source}: '{ADDRESS_KEYS[kind]}' is missing")
    places = Places(home, source)
    filled = {key: fill(value, places, env, f"{path}: sources.{source}.{key}") for key, value in given.items()}
    password = filled.pop("password", None)
    if password:
        filled["address"] = put_password(str(filled["address"]), str(password))
    return filled


class Places(dict[str, str]):
    """The words that may stand in braces; the demo's are looked up when they are used."""

    def __init__(self, home: Path, source: str) -> None:
        super().__init__(home=str(home.resolve()))
        self.home, self.source = home, source

    def __missing__(self, key: str) -> str:
        file, field = {"demo_url": ("ports.json", "base_url"), "one_stop": ("demo.json", "one_stop_url")}.get(
            key, ("", "")
        )
        if not file:
            raise ConfigError(
                "config.yaml",
                None,
                f"sources.{self.source}: unknown place {{{key}}}",
                remedy="known: {home}, {demo_url}, {one_stop}",
            )
        try:
            found = str(json.loads((self.home / "demo" / file).read_text(encoding="utf-8"))[field])
            return found.replace("{home}", self["home"])  # a home that was copied reads its own systems
        except (OSError, ValueError, KeyError) as error:
            raise SourceError(
                self.source,
                "the demo's source systems are not running",
                permanent=False,
                remedy="start them (ioc up, or ioc demo), or give the address of the real system",
            ) from error


def fill(value: Any, places: Places, env: Mapping[str, str], where: str) -> Any:
    """Fill places and secrets into a value of the configuration, nested ones too."""
    if isinstance(value, str):
        secret = resolve_secret(value, env, where=where)
        return secret if secret != value else value.format_map(places) if "{" in value else value
    if isinstance(value, list):
        return [fill(item, places, env, where) for item in value]
    if isinstance(value, dict):
        return {key: fill(item, places, env, where) for key, item in value.items()}
    return value

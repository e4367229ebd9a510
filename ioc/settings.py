"""Settings: config.yaml of a province, checked and typed. Secrets stay in the environment: `env:NAME`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ioc.errors import ConfigError
from ioc.yamlfile import Document, Loc, load_yaml, validate

DEFAULT_HOME = Path("data/home")
CONFIG_NAME = "config.yaml"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_SECRET_KEY = re.compile(r"(?:^|_)(?:password|passwd|pwd|secret|token|api_?key|credential|credentials)$", re.I)
_ENV = re.compile(r"^env:([A-Za-z_][A-Za-z0-9_]*)$")
_EVERY = re.compile(r"^(\d{1,4})(s|m|h|d)$")
_CLOCK = re.compile(r"^(?:[01]\d|2[0-3]):[0-5]\d$")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DemoSettings(_Strict):
    """The demo source systems: whether they run, how large, how many months of history."""

    enabled: bool = True
    scale: Annotated[float, Field(gt=0, le=20)] = 1.0
    months: Annotated[int, Field(ge=1, le=120)] = 30


class WebSettings(_Strict):
    """Where the screens answer. Before accounts exist only this machine may ask (DECISIONS 15)."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8050
    workers: Annotated[int, Field(ge=1, le=16)] = 2
    threads: Annotated[int, Field(ge=1, le=64)] = 8
    public_url: str | None = None

    @field_validator("host")
    @classmethod
    def _is_loopback(cls, host: str) -> str:
        if host not in LOOPBACK:
            raise ValueError(f"the web answers on this machine only, not on '{host}'; write host: 127.0.0.1")
        return host

    @field_validator("public_url")
    @classmethod
    def _is_origin(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"'{url}' is no public address; write https://name.of.the.server")
        return url.rstrip("/")

    @property
    def url(self) -> str:
        """The address a person on this machine opens."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/"


class Rhythm(BaseModel):
    """When something is done: every so often, or at local times of day, on all or some weekdays."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    every: str | None = None  # 30s, 5m, 2h, 1d
    at: list[str] = []  # local times: 06:30, or a list of them
    on: list[Weekday] = []  # on these weekdays only

    @field_validator("at", "on", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _has_one_rhythm(self) -> Rhythm:
        if self.every is not None:
            match = _EVERY.match(self.every)
            if not match or int(match.group(1)) == 0:
                raise ValueError(f"every: '{self.every}' is no interval; write 30s, 5m, 2h or 1d")
            if self.at:
                raise ValueError("'every' and 'at' exclude each other; keep one")
            if self.cadence < timedelta(seconds=10):
                raise ValueError("every: the shortest interval is 10s")
        for clock in self.at:
            if not _CLOCK.match(clock):
                raise ValueError(f"at: '{clock}' is no time of day; write 06:30")
        return self

    @property
    def cadence(self) -> timedelta:
        """The longest time between two reads: the interval, or a day for times of day (a week with
        weekdays)."""
        match = _EVERY.match(self.every or "")
        if match:
            return timedelta(seconds=int(match.group(1)) * _SECONDS[match.group(2)])
        return timedelta(days=7 if self.on else 1)


class SourceSettings(Rhythm):
    """One source: when it is read and how it is reached.

    Everything beside the keys below is the connection (url, path, address, params ...), checked by its
    connector.
    """

    model_config = ConfigDict(extra="allow", frozen=True)
    enabled: bool = True

    @property
    def connection(self) -> dict[str, Any]:
        """The keys of the connector."""
        return dict(self.__pydantic_extra__ or {})


class WallSettings(_Strict):
    """One wall: how long a scene stays, the viewing distance over the picture height, which scenes."""

    rotate_seconds: Annotated[int, Field(ge=5, le=3600)] = 30
    distance_ratio: Annotated[float, Field(ge=1, le=12)] = 4.5
    scenes: list[str] = []


class RetentionSettings(_Strict):
    """Which published versions stay: the last, one an hour, one a day, and always what a freeze names."""

    last: Annotated[int, Field(ge=2)] = 5
    hours: Annotated[int, Field(ge=0)] = 48
    days: Annotated[int, Field(ge=0)] = 35


class ConfigFile(_Strict):
    """The keys of config.yaml."""

    version: Literal[1] = 1
    province: Annotated[str, Field(pattern=r"^\d{2}$")] = "51"
    language: Literal["vi", "en"] = "vi"
    seed: Annotated[int, Field(ge=0)] = 51
    demo: DemoSettings = DemoSettings()
    web: WebSettings = WebSettings()
    sources: dict[str, SourceSettings] = {}
    walls: dict[str, WallSettings] = {"main": WallSettings()}
    retention: RetentionSettings = RetentionSettings()
    commune_scorecard: Annotated[str, Field(pattern=r"^[a-z0-9-]{2,60}$")] = "demo-commune-dti"  # id, not edition
    reconcile: Rhythm | None = None  # when sources that declare it are compared with what was loaded, day by day
    history_from: date | None = None  # first day numbers are measured for; two years before this one when left out


class Settings(ConfigFile):
    """What config.yaml says, with the home it is for and the file it came from (None: all defaults)."""

    home: Path = DEFAULT_HOME
    config_path: Path | None = None


def load_settings(
    config: Path | None = None, home: Path | None = None, env: Mapping[str, str] | None = None
) -> Settings:
    """Read the settings: `config`, else home/config.yaml, else ./config.yaml, else the defaults.

    `home` falls back to IOC_HOME of `env`, then to data/home; `config` to IOC_CONFIG. Raises ConfigError with
    file, line and remedy; a secret written out in the file is refused.
    """
    given = env or {}
    place = home or (Path(given["IOC_HOME"]) if given.get("IOC_HOME") else DEFAULT_HOME)
    named = config or (Path(given["IOC_CONFIG"]) if given.get("IOC_CONFIG") else None)
    path = named or next((p for p in (place / CONFIG_NAME, Path(CONFIG_NAME)) if p.is_file()), None)
    if path is None:
        return Settings(home=place)
    doc = load_yaml(path)
    refuse_secrets(doc)
    content = validate(ConfigFile, doc)
    return Settings(**{name: getattr(content, name) for name in ConfigFile.model_fields}, home=place, config_path=path)


def resolve_secret(value: str, env: Mapping[str, str], *, where: str) -> str:
    """The value of `env:NAME`; other text stays as it is. Raises ConfigError when NAME is not set."""
    match = _ENV.match(value)
    if not match:
        return value
    if not env.get(match.group(1)):
        raise ConfigError(where, None, f"the environment has no {match.group(1)}", remedy="set it before the start")
    return env[match.group(1)]


def refuse_secrets(doc: Document) -> None:
    """Refuse passwords and tokens in the file: under a key of that name, or inside an address."""
    for loc, value in _texts(doc.data, ()):
        key = next((part for part in reversed(loc) if isinstance(part, str)), "")
        if _SECRET_KEY.search(key) and not _ENV.match(value):
            raise doc.error(loc, f"'{key}' is written out in the file", remedy="write env:NAME and set NAME")
        if "://" in value and _has_password(value):
            raise doc.error(
                loc,
                f"the address of '{key}' holds a password",
                remedy="leave it out and write password: env:NAME",
            )


def _has_password(address: str) -> bool:
    authority = address.partition("://")[2].partition("/")[0]
    user, found, _ = authority.rpartition("@")
    return bool(found) and ":" in user


def _texts(data: Any, loc: Loc) -> Iterator[tuple[Loc, str]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _texts(value, (*loc, key))
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from _texts(value, (*loc, place))
    elif data is not None:
        yield loc, str(data)

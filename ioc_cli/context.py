"""What every command shares: settings, the home, the published copy, and one way to print an answer."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import click

from indicators.checked import load_checked
from indicators.standing import find_editions
from ioc.calendar import WorkCalendar
from ioc.published import Publication
from ioc.settings import Settings, load_settings
from pipelines.connection import check_connections
from pipelines.mapping.source_file import load_sound_sources, with_mapped, without

log = logging.getLogger(__name__)


def read_settings(config: Path | None, home: Path | None, env: Mapping[str, str]) -> Settings:
    """The settings with mapped sources, every entry checked against the sources there are; ConfigError otherwise.

    A file of `home/sources` with a fault is told and set aside: a draft must not stop the other sources.
    """
    settings = load_settings(config, home, env)
    specs, aside = load_sound_sources(settings)
    for one in aside:
        log.warning("source '%s' is off until its file is mended: %s", one.source, one.error)
    known = with_mapped(without(settings, aside), specs)
    check_connections(known, {one.id: one.kind for one in specs.values()})
    return known


def check_editions(settings: Settings) -> Settings:
    """The settings, when the province's own scorecards can be read and scored by; ConfigError otherwise."""
    find_editions(settings.commune_scorecard, Path(settings.home) / "scorecards")
    return settings


def check_catalogue(settings: Settings) -> Settings:
    """The settings, when the home's own definitions, targets and calendar can be read; ConfigError otherwise."""
    home = Path(settings.home)
    overlay = home / "catalogue"
    load_checked(overlay=overlay if overlay.is_dir() else None)
    WorkCalendar.load(home / "calendar.csv")
    return settings


@dataclass
class Context:
    """Global options of one `ioc` call; expensive parts are opened when first asked for."""

    config: Path | None = None
    home_option: Path | None = None
    json: bool = False
    env: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def settings(self) -> Settings:
        """The settings in force (config.yaml of --config, the home or the working folder), sources checked."""
        return read_settings(self.config, self.home_option, self.env)

    @property
    def home(self) -> Path:
        """Where all state lives."""
        return Path(self.settings.home)

    def publication(self) -> Publication:
        """The published copy of the home; raises StorageError when nothing was published yet."""
        return Publication(self.home)

    def emit(self, document: Any, text: str) -> None:
        """Print one JSON document with --json, else the text for people."""
        click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str) if self.json else text)


def start_logging(level: int = logging.INFO) -> None:
    """Logs go to standard error, one line each, so that standard output stays one answer."""
    logging.basicConfig(
        stream=sys.stderr, level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # skipped turns are counted by the schedule's listener

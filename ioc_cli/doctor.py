"""`ioc doctor`: is this machine, this home and this published copy in order?"""

from __future__ import annotations

import platform
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from ioc.errors import IocError
from ioc.lock import read_holder
from ioc.room import room_of
from ioc_cli.context import Context

DUCKDB = "1.5.6"
SPARE_BYTES = 2_000_000_000


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, whether it is in order, what was seen, and what to do."""

    check: str
    ok: bool
    seen: str
    remedy: str = ""


def examine(ctx: Context) -> Iterator[Finding]:
    """All checks, in the order in which a failure explains the later ones."""
    yield Finding("python", sys.version_info[:2] == (3, 11), platform.python_version(), "install Python 3.11")
    yield engine()
    yield from guarded("settings", lambda: f"province {ctx.settings.province}, home {ctx.home}", "mend config.yaml")
    home = ctx.home
    home.mkdir(parents=True, exist_ok=True)
    yield writable(home)
    yield space(home)
    holder = read_holder(home)
    yield Finding("ingest", True, f"running as process {holder}" if holder else "not running; `ioc up` starts it")
    yield from guarded("published copy", lambda: published(ctx), "run `ioc demo` or `ioc run`")
    yield port(ctx.settings.web.host, ctx.settings.web.port)


def engine() -> Finding:
    """DuckDB is pinned: another version is not covered by the fault tests."""
    try:
        seen = version("duckdb")
    except PackageNotFoundError:
        seen = "absent"
    return Finding("duckdb", seen == DUCKDB, seen, f"install duckdb=={DUCKDB} from requirements.lock")


def writable(home: Path) -> Finding:
    """The home must take a file."""
    probe = home / ".doctor"
    try:
        probe.write_text("ok", encoding="utf-8")
        probe.unlink()
    except OSError as error:
        return Finding("home", False, f"{home}: {error.strerror}", "give the service user write access")
    return Finding("home", True, str(home))


def space(home: Path) -> Finding:
    """Publishing needs twice the last version and a reserve; below 5 % nothing is read any more."""
    room = room_of(home)
    if room.level == "full":
        return Finding("disk", False, f"{room} at {room.place}: reading pauses", "make room; it goes on by itself")
    seen = f"{room}{', getting short' if room.level != 'ample' else ''}"
    return Finding("disk", room.free > SPARE_BYTES, seen, "free at least 2 GB on this disk")


def published(ctx: Context) -> str:
    """What the screens read now."""
    publication = ctx.publication()
    try:
        with publication.reader() as reader:
            return f"version {reader.version.id}, data as of {reader.version.data_as_of}"
    finally:
        publication.close()


def port(host: str, number: int) -> Finding:
    """Whether the web port is free or already ours to find out."""
    with socket.socket() as probe:
        probe.settimeout(1)
        taken = probe.connect_ex((host, number)) == 0
    return Finding("port", True, f"{host}:{number} {'answers' if taken else 'is free'}")


def guarded(check: str, look: Callable[[], str], remedy: str) -> Iterator[Finding]:
    """A check that may raise one of our errors."""
    try:
        yield Finding(check, True, look())
    except IocError as error:
        yield Finding(check, False, str(error), error.remedy or remedy)


@click.command()
@click.pass_obj
def doctor(ctx: Context) -> None:
    """Check Python, DuckDB, the home, the disk, the ingest process, the published copy and the port."""
    findings = list(examine(ctx))
    lines = [
        f"{'ok  ' if item.ok else 'FAIL'} {item.check}: {item.seen}{'' if item.ok else f' -> {item.remedy}'}"
        for item in findings
    ]
    ctx.emit([item.__dict__ for item in findings], "\n".join(lines))
    if not all(item.ok for item in findings):
        click.get_current_context().exit(1)


COMMANDS: Sequence[click.Command] = (doctor,)

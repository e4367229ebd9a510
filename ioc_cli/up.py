"""`ioc up`: one supervisor that keeps the demo sources, the ingest worker and the web alive."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from ioc.errors import BusyError
from ioc.lock import read_holder
from ioc.settings import Settings
from ioc_cli.config_watch import ConfigWatch
from ioc_cli.context import check_catalogue, check_editions, read_settings
from ioc_cli.pulse import Pulse, answers, ingest_pulse, web_pulse
from ioc_cli.web import child_environment, place_options, refuse_taken_port, web_command

LOG = logging.getLogger("ioc.up")
POLL_SECONDS = 0.2
STOP_SECONDS = 15.0  # then SIGKILL, so that all is over within 20 s
FIRST_DELAY, LAST_DELAY = 1.0, 60.0
NEED_SECONDS = 30.0
WATCH_SECONDS = 2.0
STABLE_SECONDS = 60.0  # a child that lived this long starts again with the first delay
MOST_RESTARTS, RESTART_WINDOW = 5, 600.0  # more often than that in ten minutes is a crash loop
_READY = {"vi": "IOC sẵn sàng", "en": "IOC is ready"}
_FIRST = {
    "vi": "Lần chạy đầu: dựng các hệ thống nguồn minh họa và nạp số liệu, khoảng một phút rưỡi ...",
    "en": "First start: building the demo source systems and reading them, about a minute and a half ...",
}
_DEATH_SIGNAL = 1  # prctl(PR_SET_PDEATHSIG)


@dataclass
class Child:
    """One supervised process and the memory of its restarts (seconds of the monotonic clock)."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    delay: float = FIRST_DELAY
    restarts: deque[float] = field(default_factory=deque)
    needs: Path | None = None  # a file that must stand before the start, NEED_SECONDS at most are waited for it
    asked: float | None = None
    pulse: Pulse | None = None

    def note_end(self, now: float) -> float:
        """Plan the restart after an end; returns the seconds to wait."""
        if now - self.started >= STABLE_SECONDS:
            self.delay = FIRST_DELAY
        wait = self.delay
        self.delay = min(self.delay * 2, LAST_DELAY)
        while self.restarts and now - self.restarts[0] >= RESTART_WINDOW:
            self.restarts.popleft()
        if len(self.restarts) >= MOST_RESTARTS:
            wait = max(wait, self.restarts[-MOST_RESTARTS] + RESTART_WINDOW - now)
        self.due = now + wait
        self.restarts.append(self.due)
        return wait


def default_children(settings: Settings, *, demo: bool) -> list[Child]:
    """The processes of the product, in the order of their start."""
    options = place_options(settings)
    app = [sys.executable, "-m", "app", *options]
    ports = Path(settings.home) / "demo" / "ports.json" if demo else None
    children = [
        Child("worker", [*app, "worker"], needs=ports, pulse=ingest_pulse(Path(settings.home))),
        Child("web", web_command(settings), pulse=web_pulse(settings)),
    ]
    return [Child("demo", [*app, "demo", "serve"]), *children] if demo else children


def run_up(
    settings: Settings,
    home: Path,
    *,
    demo: bool,
    stop_event: threading.Event,
    children: Sequence[Child] | None = None,
    say: Callable[[str], None] = click.echo,
    watch: ConfigWatch | None = None,
) -> None:
    """Start the children, restart those that end or hang, until `stop_event` is set; then stop all within 20 s.

    Says one line when the page answers. When `watch` sees an edited configuration that holds, worker and web are
    started anew with it; one with a fault is named in the log and changes nothing. Raises BusyError when the port is
    taken or another ingest process holds the home, before anything is started.
    """
    refuse_taken_port(settings)
    holder = read_holder(home)
    if holder is not None:
        raise BusyError(
            f"another ingest process holds this home (pid {holder})",
            remedy="stop it first: kill " + str(holder),
        )
    running = list(default_children(settings, demo=demo) if children is None else children)
    ready = threading.Event()
    looked = time.monotonic()
    try:
        while not stop_event.is_set():
            if watch and time.monotonic() - looked >= WATCH_SECONDS:
                looked = time.monotonic()
                edited = watch.look()
                if edited is not None:
                    settings = edited
                    running = _renew(running, settings, demo=demo)
                    ready.clear()
            for child in running:
                _tend(child, time.monotonic())
            if not ready.is_set() and answers(settings):
                ready.set()
                say(f"{_READY[settings.language]}: {settings.web.url}")
            stop_event.wait(POLL_SECONDS)
    finally:
        stop_children(running)


def stop_children(children: Sequence[Child], *, patience: float = STOP_SECONDS) -> None:
    """SIGTERM to all (the last started first), SIGKILL to who is left after `patience` seconds."""
    alive = [child.process for child in reversed(children) if child.process and child.process.poll() is None]
    for process in alive:
        process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + patience
    for process in alive:
        try:
            process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            LOG.warning("process %s did not end in time and is killed", process.pid)
            process.kill()
            process.wait()


def _renew(running: Sequence[Child], settings: Settings, *, demo: bool) -> list[Child]:
    """Stop worker and web and plan them with the new settings; the demo sources stay."""
    LOG.info("the configuration was changed; worker and web start anew")
    stop_children([child for child in running if child.name != "demo"])
    kept = {child.name: child for child in running if child.name == "demo"}
    return [kept.get(child.name, child) for child in default_children(settings, demo=demo)]


def _may_start(child: Child, now: float) -> bool:
    if child.needs is None or child.needs.exists():
        return True
    child.asked = now if child.asked is None else child.asked
    return now - child.asked >= NEED_SECONDS


def _tend(child: Child, now: float) -> None:
    if child.process is None:
        if now >= child.due and _may_start(child, now):
            child.started = now
            child.process = _start(child.command)
            if child.pulse is not None:
                child.pulse.begin(now)
            LOG.info("%s started (pid %s)", child.name, child.process.pid)
        return
    code = child.process.poll()
    if code is None:
        stalled = child.pulse.stalled(now) if child.pulse is not None else 0.0
        if stalled:
            LOG.error("%s (pid %s) has not moved for %.0f s and is killed", child.name, child.process.pid, stalled)
            os.killpg(child.process.pid, signal.SIGKILL)  # a frozen process hears no other signal
        return
    child.process = None
    wait = child.note_end(now)
    level = logging.ERROR if wait > LAST_DELAY else logging.WARNING
    LOG.log(level, "%s ended with code %s; starts again in %.0f s", child.name, code, wait)


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """A child in its own session that the kernel ends when the supervisor is killed."""
    libc = ctypes.CDLL(None)

    def die_with_parent() -> None:
        libc.prctl(_DEATH_SIGNAL, signal.SIGTERM)

    return subprocess.Popen(
        command,
        env=child_environment(os.environ),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, no Python locks
    )


@click.command("up")
@click.option("--demo/--no-demo", default=None, help="With or without the demo source systems (default: config.yaml).")
@click.pass_obj
def up(context: Any, demo: bool | None) -> None:
    """Start everything: demo sources, ingest worker, web. Ctrl-C stops all."""
    settings: Settings = context.settings
    with_demo = settings.demo.enabled if demo is None else demo
    refuse_taken_port(settings)
    if with_demo and not (context.home / "published" / "CURRENT").exists():
        from ioc_cli.demo import build

        click.echo(_FIRST[settings.language])
        click.echo(build(settings)["text"])
    (context.home / "demo" / "ports.json").unlink(missing_ok=True)  # of a demo that was killed
    stop_event = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop_event.set())
    watch = ConfigWatch(
        settings,
        lambda: check_catalogue(check_editions(read_settings(context.config, context.home_option, context.env))),
        lambda error: LOG.error("the configuration was changed and does not hold; all goes on as before: %s", error),
    )
    run_up(settings, context.home, demo=with_demo, stop_event=stop_event, watch=watch)


COMMANDS: Sequence[click.Command] = (up,)

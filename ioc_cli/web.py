"""`ioc web`: the web process, gunicorn threads on the loopback address.

This module is run on its own (`python -m ioc_cli.web`), because the parent that forks the workers must not
have imported duckdb (FAULTS 3-3): importing it starts threads, and threads do not survive a fork.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from gunicorn.util import import_app

from ioc.errors import BusyError, IocError
from ioc.settings import Settings, load_settings

FACTORY = "app:create_server"  # named, not imported: the parent stays without it
ROOT = Path(__file__).resolve().parents[1]
GRACEFUL_SECONDS = 12  # below the 15 s a supervisor waits


class WebServer(BaseApplication):  # type: ignore[misc]
    """gunicorn with options instead of a configuration file; `load` runs in each worker, after the fork."""

    def __init__(self, options: Mapping[str, Any], load: Callable[[], Any]) -> None:
        self._options = dict(options)
        self._load = load
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._load()


def server_options(settings: Settings) -> dict[str, Any]:
    """The options of gunicorn that differ from its defaults."""
    host = f"[{settings.web.host}]" if ":" in settings.web.host else settings.web.host
    return {
        "bind": [f"{host}:{settings.web.port}"],
        "worker_class": "gthread",
        "workers": settings.web.workers,
        "threads": settings.web.threads,
        "preload_app": False,  # duckdb is imported after the fork
        "timeout": 60,
        "graceful_timeout": GRACEFUL_SECONDS,
        "keepalive": 15,
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "warning",
        "proc_name": "ioc-web",
        "control_socket_disable": True,  # no second door
        "forwarded_allow_ips": "127.0.0.1",
        "limit_request_line": 8190,  # the selection lives in the query string
    }


def run_web(settings: Settings) -> None:
    """Serve until SIGTERM; does not return. Raises BusyError when the port is taken."""
    refuse_taken_port(settings)
    home, config = settings.home.resolve(), settings.config_path

    def load() -> Any:
        server = import_app(FACTORY)(config, home)
        warmer = getattr(server, "extensions", {}).get("warming")
        if warmer is not None:  # after the fork: its thread belongs to the worker
            warmer.start()
        return server

    WebServer(server_options(settings), load).run()


def refuse_taken_port(settings: Settings) -> None:
    """Raise BusyError when the web's port is taken."""
    host, port = settings.web.host, settings.web.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BusyError(
                f"port {port} on {host} is taken ({error.strerror})",
                remedy="stop the program that uses it, or write another web.port in config.yaml",
            ) from None


def web_command(settings: Settings) -> list[str]:
    """The command line of a fresh web process for these settings."""
    return [sys.executable, "-m", "ioc_cli.web", *place_options(settings)]


def place_options(settings: Settings) -> list[str]:
    """`--home` and `--config` as absolute paths, for a child that may stand elsewhere."""
    options = ["--home", str(settings.home.resolve())]
    if settings.config_path is not None:
        options += ["--config", str(settings.config_path.resolve())]
    return options


def child_environment(env: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child: ours, with the product importable wherever it stands."""
    paths = [str(ROOT), *(part for part in env.get("PYTHONPATH", "").split(os.pathsep) if part)]
    return {**env, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)), "PYTHONUNBUFFERED": "1"}


@click.command("web")
@click.pass_obj
def web(context: Any) -> None:
    """Serve the screens and the API (gunicorn, this machine only) until stopped."""
    command = web_command(context.settings)
    sys.stdout.flush()
    os.execve(command[0], command, child_environment(os.environ))


COMMANDS: Sequence[click.Command] = (web,)


@click.command()
@click.option("--home", type=click.Path(path_type=Path), default=None)
@click.option("--config", type=click.Path(path_type=Path), default=None)
def serve(home: Path | None, config: Path | None) -> None:
    """Entry of the fresh process."""
    try:
        run_web(load_settings(config, home, os.environ))
    except IocError as error:
        click.echo(f"ioc web: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    serve()

"""The `ioc` command: global options, error lines and exit codes (0 done, 1 failed, 2 wrong use)."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path

import click

from ioc.errors import IocError
from ioc_cli.context import Context, start_logging

GLOBAL_VALUES = ("--config", "--home")
GLOBAL_FLAGS = ("--json",)


HOMES = {
    "appraisal": ("appraisal",),
    "beside": ("backfill", "reconcile", "rejected"),
    "boundaries": ("boundaries",),
    "check": ("check", "indicators"),
    "covenant": ("covenant", "grace"),
    "define": ("define",),
    "demo": ("demo",),
    "doctor": ("doctor",),
    "ingest": ("run", "replay", "rebuild"),
    "read": ("get", "explain", "sources"),
    "score": ("score",),
    "source": ("source",),
    "up": ("up",),
    "web": ("web",),
    "worker": ("worker",),
}
"""Commands by the module of `ioc_cli` that holds them; each module lists its own in COMMANDS."""


class Commands(click.Group):
    """A command's module is loaded when the command is asked for: `ioc get` does not wait for the engine of scores."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(name for names in HOMES.values() for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        home = next((home for home, names in HOMES.items() if cmd_name in names), None)
        if home is None:
            return None
        found: dict[str | None, click.Command] = {
            command.name: command for command in import_module(f"ioc_cli.{home}").COMMANDS
        }
        return found[cmd_name]


def hoist(arguments: list[str]) -> list[str]:
    """Move global options to the front, so that `ioc indicators --json` and `ioc --json indicators` are one."""
    front: list[str] = []
    rest: list[str] = []
    index = 0
    while index < len(arguments):
        word = arguments[index]
        if word == "--":
            rest += arguments[index:]
            break
        if word in GLOBAL_FLAGS or word.startswith(tuple(f"{name}=" for name in GLOBAL_VALUES)):
            front.append(word)
        elif word in GLOBAL_VALUES and index + 1 < len(arguments):
            front += arguments[index : index + 2]
            index += 1
        else:
            rest.append(word)
        index += 1
    return front + rest


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(path_type=Path), default=None, help="Configuration file (config.yaml).")
@click.option("--home", type=click.Path(path_type=Path), default=None, help="Folder that holds all state.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
@click.pass_context
def ioc(ctx: click.Context, config: Path | None, home: Path | None, as_json: bool) -> None:
    """Intelligent operations centre of a Vietnamese province."""
    ctx.obj = Context(config, home, as_json, dict(os.environ))


def main(arguments: list[str] | None = None) -> None:
    """Run one command; errors become one line on standard error and the exit code they carry."""
    start_logging()
    words = hoist(list(sys.argv[1:] if arguments is None else arguments))
    try:
        code = ioc.main(args=words, prog_name="ioc", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show(file=sys.stderr)
        sys.exit(error.exit_code)
    except IocError as error:
        if "--json" in words:
            click.echo(json.dumps({"error": error.message, "remedy": error.remedy}, ensure_ascii=False))
        click.echo(f"ioc: {error}", err=True)
        sys.exit(error.exit_code)

"""docs/cli.md, generated from the commands themselves."""

from __future__ import annotations

import click

from ioc_cli.root import ioc

INTRODUCTION = """# The `ioc` command

Generated from the commands by `ioc check --write-docs`; do not edit.

Global options may stand anywhere: `--config FILE`, `--home DIR` (all state lives there), `--json` (one JSON document on
standard output; logs go to standard error). Exit codes: 0 done, 1 failed, 2 wrong use.
"""


def command_reference() -> str:
    """Markdown of every command with its help and options, in alphabetical order."""
    parts = [INTRODUCTION]
    context = click.Context(ioc)
    for name in ioc.list_commands(context):
        command = ioc.get_command(context, name)
        parts += describe(command, f"ioc {name}") if command is not None else []
    return "\n".join(parts)


def describe(command: click.Command, path: str) -> list[str]:
    """One command and, for a group, its subcommands."""
    context = click.Context(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    lines = [f"## `{usage}`", "", (command.help or "").strip(), ""]
    options = [
        f"* `{' / '.join(option.opts)}` {option.help or ''}".rstrip()
        for option in command.params
        if isinstance(option, click.Option)
    ]
    lines += [*options, ""] if options else []
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            lines += describe(command.commands[name], f"{path} {name}")
    return lines

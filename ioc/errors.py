"""Errors that say what happened, where, and what to do.

Every error the product raises on purpose derives from `IocError`; commands turn it into one line on standard
error and the exit code it carries, pages turn it into one sentence.
"""

from __future__ import annotations

from pathlib import Path


class IocError(Exception):
    """Something went wrong that a person can act on. `remedy` says what to do next."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        self.message = message
        self.remedy = remedy
        super().__init__(f"{message}; {remedy}" if remedy else message)


class UsageError(IocError):
    """The command was called in a way it does not understand (exit code 2)."""

    exit_code = 2


class ConfigError(IocError):
    """A configuration, catalogue or scorecard file is wrong: names file, line and remedy."""

    def __init__(self, path: Path | str, line: int | None, message: str, *, remedy: str = "") -> None:
        self.path = str(path)
        self.line = line
        where = f"{path}:{line}" if line is not None else str(path)
        super().__init__(f"{where}: {message}", remedy=remedy)


class SourceError(IocError):
    """A source system did not deliver. `permanent` decides whether a retry makes sense."""

    def __init__(self, source: str, message: str, *, permanent: bool, remedy: str = "") -> None:
        self.source = source
        self.permanent = permanent
        super().__init__(f"{source}: {message}", remedy=remedy)


class BusyError(IocError):
    """Another process holds what this one needs (the ingest lock, a port)."""


class StorageError(IocError):
    """A stored file is damaged, missing, or the disk is full."""


class UnknownUnitError(IocError):
    """A code or name that the unit registry does not hold."""


class PeriodError(IocError):
    """A period key that cannot be read."""


class CalendarError(IocError):
    """A day outside the working-day calendar."""

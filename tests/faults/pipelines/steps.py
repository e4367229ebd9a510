"""Every step that touches storage, counted: the n-th one fails or kills, for any n, without a hook in the product.

A step is a call that writes, renames, syncs or asks the engine: the fault points of FAULTS 1.1. `watch` wraps them
while it runs; `act(n)` is called before each with its number and may raise.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow.parquet as pq

from ioc.store import AppStore
from ioc.warehouse import Warehouse


class Watched:
    """A cursor whose every statement is a step."""

    def __init__(self, cursor: Any, step: Callable[[str], None]) -> None:
        self._cursor, self._step = cursor, step

    def execute(self, sql: str, *args: Any) -> Any:
        self._step(f"execute {' '.join(sql.split())[:60]}")
        self._cursor.execute(sql, *args)
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


class Connection:
    """A connection that hands out watched cursors."""

    def __init__(self, connection: Any, step: Callable[[str], None]) -> None:
        self._connection, self._step = connection, step

    def cursor(self) -> Watched:
        return Watched(self._connection.cursor(), self._step)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


@contextmanager
def watch(warehouse: Warehouse, act: Callable[[int, str], None], *, engine: bool = True) -> Iterator[list[str]]:
    """Call `act(n, what)` before the n-th step; yields the names of the steps so far. `engine`: SQL statements too."""
    seen: list[str] = []

    def step(what: str) -> None:
        seen.append(what)
        act(len(seen), what)

    def wrapped(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            step(name)
            return original(*args, **kwargs)

        return call

    patches = [
        mock.patch.object(pq, "write_table", wrapped("write part", pq.write_table)),
        mock.patch.object(os, "fsync", wrapped("fsync", os.fsync)),
        mock.patch.object(Path, "replace", wrapped("replace", Path.replace)),
        mock.patch.object(Path, "rename", wrapped("rename", Path.rename)),
        mock.patch.object(Path, "chmod", wrapped("chmod", Path.chmod)),
        mock.patch.object(AppStore, "write", wrapped("app store", AppStore.write)),
    ]
    connection = warehouse._connection
    if engine:
        warehouse._connection = Connection(connection, step)  # type: ignore[assignment]
    try:
        for patch in patches:
            patch.start()
        yield seen
    finally:
        for patch in patches:
            patch.stop()
        warehouse._connection = connection


def copy_home(source: Path, target: Path) -> Path:
    """A home as it lies on disk."""
    shutil.copytree(source, target)
    return target

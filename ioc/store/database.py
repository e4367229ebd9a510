"""The connection to app.sqlite and everything that reads and writes it.

WAL with synchronous=FULL: what was committed survives a power cut; a lock is waited for up to five seconds.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from ioc.errors import BusyError, StorageError
from ioc.store.tables import (
    BREAKER,
    HEARTBEAT,
    METADATA,
    REQUEST,
    RUN,
    SCHEMA_VERSION,
    STORE,
    Breaker,
    Request,
    Run,
    RunStatus,
    as_request,
)

FILE_NAME = "app.sqlite"
BESIDE = ("backfill", "reconcile")  # kinds of runs beside the live schedule


class AppStore:
    """The door to home/app.sqlite; safe to share between threads, and several processes may each have one."""

    def __init__(self, path: Path, engine: sa.Engine) -> None:
        self.path = path
        self._engine = engine

    @classmethod
    def open(cls, home: Path) -> AppStore:
        """Open or create; raises StorageError when the file is damaged or newer than this code."""
        home.mkdir(parents=True, exist_ok=True)
        path = home / FILE_NAME
        engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 5})
        sa.event.listen(engine, "connect", _set_pragmas)
        sa.event.listen(engine, "begin", _begin)
        try:
            with engine.begin() as connection:
                METADATA.create_all(connection)
                found = connection.execute(sa.select(STORE.c.schema_version)).scalar()
                if found is None:
                    connection.execute(sa.insert(STORE).values(schema_version=SCHEMA_VERSION))
        except sa.exc.OperationalError as error:
            raise BusyError(f"{path.name} cannot be opened: {error.orig}", remedy="try again") from error
        except sa.exc.DatabaseError as error:
            raise StorageError(f"{path.name} is damaged: {error.orig}", remedy="restore it from a backup") from error
        if found is not None and found != SCHEMA_VERSION:
            engine.dispose()
            raise StorageError(
                f"{path.name} has schema {found}, this version knows {SCHEMA_VERSION}",
                remedy="use the version that wrote it",
            )
        return cls(path, engine)

    def close(self) -> None:
        self._engine.dispose()

    def start_run(self, source: str, *, now: datetime, kind: str = "pull", run_id: str | None = None) -> str:
        """Note the start of a run; returns its id, which sorts by time."""
        name = run_id or f"{now.astimezone(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
        self.write(sa.insert(RUN).values(run_id=name, source=source, kind=kind, status="running", started_at=now))
        return name

    def end_run(
        self,
        run_id: str,
        status: RunStatus,
        message: str = "",
        rows_in: int = 0,
        rows_good: int = 0,
        rows_refused: int = 0,
        rows_duplicate: int = 0,
        *,
        now: datetime,
    ) -> None:
        """Note how a run ended; raises StorageError for a run that was never started."""
        changed = self.write(
            sa.update(RUN)
            .where(RUN.c.run_id == run_id)
            .values(
                status=status,
                message=message,
                rows_in=rows_in,
                rows_good=rows_good,
                rows_refused=rows_refused,
                rows_duplicate=rows_duplicate,
                ended_at=now,
            )
        )
        if not changed:
            raise StorageError(f"there is no run {run_id}")

    def interrupt_runs(self, *, now: datetime) -> int:
        """Close what a process that ended left open; called once at the start of the ingest process."""
        self.write(
            sa.update(REQUEST)
            .where(REQUEST.c.status == "taken")
            .values(status="failed", result=json.dumps({"error": "the ingest process ended"}), finished_at=now)
        )
        return self.write(sa.update(RUN).where(RUN.c.status == "running").values(status="interrupted", ended_at=now))

    def runs(self, source: str | None = None, limit: int = 50) -> list[Run]:
        """The runs, newest first."""
        query = sa.select(RUN).order_by(RUN.c.started_at.desc(), RUN.c.run_id.desc()).limit(limit)
        if source is not None:
            query = query.where(RUN.c.source == source)
        return [Run(*row) for row in self.read(query)]

    def last_success(self, source: str, *, kind: str = "") -> datetime | None:
        """When the last good run started, None before the first: of the live schedule (a backfill is none of it), or
        of one kind beside it."""
        is_wanted = RUN.c.kind == kind if kind else RUN.c.kind.not_in(BESIDE)
        rows = self.read(
            sa.select(RUN.c.started_at)
            .where(RUN.c.source == source, RUN.c.status == "ok", is_wanted)
            .order_by(RUN.c.started_at.desc())
            .limit(1)
        )
        return rows[0][0] if rows else None

    def heartbeat(self, name: str, now: datetime) -> None:
        """Say that a process (or thread) is alive."""
        self._upsert(HEARTBEAT, {"name": name}, {"beat_at": now})

    def heartbeats(self) -> dict[str, datetime]:
        """The last sign of life by name."""
        return {row[0]: row[1] for row in self.read(sa.select(HEARTBEAT.c.name, HEARTBEAT.c.beat_at))}

    def breaker(self, source: str) -> Breaker:
        """The breaker of a source; a closed one when nothing was noted."""
        rows = self.read(sa.select(BREAKER).where(BREAKER.c.source == source))
        return Breaker(*rows[0]) if rows else Breaker(source)

    def set_breaker(self, breaker: Breaker) -> None:
        """Keep the state of a breaker, so that a restart does not forget it."""
        state = {
            "failures": breaker.failures,
            "opened_at": breaker.opened_at,
            "probe_at": breaker.probe_at,
            "reason": breaker.reason,
        }
        self._upsert(BREAKER, {"source": breaker.source}, state)

    def add_request(self, kind: str, args: Mapping[str, Any], *, now: datetime) -> int:
        """Ask the ingest process for work; returns the id to wait for."""
        with self._engine.begin() as connection:
            row = connection.execute(
                sa.insert(REQUEST)
                .values(kind=kind, args=json.dumps(dict(args)), status="waiting", asked_at=now)
                .returning(REQUEST.c.id)
            ).one()
        return int(row[0])

    def take_request(self, *, now: datetime) -> Request | None:
        """The oldest waiting request, now taken by the caller and nobody else; None when there is none."""
        oldest = sa.select(sa.func.min(REQUEST.c.id)).where(REQUEST.c.status == "waiting").scalar_subquery()
        with self._engine.begin() as connection:
            row = connection.execute(
                sa.update(REQUEST).where(REQUEST.c.id == oldest).values(status="taken", taken_at=now).returning(REQUEST)
            ).one_or_none()
        return as_request(row) if row else None

    def finish_request(self, request_id: int, result: Mapping[str, Any], *, now: datetime, ok: bool = True) -> None:
        """Give the answer to a request that was taken."""
        changed = self.write(
            sa.update(REQUEST)
            .where(REQUEST.c.id == request_id, REQUEST.c.status == "taken")
            .values(status="done" if ok else "failed", result=json.dumps(dict(result)), finished_at=now)
        )
        if not changed:
            raise StorageError(f"request {request_id} was not taken")

    def request(self, request_id: int) -> Request:
        """The state of a request; raises StorageError for an unknown id."""
        rows = self.read(sa.select(REQUEST).where(REQUEST.c.id == request_id))
        if not rows:
            raise StorageError(f"there is no request {request_id}")
        return as_request(rows[0])

    def wait_request(
        self,
        request_id: int,
        *,
        timeout: float = 600.0,
        poll: float = 0.2,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Request:
        """Wait until a request is done or failed; raises BusyError after `timeout` seconds of waiting."""
        waited = 0.0
        while (found := self.request(request_id)).status in ("waiting", "taken"):
            if waited >= timeout:
                raise BusyError(
                    f"request {request_id} ({found.kind}) is still {found.status} after {timeout:g} s",
                    remedy="look at the ingest process: ioc status",
                )
            sleep(poll)
            waited += poll
        return found

    def _upsert(self, table: sa.Table, key: dict[str, Any], values: dict[str, Any]) -> None:
        insert = sqlite_insert(table).values(**key, **values)
        self.write(insert.on_conflict_do_update(index_elements=list(key), set_=values))

    def write(self, statement: sa.Executable) -> int:
        """Run one statement in a transaction of its own; the number of rows. BusyError while another writes."""
        try:
            with self._engine.begin() as connection:
                return int(connection.execute(statement).rowcount)
        except sa.exc.OperationalError as error:
            raise BusyError(f"{self.path.name} cannot be written: {error.orig}", remedy="try again") from error

    def read(self, query: sa.Select[Any]) -> list[Any]:
        """All rows of a query."""
        try:
            with self._engine.connect().execution_options(reads=True) as connection:
                return list(connection.execute(query).all())
        except sa.exc.OperationalError as error:
            raise BusyError(f"{self.path.name} cannot be read: {error.orig}", remedy="try again") from error


def _set_pragmas(connection: Any, record: object) -> None:
    connection.isolation_level = None  # transactions are begun below, not guessed by the driver
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    """A writer takes the write lock at the start: a read that becomes a write cannot wait and would fail."""
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

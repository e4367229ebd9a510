"""The tables of the app store and the rows it hands out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa

SCHEMA_VERSION = 1
RunStatus = Literal["running", "ok", "failed", "refused", "interrupted"]


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware instant, stored as sortable ISO text in UTC."""

    impl = sa.String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> datetime | None:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC) if value else None


METADATA = sa.MetaData()
STORE = sa.Table("store", METADATA, sa.Column("schema_version", sa.Integer, nullable=False))
RUN = sa.Table(
    "run",
    METADATA,
    sa.Column("run_id", sa.String, primary_key=True),
    sa.Column("source", sa.String, nullable=False, index=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("message", sa.String, nullable=False, default=""),
    sa.Column("started_at", Instant, nullable=False, index=True),
    sa.Column("ended_at", Instant),
    sa.Column("rows_in", sa.Integer, nullable=False, default=0),
    sa.Column("rows_good", sa.Integer, nullable=False, default=0),
    sa.Column("rows_refused", sa.Integer, nullable=False, default=0),
    sa.Column("rows_duplicate", sa.Integer, nullable=False, default=0),
)
REQUEST = sa.Table(
    "request",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("args", sa.String, nullable=False),
    sa.Column("status", sa.String, nullable=False, index=True),  # waiting | taken | done | failed
    sa.Column("result", sa.String),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("taken_at", Instant),
    sa.Column("finished_at", Instant),
)
HEARTBEAT = sa.Table(
    "heartbeat",
    METADATA,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("beat_at", Instant, nullable=False),
)
BREAKER = sa.Table(
    "breaker",
    METADATA,
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("opened_at", Instant),
    sa.Column("probe_at", Instant),
    sa.Column("reason", sa.String, nullable=False, default=""),
)

PAUSE = sa.Table(
    "pause",
    METADATA,
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("paused_by", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False, default=""),
    sa.Column("paused_at", Instant, nullable=False),
)
ENTRY = sa.Table(  # figures typed in by hand, waiting for a second person
    "entry",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("body", sa.String, nullable=False),
    sa.Column("status", sa.String, nullable=False, index=True),  # waiting | approved | rejected
    sa.Column("entered_by", sa.String, nullable=False),
    sa.Column("entered_at", Instant, nullable=False),
    sa.Column("decided_by", sa.String),
    sa.Column("decided_at", Instant),
    sa.Column("note", sa.String, nullable=False, default=""),
)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a source: what it did and how it ended."""

    run_id: str
    source: str
    kind: str
    status: str
    message: str
    started_at: datetime
    ended_at: datetime | None
    rows_in: int
    rows_good: int
    rows_refused: int
    rows_duplicate: int


@dataclass(frozen=True, slots=True)
class Request:
    """Work a command asks of the ingest process: `kind` and `args`, later `result`."""

    id: int
    kind: str
    args: dict[str, Any]
    status: str
    result: dict[str, Any] | None
    asked_at: datetime
    taken_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Breaker:
    """Consecutive failures of a source; open while `opened_at` is set, next probe at `probe_at`."""

    source: str
    failures: int = 0
    opened_at: datetime | None = None
    probe_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """A source that is not read on schedule, by whom and why."""

    source: str
    paused_by: str
    reason: str
    paused_at: datetime


@dataclass(frozen=True, slots=True)
class HandEntry:
    """A figure typed in by hand: `body` holds its cells; it counts once a second person approved it."""

    id: int
    body: dict[str, Any]
    status: str
    entered_by: str
    entered_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    note: str


def as_request(row: Any) -> Request:
    found = row._mapping
    return Request(
        found["id"],
        found["kind"],
        json.loads(found["args"]),
        found["status"],
        json.loads(found["result"]) if found["result"] else None,
        found["asked_at"],
        found["taken_at"],
        found["finished_at"],
    )

"""What the Reader hands out: plain values with the column names of the tables. All instants are aware,
UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Version:
    """One published version. `id` is its publication time in milliseconds UTC, and only ever grows."""

    id: int
    published_at: datetime
    data_as_of: datetime | None  # the oldest "complete through" of the sources
    known_at: datetime | None  # landing of the newest input
    province: str
    schema_version: int
    code_version: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A row of core.unit: a place or office that numbers count for."""

    unit_code: str
    unit_kind: str
    unit_level: str
    measured_as: str
    unit_type: str
    name: str
    full_name: str
    name_en: str
    parent_code: str | None
    commune_code: str | None
    duty_contact: str | None
    valid_from: date | None
    valid_to: date | None
    lon: float | None
    lat: float | None
    area_km2: float | None
    is_invented: bool


@dataclass(frozen=True, slots=True)
class Score:
    """A row of mart.score: one node of a scorecard for one unit and period."""

    scorecard: str
    edition: str
    unit: str
    period: str
    node: str
    parent: str | None
    layer: str | None
    score: float | None
    max_score: float | None
    weight: float | None
    contribution: float | None
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    tier: int | None
    state: str
    note: str | None
    recipe_hash: str | None
    known_at: datetime | None
    run_id: str | None


@dataclass(frozen=True, slots=True)
class SourceState:
    """How far a source's dataset has come, and what its last load brought (None before the first)."""

    source: str
    dataset: str
    watermark: datetime | None
    complete_through: datetime | None
    last_success_at: datetime | None
    last_load_id: str | None
    last_run_id: str | None
    rows_total: int | None
    rows_in: int | None
    rows_good: int | None
    rows_refused: int | None
    rows_duplicate: int | None
    rows_changed: int | None
    quarantined: int  # rows still waiting in quarantine


@dataclass(frozen=True, slots=True)
class Load:
    """A row of ops.load_ledger."""

    load_id: str
    source: str
    dataset: str
    run_id: str
    landed_path: str
    sha256: str
    interval_from: datetime | None
    interval_to: datetime | None
    watermark: datetime | None
    rows_in: int
    rows_good: int
    rows_refused: int
    rows_duplicate: int
    rows_changed: int
    loaded_at: datetime


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row of ops.quarantine: what was refused, where it stood and why; cells are masked."""

    quarantine_id: str
    source: str
    dataset: str
    load_id: str
    run_id: str
    landed_path: str
    position: int | None
    rule: str
    field: str | None
    reason_vi: str
    reason_en: str
    masked_row: str | None
    status: str
    quarantined_at: datetime

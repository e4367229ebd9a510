"""The card of one number: all that is known about it, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from indicators.compare import Comparison
from indicators.concordance import Today
from indicators.restate import Restatement
from ioc.catalogue import Indicator, LocalText, Target
from ioc.period import Period
from ioc.status import STATE_TABLE, Freshness, Status
from ioc.value import Observation


@dataclass(frozen=True)
class Delivery:
    """A source of the number: how far it reaches and its newest file."""

    source: str
    dataset: str
    complete_through: datetime | None
    last_success_at: datetime | None


@dataclass(frozen=True)
class LandedFile:
    """A delivery the number's records came from: where it landed, and its SHA-256 as delivered."""

    load_id: str
    source: str
    dataset: str
    path: str
    sha256: str
    loaded_at: datetime | None


@dataclass(frozen=True)
class Card:
    """All that is known about one number; `observation` is None when it was never measured."""

    indicator: Indicator
    unit: dict[str, str | None]
    period: Period
    observation: Observation | None
    status: Status
    freshness: Freshness
    target: Target | None
    sql: str
    sources: tuple[Delivery, ...]
    files: tuple[LandedFile, ...]
    with_values: int
    declared: int
    previous: Observation | None
    last_year: Observation | None
    versions_known: int
    records_query: str
    definitions: tuple[Indicator, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    restatements: tuple[Restatement, ...] = ()
    today: Today | None = None
    doubles: tuple[Observation, ...] = ()  # by other definitions, for the same period (double run)

    @property
    def state(self) -> str:
        """The state of the number; missing when it was never measured."""
        return self.observation.state if self.observation is not None else "missing"

    @property
    def form_word(self) -> str:
        """Word key of what the tile says beside or instead of the value ('' for a plain value)."""
        quality = self.observation.quality if self.observation is not None else "final"
        return STATE_TABLE[(self.state, quality, self.freshness.level)].word

    def to_dict(self) -> dict[str, Any]:
        """The card as plain values (ISO dates, both languages), for the API, commands and exports."""
        entry, seen = self.indicator, self.observation
        return {
            "indicator": entry.id,
            "version": entry.version,
            "valid_from": entry.valid_from.isoformat(),
            "name": entry.name.model_dump(),
            "short_name": entry.short_name.model_dump(),
            "definition": entry.definition.model_dump(),
            "formula": entry.formula.model_dump(),
            "expression": _expression(entry),
            "sql": self.sql,
            "legal_basis": entry.legal_basis.model_dump(),
            "owner": entry.owner.model_dump(),
            "measure_unit": entry.measure_unit,
            "precision": entry.precision,
            "direction": entry.direction,
            "kind": entry.kind,
            "roll_up": entry.roll_up,
            "unit": self.unit,
            "period": {"key": self.period.key, "vi": self.period.label("vi"), "en": self.period.label("en")},
            "observation": None if seen is None else seen.to_dict(),
            "state": self.state,
            "word": self.form_word,
            "status": self.status.level,
            "status_reason": self.status.reason,
            "delta": self.status.delta,
            "target": None if self.target is None else self.target.model_dump(mode="json"),
            "freshness": {
                "level": self.freshness.level,
                "age_seconds": None if self.freshness.age is None else round(self.freshness.age.total_seconds()),
                "due_at": _iso(self.freshness.due_at),
            },
            "sources": [
                {
                    "source": one.source,
                    "dataset": one.dataset,
                    "complete_through": _iso(one.complete_through),
                    "last_success_at": _iso(one.last_success_at),
                }
                for one in self.sources
            ],
            "files": [
                {
                    "load_id": one.load_id,
                    "source": one.source,
                    "dataset": one.dataset,
                    "path": one.path,
                    "sha256": one.sha256,
                    "loaded_at": _iso(one.loaded_at),
                }
                for one in self.files
            ],
            "coverage": {"with_values": self.with_values, "declared": self.declared},
            "previous": _brief(self.previous),
            "same_period_last_year": _brief(self.last_year),
            "versions_known": self.versions_known,
            "versions": [
                {
                    "version": one.version,
                    "valid_from": one.valid_from.isoformat(),
                    "valid_to": None if one.valid_to is None else one.valid_to.isoformat(),
                    "change": _text(one.change),
                }
                for one in self.definitions
            ],
            "comparisons": [one.to_dict() for one in self.comparisons],
            "by_other_definitions": [{"version": one.version, **(_brief(one) or {})} for one in self.doubles],
            "restatements": [one.to_dict() for one in self.restatements],
            "today": None
            if self.today is None
            else {
                "observation": self.today.observation.to_dict(),
                "exact_share": self.today.exact_share,
                "unassigned_share": self.today.unassigned_share,
            },
            "records": self.records_query,
        }


def _expression(entry: Indicator) -> dict[str, Any]:
    names = ("dataset", "period_by", "enters_on", "leaves_on", "where", "numerator", "denominator")
    plain: dict[str, Any] = {name: getattr(entry, name) for name in names if getattr(entry, name) is not None}
    if entry.reported is not None:
        plain["reported"] = entry.reported.model_dump()
    if entry.parts is not None:
        plain["parts"] = entry.parts.model_dump()
    return plain


def _brief(observation: Observation | None) -> dict[str, Any] | None:
    if observation is None:
        return None
    names = ("period", "value", "numerator", "denominator", "comparator", "state", "quality")
    return {name: getattr(observation, name) for name in names}


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")


def _text(text: LocalText | None) -> dict[str, str] | None:
    return None if text is None else text.model_dump()

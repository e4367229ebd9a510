"""Every number explains itself: the card of one observation, out of the published version alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from indicators.record import filter_of, number_sql
from ioc.catalogue import Catalogue, Indicator, Target
from ioc.errors import UsageError
from ioc.period import Period
from ioc.published import Reader
from ioc.status import STATE_TABLE, Freshness, Status, Workdays, freshness, judge
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
            "records": self.records_query,
        }


def explain(
    reader: Reader,
    catalogue: Catalogue,
    indicator: str,
    unit: str,
    period: str,
    *,
    slice_dim: str = "",
    slice_value: str = "",
    now: datetime,
    calendar: Workdays | None = None,
) -> Card:
    """The card of a number. `now` is the viewer's moment, for age and freshness only.

    Raises UsageError for an unknown indicator or unit, PeriodError for a period key that cannot be read.
    """
    entry = catalogue.indicator(indicator)
    parsed = Period.parse(period)
    place = next((row for row in reader.units() if row.unit_code == unit), None)
    if place is None:
        raise UsageError(f"no unit {unit!r}", remedy="use a code such as 51, 21289 or H48.01")
    part = {"slice_dim": slice_dim, "slice_value": slice_value}
    observation = reader.observation(entry.id, unit, parsed.key, **part)
    if observation is not None and observation.version in {one.version for one in catalogue.versions_of(entry.id)}:
        entry = catalogue.definition(entry.id, observation.version)  # the definition it was measured with
    target = catalogue.target_for(entry.id, unit, place.unit_level, parsed)
    sources = _sources(reader, catalogue, entry)
    reach = _slowest(catalogue, entry, sources)
    sql, files = _sql_and_files(reader, catalogue, entry, observation)
    level = reader.level(entry.id, place.unit_level, parsed.key)
    query = {"indicator": entry.id, "unit": unit, "period": parsed.key}
    return Card(
        entry,
        {
            "code": place.unit_code,
            "level": place.unit_level,
            "vi": place.full_name,
            "en": place.name_en,
            "duty_contact": place.duty_contact,
        },
        parsed,
        observation,
        judge(observation, entry, target),
        freshness(reach, entry.freshness, now, calendar),
        target,
        sql,
        sources,
        files,
        sum(1 for one in level if one.state in ("value", "zero")),
        len(level),
        reader.observation(entry.id, unit, parsed.previous().key, **part),
        reader.observation(entry.id, unit, parsed.same_last_year().key, **part),
        _versions(reader, entry, unit, parsed, part),
        urlencode({**query, **({key: value for key, value in part.items() if value})}),
    )


def _sources(reader: Reader, catalogue: Catalogue, entry: Indicator) -> tuple[Delivery, ...]:
    wanted = catalogue.dataset_of(entry).sources
    return tuple(
        Delivery(one.source, one.dataset, one.complete_through, one.last_success_at)
        for one in reader.sources()
        if one.source in wanted or f"{one.source}/{one.dataset.replace('-', '_')}" in wanted
    )


def _slowest(catalogue: Catalogue, entry: Indicator, sources: tuple[Delivery, ...]) -> Delivery | None:
    reached = [one for one in sources if one.complete_through is not None]
    if not reached or (len(reached) < len(sources) and catalogue.dataset_of(entry).complete_when == "all"):
        return sources[0] if sources and not reached else (reached[0] if reached else None)
    chosen = max if catalogue.dataset_of(entry).complete_when == "any" else min
    return chosen(reached, key=lambda one: (one.complete_through is not None, one.complete_through))


def _sql_and_files(
    reader: Reader, catalogue: Catalogue, entry: Indicator, observation: Observation | None
) -> tuple[str, tuple[LandedFile, ...]]:
    if observation is None:
        return "", ()
    dataset = catalogue.dataset_of(entry)
    if entry.is_measured:
        found = filter_of(catalogue, entry, observation)
        sql = number_sql(found)
        where, params = f"{found.condition}{found.latest}", []
        table = found.table
    elif entry.reported is not None:
        sql = (
            f"SELECT value, numerator, denominator, comparator FROM {dataset.table}\n"
            f"WHERE field_code = '{entry.reported.field}' AND unit_code = '{observation.unit}'"
        )
        table, where, params = (
            dataset.table,
            f"field_code = ? /*scope {dataset.unit}*/",
            [entry.reported.field],
        )
    else:
        return "", ()
    rows = reader.select(
        f"""SELECT load_id, source, dataset, landed_path, sha256, loaded_at FROM ops.load_ledger
        WHERE load_id IN (SELECT DISTINCT load_id FROM (SELECT load_id FROM {table} WHERE {where}))
        ORDER BY loaded_at DESC, load_id LIMIT 5""",
        params,
    )
    return sql.replace(f" /*scope {dataset.unit}*/", ""), tuple(
        LandedFile(
            str(row["load_id"]),
            str(row["source"]),
            str(row["dataset"]),
            str(row["landed_path"]),
            str(row["sha256"]),
            row["loaded_at"] if isinstance(row["loaded_at"], datetime) else None,
        )
        for row in rows
    )


def _versions(reader: Reader, entry: Indicator, unit: str, period: Period, part: dict[str, str]) -> int:
    """How many values this number has had so far (1: never restated)."""
    rows = reader.select(
        "SELECT count(*) AS known FROM mart.observation_vintage WHERE indicator = ? AND unit = ? AND period = ? "
        "AND slice_dim = ? AND slice_value = ? /*scope unit*/",
        [entry.id, unit, period.key, part["slice_dim"], part["slice_value"]],
    )
    return int(str(rows[0]["known"]))


def _expression(entry: Indicator) -> dict[str, Any]:
    names = ("dataset", "period_by", "enters_on", "leaves_on", "where", "numerator", "denominator")
    plain: dict[str, Any] = {name: getattr(entry, name) for name in names if getattr(entry, name) is not None}
    if entry.reported is not None:
        plain["reported"] = entry.reported.model_dump()
    return plain


def _brief(observation: Observation | None) -> dict[str, Any] | None:
    if observation is None:
        return None
    names = ("period", "value", "numerator", "denominator", "comparator", "state", "quality")
    return {name: getattr(observation, name) for name in names}


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")

"""The restatement ledger: when a past value changes, the change splits into parts that add up (PRODUCT 3).

late: records, or events of records, that first reached us after the earlier figure; corrected: records that were there
already and say something else now (or count elsewhere); definition: the same records counted by another definition;
boundary: the same records on another map. Late records are counted from the records themselves, definition and
boundary are differences of two figures of one moment, corrected is the rest of what changed under one definition.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from indicators.concordance.today import Asked, Today
from indicators.measure.cells import instant_sql
from indicators.measure.clock import end_instant
from indicators.record import filter_of
from ioc.catalogue import Catalogue, Indicator
from ioc.period import Period
from ioc.published.listing import TABLES
from ioc.value import Observation
from ioc.words import significant

PARTS = ("late", "corrected", "definition", "boundary")
_DATED = {table.name for table in TABLES if "first_known_at" in table.columns}
_NAMES = "version, value, numerator, denominator, state, data_as_of, known_at"


@dataclass(frozen=True, slots=True)
class Restatement:
    """One change of a figure that had been complete; the four parts add up to `after - before` (measure units)."""

    known_at: datetime
    before: float
    after: float
    version_before: int
    version_after: int
    late: float
    corrected: float
    definition: float
    boundary: float
    late_records: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values, the instant as text."""
        return {**asdict(self), "known_at": self.known_at.astimezone(UTC).isoformat().replace("+00:00", "Z")}


def restatements(
    reader: Asked, catalogue: Catalogue, observation: Observation, *, today: Today | None = None
) -> list[Restatement]:
    """The changes of a number after its period was complete, oldest first; with `today` also the step to that map."""
    found: list[Restatement] = []
    in_force = _sequence(_vintages(reader, observation))
    for earlier, later, between in in_force:
        if not _was_complete(earlier, observation):
            continue
        found.append(_split(reader, catalogue, observation, earlier, later, between))
    if today is not None and today.moved and observation.value is not None and today.observation.value is not None:
        change = today.observation.value - observation.value
        moment = today.observation.known_at or observation.known_at
        if change and moment is not None:
            version = observation.version
            found.append(
                Restatement(
                    moment, observation.value, today.observation.value, version, version, 0.0, 0.0, 0.0,
                    significant(change), 0,
                )
            )  # fmt: skip
    return found


def _vintages(reader: Asked, item: Observation) -> list[dict[str, Any]]:
    rows = reader.select(
        f"SELECT {_NAMES} FROM mart.observation_vintage WHERE indicator = ? AND unit = ? AND period = ? AND basis = ? "
        "AND view = ? AND slice_dim = ? AND slice_value = ? /*scope unit*/ ORDER BY known_at, version, rowid",
        [item.indicator, item.unit, item.period, "as_then", item.view, item.slice_dim, item.slice_value],
    )
    return [dict(row) for row in rows]


def _sequence(rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any], float | None]]:
    """Pairs of figures that followed each other on the screen: the newest definition known at each moment counts.

    The third member is the value by the earlier definition at the moment of the later figure, where it was measured.
    """
    latest: dict[int, dict[str, Any]] = {}
    shown: dict[str, Any] | None = None
    found = []
    moments = sorted({row["known_at"] for row in rows})
    for moment in moments:
        for row in rows:
            if row["known_at"] == moment:
                latest[int(row["version"])] = row
        now = latest[max(latest)]
        if shown is not None and now is not shown and shown["value"] is not None and now["value"] is not None:
            same = latest.get(int(shown["version"]))
            between = same["value"] if same is not None and same["version"] != now["version"] else None
            if now["value"] != shown["value"] or between not in (None, shown["value"]):  # parts may cancel out
                found.append((shown, now, between))
        shown = now
    return found


def _was_complete(row: dict[str, Any], item: Observation) -> bool:
    """Whether the figure covered its whole period when it was made: before that it was only running."""
    reach = row["data_as_of"]
    if not isinstance(reach, datetime):
        return False
    return reach >= end_instant(Period.parse(item.period))


def _split(
    reader: Asked,
    catalogue: Catalogue,
    item: Observation,
    earlier: dict[str, Any],
    later: dict[str, Any],
    between: float | None,
) -> Restatement:
    before, after = float(earlier["value"]), float(later["value"])
    changed = int(earlier["version"]) != int(later["version"])
    same_rule = (before if between is None else float(between)) if changed else after
    definition = after - same_rule if changed else 0.0
    late, records = 0.0, 0
    if not changed or between is not None:
        entry = catalogue.definition(item.indicator, int(earlier["version"]))
        late, records = _late(reader, catalogue, entry, item, earlier, later)
    corrected = same_rule - before - late
    return Restatement(
        later["known_at"], before, after, int(earlier["version"]), int(later["version"]), significant(late),
        significant(corrected), significant(definition), 0.0, records,
    )  # fmt: skip


def _late(
    reader: Asked,
    catalogue: Catalogue,
    entry: Indicator,
    item: Observation,
    earlier: dict[str, Any],
    later: dict[str, Any],
) -> tuple[float, int]:
    """What the records that came in between change, and how many they are."""
    dataset = catalogue.dataset_of(entry)
    if not entry.is_measured or entry.kind == "snapshot" or dataset.table not in _DATED:
        return 0.0, 0
    found = filter_of(catalogue, entry, replace(item, version=entry.version))
    since, until = instant_sql(earlier["known_at"]), instant_sql(later["known_at"])
    first = "coalesce(first_known_at, known_at)"
    came = f"({first} > {since} AND {first} <= {until})"
    if dataset.arrived is not None and isinstance(earlier["data_as_of"], datetime):
        synced = f'"{dataset.arrived}" > {instant_sql(earlier["data_as_of"])}'
        came = f"({came} OR (known_at > {since} AND known_at <= {until} AND {synced}))"
    row = reader.select(
        f"SELECT {found.numerator} AS n, {found.denominator} AS d, count(*) AS records FROM {found.table} "
        f"WHERE {came} AND {found.condition}"
    )[0]
    n, d, records = _float(row["n"]), _float(row["d"]), int(str(row["records"]))
    if not records:
        return 0.0, 0
    before = float(earlier["value"])
    top = _float(earlier["numerator"]) + n
    if entry.denominator is None:
        return top - before, records
    bottom = _float(earlier["denominator"]) + d
    return (top * entry.scale / bottom - before if bottom else 0.0), records


def _float(value: object) -> float:
    return 0.0 if value is None else float(str(value))

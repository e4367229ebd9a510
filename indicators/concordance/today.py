"""A commune's numbers of before it existed, on today's map: counted again from the records by where people live.

Offices of former communes count for the commune they went into (that is how they are measured already). Dossiers of
closed district offices, and of communes that were divided, count for the province; on today's map they go to the
commune of the applicant where it is known, by the shares of the crosswalk where the applicant's former commune was
divided, and are shown as unassigned where neither is known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Protocol

from indicators.concordance.crosswalk import Crosswalk, Part
from indicators.expression import aggregate_sql, total_sql
from indicators.measure.cells import quote
from indicators.measure.plan import Compiled, compile_indicator
from indicators.record import Filter, Records, check_page, filter_of, records
from ioc.catalogue import Catalogue, Dataset, Indicator
from ioc.catalogue.model import FLOW_KINDS, STOCK_KINDS
from ioc.errors import UsageError
from ioc.period import Period
from ioc.published import Reader, Unit
from ioc.unit import UnitRegistry
from ioc.value import Observation
from ioc.words import significant

HATCHED_BELOW = 0.9  # a smaller exact share is drawn hatched (METHODS 5.8 vi)


class Asked(Protocol):
    """The part of a Reader that is asked here."""

    def select(self, sql: str, params: Any = ...) -> list[dict[str, object]]: ...


@dataclass(frozen=True, slots=True)
class Today:
    """A number on today's map. Shares are of its N (of its n without N), 0 to 1; None where there is nothing.

    `moved` says whether anything had to be converted; `unassigned_share` is that of the whole province.
    """

    observation: Observation
    exact_share: float | None
    unassigned_share: float | None
    moved: bool

    @property
    def is_hatched(self) -> bool:
        """Whether too much of it is estimated to be drawn as a plain line."""
        return self.exact_share is not None and self.exact_share < HATCHED_BELOW


def observe_today(
    reader: Reader, catalogue: Catalogue, indicator: str, unit: str, period: str, *, version: int | None = None
) -> Today:
    """One number with basis 'today'; UsageError with the reason where today's map has no answer.

    Periods in which the unit already existed are the numbers as they stand. A score or index is refused: it must be
    computed anew from its components, never converted.
    """
    asked = _ask(reader, catalogue, indicator, unit, period, version)
    if asked.place is None:
        stored = replace(asked.like, basis="today")
        return Today(stored, 1.0 if stored.value is not None else None, None, False)
    return on_today(reader, catalogue, asked.entry, asked.like, asked.place, reader.version.province)


def today_records(
    reader: Reader, catalogue: Catalogue, indicator: str, unit: str, period: str, *, limit: int = 100, offset: int = 0
) -> Records:
    """The records behind a number on today's map: those of the commune as it was counted then, those of closed units
    whose applicants live in it now, and those of divided communes by their share (`weight`), counted again.

    `conversion` says how many records count in part, the exact share, and what no commune can be given. The list of a
    period in which the unit already existed is that of the number as it stands. Raises UsageError like
    `observe_today`, and for a page larger than 1,000 rows.
    """
    asked = _ask(reader, catalogue, indicator, unit, period, None)
    if asked.place is None:
        return records(reader, catalogue, indicator, unit, period, limit=limit, offset=offset)
    check_page(limit, offset)
    today = on_today(reader, catalogue, asked.entry, asked.like, asked.place, reader.version.province)
    dataset, item = catalogue.dataset_of(asked.entry), compile_indicator(catalogue, asked.entry)
    found, condition = _filter(catalogue, asked.entry, asked.like)
    rows_sql = keyed_rows(dataset, condition, unit, reader.version.province)
    shown = (*found.columns, "weight", "is_exact", "is_moved")
    columns = ", ".join(f'"{name}"' for name in shown)
    rows = reader.select(
        f"SELECT {columns}, {found.counted} AS counted FROM ({rows_sql}) "
        f"ORDER BY {', '.join(str(place + 1) for place in range(len(shown)))} LIMIT {limit} OFFSET {offset}"
    )
    top, bottom = weighed_sql(item)
    total = reader.select(
        f"SELECT {top} AS n, {bottom} AS d, count(*) AS records, count(*) FILTER (WHERE NOT is_exact) AS apportioned "
        f"FROM ({rows_sql})"
    )[0]
    n, d = _float(total["n"]), None if total["d"] is None else _float(total["d"])
    value = n if asked.entry.denominator is None else (n * asked.entry.scale / d if d else None)
    seen = today.observation.value
    agrees = seen is None if value is None else seen is not None and significant(value) == significant(seen)
    count = int(str(total["records"]))
    return Records(
        asked.entry.id, unit, asked.like.period, (*shown, "counted"), rows, count, limit, offset,
        value, n, d, seen, agrees or (not count and seen is None),
        {
            "apportioned": int(str(total["apportioned"])), "exact_share": today.exact_share,
            "unassigned_share": today.unassigned_share,
        },
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """A number of today's map: its definition, and what it is like; `place` is None where it stands as it is."""

    entry: Indicator
    like: Observation
    place: Unit | None


def _ask(reader: Reader, catalogue: Catalogue, indicator: str, unit: str, period: str, version: int | None) -> _Asked:
    entry = catalogue.indicator(indicator) if version is None else catalogue.definition(indicator, version)
    place = next((row for row in reader.units() if row.unit_code == unit), None)
    if place is None:
        raise UsageError(f"no unit {unit!r}", remedy="use a code such as 51, 21289 or H48.01")
    parsed = Period.parse(period)
    stored = reader.observation(entry.id, unit, parsed.key)
    if place.unit_kind != "commune" or place.valid_from is None or parsed.start >= place.valid_from:
        if stored is None:
            raise UsageError(f"{indicator} has no number for {unit} in {period}", remedy="choose another period")
        return _Asked(entry, stored, None)
    if reader.as_of is not None:
        raise UsageError("today's map cannot be read as of an earlier instant", remedy="leave out one of the two")
    like = stored or reader.observation(entry.id, reader.version.province, parsed.key)
    if like is None:
        raise UsageError(f"{indicator} has no number in {period}", remedy="choose another period")
    if reader.scope.units is not None and unit not in reader.scope.units:
        raise UsageError(f"unit {unit!r} is outside what you may see")
    return _Asked(entry, replace(like, unit=unit, unit_level="commune", version=entry.version), place)


def on_today(
    reader: Asked, catalogue: Catalogue, entry: Indicator, like: Observation, place: Unit, province: str
) -> Today:
    """The number of `like`'s days counted on today's map for a commune, out of the records."""
    dataset = catalogue.dataset_of(entry)
    if entry.kind not in FLOW_KINDS | STOCK_KINDS or dataset.then is None or dataset.today is None:
        raise UsageError(
            f"{entry.id} cannot be brought to today's map: it is not counted from records that say where people live",
            remedy="use basis=as_then, or a number of the same topic that is counted from dossiers",
        )
    _, condition = _filter(catalogue, entry, like)
    top, bottom = weighed_sql(compile_indicator(catalogue, entry))
    rows = reader.select(
        f"SELECT is_exact, {top} AS n, {bottom} AS d, count(*) AS records, "
        f"count(*) FILTER (WHERE is_moved) AS moved FROM ({keyed_rows(dataset, condition, place.unit_code, province)}) "
        "GROUP BY is_exact"
    )
    sides = {bool(row["is_exact"]): row for row in rows}
    n = sum(_float(row["n"]) for row in rows)
    d = sum(_float(row["d"]) for row in rows) if entry.denominator is not None else None
    mass = n if d is None else d
    exact = sides.get(True)
    own = 0.0 if exact is None else _float(exact["n" if d is None else "d"])
    share = significant(own / mass) if mass else None
    value = (n if d is None else (n * entry.scale / d if d else None)) if rows or entry.absent == "zero" else None
    state: Any = "missing" if value is None and not rows else "not_applicable" if value is None else "value"
    observation = replace(
        like,
        basis="today", value=None if value is None else float(value), numerator=n if rows else None,
        denominator=d if rows else None, state="zero" if value == 0 else state,
        quality="estimated" if share is not None and share < 1 else like.quality,
    )  # fmt: skip
    left = unassigned(reader, dataset, condition, province)
    return Today(observation, share, left, any(int(str(row["moved"])) for row in rows))


def _filter(catalogue: Catalogue, entry: Indicator, like: Observation) -> tuple[Filter, str]:
    """The filter of the number, and its condition for the whole province, to be asked of each part of the map."""
    found = filter_of(catalogue, entry, replace(like, unit_level="province"))
    return found, found.condition.replace(f" /*scope {catalogue.dataset_of(entry).unit}*/", "")


def weighed_sql(item: Compiled) -> tuple[str, str]:
    """Numerator and denominator over records that count by their weight."""
    names = {one: aggregate_sql(one, sign="weight") for one in item.aggregates()}
    bottom = "CAST(NULL AS DOUBLE)" if item.denominator is None else total_sql(item.denominator, names)
    return total_sql(item.numerator, names), bottom


def keyed_rows(dataset: Dataset, condition: str, unit: str, province: str) -> str:
    """SQL of the records that count for a commune on today's map, each with its weight and whether it is exact."""
    assert dataset.then is not None
    own, then, now, mine = f'"{dataset.unit}"', f'"{dataset.then}"', f'"{dataset.today}"', quote(unit)
    mark = "/*scope today_unit*/"
    closed = f"{own} = {quote(province)}"
    parts = [
        f"SELECT *, 1 AS weight, TRUE AS is_exact, FALSE AS is_moved, {mine} AS today_unit FROM {dataset.table} "
        f"WHERE {own} = {mine} AND {condition} {mark}",
        f"SELECT *, 1, TRUE, TRUE, {mine} AS today_unit FROM {dataset.table} "
        f"WHERE {closed} AND {now} = {mine} AND {condition} {mark}",
    ]
    shares = {old: part.share for old, part in _divided_into(province, unit).items()}
    if shares:
        cases = " ".join(f"WHEN {quote(old)} THEN {float(share)!r}" for old, share in sorted(shares.items()))
        listed = ", ".join(quote(old) for old in sorted(shares))
        parts.append(
            f"SELECT *, CASE {then} {cases} END, FALSE, TRUE, {mine} AS today_unit FROM {dataset.table} "
            f"WHERE {closed} AND {now} IS NULL AND {then} IN ({listed}) AND {condition} {mark}"
        )
    return "\nUNION ALL ".join(parts)


def unassigned(reader: Asked, dataset: Dataset, condition: str, province: str) -> float | None:
    """The share of the province's records that no commune of today can be given."""
    divided = ", ".join(quote(old) for old in sorted(_divided(province))) or "''"
    row = reader.select(
        f'SELECT count(*) AS records, count(*) FILTER (WHERE "{dataset.unit}" = {quote(province)} '
        f'AND "{dataset.today}" IS NULL AND coalesce("{dataset.then}", \'\') NOT IN ({divided})) AS unknown '
        f"FROM {dataset.table} WHERE {condition} /*scope {dataset.unit}*/"
    )[0]
    records = int(str(row["records"]))
    return int(str(row["unknown"])) / records if records else None


@lru_cache(maxsize=40)
def _divided(province: str) -> dict[str, tuple[Part, ...]]:
    """The former communes that were divided among communes of this province."""
    from ioc.unit.tables import read_succession

    registry = UnitRegistry.load(province)
    codes = [
        old
        for old, steps in read_succession().items()
        if len(steps) > 1 and any(step.new_code in registry for step in steps)
    ]
    return Crosswalk.of(registry, codes).divided()


def _divided_into(province: str, unit: str) -> dict[str, Part]:
    return {old: part for old, parts in _divided(province).items() for part in parts if part.unit == unit}


def _float(value: object) -> float:
    return 0.0 if value is None else float(str(value))

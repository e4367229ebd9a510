"""The records behind a number: listed by the filter of the number itself, and counted again to the same value."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from indicators.expression import Aggregate, aggregate_sql, row_sql, total_sql
from indicators.measure.cells import instant_sql, quote
from indicators.measure.plan import Compiled, compile_indicator
from indicators.measure.scope import day_sql, reached_sql
from indicators.part import COLUMNS, add_parts
from ioc.catalogue import Catalogue, Indicator
from ioc.errors import UsageError
from ioc.period import Period
from ioc.value import Observation
from ioc.words import significant

MOST_ROWS = 1000


class Source(Protocol):
    """The part of a Reader that records need."""

    def observation(
        self, indicator: str, unit: str, period: str, *, slice_dim: str = ..., slice_value: str = ...
    ) -> Observation | None: ...
    def select(self, sql: str, params: Any = ...) -> list[dict[str, object]]: ...


@dataclass(frozen=True)
class Filter:
    """SQL of a number: where its records are, how they are counted, and in which table."""

    table: str
    condition: str
    latest: str
    numerator: str
    denominator: str
    counted: str
    key: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Records:
    """A page of the records of a number. `agrees`: counting them again gives the number on screen."""

    indicator: str
    unit: str
    period: str
    columns: tuple[str, ...]
    rows: list[dict[str, object]]
    total: int
    limit: int
    offset: int
    value: float | None
    numerator: float | None
    denominator: float | None
    shown: float | None
    agrees: bool
    conversion: dict[str, float | int | None] | None = None  # what today's map made of it (concordance)

    def to_dict(self) -> dict[str, Any]:
        """Plain values with ISO dates, for JSON."""
        plain = asdict(self)
        plain["rows"] = [{name: _plain(cell) for name, cell in row.items()} for row in self.rows]
        plain["recomputed"] = {name: plain.pop(name) for name in ("value", "numerator", "denominator")}
        return plain


def filter_of(catalogue: Catalogue, indicator: Indicator, observation: Observation) -> Filter:
    """The filter of one measured number, from the definition it was measured with."""
    if not indicator.is_measured:
        raise UsageError(
            f"{indicator.id} is not counted from records", remedy="its filed values are listed by `records`"
        )
    dataset = catalogue.dataset_of(indicator)
    item = compile_indicator(catalogue, indicator)
    conditions = [] if item.where is None else [row_sql(item.where)]
    if observation.unit_level != "province":
        column = dataset.parent if observation.unit_level == "source" and dataset.parent else dataset.unit
        conditions.append(f'"{column}" = {quote(observation.unit)}')
    if observation.slice_dim:
        conditions.append(f"coalesce(\"{observation.slice_dim}\", '') = {quote(observation.slice_value)}")
    latest = ""
    if item.enters is not None and item.leaves is not None:
        conditions += _standing(item, observation)
    else:
        assert item.moment is not None
        day = day_sql(item.moment)
        conditions.append(f"{day} BETWEEN DATE '{observation.period_start}' AND DATE '{observation.period_end}'")
        if observation.data_as_of is not None:
            conditions.append(reached_sql(item.moment, observation.data_as_of))
        if indicator.kind == "snapshot":
            latest = f' QUALIFY {day} = max({day}) OVER (PARTITION BY "{dataset.unit}")'
    names = {aggregate: aggregate_sql(aggregate) for aggregate in item.aggregates()}
    first = next(iter(item.aggregates()))
    used = item.columns()  # a wide table shows what the number reads, not all it holds
    shown = tuple(name for name, column in dataset.columns.items() if column.in_records or name in used)
    return Filter(
        dataset.table,
        f"{' AND '.join(conditions)} /*scope {dataset.unit}*/",
        latest,
        total_sql(item.numerator, names),
        "CAST(NULL AS DOUBLE)" if item.denominator is None else total_sql(item.denominator, names),
        _counted(first),
        dataset.key,
        tuple(dict.fromkeys([dataset.key, dataset.unit, *shown])),
    )


def number_sql(found: Filter) -> str:
    """The query that counts the number again: one row of numerator, denominator and rows."""
    inner = f"SELECT * FROM {found.table} WHERE {found.condition}{found.latest}"
    return (
        f"SELECT {found.numerator} AS numerator, {found.denominator} AS denominator, count(*) AS records\n"
        f"FROM ({inner})"
    )


def records(
    reader: Source,
    catalogue: Catalogue,
    indicator: str,
    unit: str,
    period: str,
    *,
    slice_dim: str = "",
    slice_value: str = "",
    limit: int = 100,
    offset: int = 0,
) -> Records:
    """A page of the records that a number counts, in the order of their keys, with the number counted again.

    The column `counted` says whether a record is in the numerator. Raises UsageError for an unknown indicator,
    a number that was never measured, or a page larger than 1,000 rows.
    """
    check_page(limit, offset)
    entry = catalogue.indicator(indicator)
    observation = reader.observation(
        entry.id, unit, Period.parse(period).key, slice_dim=slice_dim, slice_value=slice_value
    )
    if observation is None:
        raise UsageError(f"{indicator} has no number for {unit} in {period}", remedy="choose another period")
    entry = catalogue.definition(entry.id, observation.version)
    if entry.kind == "combined":
        return _parts(reader, entry, observation)
    if entry.kind == "external":
        return _published(reader, catalogue, entry, observation)
    if entry.kind == "reported":
        return _filed(reader, catalogue, entry, observation, limit, offset)
    found = filter_of(catalogue, entry, observation)
    total = reader.select(number_sql(found))[0]
    columns = ", ".join(f'"{name}"' for name in found.columns)
    rows = reader.select(
        f"SELECT {columns}, {found.counted} AS counted FROM {found.table} WHERE {found.condition}{found.latest} "
        f"ORDER BY {', '.join(str(place + 1) for place in range(len(found.columns)))} LIMIT {limit} OFFSET {offset}"
    )
    top, bottom = _float(total["numerator"]), _float(total["denominator"])
    value = top
    if entry.denominator is not None:
        value = None if not bottom or top is None else top * entry.scale / bottom
    shown = observation.value
    count = int(str(total["records"]))
    if observation.state not in ("value", "zero"):
        agrees = count == 0 or value is None
    else:
        agrees = value is not None and shown is not None and significant(value) == significant(shown)
    return Records(
        entry.id, unit, observation.period, (*found.columns, "counted"), rows, count, limit, offset, value, top,
        bottom, shown, agrees,
    )  # fmt: skip


def check_page(limit: int, offset: int) -> None:
    """UsageError for a page larger than 1,000 rows or before the first."""
    if not 1 <= limit <= MOST_ROWS or offset < 0:
        raise UsageError(f"a page has 1 to {MOST_ROWS} rows", remedy="page through with limit and offset")


def _standing(item: Compiled, observation: Observation) -> list[str]:
    """A stock at the observation's `as_of`: entered before, not yet left."""
    assert item.enters is not None
    assert item.leaves is not None
    assert observation.as_of is not None
    enters, leaves = row_sql(item.enters), row_sql(item.leaves)
    if item.enters.type == "date":
        last = (observation.as_of.astimezone(UTC) - timedelta(microseconds=1) + timedelta(hours=7)).date()
        inside = [f"{enters} <= DATE '{last}'", f"({leaves} IS NULL OR {leaves} > DATE '{last}')"]
    else:
        moment = instant_sql(observation.as_of)
        inside = [f"{enters} < {moment}", f"({leaves} IS NULL OR {leaves} >= {moment})"]
    return [*inside, f"({leaves} IS NULL OR {leaves} > {enters})"]


def _counted(aggregate: Aggregate) -> str:
    return "TRUE" if aggregate.condition is None else f"coalesce({row_sql(aggregate.condition)}, FALSE)"


def _filed(
    reader: Source, catalogue: Catalogue, entry: Indicator, observation: Observation, limit: int, offset: int
) -> Records:
    """The filed values of a reported number: every filing of the field for the unit within the period."""
    assert entry.reported is not None
    dataset = catalogue.dataset_of(entry)
    period = Period.parse(observation.period)
    keys = {period.key}
    if entry.reported.key != "same" and entry.reported.takes != "same":
        suffix = ".ytd" if entry.reported.key == "ytd" else ""
        keys |= {month.key + suffix for month in period.months()}
        if entry.reported.takes == "difference":
            keys.add(Period.of(period.start - timedelta(days=1), "ytd").key)
    names = [name for name, column in dataset.columns.items() if column.in_records]
    columns = ", ".join(f'"{name}"' for name in names)
    own = "" if entry.roll_up == "ratio" and observation.unit_level == "province" else " AND unit_code = ?"
    params: list[object] = [entry.reported.field, sorted(keys), *([observation.unit] if own else [])]
    where = f"field_code = ? AND list_contains(?, period){own} /*scope unit_code*/"
    count = reader.select(f"SELECT count(*) AS rows FROM {dataset.table} WHERE {where}", params)[0]["rows"]
    rows = reader.select(
        f"SELECT {columns}, TRUE AS counted FROM {dataset.table} WHERE {where} "
        f"ORDER BY period, unit_code, submitted_at LIMIT {limit} OFFSET {offset}",
        params,
    )
    return Records(
        entry.id, observation.unit, observation.period, (*names, "counted"), rows, int(str(count)), limit, offset,
        observation.value, observation.numerator, observation.denominator, observation.value, True,
    )  # fmt: skip


def _parts(reader: Source, entry: Indicator, observation: Observation) -> Records:
    """The terms of a combined number; each is a number of its own with its records."""
    unit, key = observation.unit, observation.period
    total = add_parts(entry, unit, Period.parse(key), reader.observation)
    agrees = (total.value is None) == (observation.value is None) and (
        total.value is None or significant(total.value) == significant(observation.value or 0.0)
    )
    rows = [{**row, "counted": row["side"] == "numerator"} for row in total.rows]
    return Records(
        entry.id, unit, key, (*COLUMNS, "counted"), rows, len(rows), len(rows), 0, total.value, total.numerator,
        total.denominator, observation.value, agrees,
    )  # fmt: skip


def _published(reader: Source, catalogue: Catalogue, entry: Indicator, observation: Observation) -> Records:
    """The entry of a published figure: the register's own row, with document, day and method."""
    dataset = catalogue.dataset_of(entry)
    names = [name for name, column in dataset.columns.items() if column.in_records]
    columns = ", ".join(f'"{name}"' for name in names)
    rows = reader.select(
        f"SELECT {columns}, TRUE AS counted FROM {dataset.table} "
        "WHERE figure_code = ? AND unit_code = ? AND period = ?",
        [entry.id, observation.unit, observation.period],
    )
    entered = _float(rows[0]["value"]) if rows else None
    return Records(
        entry.id, observation.unit, observation.period, (*names, "counted"), rows, len(rows), len(rows) or 1, 0,
        entered, observation.numerator, observation.denominator, observation.value, entered == observation.value,
    )  # fmt: skip


def _float(value: object) -> float | None:
    return None if value is None else float(str(value))


def _plain(cell: object) -> object:
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat().replace("+00:00", "Z") if cell.tzinfo else cell.isoformat() + "Z"
    return cell.isoformat() if isinstance(cell, date) else cell

"""The clocks and the axes of a measurement: how far each dataset's data reach, which periods and units exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Protocol

from ioc.catalogue import Catalogue, Dataset, Indicator, parse_duration
from ioc.period import Period, periods_between
from ioc.status import LOCAL, due_at

# Days and weeks are kept for the recent past only; months and longer for the whole history.
RECENT_DAYS = {"day": 62, "week": 62 * 7}


class Cursor(Protocol):
    """The part of a DuckDB cursor that measuring needs."""

    def execute(self, query: str, parameters: Any = ..., /) -> Any: ...
    def register(self, name: str, value: Any, /) -> Any: ...
    def unregister(self, name: str, /) -> Any: ...


def rows_of(cursor: Cursor, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    found: list[tuple[Any, ...]] = cursor.execute(sql, list(parameters)).fetchall()
    return found


def as_utc(instant: datetime) -> datetime:
    """An aware UTC instant; stored instants are UTC without a zone."""
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def stored(instant: datetime) -> datetime:
    """The instant as tables hold it: UTC without a zone."""
    return as_utc(instant).replace(tzinfo=None)


def local_day(instant: datetime) -> date:
    """The day in Asia/Ho_Chi_Minh."""
    return as_utc(instant).astimezone(LOCAL).date()


def end_instant(period: Period) -> datetime:
    """The first instant after the period (aware UTC)."""
    return datetime.combine(period.end + timedelta(days=1), time(0), tzinfo=LOCAL).astimezone(UTC)


def start_instant(period: Period) -> datetime:
    """The first instant of the period (aware UTC)."""
    return datetime.combine(period.start, time(0), tzinfo=LOCAL).astimezone(UTC)


@dataclass(frozen=True)
class DatasetClock:
    """How far a dataset reaches: `data_as_of` (complete through), its newest landing, the first day of history."""

    data_as_of: datetime
    known_at: datetime | None
    first_day: date | None
    sources: str


def read_clock(
    cursor: Cursor, dataset: Dataset, *, now: datetime, data_as_of: datetime | None, floor: date, is_given: bool
) -> DatasetClock:
    """Read ops.source_state and the table; `data_as_of` stands in where no source has a state yet.

    History begins with the first whole month of records, not before `floor`; a floor that was given decides
    alone.
    """
    marks: list[datetime] = []
    for source in dataset.sources:
        name, _, part = source.partition("/")
        for through, part_name in rows_of(
            cursor, "SELECT complete_through, dataset FROM ops.source_state WHERE source = ?", [name]
        ):
            if through is not None and (not part or _same(part, str(part_name))):
                marks.append(as_utc(through))
    chosen = max if dataset.complete_when == "any" else min
    reach = chosen(marks) if marks else (data_as_of or now)
    known, first = rows_of(
        cursor, f'SELECT max(known_at), min(CAST("{dataset.history_by}" AS DATE)) FROM {dataset.table}'
    )[0]
    names = ",".join(sorted({source.partition("/")[0] for source in dataset.sources}))
    begins = first if first is None or dataset.history_from == "whole_month" else date(first.year, 1, 1)
    first_day = floor if is_given else None if begins is None else max(whole_month_from(begins), floor)
    return DatasetClock(min(reach, as_utc(now)), None if known is None else as_utc(known), first_day, names)


def fill_readings(cursor: Cursor, dataset: Dataset) -> None:
    """`axis_reading(interval_to, loaded_at)` of the dataset's sources, and `axis_settled(ends_at, settled_at)`: when
    the first reading beyond the end of a period was made, for the periods of the axis."""
    chosen = " OR ".join(
        f"(source = '{name}'" + (f" AND replace(dataset, '-', '_') = '{part.replace('-', '_')}')" if part else ")")
        for name, _, part in (source.partition("/") for source in dataset.sources)
    )
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE axis_reading AS
        SELECT DISTINCT interval_to, loaded_at FROM ops.load_ledger
        WHERE interval_to IS NOT NULL AND ({chosen or "false"})""")
    cursor.execute("""CREATE OR REPLACE TEMP TABLE axis_settled AS
        SELECT DISTINCT ends_at, settled_at FROM (
          SELECT ends_at, min(reading) OVER (ORDER BY moment DESC RANGE UNBOUNDED PRECEDING) AS settled_at
          FROM (SELECT ends_at, ends_at AS moment, CAST(NULL AS TIMESTAMP) AS reading FROM axis_period
                UNION ALL SELECT NULL, interval_to, interval_to FROM axis_reading))
        WHERE ends_at IS NOT NULL AND settled_at IS NOT NULL""")


def whole_month_from(day: date) -> date:
    """The first month that records cover: a first record in its first week counts as from its beginning."""
    first = day.replace(day=1)
    return first if day.day <= 7 else (first + timedelta(days=32)).replace(day=1)


def _same(wanted: str, found: str) -> bool:
    return wanted.replace("-", "_") == found.replace("-", "_")


def is_behind(indicator: Indicator, reach: datetime, now: datetime) -> bool:
    """Whether data should have come by now (so that a gap is missing, not merely not due)."""
    rule = indicator.freshness
    return rule is not None and as_utc(now) > due_at(rule, reach) + parse_duration(rule.grace)


def periods_of(kinds: Iterable[str], first_day: date, today: date) -> list[Period]:
    """All periods of the kinds that begin within [first_day, today]; days and weeks of the recent past only."""
    found: list[Period] = []
    for kind in kinds:
        since = max(first_day, today - timedelta(days=RECENT_DAYS.get(kind, 36500)))
        for period in periods_between(kind, since, today):
            begins = period.end.replace(day=1) if kind == "ytd" else period.start
            if begins >= since and (kind != "ytd" or period.start >= first_day) and begins <= today:
                found.append(period)
    return found


def fill_axes(cursor: Cursor, catalogue: Catalogue, *, floor: date, now: datetime) -> str:
    """Temporary tables of units, periods, and which day and month lies in which period; returns the province.

    axis_unit(unit, level, valid_from, valid_to); axis_period(period, kind, period_start, period_end, ends_at,
    starts_at); axis_month(month, period); axis_day(day, period); axis_grace(unit, period): a declared grace of the
    unit touches the period.
    """
    kinds = sorted({kind for entry in catalogue.indicators.values() for kind in entry.periods})
    for name, rows in _period_axes(tuple(kinds), floor, local_day(now)).items():
        _load(cursor, name, rows)
    cursor.execute("""CREATE OR REPLACE TEMP TABLE axis_unit AS
        SELECT unit_code AS unit, any_value(unit_level) AS level, min(valid_from) AS valid_from,
          CASE WHEN count(valid_to) = count(*) THEN max(valid_to) END AS valid_to
        FROM core.unit WHERE unit_kind IN ('province', 'commune', 'department', 'source', 'dataset')
        GROUP BY unit_code""")
    cursor.execute("""CREATE OR REPLACE TEMP TABLE axis_grace AS
        SELECT DISTINCT g.unit_code AS unit, p.period FROM ops.grace g
        JOIN axis_period p ON g.from_on <= p.period_end AND g.to_on >= p.period_start""")
    province = rows_of(cursor, "SELECT unit FROM axis_unit WHERE level = 'province' ORDER BY unit LIMIT 1")
    return str(province[0][0]) if province else ""


@lru_cache(maxsize=4)  # a measurement fills them for its counts, its combined and its published numbers
def _period_axes(kinds: tuple[str, ...], floor: date, today: date) -> dict[str, Any]:
    """axis_period, axis_month and axis_day as Arrow tables."""
    periods = periods_of(list(kinds), floor, today)
    months: list[tuple[date, str]] = []
    days: list[tuple[date, str]] = []
    for period in periods:
        if period.kind in RECENT_DAYS:
            span = (period.end - period.start).days + 1
            days += [(period.start + timedelta(days=step), period.key) for step in range(span)]
        else:
            months += [(month.start, period.key) for month in period.months()]
    plain = [(p.key, p.kind, p.start, p.end, stored(start_instant(p)), stored(end_instant(p))) for p in periods]
    return {
        "axis_period": _arrow("period kind period_start period_end starts_at ends_at", plain),
        "axis_month": _arrow("month period", months),
        "axis_day": _arrow("day period", days),
    }


def load_table(cursor: Cursor, name: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
    """A temporary table out of Python rows (through Arrow: row-wise inserts are slow)."""
    _load(cursor, name, _arrow(columns, rows))


def _load(cursor: Cursor, name: str, rows: Any) -> None:
    cursor.register("arriving", rows)
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM arriving")
    cursor.unregister("arriving")


def _arrow(columns: str, rows: Sequence[tuple[object, ...]]) -> Any:
    import pyarrow as pa

    names = columns.split()
    kinds = {
        "day": pa.date32(),
        "month": pa.date32(),
        "period_start": pa.date32(),
        "period_end": pa.date32(),
        "starts_at": pa.timestamp("us"),
        "ends_at": pa.timestamp("us"),
        "as_of": pa.timestamp("us"),
        "known_at": pa.timestamp("us"),
        "value": pa.float64(),
        "numerator": pa.float64(),
        "denominator": pa.float64(),
    }
    arrays = [
        pa.array([row[place] for row in rows], type=kinds.get(column, pa.string()))
        for place, column in enumerate(names)
    ]
    return pa.table(arrays, names=names)

"""Numbers that arrive ready-made: found by field, unit and period key, never recomputed (DECISIONS 16, 17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from indicators.measure.clock import (
    Cursor,
    DatasetClock,
    end_instant,
    load_table,
    local_day,
    periods_of,
    rows_of,
    stored,
)
from ioc.catalogue import Catalogue, Indicator, Reported
from ioc.errors import PeriodError
from ioc.period import Period

_WORST = ("estimated", "provisional", "final")  # the first found among the parts is that of the whole
COLUMNS = (
    "indicator version unit unit_level period period_kind period_start period_end slice_value value numerator "
    "denominator comparator state quality as_of known_at source"
)


@dataclass(frozen=True)
class Filed:
    """One filed value: the row of core.report_value that counts for its field, unit and period."""

    value: float | None
    numerator: float | None
    denominator: float | None
    comparator: str
    quality: str
    known_at: datetime | None
    source: str


Key = tuple[str, str]  # unit, period key


def read_filed(cursor: Cursor) -> dict[str, dict[Key, Filed]]:
    """All filed values by field; of several for one field, unit and period the one filed last counts."""
    found: dict[str, dict[Key, Filed]] = {}
    for row in rows_of(
        cursor,
        """SELECT field_code, unit_code, period, value, numerator, denominator, coalesce(comparator, '='),
             coalesce(quality, 'final'), known_at, source
           FROM core.report_value
           WHERE NOT contains(unit_code, ':')  -- units of another register stand apart (DECISIONS 1)
           ORDER BY field_code, unit_code, period, submitted_at NULLS FIRST, known_at NULLS FIRST, source""",
    ):
        found.setdefault(row[0], {})[(row[1], row[2])] = Filed(*row[3:])
    return found


def measure_reported(
    cursor: Cursor,
    catalogue: Catalogue,
    indicators: list[Indicator],
    clock: DatasetClock,
    *,
    floor: date,
    is_given: bool,
    now: datetime,
    run_id: str,
) -> None:
    """Append the cells of all reported indicators to `fresh`: dense, with missing and not-due cells."""
    units = rows_of(cursor, "SELECT unit, level, valid_from, valid_to FROM axis_unit ORDER BY unit")
    filed = read_filed(cursor)
    rows: list[tuple[Any, ...]] = []
    for indicator in indicators:
        assert indicator.reported is not None
        values = with_province_sums(indicator, filed.get(indicator.reported.field, {}), units)
        first = floor if is_given else first_day_of(values, floor)
        if first is None:
            continue
        begins, ends = catalogue.measured_span(indicator)
        for period in periods_of(indicator.periods, first, local_day(now)):
            if (begins is not None and period.end < begins) or (ends is not None and period.end > ends):
                continue
            for unit, level, valid_from, valid_to in units:
                if level not in indicator.levels or (valid_to is not None and valid_to < period.start):
                    continue
                too_early = valid_from is not None and valid_from > period.end
                rows.append(_row(indicator, unit, level, period, values, clock, now, too_early))
    load_table(cursor, "reported_cell", COLUMNS, rows)
    as_of = stored(clock.data_as_of)
    cursor.execute(
        """INSERT INTO fresh SELECT indicator, CAST(version AS INTEGER), unit, unit_level, period, period_kind,
             period_start, period_end, 'as_then', 'official', '', '', value, numerator, denominator, comparator,
             state, quality, 'reported', as_of, ?, coalesce(known_at, ?), source, ? FROM reported_cell""",
        [as_of, stored(clock.known_at or clock.data_as_of), run_id],
    )


def with_province_sums(
    indicator: Indicator, values: dict[Key, Filed], units: list[tuple[Any, ...]]
) -> dict[Key, Filed]:
    """The values, plus the province's n/N added from its communes where it files none itself (roll_up ratio)."""
    province = next((unit for unit, level, *_ in units if level == "province"), None)
    if indicator.roll_up != "ratio" or province is None:
        return values
    parts: dict[str, list[Filed]] = {}
    for (unit, key), row in sorted(values.items()):
        if unit != province and row.numerator is not None and row.denominator is not None:
            parts.setdefault(key, []).append(row)
    summed = {(province, key): added(rows) for key, rows in parts.items() if (province, key) not in values}
    return {**values, **summed}


def added(rows: list[Filed]) -> Filed:
    """The sum of filed values: n/N added, the worst quality, the newest landing."""
    values = [row.value for row in rows if row.value is not None]
    tops = [row.numerator for row in rows if row.numerator is not None]
    bottoms = [row.denominator for row in rows if row.denominator is not None]
    known = [row.known_at for row in rows if row.known_at is not None]
    return Filed(
        exact_sum(values) if len(values) == len(rows) else None,
        exact_sum(tops) if len(tops) == len(rows) else None,
        exact_sum(bottoms) if len(bottoms) == len(rows) else None,
        "=",
        next(quality for quality in (*_WORST, rows[0].quality) if any(r.quality == quality for r in rows)),
        max(known) if known else None,
        ",".join(sorted({part for row in rows for part in row.source.split(",")})),
    )


def exact_sum(values: list[float]) -> float:
    """A sum that no order of its parts changes: added as millionths."""
    return sum(round(value * 1_000_000) for value in values) / 1_000_000


def first_day_of(values: dict[Key, Filed], floor: date) -> date | None:
    """The first day that filed values cover, not before `floor`; None without any value."""
    days: list[date] = []
    for _, key in values:
        try:
            period = Period.parse(key)
        except PeriodError:
            continue  # the contract refuses such keys; one that slipped in can belong to no period
        days.append(period.end.replace(day=1) if period.kind == "ytd" else period.start)
    return max(min(days), floor) if days else None


def find_filed(rule: Reported, values: dict[Key, Filed], unit: str, period: Period) -> tuple[Filed | None, bool]:
    """What is filed for the unit and period, and whether it covers the period to its end."""
    if rule.takes == "same" or rule.key == "same":
        return values.get((unit, period.key)), True
    if period.kind == rule.key and rule.takes != "difference":
        return values.get((unit, period.key)), True
    months = period.months()
    keys = [month.key + (".ytd" if rule.key == "ytd" else "") for month in months]
    if rule.takes == "last":
        for back, key in enumerate(reversed(keys)):
            row = values.get((unit, key))
            if row is not None:
                return row, back == 0
        return None, True
    if rule.takes == "sum":
        rows = [row for row in (values.get((unit, key)) for key in keys) if row is not None]
        return (added(rows) if rows else None), len(rows) == len(keys)
    return _difference(values, unit, period, keys)


def _difference(values: dict[Key, Filed], unit: str, period: Period, keys: list[str]) -> tuple[Filed | None, bool]:
    """Cumulative at the end less cumulative before the period; January begins at nothing."""
    place = next((i for i in range(len(keys) - 1, -1, -1) if (unit, keys[i]) in values), None)
    if place is None:
        return None, True
    end = values[(unit, keys[place])]
    if period.start.month == 1:
        return Filed(end.value, None, None, "=", end.quality, end.known_at, end.source), place == len(keys) - 1
    before = values.get((unit, Period.of(period.start - timedelta(days=1), "ytd").key))
    if before is None or before.value is None or end.value is None:
        return None, True
    known = [moment for moment in (end.known_at, before.known_at) if moment is not None]
    difference = round((end.value - before.value) * 1_000_000) / 1_000_000
    row = Filed(difference, None, None, "=", end.quality, max(known) if known else None, end.source)
    return row, place == len(keys) - 1


def _row(
    indicator: Indicator,
    unit: str,
    level: str,
    period: Period,
    values: dict[Key, Filed],
    clock: DatasetClock,
    now: datetime,
    too_early: bool,
) -> tuple[Any, ...]:
    rule = indicator.reported
    assert rule is not None
    row, is_whole = find_filed(rule, values, unit, period)
    is_due = local_day(now) > period.end + timedelta(days=rule.due_days)
    if row is not None and not is_whole and is_due:
        row = None  # the last months are due and were not filed: an older figure must not stand for the period
    value, state = None, "not_due"
    if row is not None:
        value = filed_value(indicator, row)
        state = "missing" if value is None else "zero" if value == 0 else "value"
    elif too_early:
        state = "not_applicable"
    elif is_due:
        state = "missing"
    shown = row is not None and value is not None
    quality = row.quality if shown and row is not None and is_whole else "provisional"
    as_of = min(stored(end_instant(period)), stored(clock.data_as_of))
    return (
        indicator.id,
        str(indicator.version),
        unit,
        level,
        period.key,
        period.kind,
        period.start,
        period.end,
        "",
        value,
        row.numerator if shown and row is not None else None,
        row.denominator if shown and row is not None else None,
        row.comparator if shown and row is not None else "=",
        state,
        quality,
        as_of,
        None if row is None else row.known_at,
        clock.sources if row is None else row.source,
    )


def filed_value(indicator: Indicator, row: Filed) -> float | None:
    """The value in the measure unit: as filed, or n/N where the definition reads a ratio."""
    assert indicator.reported is not None
    if indicator.reported.reads == "ratio" and row.numerator is not None and row.denominator:
        return row.numerator * indicator.scale / row.denominator
    return row.value

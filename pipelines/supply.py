"""How well sources keep their covenant, as facts in ops: which parts came when, what passed, what was owed.

The four scores themselves (đúng, đủ, sạch, sống) are indicators of the catalogue over these tables. A part is a clock
hour for sources due within the day, else a local day; it has come when a reading took the dataset past its end. The
first moment counts: a part that was late stays late, and old rows brought later never make a source look fresh.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pyarrow as pa

from ioc.calendar import WorkCalendar
from ioc.catalogue import FreshnessRule
from ioc.catalogue.model import parse_duration
from ioc.status import LOCAL, due_at
from pipelines.spec import DatasetSpec, SourceSpec

PLACES = "unit_kind NOT IN ('source', 'dataset')"  # the units of the registry; the others are kept here
KEPT_OPEN = timedelta(days=40)  # deliveries due longer ago are settled and not counted again
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DELIVERY = pa.schema(
    [
        *((name, pa.string()) for name in ("unit_code", "source_code", "source", "dataset")),
        ("part_ends_at", pa.timestamp("us")),
        ("due_at", pa.timestamp("us")),
        ("due_on", pa.date32()),
        ("arrived_at", pa.timestamp("us")),
        ("is_on_time", pa.bool_()),
        ("load_id", pa.string()),
        ("known_at", pa.timestamp("us")),
    ]
)
COVERAGE = "unit_code, source_code, source, dataset, covered_on, item_kind, item_code, is_reported, load_id, known_at"


def source_unit(source: str, dataset: str = "") -> str:
    """The code under which numbers about a source, or one of its datasets, are kept."""
    return f"src.{source}.{dataset}" if dataset else f"src.{source}"


def note_reach(cursor: Any, source: str, dataset: str, through: datetime, reached_at: datetime, run_id: str) -> bool:
    """Note that a dataset came past another full hour, inside the transaction of the load; False: it did not.

    Going back, or on within the same hour, leaves no trace: a backfill is no progress.
    """
    through, reached_at = _plain(through), _plain(reached_at)
    known = cursor.execute(
        "SELECT max(through_at) FROM ops.reach WHERE source = ? AND dataset = ?", [source, dataset]
    ).fetchone()[0]
    if known is not None and _hour(through) <= _hour(known):
        return False
    cursor.execute("INSERT INTO ops.reach VALUES (?, ?, ?, ?, ?)", [source, dataset, through, reached_at, run_id])
    return True


def keep_supply(cursor: Any, specs: Mapping[str, SourceSpec], calendar: WorkCalendar, now: datetime) -> bool:
    """Bring the facts to `now` (aware UTC) from the ledger; the caller holds the transaction. True: some changed."""
    keep_units(cursor, specs.values())
    changed = _keep_days(cursor, now)
    changed |= _keep_coverage(cursor, specs.values(), now)
    changed |= _keep_deliveries(cursor, specs.values(), calendar, now)
    return changed


def keep_units(cursor: Any, specs: Iterable[SourceSpec]) -> None:
    """Sources and datasets as measured units, so that a number about them has a name and a card."""
    rows: list[dict[str, Any]] = []
    for spec in specs:
        name, contact = spec.name, spec.owner.contact.vi
        rows.append(_unit(source_unit(spec.id), "source", name.vi, name.en, None, contact))
        for key in spec.datasets:
            vi, en = f"{name.vi}, {key}", f"{name.en}, {key}"
            rows.append(_unit(source_unit(spec.id, key), "dataset", vi, en, source_unit(spec.id), contact))
    replace_rows(cursor, "core.unit", "unit_kind IN ('source', 'dataset')", pa.Table.from_pylist(rows))


def _unit(code: str, kind: str, vi: str, en: str, parent: str | None, contact: str) -> dict[str, Any]:
    return {
        "unit_code": code, "unit_kind": kind, "unit_level": kind, "measured_as": code, "unit_type": kind,
        "name": vi, "full_name": vi, "name_en": en, "parent_code": parent, "duty_contact": contact,
        "is_invented": False,
    }  # fmt: skip


def _keep_days(cursor: Any, now: datetime) -> bool:
    """One row per dataset and local day: batches and how many passed, rows and what became of them."""
    rows = cursor.execute(
        """SELECT 'src.' || source || '.' || dataset AS unit_code, 'src.' || source AS source_code, source, dataset,
          CAST(moment + INTERVAL 7 HOUR AS DATE) AS supplied_on, count(*) AS batch_count,
          count(*) FILTER (WHERE passed) AS batch_passed, CAST(sum(rows_in) AS BIGINT) AS rows_in,
          CAST(sum(rows_good) AS BIGINT) AS rows_good, CAST(sum(rows_refused) AS BIGINT) AS rows_refused,
          CAST(sum(rows_duplicate) AS BIGINT) AS rows_duplicate, arg_max(load_id, moment) AS load_id,
          max(moment) AS known_at
        FROM (
          SELECT source, dataset, loaded_at AS moment, true AS passed, rows_in, rows_good, rows_refused,
            rows_duplicate, load_id FROM ops.load_ledger
          UNION ALL
          SELECT source, dataset, quarantined_at, false, 0, 0, 0, 0, load_id FROM ops.quarantine
          WHERE rule LIKE 'batch:%')
        WHERE moment <= ? GROUP BY ALL""",
        [_plain(now)],
    ).to_arrow_table()
    return replace_rows(cursor, "ops.supply_day", "true", rows)


def _keep_coverage(cursor: Any, specs: Iterable[SourceSpec], now: datetime) -> bool:
    """Which units and fields have data of each month that is over, since the dataset's first record."""
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE covered AS SELECT {COVERAGE} FROM ops.coverage LIMIT 0")
    for spec in specs:
        for name, dataset in spec.datasets.items():
            if dataset.owes is not None:
                _cover(cursor, spec.id, name, dataset, now)
    return replace_rows(cursor, "ops.coverage", "true", cursor.execute("FROM covered").to_arrow_table())


def _cover(cursor: Any, source: str, name: str, dataset: DatasetSpec, now: datetime) -> None:
    owes = dataset.owes
    assert owes is not None
    table = next(iter(dataset.into))
    counts = "".join(f", count({field}) AS n_{field}" for field in owes.fields)
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE present AS
        SELECT unit_code, CAST(date_trunc('month', CAST({owes.day} AS DATE)) AS DATE) AS month,
          max(known_at) AS known_at, arg_max(load_id, known_at) AS load_id{counts}
        FROM {table} WHERE source = ? AND {owes.day} <= ? GROUP BY ALL""",
        [source, now.astimezone(LOCAL).date()],
    )
    head = f"'{source_unit(source, name)}', '{source_unit(source)}', '{source}', '{name}'"
    cursor.execute(
        """CREATE OR REPLACE TEMP TABLE owed_month AS
        SELECT CAST(unnest(generate_series(min(month),
          CAST(date_trunc('month', CAST(? AS DATE)) AS DATE) - INTERVAL 1 MONTH, INTERVAL 1 MONTH)) AS DATE) AS month
        FROM present""",
        [now.astimezone(LOCAL).date()],
    )
    kinds = ", ".join(f"'{kind}'" for kind in owes.units)
    if kinds:
        cursor.execute(
            f"""INSERT INTO covered SELECT {head}, m.month, 'unit', u.unit_code, p.unit_code IS NOT NULL, p.load_id,
              coalesce(p.known_at, (SELECT max(known_at) FROM present))
            FROM owed_month m JOIN core.unit u ON u.unit_kind IN ({kinds})
              AND coalesce(u.valid_from, DATE '1900-01-01') <= m.month AND coalesce(u.valid_to, m.month) >= m.month
            LEFT JOIN present p ON p.unit_code = u.unit_code AND p.month = m.month"""
        )
    for field in owes.fields:
        cursor.execute(
            f"""INSERT INTO covered SELECT {head}, m.month, 'field', '{field}', coalesce(sum(p.n_{field}), 0) > 0,
              arg_max(p.load_id, p.known_at), coalesce(max(p.known_at), (SELECT max(known_at) FROM present))
            FROM owed_month m LEFT JOIN present p ON p.month = m.month GROUP BY m.month"""
        )


def _keep_deliveries(cursor: Any, specs: Iterable[SourceSpec], calendar: WorkCalendar, now: datetime) -> bool:
    """The parts that fell due or came, of the last weeks; older ones stay as they were settled."""
    reached: dict[tuple[str, str], list[tuple[datetime, datetime, str]]] = {}
    for source, dataset, through, moment, run_id in cursor.execute(
        "SELECT source, dataset, through_at, reached_at, run_id FROM ops.reach ORDER BY reached_at, through_at"
    ).fetchall():
        entry = (through.replace(tzinfo=UTC), moment.replace(tzinfo=UTC), str(run_id))
        reached.setdefault((source, dataset), []).append(entry)
    since = now - KEPT_OPEN
    rows: list[dict[str, Any]] = []
    for spec in specs:
        for name in spec.datasets:
            steps = reached.get((spec.id, name), [])
            for end, due, arrival, run_id in deliveries(spec.freshness, steps, calendar, since=since, now=now):
                rows.append(_delivery(spec.id, name, end, due, arrival, run_id))
    table = pa.Table.from_pylist(rows, schema=DELIVERY)
    return replace_rows(cursor, "ops.delivery", f"due_at > TIMESTAMP '{_plain(since)}'", table)


def deliveries(
    rule: FreshnessRule,
    steps: Sequence[tuple[datetime, datetime, str]],
    calendar: WorkCalendar,
    *,
    since: datetime,
    now: datetime,
) -> Iterator[tuple[datetime, datetime, datetime | None, str]]:
    """(end of the part, its deadline with grace, when it came or None, run) for parts due after `since`.

    `steps` are (complete through, reached at, run) in the order in which they were reached. Owed is what fell due
    after the first of them: what a source held before it was connected is no merit and no fault. A part is listed once
    it came or its deadline has passed.
    """
    if not steps:
        return
    connected = steps[0][1]
    length = part_length(rule)
    grace = parse_duration(rule.grace)
    end = _part_end(max(steps[0][0] - length, since - 8 * DAY), length)
    place = 0
    while end <= now:
        due = due_at(rule, end - timedelta(microseconds=1), calendar) + grace
        while place < len(steps) and steps[place][0] < end:
            place += 1
        came = steps[place] if place < len(steps) else None
        if due > since and due >= connected and (came is not None or due < now):
            yield end, due, came[1] if came else None, came[2] if came else ""
        end += length


def part_length(rule: FreshnessRule) -> timedelta:
    """How much data one delivery owes: an hour when due within the day, else a local day."""
    span, _, clock = rule.due.partition(" ")
    return HOUR if not clock and parse_duration(span) < DAY else DAY


def _part_end(moment: datetime, length: timedelta) -> datetime:
    """The first end of a part after the moment."""
    if length == HOUR:
        return moment.replace(minute=0, second=0, microsecond=0) + HOUR
    day = moment.astimezone(LOCAL).date() + DAY
    return datetime.combine(day, time(0), tzinfo=LOCAL).astimezone(UTC)


def _delivery(
    source: str, dataset: str, end: datetime, due: datetime, arrival: datetime | None, run_id: str
) -> dict[str, Any]:
    return {
        "unit_code": source_unit(source, dataset), "source_code": source_unit(source), "source": source,
        "dataset": dataset, "part_ends_at": _plain(end), "due_at": _plain(due), "due_on": due.astimezone(LOCAL).date(),
        "arrived_at": _plain(arrival) if arrival else None, "is_on_time": arrival is not None and arrival <= due,
        "load_id": run_id, "known_at": _plain(arrival or due),
    }  # fmt: skip


def replace_rows(cursor: Any, table: str, where: str, rows: pa.Table) -> bool:
    """Put these rows in the place of those in the scope; False (and nothing written) when they are the same."""
    columns = ", ".join(rows.column_names)
    cursor.register("arriving", rows)
    try:
        same = cursor.execute(
            f"""SELECT (SELECT count(*) FROM {table} WHERE {where}) = (SELECT count(*) FROM arriving) AND NOT EXISTS (
            SELECT {columns} FROM arriving EXCEPT ALL SELECT {columns} FROM {table} WHERE {where})"""
        ).fetchone()[0]
        if not same:
            cursor.execute(f"DELETE FROM {table} WHERE {where}")
            cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM arriving")
    finally:
        cursor.unregister("arriving")
    return not same


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _plain(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)

"""What a desk page tells about one source, asked of the published copy and of the app store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from indicators.answer import catalogue_of
from ioc.catalogue import Catalogue, FreshnessRule, Indicator
from ioc.period import Period
from ioc.published import Quarantined, Reader, SourceState
from ioc.room import room_of
from ioc.status import Freshness, Status, Workdays, freshness, judge
from ioc.store import AppStore, Breaker, Desk, Pause, Request, Run
from ioc.value import Observation
from layouts.desk.covenant import SCORES

LEVEL = {"fresh": "good", "late": "watch", "down": "bad", "new": "unknown"}
WORST = ("down", "late", "new", "fresh")


@dataclass(frozen=True)
class Score:
    """One of the four scores with its status and the address of its card."""

    key: str
    indicator: Indicator
    observation: Observation | None
    status: Status
    href: str


@dataclass(frozen=True)
class Part:
    """One dataset of the source: how far it is, and how it stands to its deadline."""

    state: SourceState
    fresh: Freshness


@dataclass(frozen=True)
class Operation:
    """What the ingest process keeps beside the published copy."""

    runs: Sequence[Run]
    breaker: Breaker
    pause: Pause | None
    requests: Sequence[Request]
    is_alive: bool
    room: str  # level of ioc.room: full means that reading pauses


def covenant_body(reader: Reader, source: str) -> dict[str, Any] | None:
    """The covenant in force, None for a source that has none in this version."""
    rows = reader.select("SELECT body FROM ops.covenant WHERE source = ?", [source])
    return json.loads(str(rows[0]["body"])) if rows else None


def covenants(reader: Reader) -> dict[str, dict[str, Any]]:
    """Every covenant in force, by source."""
    rows = reader.select("SELECT source, body FROM ops.covenant ORDER BY source")
    return {str(row["source"]): json.loads(str(row["body"])) for row in rows}


def meter(reader: Reader, unit: str, period: Period, lang: str) -> list[Score]:
    """The four scores of a source or dataset in one period."""
    catalogue = catalogue_of(reader)
    level = "dataset" if unit.count(".") > 1 else "source" if unit.startswith("src.") else "province"
    found = []
    for key in SCORES:
        if key not in catalogue.indicators:
            continue
        entry = catalogue.indicators[key]
        seen = reader.observation(key, unit, period.key)
        target = catalogue.target_for(key, unit, level, period)
        card = f"/sources?lang={lang}&card={key}%7C{unit}%7C{period.key}"
        found.append(Score(key, entry, seen, judge(seen, entry, target), card))
    return found


def parts(reader: Reader, body: dict[str, Any], now: datetime, calendar: Workdays | None) -> list[Part]:
    """The datasets of a source, worst first."""
    rule = FreshnessRule(**body["freshness"])
    own = [Part(one, freshness(one, rule, now, calendar)) for one in reader.sources() if one.source == body["source"]]
    return sorted(own, key=lambda one: (WORST.index(one.fresh.level), one.state.dataset))


def operation(store: AppStore, source: str, now: datetime) -> Operation:
    """Runs, breaker, pause and recent requests of a source, and whether the ingest process lives."""
    desk = Desk(store)
    asked = [one for one in desk.requests(200) if source in (one.args.get("source"), *(one.args.get("sources") or ()))]
    beats = [moment for name, moment in store.heartbeats().items() if moment > now - timedelta(minutes=2)]
    return Operation(
        store.runs(source, 12),
        store.breaker(source),
        desk.pauses().get(source),
        asked[:8],
        bool(beats),
        room_of(store.path.parent).level,
    )


def refused(reader: Reader, source: str, limit: int = 300) -> list[dict[str, Any]]:
    """Refused rows by rule and field: how many, the newest, and up to three examples."""
    groups: dict[tuple[str, str, str], list[Quarantined]] = {}
    for one in reader.quarantine(source, limit):
        groups.setdefault((one.dataset, one.rule, one.field or ""), []).append(one)
    found = [
        {
            "dataset": key[0], "rule": key[1], "kind": key[1].partition(":")[0], "field": key[2], "count": len(rows),
            "newest": max(row.quarantined_at for row in rows), "vi": rows[0].reason_vi, "en": rows[0].reason_en,
            "status": rows[0].status, "examples": rows[:3],
        }
        for key, rows in groups.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one["count"], one["rule"]))


def fed_by(catalogue: Catalogue, source: str) -> list[Indicator]:
    """The numbers made of the source's rows: what turns with it when it fails."""
    return [
        entry
        for entry in catalogue.indicators.values()
        if any(name.partition("/")[0] == source for name in catalogue.dataset_of(entry).sources)
    ]


def month_rows(reader: Reader, source: str, first: date, last: date) -> list[dict[str, Any]]:
    """One row per dataset: batches, rows, parts due and late, days with a late part, in these days (local)."""
    days = reader.select(
        """SELECT dataset, sum(batch_count) AS batches, sum(batch_passed) AS passed, sum(rows_in) AS rows_in,
          sum(rows_good) AS rows_good, sum(rows_refused) AS rows_refused, sum(rows_duplicate) AS rows_duplicate
        FROM ops.supply_day WHERE source = ? AND supplied_on BETWEEN ? AND ? GROUP BY dataset""",
        [source, first, last],
    )
    due = reader.select(
        """SELECT dataset, count(*) AS parts, count(*) FILTER (WHERE is_on_time) AS on_time,
          count(*) FILTER (WHERE arrived_at IS NULL) AS absent,
          count(DISTINCT due_on) FILTER (WHERE NOT is_on_time) AS late_days,
          max(date_diff('minute', due_at, arrived_at)) FILTER (WHERE NOT is_on_time) AS worst_minutes
        FROM ops.delivery WHERE source = ? AND due_on BETWEEN ? AND ? GROUP BY dataset""",
        [source, first, last],
    )
    owed = reader.select(
        """SELECT dataset, count(*) AS owed, count(*) FILTER (WHERE is_reported) AS reported FROM ops.coverage
        WHERE source = ? AND covered_on BETWEEN ? AND ? GROUP BY dataset""",
        [source, first, last],
    )
    found: dict[str, dict[str, Any]] = {}
    for row in (*days, *due, *owed):
        found.setdefault(str(row["dataset"]), {"dataset": str(row["dataset"])}).update(row)
    names = ("batches", "passed", "rows_in", "rows_good", "rows_refused", "rows_duplicate", "parts", "on_time")
    names += ("absent", "late_days", "worst_minutes", "owed", "reported")
    return [{**dict.fromkeys(names), **found[key]} for key in sorted(found)]


def silent_items(reader: Reader, source: str, first: date, last: date) -> list[dict[str, Any]]:
    """The units and fields that owed data in these months and sent none."""
    return reader.select(
        """SELECT dataset, item_kind, item_code, covered_on, u.full_name, u.name_en, u.duty_contact
        FROM ops.coverage c LEFT JOIN (SELECT unit_code, any_value(full_name) AS full_name,
          any_value(name_en) AS name_en, any_value(duty_contact) AS duty_contact FROM core.unit GROUP BY unit_code) u
          ON u.unit_code = c.item_code
        WHERE source = ? AND NOT is_reported AND covered_on BETWEEN ? AND ? ORDER BY ALL LIMIT 200""",
        [source, first, last],
    )

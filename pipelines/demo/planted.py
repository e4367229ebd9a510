"""What was planted, as one list for tests: home/demo/planted.json."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipelines.demo.moment import iso, month_index
from pipelines.demo.obligations import Obligation
from pipelines.demo.records import Records
from pipelines.demo.report_files import ReportMaker
from pipelines.demo.tasks import quarter_days
from pipelines.demo.traffic import ADAPTIVE_JUNCTIONS, ADAPTIVE_SINCE, Fault, TrafficMaker
from pipelines.demo.trouble import queue_stops, sync_delays, troubled_offices


def list_planted(
    records: Records,
    reports: ReportMaker,
    traffic: TrafficMaker,
    portal: tuple[list[str], list[str]],
    now: np.datetime64,
) -> dict[str, Any]:
    """Everything planted that had begun by a local instant, within the home's history."""
    place, first = records.place, records.first
    start = np.datetime64(f"{first // 12}-{first % 12 + 1:02d}-01")
    months = range(first, month_index(now.astype("M8[D]").astype(object)) + 1)
    faults = [fault for index in months for fault in traffic.faults(index) if fault.start <= now]
    owed = [entry for index in months for entry in records.obligations.month(index) if entry.opens <= now]
    quarters = range(first // 12 * 4 + first % 12 // 3, months[-1] // 12 * 4 + months[-1] % 12 // 3)
    return {
        "troubled_offices": [
            {"agency": o.agency, "unit": o.unit, "since": str(o.since), "late_share": o.late_share}
            for o in troubled_offices(place)
            if o.since <= now
        ],
        "sync_delays": [
            {"agency": d.agency, "unit": d.unit, "from": str(d.start), "to": str(d.end), "days": d.days}
            for d in sync_delays(place)
            if start <= d.start <= now
        ],
        "portal_delays": [
            {"from": iso(s.start), "to": iso(s.end)} for s in queue_stops(place) if start <= s.start <= now
        ],
        "portal_lost": portal[0],
        "portal_duplicates": portal[1],
        "stuck_sensors": [_fault(traffic, f) | {"intensity": int(f.level)} for f in faults if f.kind == "stuck"],
        "sensor_outages": [_fault(traffic, f) for f in faults if f.kind == "outage"],
        "sensor_spikes": [_fault(traffic, f) | {"intensity": int(f.level)} for f in faults if f.kind == "spike"],
        "incidents": [
            {"junction": traffic.sites[f.site].junction, "from": iso(f.start), "to": iso(f.end)}
            for f in faults
            if f.kind == "incident"
        ],
        "adaptive_signals": [
            {"junction": traffic.sites[k * 4].junction, "since": str(ADAPTIVE_SINCE)} for k in ADAPTIVE_JUNCTIONS
        ],
        "missing_reports": [_owed(o) for o in owed if np.isnat(o.filed)],
        "late_reports": [_owed(o) | {"days": o.days_late} for o in owed if o.days_late and o.filed <= now],
        "corrected_reports": [
            change
            for index in months
            if index % 12 == 4
            and any(file.filed <= now for file in reports.month(index) if file.name.endswith("-dieu-chinh.xlsx"))
            for change in reports.corrections(index)
        ],
        "over_claimers": [
            {"unit": place.communes[row].code, "points": points} for row, points in records.assessments.over_claimers()
        ],
        "stand_outs": [
            {"unit": place.communes[row].code, "kind": kind}
            for kind in ("strong", "weak")
            for row in records.assessments.chosen()[kind]
        ],
        "tasks": [
            {"origin": origin, "period": f"{q // 4}-Q{q % 4 + 1}", "total": total, "done": done}
            for q in quarters
            if quarter_days(q)[0] >= start
            for origin in ("TW", "TINH")
            for total, done in [records.tasks.counts(origin, q)]
        ],
        "villages_without_broadband": [
            {"unit": place.communes[row].code, "villages": count} for row, count in records.digital.offline()
        ],
    }


def _fault(traffic: TrafficMaker, fault: Fault) -> dict[str, Any]:
    return {"site": traffic.sites[fault.site].code, "from": iso(fault.start), "to": iso(fault.end)}


def _owed(entry: Obligation) -> dict[str, Any]:
    return {"report": entry.report, "unit": entry.unit, "period": entry.period}

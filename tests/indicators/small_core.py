"""A small province in the core tables, made by a seeded generator: every indicator has records, gaps and traps."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from tests.indicators.small_supply import excuse, supply_rows, supply_units
from tests.indicators.small_wide import WIDE, village_gaps, wide_rows

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 8, 20, 3, 30, tzinfo=UTC)
FIRST = date(2025, 5, 1)
PROVINCE = "51"
COMMUNES = ("21001", "21002", "21003", "21004")  # 21004 has nearly no records
DEPARTMENTS = ("H48.01", "H48.02")
Row = dict[str, Any]


def open_core(rows: dict[str, list[Row]] | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory warehouse with the shipped tables and the given rows (by default `small_province()`)."""
    connection = duckdb.connect(":memory:")
    for path in sorted((ROOT / "ioc" / "migrations").glob("*.sql")):
        connection.execute(path.read_text(encoding="utf-8"))
    for table, items in (small_province() if rows is None else rows).items():
        put(connection, table if "." in table else f"core.{table}", items)
    return connection


def put(connection: duckdb.DuckDBPyConnection, table: str, items: list[Row]) -> None:
    """Insert rows; columns left out are NULL."""
    if not items:
        return
    names = list(dict.fromkeys(name for item in items for name in item))
    quoted = ", ".join(f'"{name}"' for name in names)
    arriving = pa.table({name: [item.get(name) for item in items] for name in names})
    connection.register("arriving", arriving)
    connection.execute(f"INSERT INTO {table} ({quoted}) SELECT {quoted} FROM arriving")
    connection.unregister("arriving")


def utc(moment: datetime) -> datetime:
    """As stored: UTC without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def local_day(moment: datetime | None) -> date | None:
    return None if moment is None else (moment + timedelta(hours=7)).date()


def units() -> list[Row]:
    made = [unit(PROVINCE, "province", "province")]
    made += [unit(code, "commune", "commune") for code in COMMUNES]
    made += [unit(code, "department", "department") for code in DEPARTMENTS]
    made.append(unit("H48.21", "commune_agency", "commune", measured_as=COMMUNES[0]))
    return made


def unit(code: str, kind: str, level: str, measured_as: str | None = None) -> Row:
    return {
        "unit_code": code,
        "unit_kind": kind,
        "unit_level": level,
        "measured_as": measured_as or code,
        "unit_type": kind,
        "name": code,
        "full_name": f"{kind} {code}",
        "name_en": code,
        "duty_contact": "Duty officer",
        "valid_from": date(2025, 7, 1) if kind == "commune" else date(2020, 1, 1),
        "is_invented": True,
    }


def small_province(seed: int = 7) -> dict[str, list[Row]]:
    """All core tables, about 6,000 rows."""
    rng = random.Random(seed)
    end = utc(NOW)
    begin = datetime(FIRST.year, FIRST.month, FIRST.day) - timedelta(hours=7)
    span = (end - begin).total_seconds()
    known = lambda moment: {"source": "made", "load_id": "L1", "known_at": min(moment + timedelta(minutes=5), end)}  # noqa: E731

    def instant() -> datetime:
        return begin + timedelta(seconds=int(rng.random() * span))

    extra = random.Random(seed + 2)  # a stream of its own: the columns that came first stay as they were
    dossiers: list[Row] = []
    ratings: list[Row] = []
    portal: list[Row] = []
    homes = [PROVINCE, *COMMUNES[:3], *COMMUNES[:3], *DEPARTMENTS]
    for number in range(1500):
        received = instant()
        due = (received + timedelta(days=rng.randint(1, 15))).replace(hour=10, minute=0, second=0)
        done = received + timedelta(days=rng.expovariate(1 / 5))
        if number % 15 == 0:
            done = due  # settled at the very moment: on time
        status = rng.choices(
            ["done", "returned", "refused", "withdrawn", "processing", "supplement"], [6, 3, 1, 1, 2, 1]
        )[0]
        finished = None if status in ("processing", "supplement") or done > end else done
        if finished is None and status not in ("processing", "supplement"):
            status = "processing"
        home = rng.choice(homes) if number else COMMUNES[3]
        late_due = None if rng.random() < 0.05 else due
        row: Row = {
            "dossier_code": f"H48-{number:05d}",
            "procedure_code": f"1.{number % 40:06d}",
            "agency_code": "H48.21",
            "unit_code": home,
            "channel": rng.choice(["online", "online", "direct", "post", None]),
            "status": status,
            "is_settled": status in ("done", "returned"),
            "received_at": received,
            "due_original_at": late_due,
            "due_current_at": late_due and late_due + timedelta(days=rng.choice([0, 0, 0, 7])),
            "finished_at": finished,
            "is_fee_due": rng.choice([True, False, None]),
            "is_paid_online": rng.choice([True, False, None]),
            "is_digitisation_due": rng.random() < 0.8,
            "is_digitised": rng.choice([True, True, False, None]),
            "is_result_due": rng.random() < 0.8,
            "is_e_result": rng.random() < 0.6,
            "is_reused": rng.random() < 0.4,
            "receiving_unit_code": extra.choice([home, home, COMMUNES[1], None]),
            "extension_count": extra.choice([0, 0, 0, 1, None]),
            "pause_days": extra.choice([0, 0, 1, 2, None]),
            "working_days": rng.choice([None, *range(12)]) if finished else None,
            "synced_at": received + timedelta(hours=2) if rng.random() < 0.9 else None,
            **known(finished or received),
        }
        for name in ("received", "due_original", "due_current", "finished"):
            row[f"{name}_on"] = local_day(row[f"{name}_at"])
        dossiers.append(row)
        if finished and rng.random() < 0.4:
            rated = min(finished + timedelta(days=1), end)
            ratings.append(
                {
                    "rating_code": f"R{number}",
                    "dossier_code": row["dossier_code"],
                    "unit_code": home,
                    "level": rng.choice([5, 5, 4, 4, 3, 2, 1, None]),
                    "rated_at": rated,
                    "rated_on": local_day(rated),
                    **known(rated),
                }
            )
        if rng.random() < 0.9:
            portal.append(
                {
                    "dossier_code": row["dossier_code"],
                    "unit_code": home,
                    "received_on": row["received_on"],
                    "is_settled": extra.choice([True, True, False, None]),
                    "is_late": extra.choice([False, False, True, None]),
                    **known(received),
                }
            )
    wide = random.Random(seed + 1)
    month_ends = [(month + timedelta(days=32)).replace(day=1) - timedelta(days=1) for month in _months(end)]
    month_ends = [day for day in month_ends if day < end.date()]
    homes = {"province": (PROVINCE,), "commune": COMMUNES[:3], "department": DEPARTMENTS}
    return {
        **supply_rows(),
        "unit": [*units(), *supply_units(unit)],
        "dossier": dossiers,
        "rating": ratings,
        "portal_dossier": portal,
        "procedure": _procedures(rng, known),
        "field_report": _field_reports(rng, instant, end, known),
        "report_submission": excuse(_submissions(rng, end, known)),
        "report_value": _values(rng, end, known),
        "traffic_flow": _traffic(rng, end, known),
        "task": _tasks(rng, end, known),
        "assessment": _assessments(rng, known),
        "system_count": _counts(rng, end, known),
        **{name: wide_rows(wide, name, month_ends, homes, known) for name in WIDE},
        "village_gap": village_gaps(wide, COMMUNES[:3], known),
        "ops.source_state": [
            {
                "source": source,
                "dataset": dataset,
                "complete_through": end - timedelta(minutes=behind),
                "last_success_at": end,
            }
            for source, dataset, behind in (
                ("one_stop", "thu_tuc", 2),
                ("one_stop", "ho_so", 2),
                ("one_stop", "danh_gia", 3),
                ("national_portal", "ho_so", 700),
                ("report_files", "so_lieu", 60),
                ("report_service", "values", 30),
                ("report_service", "submissions", 30),
                ("field_report", "phan_anh", 5),
                ("traffic_archive", "flows", 1500),
                ("traffic_live", "flows", 15),
                ("task_service", "tasks", 10),
                ("task_service", "assessments", 10),
                ("task_service", "system_counts", 10),
                ("platform_monitor", "months", 10),
                ("procedure_base", "months", 40),
                ("sector_files", "linh_vuc", 60),
                ("sector_files", "dat_dai", 60),
                ("sector_files", "thon_trang", 60),
            )
        ],
    }


def _procedures(rng: random.Random, known: Any) -> list[Row]:
    return [
        {
            "procedure_code": f"1.{number:06d}",
            "name": f"Procedure {number}",
            "service_level": rng.choice(["full", "partial", "partial", "info"]),
            "is_full_eligible": number % 3 != 0,
            "is_integrated": rng.random() < 0.97,
            "unit_code": PROVINCE,
            "valid_from": date(2024, 1, 1) if number < 35 else date(2026, 2, 10),
            "valid_to": date(2026, 3, 31) if number % 9 == 0 else None,
            **known(datetime(2025, 5, 1)),
        }
        for number in range(40)
    ]


def _field_reports(rng: random.Random, instant: Any, end: datetime, known: Any) -> list[Row]:
    rows: list[Row] = []
    for number in range(500):
        received = instant()
        due = received + timedelta(days=3)
        resolved = due if number % 12 == 0 else received + timedelta(days=rng.expovariate(1 / 2))
        done = resolved if resolved <= end and rng.random() < 0.95 else None
        rows.append(
            {
                "report_code": f"PA{number}",
                "unit_code": rng.choice(COMMUNES[:3]),
                "category": rng.choice(["road", "waste", "light"]),
                "status": "done" if done else "open",
                "received_at": received,
                "due_at": due,
                "resolved_at": done,
                "received_on": local_day(received),
                "due_on": local_day(due),
                "resolved_on": local_day(done),
                "satisfaction": rng.choice([5, 4, 4, 3, 1, None]) if done else None,
                **known(done or received),
            }
        )
    return rows


def _months(end: datetime) -> list[date]:
    return [
        date(FIRST.year + (FIRST.month - 1 + step) // 12, (FIRST.month - 1 + step) % 12 + 1, 1) for step in range(16)
    ]


def _submissions(rng: random.Random, end: datetime, known: Any) -> list[Row]:
    rows: list[Row] = []
    for month in _months(end):
        for code in (*COMMUNES[:3], *DEPARTMENTS):
            due = month.replace(day=17)
            late = rng.choice([-2, -1, 0, 0, 1, 4, None])
            submitted = None if late is None else datetime(due.year, due.month, due.day, 5) + timedelta(days=late)
            if submitted is not None and submitted > end:
                submitted = None
            rows.append(
                {
                    "report_code": "KTXH",
                    "unit_code": code,
                    "period": f"{month:%Y-%m}.d09",
                    "due_on": due,
                    "submitted_at": submitted,
                    "submitted_on": local_day(submitted),
                    "status": "filed" if submitted else "open",
                    **known(submitted or datetime(due.year, due.month, 15)),
                }
            )
    return rows


def _values(rng: random.Random, end: datetime, known: Any) -> list[Row]:
    rows: list[Row] = []

    def file(
        field: str,
        unit_code: str,
        period: str,
        value: float | None,
        n: float | None = None,
        d: float | None = None,
        on: date = date(2026, 1, 6),
        comparator: str = "=",
        quality: str = "final",
    ) -> None:
        moment = min(datetime(on.year, on.month, on.day, 3), end)
        rows.append(
            {
                "field_code": field,
                "unit_code": unit_code,
                "period": period,
                "value": value,
                "numerator": n,
                "denominator": d,
                "comparator": comparator,
                "quality": quality,
                "submitted_at": moment,
                "submitted_on": on,
                **known(moment),
            }
        )

    for place, month in enumerate(_months(end)[:15]):
        if rng.random() < 0.08:
            continue  # a month that nobody filed
        on = (month + timedelta(days=37)).replace(day=5)
        key, ytd = f"{month:%Y-%m}", f"{month:%Y-%m}.ytd"
        done = month.month * 100.0 + rng.randint(0, 40)
        file("export_value", PROVINCE, ytd, 90.0 * month.month + place, on=on, quality="estimated")
        file("cpi_mom", PROVINCE, key, 0.1 * (place % 5 - 2), on=on)
        for field, plan in (
            ("budget_revenue", 1500.0),
            ("retail_sales", 1600.0),
            ("tourism_arrivals", 1300.0),
            ("fdi_registered", 1250.0),
            ("new_jobs", 1400.0),
        ):
            file(field, PROVINCE, ytd, done, done, plan, on)
        file("retail_growth", PROVINCE, ytd, 10 + place / 10, on=on, quality="estimated")
        for code in (PROVINCE, *COMMUNES[:3]):
            file("public_investment", code, ytd, round(done / 15, 2), done, 1500.0, on)
        for code in COMMUNES[:3]:
            if rng.random() < 0.9:
                file("commune_revenue", code, ytd, done / 10, done / 10, 150.0, month.replace(day=17))
                file("poor_household_rate", code, key, 4.0, float(rng.randint(20, 60)), 1000.0, month.replace(day=17))
        file("iip_growth", PROVINCE, key, rng.randint(-20, 150) / 10, on=on)
        file("cpi_yoy", PROVINCE, key, 3.0 + place / 100, on=on)
        file("new_enterprises", PROVINCE, key, float(rng.randint(40, 90)), on=on)
        file("traffic_accidents", PROVINCE, key, float(rng.randint(0, 9)), on=on)
        file("health_insurance_rate", PROVINCE, key, 95.0, 950.0 + place, 1000.0, on)
    for key in ("2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2", "2025-9M", "2025", "2026-H1"):
        file("grdp_growth", PROVINCE, key, 8.5 + rng.random(), on=date(2026, 7, 6))
        file("grdp", PROVINCE, key, 20000.0 + rng.randint(0, 900), on=date(2026, 7, 6))
    for key in ("2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1"):
        file("his_coverage", PROVINCE, key, 85.0, comparator=">")
        file("trained_labour_rate", PROVINCE, key, 28.0 + rng.random())
        file("digital_economy_share", PROVINCE, key, 15.0, 4500.0, 30000.0)
    for code in (PROVINCE, *COMMUNES):
        file("population", code, "2025", float(rng.randint(5000, 90000)))
    return rows


def _traffic(rng: random.Random, end: datetime, known: Any) -> list[Row]:
    rows: list[Row] = []
    start, number = datetime(2026, 6, 27, 17), 0
    for site, code in (("N1-A", COMMUNES[0]), ("N1-B", COMMUNES[0]), ("N2-A", COMMUNES[1])):
        moment = start
        while moment + timedelta(hours=1) <= end:
            number += 1
            if rng.random() < 0.97:
                quality = rng.choices(["valid", "stuck", "no_speed"], [90, 4, 6])[0]
                speed = round(rng.uniform(8, 55), 1) if quality == "valid" else None
                speed = 0.6 if speed is not None and number % 17 == 0 else speed  # a standstill
                rows.append(
                    {
                        "site_code": site,
                        "junction_code": site[:2],
                        "unit_code": code,
                        "observed_from": moment,
                        "observed_to": moment + timedelta(hours=1),
                        "observed_on": local_day(moment),
                        "minutes": 60,
                        "intensity": rng.randint(0, 700),
                        "speed_kmh": speed,
                        "is_valid": quality != "stuck",
                        "quality": quality,
                        "is_congested": None if speed is None else speed < 20,
                        "occupancy": None if number % 11 == 0 else (number % 40) / 40,
                        "free_flow_kmh": None if number % 13 == 0 else 40.0 + number % 3 * 10,
                        "day_part": ("morning_peak", "evening_peak", "night", "day", None)[number % 5],
                        **known(moment + timedelta(hours=1)),
                    }
                )
            moment += timedelta(hours=1)
    early = datetime(2025, 5, 3, 3)  # the archive begins with the history; then a long gap
    rows.append(
        {
            **rows[0],
            "observed_from": early,
            "observed_to": early + timedelta(hours=1),
            "observed_on": local_day(early),
            **known(early),
        }
    )
    return rows


def _tasks(rng: random.Random, end: datetime, known: Any) -> list[Row]:
    rows: list[Row] = []
    for number in range(300):
        assigned = FIRST + timedelta(days=rng.randint(0, 440))
        due = assigned + timedelta(days=rng.randint(10, 90)) if rng.random() < 0.9 else None
        done = assigned + timedelta(days=rng.randint(5, 110)) if rng.random() < 0.85 else None
        if due is not None and number % 9 == 0:
            done = due  # on the last day: on time
        if done is not None and done > end.date():
            done = None
        rows.append(
            {
                "task_code": f"T{number}",
                "title": f"Task {number}",
                "unit_code": rng.choice([*COMMUNES[:2], *DEPARTMENTS]),
                "origin": rng.choice(["central", "province", "resolution57"]),
                "is_time_bound": due is not None,
                "assigned_on": assigned,
                "due_on": due,
                "completed_on": done,
                "status": "done" if done else "open",
                "evidence_ref": f"BC-{number}" if done and number % 2 else None,
                **known(datetime.combine(done or assigned, datetime.min.time())),
            }
        )
    return rows


def _assessments(rng: random.Random, known: Any) -> list[Row]:
    return [
        {
            "criterion_code": f"XA.{number:02d}",
            "unit_code": code,
            "period": "2026-Q1",
            "verified_value": rng.choice([None, round(rng.uniform(50, 100), 2)]),
            "assessed_on": on,
            **known(datetime.combine(on, datetime.min.time())),
        }
        for on in (date(2025, 5, 2), date(2025, 11, 5), date(2026, 2, 6), date(2026, 5, 6))
        for code in COMMUNES[:3]
        for number in range(5)
    ]


def _counts(rng: random.Random, end: datetime, known: Any) -> list[Row]:
    rows: list[Row] = []
    for month in _months(end):
        on = (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        if on >= end.date():
            continue
        for metric, codes in (
            ("signed_documents", (*COMMUNES[:3], *DEPARTMENTS)),
            ("certificate", (*COMMUNES[:3], *DEPARTMENTS)),
            ("sso", (*COMMUNES[:3], *DEPARTMENTS)),
            ("community_team", COMMUNES[:3]),
            ("broadband", COMMUNES[:3]),
            ("video_endpoint", (*COMMUNES[:3], *DEPARTMENTS)),
        ):
            for code in codes:
                if rng.random() < 0.93:
                    total = rng.randint(5, 60)
                    rows.append(
                        {
                            "metric_code": metric,
                            "unit_code": code,
                            "counted_on": on,
                            "count_value": float(rng.randint(0, total)),
                            "total_value": float(total),
                            **known(datetime.combine(on, datetime.min.time()) + timedelta(days=1)),
                        }
                    )
    rows.append({**rows[0], "counted_on": FIRST, "metric_code": "other"})
    return rows

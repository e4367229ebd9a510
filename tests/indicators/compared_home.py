"""A province of independent offices over three Tết seasons: the same habits every year, nothing really changed."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path

from indicators.checked import load_checked
from indicators.measure import measure
from ioc.calendar import WorkCalendar
from ioc.catalogue import Catalogue
from ioc.published import Publication
from ioc.tet import tet_day
from tests.indicators import small_core
from tests.warehouse_fixture import open_warehouse, publish_now

FIRST, NOW = date(2024, 1, 1), datetime(2026, 4, 16, 1, 0, tzinfo=small_core.UTC)
OFFICES = tuple(f"210{number:02d}" for number in range(6))
DROPPED, REAL_DROP = OFFICES[5], 0.7  # the one office that really received less in February 2026
KEYS = ("procedures.received", "procedures.on_time", "procedures.open", "reporting.iip", "reporting.his_coverage")


def catalogue() -> Catalogue:
    """The shipped definitions that are compared here."""
    return load_checked().only(*KEYS)


def expected(day: date, calendar: WorkCalendar) -> float:
    """Dossiers a working day brings: a little more in the two weeks before Tết, half in the three after."""
    if not calendar.is_working(day):
        return 1.0
    tet = tet_day(day.year)
    assert tet is not None
    away = (day - tet).days
    return 30.0 * (1.1 if -14 <= away < 0 else 0.5 if 0 <= away < 21 else 1.0)


def dossiers(calendar: WorkCalendar) -> list[small_core.Row]:
    """Every office by its own seed."""
    rows: list[small_core.Row] = []
    for place, office in enumerate(OFFICES):
        rng = random.Random(place)
        day = FIRST
        while day <= NOW.date() - timedelta(days=1):
            mean = expected(day, calendar)
            if office == DROPPED and (day.year, day.month) == (2026, 2):
                mean *= REAL_DROP
            for number in range(_poisson(rng, mean)):
                received = datetime(day.year, day.month, day.day, 2 + number % 7, number % 60)
                late = rng.random() < 0.04
                due = received + timedelta(days=7)
                done = due + timedelta(days=2) if late else received + timedelta(days=rng.randint(1, 6))
                is_over = done < NOW.replace(tzinfo=None)
                rows.append(
                    {
                        "dossier_code": f"{office}-{day:%y%m%d}-{number}",
                        "unit_code": office,
                        "channel": "online",
                        "status": "done" if is_over else "processing",
                        "is_settled": is_over,
                        "received_at": received,
                        "received_on": day,
                        "due_original_at": due,
                        "due_current_at": due,
                        "finished_at": done if is_over else None,
                        "finished_on": small_core.local_day(done) if is_over else None,
                        "known_at": received,
                        "load_id": "L1",
                        "source": "one_stop",
                    }
                )
            day += timedelta(days=1)
    return rows


def build(home: Path) -> Publication:
    """The published version of it."""
    calendar = WorkCalendar.load()
    found = catalogue()
    units = [small_core.unit("51", "province", "province")]
    units += [{**small_core.unit(code, "commune", "commune"), "valid_from": date(2020, 1, 1)} for code in OFFICES]
    filed = [
        {"field_code": "iip_growth", "unit_code": "51", "period": key, "value": value, "comparator": "="}
        for key, value in (("2025-02", 9.0), ("2026-02", 12.0), ("2026-03", 10.0))
    ]
    filed += [
        {"field_code": "his_coverage", "unit_code": "51", "period": key, "value": 85.0, "comparator": ">"}
        for key in ("2025-Q4", "2026-Q1")
    ]
    with open_warehouse(home, now=NOW) as warehouse:
        with warehouse.transaction() as cursor:
            small_core.put(cursor, "core.unit", units)
            small_core.put(cursor, "core.dossier", dossiers(calendar))
            small_core.put(cursor, "core.report_value", filed)
            measure(cursor, found, now=NOW, run_id="r1")
        publish_now(warehouse, home, now=NOW, catalogue_json=found.to_json())
    return Publication(home)


def _poisson(rng: random.Random, mean: float) -> int:
    """Knuth's method: products of uniforms until exp(-mean)."""
    from math import exp

    limit, product, count = exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count

"""Why dossiers are late: each late one has one cause, so the causes add up (PRODUCT 10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache

from indicators.concordance.today import Asked
from indicators.trust.window import Scope
from ioc.calendar import WorkCalendar
from ioc.errors import CalendarError

CAUSES = ("sync", "citizen", "duty", "clock", "staff")
MOST = 20_000
SHOWN = ("dossier_code", "procedure_code", "unit_code", "received_at", "due_original_at", "finished_at")


def count_causes(reader: Asked, scope: Scope, calendar: WorkCalendar) -> dict[str, int]:
    """Late dossiers by cause: those whose settling the system learnt of after the due time, and those open past it.

    sync: settled by the due time, the news came later (the delay between the last event and its synchronisation is
    taken for that of the settling). citizen: late only because of days the clock should have stood while papers were
    supplemented. duty: waiting for a fee. clock: on time by the calendar, the stored due time is too early.
    staff: all others.
    """
    rows = reader.select(_late_sql(scope))
    found = Counter(_causes(rows, scope, calendar))
    return {cause: found.get(cause, 0) for cause in CAUSES}


def late_dossiers(reader: Asked, scope: Scope, calendar: WorkCalendar) -> list[dict[str, object]]:
    """The late dossiers that `count_causes` counts, each with its cause, in the order of their codes."""
    rows = reader.select(f"SELECT * FROM ({_late_sql(scope, ''.join(f'd.{name}, ' for name in SHOWN))}) ORDER BY ALL")
    return [{**row, "cause": cause} for row, cause in zip(rows, _causes(rows, scope, calendar), strict=True)]


def _causes(rows: Sequence[dict[str, object]], scope: Scope, calendar: WorkCalendar) -> list[str]:
    lawful_by = cache(calendar.add_working_days)  # many dossiers share a day and an allowance
    return [_cause(row, lawful_by, scope.last) for row in rows]


def _late_sql(scope: Scope, further: str = "") -> str:
    """What tells the cause of each late dossier, after `further` columns of it."""
    news = "finished_at + greatest(synced_at - greatest(finished_at, returned_at), INTERVAL 0 SECOND)"
    return f"""SELECT {further}status, finished_on, finished_at <= due_original_at AS in_time,
          finished_at <= due_current_at AS in_current, coalesce(pause_days, 0) > 0 AS paused,
          d.accepted_on, d.due_original_on, p.allowance_days AS allowance,
          finished_at IS NULL OR finished_at >= {scope.moment} AS is_open
        FROM (SELECT * FROM core.dossier WHERE {scope.where} AND (
            ({scope.settled} AND (finished_at > due_original_at OR {news} > due_original_at))
            OR (received_at < {scope.moment} AND (finished_at IS NULL OR finished_at >= {scope.moment})
                AND due_original_at < {scope.moment})) /*scope unit_code*/) d
        LEFT JOIN (SELECT procedure_code, any_value(allowance_days) AS allowance_days FROM core.procedure
                   WHERE true /*scope unit_code*/ GROUP BY procedure_code) p USING (procedure_code)
        LIMIT {MOST}"""


def _cause(row: dict[str, object], lawful_by: Callable[[date, int], date], last: date) -> str:
    if not row["is_open"] and row["in_time"]:
        return "sync"
    if row["is_open"] and row["status"] == "payment":
        return "duty"
    if (row["is_open"] and row["status"] == "supplement") or (row["paused"] and row["in_current"]):
        return "citizen"
    accepted, due, allowance = row["accepted_on"], row["due_original_on"], row["allowance"]
    if isinstance(accepted, date) and isinstance(due, date) and isinstance(allowance, int):
        try:
            lawful = lawful_by(accepted, allowance)
        except CalendarError:
            return "staff"
        ended = row["finished_on"] if not row["is_open"] else last
        if due < lawful and isinstance(ended, date) and ended <= lawful:
            return "clock"
    return "staff"


def largest(causes: dict[str, int]) -> Sequence[str]:
    """The causes that occur, largest first."""
    return [cause for cause, count in sorted(causes.items(), key=lambda item: -item[1]) if count]

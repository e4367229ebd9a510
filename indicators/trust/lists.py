"""The dossiers behind each number of the trust panel, by the conditions the panel counts with, counted again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from indicators.measure.cells import quote
from indicators.record import Records, check_page
from indicators.trust.causes import CAUSES, SHOWN, late_dossiers
from indicators.trust.definitions import conditions
from indicators.trust.panel import Panel, Scopes, scopes, trust_panel
from indicators.trust.portal import matched_sql, missing_sql
from indicators.trust.signals import KINDS, filed_online, seen_conditions
from ioc.calendar import WorkCalendar
from ioc.errors import UsageError
from ioc.published import Reader
from ioc.words import significant

FLOW = ("settled", "on_time", "open_before", "received", "closed", "open_after", "overdue", "due", "due_on_time")
MATCHED = ("ours", "waiting", "lost", "moved_out", "moved_in", "unknown", "twice", "portal")
MISSING = "missing"  # 'missing:H48.21': the dossiers of an agency that the portal does not have
LATE = "late"
FACTS = ("trust.definition", "trust.flow", "trust.cause", "trust.portal", "trust.question")
_DOSSIER = ", ".join((*SHOWN, "status"))


@dataclass(frozen=True)
class _List:
    """SQL of the dossiers with `counted`, and how the number comes out of them: a count of all, of the counted, a
    share of the counted in percent, or a sum of records."""

    sql: str
    total: str = "count(*)"
    whole: str = "NULL"


def has_list(fact: str, part: str) -> bool:
    """Whether a number of the panel is counted from dossiers; a difference of such numbers has no list of its own."""
    return fact in ("trust.cause", "trust.question") or (part not in ("residual", "residue", "gap"))


def trust_records(
    reader: Reader, fact: str, unit: str, period: str, part: str, *, calendar: WorkCalendar, limit: int, offset: int
) -> Records:
    """A page of the dossiers that a number of the panel counts, and the number counted again from them.

    Raises UsageError for a part the panel does not have.
    """
    check_page(limit, offset)
    asked = scopes(reader, unit, period)
    if fact == "trust.cause":
        return _late(reader, asked, unit, part, calendar, limit, offset)
    found = _list(reader, asked, fact, part, calendar)
    row = reader.select(f"SELECT count(*) AS rows, {found.total} AS top, {found.whole} AS bottom FROM ({found.sql})")[0]
    rows = reader.select(f"SELECT * FROM ({found.sql}) ORDER BY dossier_code LIMIT {limit} OFFSET {offset}")
    top, bottom = float(str(row["top"])), None if row["bottom"] is None else float(str(row["bottom"]))
    value = top if bottom is None or fact != "trust.definition" else (top * 100 / bottom if bottom else None)
    shown = shown_number(trust_panel(reader, unit, period, calendar=calendar), fact, part)
    return _records(
        fact, unit, asked.period.key, rows, int(str(row["rows"])), limit, offset, value, top, bottom, shown
    )  # fmt: skip


def _list(reader: Reader, asked: Scopes, fact: str, part: str, calendar: WorkCalendar) -> _List:
    scope, parts = asked.scope, conditions(asked.scope)

    def dossiers(where: str, counted: str = "TRUE") -> str:
        return (
            f"SELECT {_DOSSIER}, ({counted}) AS counted FROM core.dossier WHERE {scope.where} AND ({where}) "
            "/*scope unit_code*/"
        )

    if fact == "trust.flow" and part in FLOW:
        return _List(dossiers(parts[part]))
    share = ("count(*) FILTER (WHERE counted)", "count(*)")
    if fact == "trust.definition" and part == "by_settled_and_overdue":
        return _List(dossiers(f"({parts['settled']}) OR ({parts['overdue']})", parts["on_time"]), *share)
    if fact == "trust.definition" and part == "by_stock":
        late = f"({parts['settled']}) AND NOT ({parts['on_time']}) OR ({parts['overdue']})"
        return _List(dossiers(f"({parts['settled']}) OR ({parts['open_after']})", f"NOT ({late})"), *share)
    if fact == "trust.portal" and part in MATCHED:
        totals = {"portal": "coalesce(sum(records), 0)", "twice": "coalesce(sum(records - 1), 0)"}
        return _List(matched_sql(scope, part), totals.get(part, "count(*)"))
    name, _, rest = part.partition(":")
    if fact == "trust.portal" and name == MISSING and rest:
        return _List(missing_sql(scope, rest), *share)
    if fact == "trust.question" and name in KINDS and rest:
        return _List(_asked(reader, asked, name, rest, calendar), *share)
    raise UsageError(f"no dossiers behind {part!r} of {fact}", remedy="choose the number on the page that shows it")


def _asked(reader: Reader, asked: Scopes, kind: str, unit: str, calendar: WorkCalendar) -> str:
    """The dossiers of a unit in the quarter that a question looks at; for batches, the fullest hour is counted."""
    scope, own = asked.quarter_scope, f"unit_code = {quote(unit)}"
    if kind != "batch":
        seen = seen_conditions(scope, calendar)[kind]
        return (
            f"SELECT {_DOSSIER}, ({seen}) AS counted FROM core.dossier WHERE {own} AND {scope.settled} "
            "/*scope unit_code*/"
        )
    where = f"FROM core.dossier WHERE {own} AND {filed_online(scope)} /*scope unit_code*/"
    hour = "date_trunc('hour', received_at)"
    return f"""WITH fullest AS (SELECT procedure_code AS code, {hour} AS hour {where} GROUP BY ALL
          ORDER BY count(*) DESC, code, hour LIMIT 1)
        SELECT {_DOSSIER}, ({hour} = (SELECT hour FROM fullest)
          AND procedure_code = (SELECT code FROM fullest)) AS counted {where}"""


def _late(
    reader: Reader, asked: Scopes, unit: str, part: str, calendar: WorkCalendar, limit: int, offset: int
) -> Records:
    if part not in (*CAUSES, LATE):
        raise UsageError(f"no cause {part!r}", remedy=f"one of {', '.join((*CAUSES, LATE))}")
    late = late_dossiers(reader, asked.scope, calendar)
    mine = [row for row in late if part in (LATE, row["cause"])]
    rows = [{**{name: row[name] for name in (*SHOWN, "status", "cause")}, "counted": True} for row in mine]
    panel = trust_panel(reader, unit, asked.period.key, calendar=calendar)
    shown = shown_number(panel, "trust.cause", part)
    page = rows[offset : offset + limit]
    return _records(
        "trust.cause", unit, asked.period.key, page, len(rows), limit, offset, float(len(rows)), float(len(rows)), None,
        shown,
    )  # fmt: skip


def shown_number(panel: Panel, fact: str, part: str) -> float | None:
    """The number as the panel shows it; UsageError for one it does not show."""
    name, _, rest = part.partition(":")
    if fact == "trust.cause" and part in (*CAUSES, LATE):
        return panel.late if part == LATE else panel.causes[part]
    if fact in ("trust.flow", "trust.definition") and hasattr(panel.on_time, part):
        found: float | None = getattr(panel.on_time, part)
        return found
    if fact == "trust.portal" and panel.portal is not None and hasattr(panel.portal, part):
        return int(getattr(panel.portal, part))
    if fact == "trust.portal" and name == MISSING:
        return next((one.missing for one in panel.mismatches if one.agency == rest), 0)
    if fact == "trust.question":
        seen = [one.seen for one in panel.questions if (one.kind, one.unit) == (name, rest)]
        if seen:
            return seen[0]
    raise UsageError(f"{fact} has no number {part!r}", remedy="choose the number on the page that shows it")


def _records(
    fact: str, unit: str, period: str, rows: list[dict[str, Any]], total: int, limit: int, offset: int,
    value: float | None, top: float, bottom: float | None, shown: float | None,
) -> Records:  # fmt: skip
    columns = tuple(rows[0]) if rows else (*SHOWN, "status", "counted")
    agrees = value is shown if value is None or shown is None else significant(value) == significant(shown)
    return Records(
        fact, unit, period, columns, rows, total, limit, offset, value, top, bottom, shown, agrees
    )  # fmt: skip

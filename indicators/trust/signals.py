"""Oddities worth a question: found at a stated rate of false alarms, never worded as a verdict (PRODUCT 17).

All four tests of a quarter together raise a question about any honest unit of a province in at most one quarter of
twenty: each test of each unit has the level 0.05 / (units x tests) (Bonferroni).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln
from scipy.stats import poisson

from indicators.concordance.today import Asked
from indicators.trust.window import Scope
from ioc.calendar import WorkCalendar
from ioc.errors import CalendarError

Vector: TypeAlias = NDArray[np.float64]
KINDS = ("burst", "seconds", "perfect", "batch")
FALSE_ALARMS = 0.05  # a province with nothing odd gets any question at all in so many quarters of one
SECONDS = 60  # settled within a minute of acceptance: nobody can have read it
LAST_DAYS = 3  # working days at the end of the period
ENOUGH = 30


@dataclass(frozen=True, slots=True)
class Question:
    """One unit to ask: `seen` of `of` where `expected` would be usual; `p` is how rare that is by chance."""

    kind: str
    unit: str
    seen: int
    of: int
    expected: float
    p: float


@dataclass(frozen=True, slots=True)
class Tally:
    """A unit's counts of the period: settled, in its last working days, within seconds, on time, largest batch."""

    unit: str
    settled: int
    at_end: int
    quick: int
    on_time: int
    batch: int
    filed: int
    hours: int


def count_tallies(reader: Asked, scope: Scope, calendar: WorkCalendar) -> list[Tally]:
    """One row a unit. A batch: dossiers of one procedure handed in online at one agency within one hour.

    In years the calendar does not hold nobody is asked about the last working days; the other questions stand.
    """
    conditions = seen_conditions(scope, calendar)
    rows = reader.select(
        f"""SELECT s.unit, s.settled, s.at_end, s.quick, s.on_time, coalesce(f.batch, 0) AS batch,
          coalesce(f.filed, 0) AS filed, coalesce(f.hours, 0) AS hours
        FROM (SELECT unit_code AS unit, count(*) AS settled,
                count(*) FILTER (WHERE {conditions["burst"]}) AS at_end,
                count(*) FILTER (WHERE {conditions["seconds"]}) AS quick,
                count(*) FILTER (WHERE {conditions["perfect"]}) AS on_time
              FROM core.dossier WHERE {scope.settled} /*scope unit_code*/ GROUP BY unit_code) s
        LEFT JOIN (SELECT unit, max(held) AS batch, sum(held) AS filed, count(*) AS hours FROM (
                SELECT unit_code AS unit, procedure_code, date_trunc('hour', received_at) AS hour, count(*) AS held
                FROM core.dossier WHERE {filed_online(scope)} /*scope unit_code*/
                GROUP BY ALL) GROUP BY unit) f USING (unit)
        ORDER BY s.unit"""
    )
    return [Tally(str(row["unit"]), *(int(str(row[name])) for name in list(row)[1:])) for row in rows]


def filed_online(scope: Scope) -> str:
    """Which dossiers the question of batches looks at."""
    days = f"BETWEEN DATE '{scope.first}' AND DATE '{scope.last}'"
    return f"channel = 'online' AND received_at < {scope.moment} AND received_on {days}"


def seen_conditions(scope: Scope, calendar: WorkCalendar) -> dict[str, str]:
    """Which of the settled dossiers each question counts as seen."""
    try:
        ends = calendar.add_working_days(scope.last, -LAST_DAYS + (1 if calendar.is_working(scope.last) else 0))
    except CalendarError:
        ends = scope.last + timedelta(days=1)
    return {
        "burst": f"finished_on >= DATE '{ends}'",
        "seconds": f"finished_at - accepted_at < INTERVAL {SECONDS} SECOND",
        "perfect": "finished_at <= due_original_at",
    }


def find_questions(tallies: list[Tally]) -> list[Question]:
    """The units to ask, rarest first."""
    units = [one for one in tallies if one.settled]
    if len(units) < 5:
        return []  # with so few units there is no usual to differ from
    level = FALSE_ALARMS / (len(units) * len(KINDS))
    tests: dict[str, Callable[[list[Tally]], list[Question]]] = {
        "burst": _bursts, "seconds": _seconds, "perfect": _perfect, "batch": _batches,
    }  # fmt: skip
    found = [one for kind in KINDS for one in tests[kind](units) if one.p < level]
    return sorted(found, key=lambda one: (one.p, one.kind, one.unit))


def _bursts(units: list[Tally]) -> list[Question]:
    """More settled in the last working days of the period than the spread of units explains."""
    return _above(units, "burst", lambda one: one.at_end)


def _seconds(units: list[Tally]) -> list[Question]:
    """Settled within a minute more often than elsewhere."""
    return _above(units, "seconds", lambda one: one.quick)


def _above(units: list[Tally], kind: str, of: Callable[[Tally], int]) -> list[Question]:
    """Shares above what the other units' spread explains (beta-binomial, fitted without the unit itself)."""
    big = [one for one in units if one.settled >= ENOUGH]
    if len(big) < 5:
        return []
    seen, whole = (np.array(values, float) for values in ([of(one) for one in big], [one.settled for one in big]))
    found = []
    for place, one in enumerate(big):
        a, b = _habit(np.delete(seen, place), np.delete(whole, place))
        expected = a / (a + b) * one.settled
        if of(one) > expected:
            p = _tail(of(one), one.settled, a, b)
            found.append(Question(kind, one.unit, of(one), one.settled, expected, p))
    return found


def _perfect(units: list[Tally]) -> list[Question]:
    """Not one late of many, where the spread of the other units leaves hardly room for it."""
    return [one for one in _above(units, "perfect", lambda one: one.on_time) if one.seen == one.of]


def _habit(seen: Vector, whole: Vector) -> tuple[float, float]:
    """The beta distribution of units' shares by moments (Kleinman): their own differences beside chance."""
    total = float(whole.sum())
    share = min(max(float(seen.sum()) / total, 1 / total), 1 - 1 / total)
    chance, count = share * (1 - share), len(whole)
    spread = float((whole * (seen / whole - share) ** 2).sum()) - (count - 1) * chance
    rho = spread / (chance * (total - float((whole**2).sum()) / total - (count - 1)))
    rho = min(max(rho, 1e-5), 0.5)
    return share * (1 - rho) / rho, (1 - share) * (1 - rho) / rho


def _tail(seen: int, of: int, a: float, b: float) -> float:
    """How likely the beta-binomial gives as many or more."""
    k = np.arange(seen, of + 1)
    ways = gammaln(of + 1) - gammaln(k + 1) - gammaln(of - k + 1)
    return float(min(1.0, np.exp(ways + betaln(k + a, of - k + b) - betaln(a, b)).sum()))


def _batches(units: list[Tally]) -> list[Question]:
    """More of one procedure in one hour than its hours ever bring: perhaps one person files for many."""
    found = []
    for one in units:
        if one.hours < ENOUGH or one.batch < 5:
            continue
        mean = max(one.filed / one.hours - 1, 0.05)  # hours without any are not counted: one is the least
        p = 1 - float(poisson.cdf(one.batch - 2, mean)) ** one.hours
        found.append(Question("batch", one.unit, one.batch, one.filed, 1 + mean, max(p, 1e-300)))
    return found

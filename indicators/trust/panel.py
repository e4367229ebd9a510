"""Everything that makes the on-time figure of a unit and period trustworthy, or not, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from indicators.measure.clock import end_instant, start_instant
from indicators.trust.causes import count_causes
from indicators.trust.definitions import OnTime, count_on_time
from indicators.trust.portal import Mismatch, Reconciled, mismatches, reconcile
from indicators.trust.signals import FALSE_ALARMS, Question, count_tallies, find_questions
from indicators.trust.window import Scope
from ioc.calendar import VIETNAM, WorkCalendar
from ioc.errors import UsageError
from ioc.period import Period
from ioc.published import Reader, SourceState


@dataclass(frozen=True)
class Panel:
    """The parts of the panel; `questions` are of the quarter the period lies in, for the whole province only."""

    unit: str
    period: Period
    on_time: OnTime
    causes: dict[str, int]
    portal: Reconciled | None
    mismatches: tuple[Mismatch, ...]
    questions: tuple[Question, ...]
    quarter: Period

    @property
    def late(self) -> int:
        """All late dossiers: the sum of the causes."""
        return sum(self.causes.values())

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "unit": self.unit,
            "period": self.period.key,
            "on_time": self.on_time.to_dict(),
            "late": self.late,
            "causes": self.causes,
            "portal": None if self.portal is None else self.portal.to_dict(),
            "mismatches": [asdict(one) for one in self.mismatches],
            "quarter": self.quarter.key,
            "false_alarm_rate": FALSE_ALARMS,
            "questions": [asdict(one) for one in self.questions],
        }


def trust_panel(reader: Reader, unit: str, period: str, *, calendar: WorkCalendar) -> Panel:
    """The panel of a unit and period, counted from the published records.

    Open and overdue are judged at min(period end, data as of). Raises UsageError for an unknown unit, PeriodError for
    a key that cannot be read.
    """
    asked = scopes(reader, unit, period)
    scope, whole = asked.scope, asked.scope.unit is None
    tallies = count_tallies(reader, asked.quarter_scope, calendar) if whole else []
    portal = reconcile(reader, scope)
    return Panel(
        unit,
        asked.period,
        count_on_time(reader, scope),
        count_causes(reader, scope, calendar),
        portal,
        () if portal is None else tuple(mismatches(reader, scope)),
        tuple(find_questions(tallies)),
        asked.quarter,
    )


@dataclass(frozen=True)
class Scopes:
    """What a panel looks at: the period of the unit, and the quarter of the whole province for its questions."""

    period: Period
    scope: Scope
    quarter: Period
    quarter_scope: Scope


def scopes(reader: Reader, unit: str, period: str) -> Scopes:
    """The days and moments of a panel; UsageError for an unknown unit, PeriodError for a key that cannot be read."""
    parsed = Period.parse(period)
    place = next((row for row in reader.units() if row.unit_code == unit), None)
    if place is None:
        raise UsageError(f"no unit {unit!r}", remedy="use a code such as 51, 21289 or H48.01")
    states = reader.sources()
    scope = _scope(states, None if place.unit_kind == "province" else unit, parsed)
    quarter = Period.of(parsed.end, "quarter")
    last_complete = (scope.as_of.astimezone(VIETNAM) - timedelta(seconds=1)).date()
    if quarter.end > last_complete:
        quarter = quarter.previous()  # a quarter's end can be judged when it is over
    return Scopes(parsed, scope, quarter, _scope(states, None, quarter))


def _scope(states: Sequence[SourceState], unit: str | None, period: Period) -> Scope:
    reach = [
        one.complete_through
        for one in states
        if one.source == "one_stop" and one.dataset == "ho_so" and one.complete_through is not None
    ]
    end = end_instant(period)
    begins = start_instant(period)
    as_of = max(min([end, *reach]), begins)
    portal = [
        one.complete_through for one in states if one.source == "national_portal" and one.complete_through is not None
    ]
    return Scope(unit, period.start, period.end, begins, as_of, max([as_of, *portal]))

"""Status and freshness: computed from values and timestamps when somebody looks, never stored."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Literal, Protocol

from ioc.catalogue import FreshnessRule, Indicator, Target, parse_duration
from ioc.errors import CalendarError
from ioc.period import Period
from ioc.value import STATES, Observation
from ioc.words import significant

StatusLevel = Literal["good", "watch", "bad", "unknown"]
FreshnessLevel = Literal["fresh", "late", "down", "new"]
STATUS_LEVELS: tuple[StatusLevel, ...] = ("good", "watch", "bad", "unknown")
FRESHNESS_LEVELS: tuple[FreshnessLevel, ...] = ("fresh", "late", "down", "new")
QUALITIES = ("final", "provisional", "estimated", "imputed", "suppressed", "pending", "rejected")
LOCAL = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")  # no summer time since 1975
_WITHHELD = frozenset({"suppressed", "pending", "rejected"})


@dataclass(frozen=True, slots=True)
class Status:
    """How a value stands to its target: `delta` is value minus target, in measure units; `reason` a word key
    that says why the level is unknown ('' otherwise)."""

    level: StatusLevel
    delta: float | None
    target: Target | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Freshness:
    """Whether data came in time: `age` since complete through, `due_at` when the next was due (UTC)."""

    level: FreshnessLevel
    age: timedelta | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class CardForm:
    """How a tile shows a state, quality and freshness: form of the card, word key, shape of the mark."""

    card: str
    word: str
    shape: str


class Delivered(Protocol):
    """What freshness needs of a source's state (all instants UTC, None before the first success)."""

    @property
    def complete_through(self) -> datetime | None: ...
    @property
    def last_success_at(self) -> datetime | None: ...


class Workdays(Protocol):
    """The part of the calendar that a deadline in working days needs."""

    def add_working_days(self, day: date, n: int) -> date: ...


def judge(observation: Observation | None, indicator: Indicator, target: Target | None) -> Status:
    """Good, watch, bad or unknown by target, direction and bands.

    Compared exactly: n/N by whole numbers (cross-multiplied as fractions), bare values at 12 significant
    digits. An inequality ('>92') is judged only where every number it stands for gives the same answer.
    Missing, withheld or target-less values are unknown: never good.
    """
    if observation is None or observation.state not in ("value", "zero") or observation.value is None:
        return Status("unknown", None, target, "no_value")
    if observation.quality in _WITHHELD:
        return Status("unknown", None, target, "withheld")
    if target is not None and target.awaits(observation.period_end):
        return Status("unknown", None, target, "awaited")
    value = _exact(observation, indicator)
    low, high = _limits(indicator, target)
    if low is None and high is None:
        return Status("unknown", None, target, "no_target")
    watch = Fraction(indicator.bands.watch) if indicator.bands is not None else Fraction(0)
    if target is not None and target.watch is not None:
        watch = Fraction(target.watch)
    strict = target is not None and target.operator in (">", "<")
    level = _place(value, low, high, watch, strict)
    if observation.comparator == "≈":
        return Status("unknown", None, target, "inequality")
    if observation.comparator != "=" and level != _far_end(observation.comparator, low, high, watch, strict):
        return Status("unknown", None, target, "inequality")
    delta = None if target is None else significant(value - Fraction(target.value))
    return Status(level, delta, target)


def _exact(observation: Observation, indicator: Indicator) -> Fraction:
    n, total = observation.numerator, observation.denominator
    if indicator.has_denominator and n is not None and total and indicator.is_measured:
        return _fraction(n) * indicator.scale / _fraction(total)
    assert observation.value is not None
    return _fraction(observation.value)


def _fraction(value: float) -> Fraction:
    return Fraction(Decimal(repr(significant(value)))) if value != int(value) else Fraction(int(value))


def _limits(indicator: Indicator, target: Target | None) -> tuple[Fraction | None, Fraction | None]:
    """The range that is good: at least `low`, at most `high`."""
    if indicator.direction == "band":
        bands = indicator.bands
        assert bands is not None
        assert bands.low is not None
        assert bands.high is not None
        return Fraction(bands.low), Fraction(bands.high)
    if target is None:
        return None, None
    aim = Fraction(target.value)
    if target.operator in (">=", ">"):
        return aim, None
    if target.operator in ("<=", "<"):
        return None, aim
    return aim, aim


def _place(value: Fraction, low: Fraction | None, high: Fraction | None, watch: Fraction, strict: bool) -> StatusLevel:
    below = low is not None and (value < low or (strict and value == low))
    above = high is not None and (value > high or (strict and value == high))
    if not below and not above:
        return "good"
    near = value >= low - watch if below and low is not None else high is not None and value <= high + watch
    return "watch" if near else "bad"


def _far_end(
    comparator: str, low: Fraction | None, high: Fraction | None, watch: Fraction, strict: bool
) -> StatusLevel:
    """The level at the far end of an inequality: what '>92' could become at most, '<5' at least."""
    extreme = Fraction(10) ** 18
    return _place(extreme if comparator in (">", ">=") else -extreme, low, high, watch, strict)


def due_at(rule: FreshnessRule, complete_through: datetime, calendar: Workdays | None = None) -> datetime:
    """When the next delivery must have come, given how far the data reach (aware UTC in and out)."""
    span, _, clock = rule.due.removeprefix("+").partition(" ")
    if not clock and not span.endswith("wd"):
        return complete_through + parse_duration(span)
    local = complete_through.astimezone(LOCAL)
    days = parse_duration(span).days
    day = local.date() + timedelta(days=days)
    if span.endswith("wd") and calendar is not None:
        with suppress(CalendarError):  # a year the table does not know yet: plain days, the page still tells an age
            day = calendar.add_working_days(local.date(), days)
    moment = time.fromisoformat(clock) if clock else local.timetz().replace(tzinfo=None)
    return datetime.combine(day, moment, tzinfo=LOCAL).astimezone(UTC)


def freshness(
    source: Delivered | None,
    rule: FreshnessRule | None,
    now: datetime,
    calendar: Workdays | None = None,
    period: Period | None = None,
) -> Freshness:
    """Fresh until the deadline and its grace, then late; down when the next delivery is overdue as well; new
    before the first success. Without a rule a source that ever delivered is fresh.

    A number of a `period` after which the whole next one came lacks nothing, whatever became of the source since.
    """
    if source is None or source.last_success_at is None or source.complete_through is None:
        return Freshness("new", None, None)
    age = now - source.complete_through
    if rule is None:
        return Freshness("fresh", age, None)
    due = due_at(rule, source.complete_through, calendar)
    grace = parse_duration(rule.grace)
    if now <= due + grace or (period is not None and _is_outlived(period, source.complete_through)):
        return Freshness("fresh", age, due)
    following = due + 2 * max(due - source.complete_through, timedelta(minutes=1))
    return Freshness("late" if now <= following + grace else "down", age, due)


def _is_outlived(period: Period, complete_through: datetime) -> bool:
    """Whether the data reach beyond the period that follows this one."""
    return period.kind != "since" and complete_through.astimezone(LOCAL).date() > period.next().end


def _form(state: str, quality: str, fresh: str) -> CardForm:
    if state == "not_due":
        return CardForm("not_due", "state.not_due", "clock")
    if state == "not_applicable":
        return CardForm("not_applicable", "state.not_applicable", "dash")
    if fresh == "new" and state == "missing":
        return CardForm("no_data", "freshness.new", "dashed_ring")
    if fresh == "down" and state == "missing":
        return CardForm("source_error", "freshness.down", "dashed_ring")
    if state == "missing":
        return CardForm("no_data", "state.missing", "dashed_ring")
    if quality == "suppressed":
        return CardForm("suppressed", "quality.suppressed", "lock")
    if quality in ("pending", "rejected"):
        return CardForm("withheld", f"quality.{quality}", "dashed_ring")
    if fresh == "down":
        return CardForm("source_error", "freshness.down", "hatch")
    if fresh == "late":
        return CardForm("stale", "freshness.late", "hatch")
    if quality in ("provisional", "estimated", "imputed"):
        return CardForm("provisional", f"quality.{quality}", "outline")
    return CardForm("normal", "", "")


# (state, quality, freshness) -> how a tile shows it: the whole table, no combination is left to chance.
STATE_TABLE: dict[tuple[str, str, str], CardForm] = {
    (state, quality, fresh): _form(state, quality, fresh)
    for state in STATES
    for quality in QUALITIES
    for fresh in FRESHNESS_LEVELS
}

"""One number against another period: fairly, or not at all, and in plain words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from indicators.compare.change import Amount, change_of
from indicators.compare.counting import count_window, first_record_day, moved
from indicators.compare.result import MODES, Comparison, Mode, Reason, Side
from indicators.compare.window import (
    Window,
    counted_days,
    elapsed,
    feels_tet,
    same_elapsed,
    tet_aligned,
    tet_moved,
    whole,
)
from indicators.concordance import on_today
from indicators.figure import unit_elsewhere
from ioc.calendar import VIETNAM, WorkCalendar
from ioc.catalogue import Catalogue, Indicator
from ioc.catalogue.model import MEASURED_KINDS
from ioc.errors import UsageError
from ioc.period import Period
from ioc.published import Reader, Unit
from ioc.tet import tet_day
from ioc.value import Observation


def compare(
    reader: Reader,
    catalogue: Catalogue,
    indicator: str,
    unit: str,
    period: str,
    *,
    mode: Mode = "last_year",
    calendar: WorkCalendar,
    slice_dim: str = "",
    slice_value: str = "",
) -> Comparison:
    """The number of a unit and period against the period before or the same period last year.

    A period that is not over is compared with as much of the other one; where Tết fell differently, days are matched
    by their distance from it; a definition or a boundary that changed in between is bridged from the records, or the
    comparison is refused. Raises UsageError and PeriodError for what cannot be asked.
    """
    if mode not in MODES:
        raise UsageError(f"unknown comparison {mode!r}", remedy=f"use {', '.join(MODES)}")
    parsed = Period.parse(period)
    base_period = parsed.previous() if mode == "previous" else parsed.same_last_year()
    entry = catalogue.indicator(indicator)
    place = next((row for row in reader.units() if row.unit_code == unit), None)
    if place is None and entry.kind == "external":
        place = unit_elsewhere(reader, entry.id, unit)
    if place is None:
        raise UsageError(f"no unit {unit!r}", remedy="use a code such as 51, 21289 or H48.01")
    part = {"slice_dim": slice_dim, "slice_value": slice_value}
    seen = reader.observation(entry.id, unit, parsed.key, **part)
    if seen is not None:
        entry = catalogue.definition(entry.id, seen.version)
    asked = _Asked(reader, catalogue, entry, place, parsed, base_period, mode, calendar, seen, part)
    return asked.answer()


@dataclass(frozen=True)
class _Asked:
    """A comparison being made."""

    reader: Reader
    catalogue: Catalogue
    entry: Indicator
    place: Unit
    period: Period
    base_period: Period
    mode: Mode
    calendar: WorkCalendar
    seen: Observation | None
    part: dict[str, str]

    @property
    def can_recount(self) -> bool:
        """Whether the number can be counted for any days: made of records, and not read as of an earlier instant."""
        return self.entry.is_measured and self.reader.as_of is None

    def answer(self) -> Comparison:
        seen = self.seen
        if seen is None or seen.value is None or seen.state not in ("value", "zero"):
            return self._refuse("reason_no_value")
        if seen.comparator != "=":
            return self._refuse("reason_inequality", side=seen)
        window: Window | None = whole(self.period)
        notes: list[Reason] = []
        if self.entry.kind in MEASURED_KINDS and not _is_whole(seen):
            if not self.can_recount or self.entry.kind == "snapshot":
                return self._refuse("reason_partial")
            window = elapsed(self.period, _complete_day(seen))
            if window is None:
                return self._refuse("reason_no_days")
        elif self.entry.kind == "reported" and seen.quality == "provisional" and not _is_filed_whole(self.entry, seen):
            return self._refuse("reason_partial")
        assert window is not None
        base_window = same_elapsed(window, self.period, self.base_period, self.calendar)
        if window.last < self.period.end:
            notes.append(Reason("elapsed" if self.period.kind not in ("ytd", "year") else "elapsed_ytd", {}))
        turned = self.mode != "previous" and tet_moved(window, base_window, self.calendar)
        short = self.period.kind in ("day", "week", "month", "quarter")
        if self.mode == "tet" and not feels_tet(window):
            return self._refuse("reason_season")
        if self.mode == "previous" and short and (feels_tet(window) or feels_tet(base_window)):
            notes.append(Reason("tet_near", {}))
        if self.mode == "tet" or (turned and short):
            days = {"here": tet_day(window.last.year), "there": tet_day(self.base_period.end.year)}
            aligned = tet_aligned(window, self.base_period.end.year)
            if self.can_recount and self.entry.kind != "snapshot" and aligned is not None:
                base_window = aligned
                notes.append(Reason("tet", days))
            elif self.mode == "tet":
                return self._refuse("reason_tet" if aligned is None else "reason_kind")
            else:
                notes.append(Reason("tet_plain", days))
        return self._measure(seen, window, base_window, notes)

    def _measure(self, seen: Observation, window: Window, base_window: Window, notes: list[Reason]) -> Comparison:
        base_seen = self.reader.observation(self.entry.id, self.place.unit_code, self.base_period.key, **self.part)
        recount = window != whole(self.period) or base_window != whole(self.base_period)
        was = self.place.valid_from
        moved_map = self.place.unit_kind == "commune" and was is not None and base_window.first < was <= window.last
        if moved_map and was is not None and window.first < was:
            return self._refuse("reason_straddles", day=was)  # one window holds both maps
        if base_seen is not None and base_seen.comparator != "=":
            return self._refuse("reason_inequality", side=base_seen)
        by_old = None
        if base_seen is not None and base_seen.version != seen.version:
            change: dict[str, Any] = {"day": self.entry.valid_from, "change": self.entry.change}
            if not self.can_recount:
                return self._refuse("reason_version", **change)
            notes.append(Reason("recounted", change))
            by_old = self._by_old(base_seen)
            recount = True
        if moved_map:
            return self._on_today(seen, window, base_window, notes, by_old)
        if recount:
            first = first_record_day(self.reader, self.catalogue, self.entry)
            if first is None or base_window.first < first:
                return self._refuse("reason_history", day=first)
            base = count_window(self.reader, self.catalogue, self.entry, seen, base_window, self.calendar)
        else:
            base = self._stored(base_seen, base_window)
        if base is None:
            return self._refuse("reason_no_base")
        if base_seen is not None and "estimated" in (seen.quality, base_seen.quality):
            notes.append(Reason("estimated", {}))
        return self._done(seen, self._now(seen, window), base, window, base_window, notes, by_old)

    def _on_today(
        self,
        seen: Observation,
        window: Window,
        base_window: Window,
        notes: list[Reason],
        by_old: tuple[Side, Side] | None,
    ) -> Comparison:
        """The base on today's map: the commune did not exist on the days compared with."""
        given: dict[str, Any] = {"unit": self.place, "day": self.place.valid_from}
        if not self.can_recount or any(self.part.values()):
            return self._refuse("reason_boundary", **given)
        first = first_record_day(self.reader, self.catalogue, self.entry)
        if first is None or base_window.first < first:
            return self._refuse("reason_history", day=first)
        like = moved(seen, base_window)
        try:
            found = on_today(
                self.reader, self.catalogue, self.entry, like, self.place, self.reader.version.province
            )  # fmt: skip
        except UsageError:
            return self._refuse("reason_boundary", **given)
        if found.observation.value is None:
            return self._refuse("reason_no_base")
        notes.append(Reason("today_map", {"day": self.place.valid_from, "share": found.exact_share}))
        base = self._stored(found.observation, base_window)
        assert base is not None
        return self._done(seen, self._now(seen, window), base, window, base_window, notes, by_old)

    def _now(self, seen: Observation, window: Window) -> Amount:
        if window != whole(self.period):
            found = count_window(self.reader, self.catalogue, self.entry, seen, window, self.calendar)
            if found is not None:
                return found
        amount = self._stored(seen, window)
        assert amount is not None
        return amount

    def _stored(self, item: Observation | None, window: Window) -> Amount | None:
        """The published number; of flows also their days, to tell chance from change."""
        if item is None or item.value is None or item.state not in ("value", "zero"):
            return None
        daily: tuple[float, ...] = ()
        if self.can_recount and item.basis == "as_then" and self.entry.kind in ("count", "sum"):
            counted = count_window(
                self.reader, self.catalogue, self.entry, moved(item, window), window, self.calendar
            )  # fmt: skip
            daily = () if counted is None else counted.daily
        days = counted_days(self.entry, window, self.calendar)
        return Amount(item.value, item.numerator, item.denominator, days, daily)

    def _by_old(self, base_seen: Observation) -> tuple[Side, Side] | None:
        """Both periods by the replaced definition, where its double run reaches this period."""
        rows = self.reader.select(
            "SELECT value, numerator, denominator FROM mart.observation WHERE indicator = ? AND version = ? "
            "AND unit = ? AND period = ? AND slice_dim = ? AND slice_value = ? AND basis = 'as_then' "
            "AND view = 'official' AND state IN ('value', 'zero') /*scope unit*/",
            [
                self.entry.id, base_seen.version, self.place.unit_code, self.period.key, self.part["slice_dim"],
                self.part["slice_value"],
            ],
        )  # fmt: skip
        if not rows or base_seen.value is None:
            return None
        now = {name: None if cell is None else float(str(cell)) for name, cell in rows[0].items()}
        amount = Amount(float(str(rows[0]["value"])), now["numerator"], now["denominator"])
        base = Amount(base_seen.value, base_seen.numerator, base_seen.denominator)
        return (
            self._side(amount, self.period, whole(self.period), base_seen.version),
            self._side(base, self.base_period, whole(self.base_period), base_seen.version),
        )

    def _done(
        self,
        seen: Observation,
        now: Amount,
        base: Amount,
        window: Window,
        base_window: Window,
        notes: list[Reason],
        by_old: tuple[Side, Side] | None,
    ) -> Comparison:
        if self.entry.kind in ("count", "sum") and bool(now.working_days) != bool(base.working_days):
            return self._refuse("reason_no_working")
        change = change_of(self.entry, now, base)
        if change.expected != base.value:
            bound = "adjusted_days" if self.entry.domain == "traffic" else "adjusted"
            notes.append(Reason(bound, {"base": base.value, "expected": change.expected}))
        if self.entry.kind in ("count", "sum") and change.percent is None and change.by and base.value:
            notes.append(Reason("few", {}))
        if any(note.key in ("tet_plain", "tet_near") for note in notes):
            change = replace(change, is_alarm=False)  # calendar days mislead here: nothing is called from them
        return Comparison(
            self.entry, self.place.unit_code, self.mode, self.period, self.base_period,
            self._side(now, self.period, window, seen.version),
            self._side(base, self.base_period, base_window, seen.version),
            change, None, tuple(notes), by_old,
        )  # fmt: skip

    def _side(self, amount: Amount, period: Period, window: Window, version: int) -> Side:
        days = None if self.entry.domain == "traffic" else window.working_days(self.calendar)
        return Side(
            period.key, window.first, window.last, days, amount.value, amount.numerator, amount.denominator, version
        )

    def _refuse(self, key: str, *, side: Observation | None = None, **given: Any) -> Comparison:
        if side is not None:
            given["value"] = side
        reason = Reason(key, given)
        return Comparison(
            self.entry, self.place.unit_code, self.mode, self.period, self.base_period, refused=reason
        )  # fmt: skip


def _is_whole(seen: Observation) -> bool:
    return seen.data_as_of is None or _complete_day(seen) >= seen.period_end


def _complete_day(seen: Observation) -> date:
    """The last day the data cover to its end."""
    assert seen.data_as_of is not None
    return (seen.data_as_of.astimezone(VIETNAM) - timedelta(days=1)).date()


def _is_filed_whole(entry: Indicator, seen: Observation) -> bool:
    """Whether a provisional filed value stands for its whole period (a preliminary figure, not a part)."""
    assert entry.reported is not None
    return entry.reported.takes == "same" or entry.reported.key in ("same", seen.period_kind)

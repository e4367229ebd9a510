"""Who owes which report by when, and when it was filed: some late, some never (Decree 09/2019 windows)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pipelines.demo.chance import draw
from pipelines.demo.moment import NEVER, iso, month_first
from pipelines.demo.place import Place

DAY = np.timedelta64(1, "D")
MERGER_MONTH = 2025 * 12 + 6
_STATES = ("CHUA_BAT_DAU", "NHAP", "DA_NOP", "DA_DUYET")


@dataclass(frozen=True, slots=True)
class Obligation:
    """One report one unit owes for one period; instants are local."""

    report: str
    unit: str
    period: str
    opens: np.datetime64
    due: np.datetime64  # day
    drafted: np.datetime64
    filed: np.datetime64  # NaT = never
    approved: np.datetime64

    @property
    def days_late(self) -> int:
        """Days after the due day, 0 when in time or never filed."""
        return 0 if np.isnat(self.filed) else max(0, int((self.filed.astype("M8[D]") - self.due) / DAY))

    def row(self, now: np.datetime64) -> dict[str, object] | None:
        """The record as the reporting service shows it at a local instant; None before it opens."""
        if self.opens > now:
            return None
        step = sum(1 for moment in (self.drafted, self.filed, self.approved) if not np.isnat(moment) and moment <= now)
        moments = (self.opens, self.drafted, self.filed, self.approved)
        changed = moments[step]
        overdue_at = self.due.astype("M8[s]") + np.timedelta64(86_400, "s")
        is_late = self.days_late > 0 if step >= 2 else overdue_at <= now
        if step < 2 and is_late:
            changed = max(changed, overdue_at)
        return {
            "ma_nop": f"N-{self.report}-{self.unit}-{self.period}",
            "ma_bao_cao": self.report,
            "ma_don_vi": self.unit,
            "ky": self.period,
            "han_nop": str(self.due),
            "nop_luc": iso(self.filed) if step >= 2 else None,
            "trang_thai": _STATES[step] + ("_QUA_HAN" if is_late else ""),
            "cap_nhat_luc": iso(changed),
        }


class ObligationMaker:
    """Obligations of a province by month."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.month = lru_cache(maxsize=64)(self._month)

    def _month(self, index: int) -> tuple[Obligation, ...]:
        """`KTXH` of every commune and department for a month, and at quarter ends `CCHC` of the same units."""
        first = np.datetime64(month_first(index), "D")
        found = self._report("KTXH", f"{month_first(index):%Y-%m}.d09", first + 14 * DAY, first + 16 * DAY, index)
        if index % 12 % 3 == 2:
            quarter = f"{index // 12}-Q{index % 12 // 3 + 1}.d09"
            found += self._report("CCHC", quarter, first + 14 * DAY, first + 19 * DAY, index)
        return tuple(found)

    def _report(
        self, report: str, period: str, opens: np.datetime64, due: np.datetime64, index: int
    ) -> list[Obligation]:
        chance = draw(self.place.options, report, index)
        departments = [unit.code for unit in self.place.departments]
        communes = [unit.code for unit in self.place.communes]
        n = len(departments) + len(communes)
        slack = draw(self.place.options, "slack").beta(1.1, 22, n)  # some units are late often
        lot, late = chance.random(n), chance.geometric(0.3, n)
        clock, before = chance.integers(27_000, 60_000, n), chance.integers(0, 2, n)
        found = []
        for k, unit in enumerate(departments + communes):
            if k >= len(departments) and index < MERGER_MONTH:
                continue
            day = due - int(before[k]) * DAY
            if lot[k] < slack[k]:
                day = due + min(int(late[k]), 12) * DAY
            filed = day.astype("M8[s]") + np.timedelta64(int(clock[k]), "s")
            if lot[k] > 0.994:
                filed = NEVER
            drafted = (opens + DAY).astype("M8[s]") + np.timedelta64(int(clock[k]) - 20_000, "s")
            drafted = drafted if np.isnat(filed) else min(drafted, filed - np.timedelta64(3600, "s"))
            approved = filed + np.timedelta64(86_400 - int(clock[k]) // 3, "s")
            found.append(Obligation(report, unit, period, opens.astype("M8[s]"), due, drafted, filed, approved))
        return found

"""The field-report system (phản ánh hiện trường): citizens' reports and what became of them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from pipelines.demo.chance import accumulate, draw, pick
from pipelines.demo.moment import NEVER, at_second, iso, month_days, month_first
from pipelines.demo.place import Place
from pipelines.demo.rhythm import calendar, is_working, office_seconds, submit_seconds

CATEGORIES = (
    "HA_TANG",
    "MOI_TRUONG",
    "GIAO_THONG",
    "TRAT_TU_DO_THI",
    "AN_NINH",
    "Y_TE",
    "GIAO_DUC",
    "DIEN_NUOC",
    "KHAC",
)
_SHARE = np.array([0.24, 0.19, 0.17, 0.12, 0.06, 0.04, 0.04, 0.09, 0.05])
_ALLOWED = np.array([5, 3, 2, 3, 1, 2, 3, 2, 5])  # working days


class FeedbackMaker:
    """Draws the reports of a province, month by month: 25 to 60 a day in the default province."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.month = lru_cache(maxsize=64)(self._month)

    def _month(self, index: int) -> dict[str, np.ndarray]:
        chance, days, table = draw(self.place.options, "feedback", index), month_days(index), calendar()
        years = (days - np.datetime64("2025-12-01")).astype(np.int64) / 365.25
        level = 41 * self.place.size * np.where(is_working(days), 1.1, 0.72) * np.exp(0.12 * years)
        wet = np.isin(days.astype("M8[M]").astype(np.int64) % 12, [8, 9, 10, 11])
        day = np.repeat(days, chance.poisson(level * np.where(wet, 1.15, 1.0) * chance.lognormal(0, 0.1, len(days))))
        n = len(day)
        received = np.sort(at_second(day, submit_seconds(np.ones(n, dtype=bool), chance)))
        category = pick(accumulate(_SHARE), chance.random(n))
        unit = pick(accumulate(self.place.population * np.where(self.place.is_remote, 0.5, 1.2)), chance.random(n))
        slow = draw(self.place.options, "slow communes").beta(1.2, 19, len(self.place.communes))
        allowed = _ALLOWED[category]
        first = received.astype("M8[D]")
        due_day = table.add_working_days_array(first, allowed)
        clock = (received - first.astype("M8[s]")).astype(np.int64)
        due = at_second(due_day, np.clip(clock, 28_800, 61_200))
        late = chance.random(n) < slow[unit]
        used = np.where(
            late,
            allowed + np.minimum(chance.geometric(0.35, n), 40),
            np.floor(chance.beta(1.6, 1.7, n) * allowed).astype(int),
        )
        resolved = at_second(table.add_working_days_array(first, used), office_seconds(chance, n))
        soon = received + chance.integers(1200, 14_400, n).astype("m8[s]")
        resolved = np.where(resolved <= received, np.minimum(soon, due - np.timedelta64(60, "s")), resolved)
        resolved = np.where(~late & (resolved > due), due - np.timedelta64(300, "s"), resolved)
        resolved = np.where(resolved <= received, received + np.timedelta64(900, "s"), resolved)
        taken = received + chance.integers(300, 28_800, n).astype("m8[s]")
        refused = chance.random(n) < 0.03
        rates = (chance.random(n) < 0.42) & ~refused
        good = chance.random(n) < np.where(late, 0.55, 0.91)
        level_of = np.where(
            good, np.where(chance.random(n) < 0.5, 5, 4), chance.choice([3, 2, 1], n, p=[0.5, 0.3, 0.2])
        )
        rated = np.where(rates, resolved + chance.integers(600, 2 * 86_400, n).astype("m8[s]"), NEVER)
        return {
            "received": received,
            "category": category,
            "unit": unit,
            "due": due,
            "taken": np.minimum(taken, resolved),
            "resolved": resolved,
            "refused": refused,
            "rated": rated,
            "level": level_of,
        }

    def rows(self, index: int, now: np.datetime64) -> list[dict[str, Any]]:
        """The records of a month as the system shows them at a local instant."""
        data = self.month(index)
        seen = np.flatnonzero(data["received"] <= now)
        month = month_first(index)
        days = data["received"].astype("M8[D]")
        found: list[dict[str, Any]] = []
        number, last = 0, None
        for k in seen.tolist():
            day = days[k]
            number = number + 1 if day == last else 1
            last = day
            times = {name: (data[name][k] if data[name][k] <= now else None) for name in ("taken", "resolved", "rated")}
            status = "MOI"
            if times["taken"] is not None:
                status = "DANG_XU_LY"
            if times["resolved"] is not None:
                status = "TU_CHOI" if data["refused"][k] else "DA_XU_LY"
            changed = next(
                t for t in (times["rated"], times["resolved"], times["taken"], data["received"][k]) if t is not None
            )
            found.append(
                {
                    "ma_phan_anh": f"PA-{month:%y%m}{str(day)[8:]}-{number:04d}",
                    "ma_xa": self.place.communes[data["unit"][k]].code,
                    "linh_vuc": CATEGORIES[data["category"][k]],
                    "trang_thai": status,
                    "tiep_nhan_luc": iso(data["received"][k]),
                    "han_xu_ly": iso(data["due"][k]),
                    "hoan_thanh_luc": iso(times["resolved"]),
                    "hai_long": int(data["level"][k]) if times["rated"] is not None else None,
                    "cap_nhat_luc": iso(changed),
                    "noi_dung": "Nội dung phản ánh thử nghiệm",
                    "nguoi_gui": f"NGƯỜI DÙNG THỬ {k:06d}",
                    "dien_thoai": f"0000{k:06d}",
                }
            )
        return found

"""Digital transformation: counts of the shared systems."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipelines.demo.chance import draw
from pipelines.demo.economy import Economy
from pipelines.demo.moment import iso, month_first
from pipelines.demo.obligations import MERGER_MONTH

DAY = np.timedelta64(1, "D")
CERTIFICATES = 5210  # certificates issued in the default province in December 2025
OFFLINE_VILLAGES, OFFLINE_COMMUNES = 21, 5


class DigitalMaker:
    """Counts by month."""

    def __init__(self, economy: Economy) -> None:
        self.economy, self.place = economy, economy.place

    def offline(self) -> list[tuple[int, int]]:
        """Communes (positions) with villages without broadband, and how many."""
        remote = np.flatnonzero(self.place.is_remote)
        chance = draw(self.place.options, "offline")
        chosen = sorted(chance.choice(remote, min(OFFLINE_COMMUNES, len(remote)), replace=False).tolist())
        shares = [6, 5, 4, 3, 3]
        return [(int(k), min(shares[i], int(self.economy.villages[k]) - 1)) for i, k in enumerate(chosen)]

    def count_rows(self, index: int) -> list[dict[str, Any]]:
        """Counts of the last day of a month, out at 01:00 of the day after."""
        place, age = self.place, index - (2025 * 12 + 11)
        last = np.datetime64(month_first(index + 1), "D") - DAY
        chance = draw(place.options, "counts", index)
        steady = draw(place.options, "systems")
        nd, nc = len(place.departments), len(place.communes)
        staff = np.concatenate(
            (steady.integers(70, 190, nd), np.round(22 + place.population / 900 + steady.normal(0, 3, nc)))
        ).astype(int)
        habit = np.clip(steady.normal(0.0, 0.03, nd + nc), -0.09, 0.05)
        sent = chance.poisson(staff * 3.4)
        needed = np.maximum(np.round(staff * 0.98), 1)
        level = CERTIFICATES * place.size / needed.sum()
        codes = [unit.code for unit in place.departments] + [unit.code for unit in place.communes]

        def share(center: float, growth: float) -> np.ndarray:
            return np.clip(center + growth * age + habit, 0.2, 1.0)

        metrics = {
            "VB_KY_SO": (np.round(sent * share(0.967, 0.002)), sent),
            "CHUNG_THU_SO": (np.round(needed * min(0.94 + 0.003 * age, 0.985)), np.round(needed)),
            "SSO": (np.round(staff * share(0.86, 0.006)), staff),
        }
        metrics["CHUNG_THU_SO"] = tuple(np.round(column * level / 0.94) for column in metrics["CHUNG_THU_SO"])  # type: ignore[assignment]
        found = []
        keeps = range(nd + nc) if index >= MERGER_MONTH else range(nd)
        for name, (done, whole) in metrics.items():
            found += [self._count(name, codes[k], last, float(min(done[k], whole[k])), float(whole[k])) for k in keeps]
        if index >= MERGER_MONTH:
            found += self._villages(last, age)
            up = chance.random(nc) < 0.985
            found += [
                self._count("HOP_TRUC_TUYEN", unit.code, last, float(up[k]), 1.0)
                for k, unit in enumerate(place.communes)
            ]
        return found

    def _villages(self, day: np.datetime64, age: int) -> list[dict[str, Any]]:
        villages = self.economy.villages
        year, month = int(str(day)[:4]), int(str(day)[5:7])
        teams = {f.unit: f for f in self.economy.communes(year, month) if f.field == "community_team"}
        missing = dict(self.offline())
        found = []
        for k, unit in enumerate(self.place.communes):
            figure = teams[unit.code]
            found.append(self._count("TO_CNS", unit.code, day, figure.done or 0.0, figure.plan or 0.0))
            found.append(
                self._count("BANG_RONG", unit.code, day, float(villages[k]) - missing.get(k, 0), float(villages[k]))
            )
        return found

    def _count(self, metric: str, unit: str, day: np.datetime64, done: float, whole: float) -> dict[str, Any]:
        changed = (day + DAY).astype("M8[s]") + np.timedelta64(3600, "s")
        return {
            "ma_so_dem": f"{metric}-{unit}-{day}",
            "chi_so": metric,
            "ma_don_vi": unit,
            "ngay": str(day),
            "so_dat": int(done),
            "tong_so": int(whole),
            "cap_nhat_luc": iso(changed),
        }

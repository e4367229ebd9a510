"""Digital transformation: commune assessments and counts of the shared systems."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from pipelines.demo.chance import draw
from pipelines.demo.economy import Economy
from pipelines.demo.moment import at_second, iso, month_first
from pipelines.demo.obligations import MERGER_MONTH
from pipelines.demo.tasks import quarter_days

DAY = np.timedelta64(1, "D")
CRITERIA = tuple(f"XA.{k:02d}" for k in range(1, 11))
OVER_CLAIMERS = 5
CERTIFICATES = 5210  # certificates issued in the default province in December 2025
OFFLINE_VILLAGES, OFFLINE_COMMUNES = 21, 5


class DigitalMaker:
    """Assessments by quarter, counts by month."""

    def __init__(self, economy: Economy) -> None:
        self.economy, self.place = economy, economy.place
        self.assessments = lru_cache(maxsize=32)(self._assessments)

    def over_claimers(self) -> list[tuple[int, float]]:
        """Communes (positions) that claim more than is verified, and by how many points."""
        chance = draw(self.place.options, "over-claimers")
        chosen = chance.choice(len(self.place.communes), min(OVER_CLAIMERS, len(self.place.communes)), replace=False)
        return [(int(k), float(np.round(chance.uniform(12, 24), 1))) for k in sorted(chosen)]

    def offline(self) -> list[tuple[int, int]]:
        """Communes (positions) with villages without broadband, and how many."""
        remote = np.flatnonzero(self.place.is_remote)
        chance = draw(self.place.options, "offline")
        chosen = sorted(chance.choice(remote, min(OFFLINE_COMMUNES, len(remote)), replace=False).tolist())
        shares = [6, 5, 4, 3, 3]
        return [(int(k), min(shares[i], int(self.economy.villages[k]) - 1)) for i, k in enumerate(chosen)]

    def _assessments(self, quarter: int) -> tuple[dict[str, Any], ...]:
        chance = draw(self.place.options, "assessment", quarter)
        n, age = len(self.place.communes), quarter - (2025 * 4 + 2)
        base = draw(self.place.options, "maturity").normal(0, 6, n) + np.where(self.place.is_remote, -9, 2)
        height = draw(self.place.options, "criteria").uniform(62, 88, len(CRITERIA))
        true = np.clip(base[:, None] + height[None, :] + 1.1 * age + chance.normal(0, 3.5, (n, len(CRITERIA))), 5, 100)
        claim = np.clip(true + np.abs(chance.normal(0, 1.6, true.shape)), 0, 100)
        for row, points in self.over_claimers():
            claim[row] = np.clip(true[row] + points, 0, 100)
        silent = chance.random(true.shape) < 0.008
        _, last = quarter_days(quarter)
        day = np.array([chance.integers(6, 21, n), chance.integers(26, 36, n), chance.integers(38, 46, n)])
        clock = chance.integers(28_800, 60_000, n)
        times = at_second(last + day * DAY, np.broadcast_to(clock, day.shape))
        key = f"{quarter // 4}-Q{quarter % 4 + 1}"
        found = []
        for row, unit in enumerate(self.place.communes):
            for column, criterion in enumerate(CRITERIA):
                if not silent[row, column]:
                    values = [round(float(v[row, column]), 1) for v in (claim, true)]
                    found.append(
                        {
                            "unit": unit.code,
                            "criterion": criterion,
                            "period": key,
                            "self": values[0],
                            "verified": values[1],
                            "final": round(values[1] + (0.5 if (row + column) % 11 == 0 and values[1] < 99 else 0), 1),
                            "times": times[:, row],
                        }
                    )
        return tuple(found)

    def assessment_rows(self, quarter: int, now: np.datetime64) -> list[dict[str, Any]]:
        """The records of a quarter at a local instant."""
        found = []
        for entry in self.assessments(quarter):
            step = int((entry["times"] <= now).sum())
            if step == 0:
                continue
            changed = iso(entry["times"][step - 1])
            found.append(
                {
                    "ma_danh_gia": f"DG-{entry['criterion']}-{entry['unit']}-{entry['period']}",
                    "ma_tieu_chi": entry["criterion"],
                    "ma_don_vi": entry["unit"],
                    "ky": entry["period"],
                    "tu_cham": entry["self"],
                    "tham_dinh": entry["verified"] if step > 1 else None,
                    "cuoi_cung": entry["final"] if step > 2 else None,
                    "minh_chung": f"MC-{entry['unit']}-{entry['period']}",
                    "trang_thai": ("TU_CHAM", "THAM_DINH", "CHOT")[step - 1],
                    "cham_luc": iso(entry["times"][0]),
                    "cap_nhat_luc": changed,
                }
            )
        return found

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

"""Commune assessments by quarter: what is true, what is claimed, when it is verified; and who stands out.

Planted for each seed: 4 strong and 4 weak communes and 5 over-claimers (docs/scorecards.md says what must be found).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from pipelines.demo.chance import draw
from pipelines.demo.moment import at_second, iso
from pipelines.demo.place import Place
from pipelines.demo.tasks import quarter_days

DAY = np.timedelta64(1, "D")
CRITERIA = tuple(f"XA.{k:02d}" for k in range(1, 11))
OVER_CLAIMERS, STRONG, WEAK = 5, 4, 4
SHIFT = 30.0  # points that a strong or weak commune lies off what it would have had
SPREAD = 4.0  # natural standard deviation between communes
REMOTE, NEAR = -9.0, 2.0


class AssessmentMaker:
    """Assessments of one province. `planted=False` makes a clean one: nobody stands out, nobody over-claims.

    `spread` is the natural standard deviation between communes, in points.
    """

    def __init__(self, place: Place, *, planted: bool = True, spread: float = SPREAD) -> None:
        self.place, self.planted, self.spread = place, planted, spread
        self.quarter = lru_cache(maxsize=32)(self._quarter)

    def chosen(self) -> dict[str, list[int]]:
        """Positions of the planted communes: strong, weak, over_claimers; no commune is two of them."""
        if not self.planted:
            return {"strong": [], "weak": [], "over_claimers": []}
        n = len(self.place.communes)
        order = draw(self.place.options, "stand-outs").permutation(n).tolist()
        cut = [OVER_CLAIMERS, OVER_CLAIMERS + STRONG, OVER_CLAIMERS + STRONG + WEAK]
        claimers, strong, weak = order[: cut[0]], order[cut[0] : cut[1]], order[cut[1] : cut[2]]
        return {"strong": sorted(strong), "weak": sorted(weak), "over_claimers": sorted(claimers)}

    def over_claimers(self) -> list[tuple[int, float]]:
        """Communes (positions) that claim more than is verified, and by how many points."""
        chance = draw(self.place.options, "over-claimers")
        return [(row, float(np.round(chance.uniform(12, 24), 1))) for row in self.chosen()["over_claimers"]]

    def _quarter(self, quarter: int) -> tuple[dict[str, Any], ...]:
        options, n = self.place.options, len(self.place.communes)
        chance, age = draw(options, "assessment", quarter), quarter - (2025 * 4 + 2)
        base = draw(options, "maturity").normal(0, self.spread, n) + np.where(self.place.is_remote, REMOTE, NEAR)
        chosen = self.chosen()
        base[chosen["strong"]] += SHIFT
        base[chosen["weak"]] -= SHIFT
        height = draw(options, "criteria").uniform(48, 68, len(CRITERIA))
        true = base[:, None] + height[None, :] + 0.6 * age + chance.normal(0, 3.5, (n, len(CRITERIA)))
        true = np.clip(true, 5, 100)
        claim = np.clip(true + np.abs(chance.normal(0, 1.6, true.shape)), 0, 100)
        for row, points in self.over_claimers():
            claim[row] = np.clip(true[row] + points, 0, 100)
        silent = chance.random(true.shape) < 0.008
        _, last = quarter_days(quarter)
        filed = chance.integers(6, 21, n)
        verified = np.maximum(chance.integers(24, 76, true.shape), filed[:, None] + 3)  # cell by cell, over weeks
        closed = chance.integers(78, 83, n)
        clock = chance.integers(28_800, 60_000, n)
        key = f"{quarter // 4}-Q{quarter % 4 + 1}"
        found = []
        for row, unit in enumerate(self.place.communes):
            for column, criterion in enumerate(CRITERIA):
                if silent[row, column]:
                    continue
                days = np.array([filed[row], verified[row, column], closed[row]])
                value = round(float(true[row, column]), 1)
                found.append(
                    {
                        "unit": unit.code,
                        "criterion": criterion,
                        "period": key,
                        "self": round(float(claim[row, column]), 1),
                        "verified": value,
                        "final": round(value + (0.5 if (row + column) % 11 == 0 and value < 99 else 0), 1),
                        "times": at_second(last + days * DAY, np.full(3, clock[row])),
                    }
                )
        return tuple(found)

    def rows(self, quarter: int, now: np.datetime64) -> list[dict[str, Any]]:
        """The records of a quarter at a local instant."""
        found = []
        for entry in self.quarter(quarter):
            step = int((entry["times"] <= now).sum())
            if step == 0:
                continue
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
                    "cap_nhat_luc": iso(entry["times"][step - 1]),
                }
            )
        return found

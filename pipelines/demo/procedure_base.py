"""The national database of procedures as it counts a province by Decision 766: announced, published, connected."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipelines.demo.chance import draw
from pipelines.demo.moment import iso, month_first
from pipelines.demo.obligations import MERGER_MONTH
from pipelines.demo.place import Place

DAY = np.timedelta64(1, "D")
PUBLISHED, ONLINE, FEE_BEARING, FOR_CITIZENS = 2184, 2127, 1012, 1470


class ProcedureBaseMaker:
    """Records of `/procedure-base/months`: one wide record a unit and month."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def rows(self, index: int) -> list[dict[str, Any]]:
        """The records of a month, out at 03:00 of its second day after."""
        found = [self._province(index)]
        return found + (self._communes(index) if index >= MERGER_MONTH else [])

    def _province(self, index: int) -> dict[str, Any]:
        chance, age = draw(self.place.options, "procedure base", index), index - MERGER_MONTH
        announced = int(chance.integers(24, 70))
        return {
            **_named(self.place.province.code, index),
            "cong_bo": announced,
            "cong_bo_dung_han": announced - int(chance.integers(0, 4)),
            "cong_khai": announced,
            "cong_khai_dung_han": announced - int(chance.integers(0, 3)),
            "da_cong_khai": PUBLISHED,
            "du_bo_phan": PUBLISHED - int(chance.integers(3, 26)),
            "dvc_truc_tuyen": ONLINE,
            "dvc_co_ho_so": min(int(ONLINE * (0.52 + 0.008 * age)), ONLINE),
            "tthc_co_phi": FEE_BEARING,
            "phi_tich_hop": min(int(FEE_BEARING * (0.83 + 0.004 * age)), FEE_BEARING),
            "phi_co_giao_dich": min(int(FEE_BEARING * (0.46 + 0.007 * age)), FEE_BEARING),
            "tthc_cong_dan": FOR_CITIZENS,
            "tthc_noi_dan_cu": min(int(FOR_CITIZENS * (0.88 + 0.004 * age)), FOR_CITIZENS),
        }

    def _communes(self, index: int) -> list[dict[str, Any]]:
        place, age = self.place, index - MERGER_MONTH
        chance, steady = draw(place.options, "petitions", index), draw(place.options, "procedure habits")
        n = len(place.communes)
        habit = np.clip(steady.normal(0, 0.04, n), -0.12, 0.07)
        petitions = chance.poisson(place.population / 6500)
        late = chance.binomial(petitions, 0.035)
        unhappy = np.minimum(late + chance.binomial(petitions, 0.04), petitions)
        results = np.maximum(chance.poisson(place.population / 260), 1)
        citizens = np.maximum(chance.poisson(place.population / 230), 1)
        stored = np.round(results * np.clip(0.84 + 0.006 * age + habit, 0.3, 1.0)).astype(int)
        linked = np.round(citizens * np.clip(0.9 + 0.004 * age + habit, 0.3, 1.0)).astype(int)
        certified = steady.random(n) < 0.86 + 0.01 * age
        return [
            {
                **_named(unit.code, index),
                "pakn": int(petitions[k]),
                "pakn_dung_han": int(petitions[k] - late[k]),
                "pakn_hai_long": int(petitions[k] - unhappy[k]),
                "kq_dien_tu": int(results[k]),
                "kq_vao_kho": int(stored[k]),
                "hs_cong_dan": int(citizens[k]),
                "hs_noi_dan_cu": int(linked[k]),
                "chung_thuc_dien_tu": int(certified[k]),
            }
            for k, unit in enumerate(place.communes)
        ]


def _named(unit: str, index: int) -> dict[str, Any]:
    after = np.datetime64(month_first(index + 1), "D")
    changed = (after + DAY).astype("M8[s]") + np.timedelta64(10_800, "s")
    return {
        "ma_ban_ghi": f"766-{unit}-{month_first(index):%Y-%m}",
        "don_vi": unit,
        "ngay": str(after - DAY),
        "cap_nhat_luc": iso(changed),
    }

"""The monitor of the shared platforms: what each unit's systems did in a month, as one wide record a unit and month."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipelines.demo.chance import draw
from pipelines.demo.economy import Economy
from pipelines.demo.moment import iso, month_first
from pipelines.demo.obligations import MERGER_MONTH

DAY = np.timedelta64(1, "D")
SKILLS_MONTH = 2025 * 12 + 6  # the skills movement began on 28 July 2025, with every commune as a site
SYSTEMS, CONNECTORS, OPEN_SETS = (
    46,
    31,
    124,
)  # information systems, services on the integration platform, open data sets
REPORT_FIELDS = 25  # socio-economic fields shared with the Government's reporting system
LEADERS = 18
CAMERAS = 28  # traffic cameras of the junctions
EXPIRING_SHARE = 0.042


class PlatformMaker:
    """Records of `/platform/months`: the province's own systems, then departments and communes."""

    def __init__(self, economy: Economy) -> None:
        self.economy, self.place = economy, economy.place
        self.offices = [unit.code for unit in (*self.place.departments, *self.place.communes)]
        self.is_commune = np.arange(len(self.offices)) >= len(self.place.departments)

    def rows(self, index: int) -> list[dict[str, Any]]:
        """The records of a month, out at 02:00 of the day after it."""
        return [self._province(index), *self._offices(index)]

    def _province(self, index: int) -> dict[str, Any]:
        chance, age, size = draw(self.place.options, "platform", index), index - SKILLS_MONTH, self.place.size
        minutes = _minutes(index)
        calls = int(1_150_000 * size * 1.03**age * chance.uniform(0.94, 1.06))
        asked = max(int(1900 * size * 1.05 ** max(age, -6) * chance.uniform(0.9, 1.1)), 1)
        checks = max(int(960 * size * 1.05 ** max(age, -6) * chance.uniform(0.9, 1.1)), 1)
        citizens = max(int(1010 * size * 1.05 ** max(age, -6) * chance.uniform(0.9, 1.1)), 1)
        items = int(chance.poisson(410 * size))
        due = int(chance.poisson(46))
        return {
            **_named(self.place.province.code, index),
            "lgsp_luot_goi": calls,
            "lgsp_luot_loi": int(calls * chance.uniform(0.004, 0.013)),
            "lgsp_duoi_1_giay": int(calls * chance.uniform(0.945, 0.985)),
            "lgsp_dich_vu": CONNECTORS,
            "lgsp_dich_vu_chay": CONNECTORS - int(chance.integers(0, 3)),
            "ttdl_phut": minutes,
            "ttdl_phut_chay": minutes - int(chance.integers(0, 38)),
            "ttdl_dung_luong": 480,
            "ttdl_da_dung": min(int(296 + 3.6 * age), 470),
            "httt": SYSTEMS,
            "httt_duyet_cap_do": min(37 + max(age, 0) // 2, SYSTEMS),
            "phien_hop": int(chance.poisson(58 * size)),
            "tin_phai_dang": items,
            "tin_dung_han": int(items * chance.uniform(0.94, 0.99)),
            "ioc_phut": minutes,
            "ioc_phut_chay": minutes - int(chance.integers(5, 130)),
            "ioc_lanh_dao": LEADERS,
            "ioc_lanh_dao_dung": int(chance.integers(11, LEADERS + 1)),
            "ai_can_bo_hoi": asked,
            "ai_nguoi_dan_hoi": citizens,
            "ai_tu_tra_loi": int(citizens * chance.uniform(0.61, 0.74)),
            "ai_kiem_tra": checks,
            "ai_sai_sot": int(checks * chance.uniform(0.07, 0.13)),
            "ai_phut": minutes,
            "ai_phut_chay": minutes - int(chance.integers(30, 420)),
            "dlm_phai_cong_bo": OPEN_SETS,
            "dlm_cong_bo": min(82 + 2 * max(age, 0), OPEN_SETS),
            "dlm_cap_nhat_han": min(74 + 2 * max(age, 0), OPEN_SETS - 3),
            "bc_chi_tieu": REPORT_FIELDS,
            "bc_dong_bo": REPORT_FIELDS - int(chance.integers(0, 2)),
            "ttra_ke_hoach": due,
            "ttra_xong": int(due * chance.uniform(0.9, 1.0)),
            "ttra_kien_nghi": due * 3,
            "ttra_da_xu_ly": int(due * 3 * chance.uniform(0.78, 0.93)),
            "gt_camera_phut": minutes * CAMERAS,
            "gt_camera_phut_chay": minutes * CAMERAS - int(chance.integers(200, 9000)),
        }

    def _offices(self, index: int) -> list[dict[str, Any]]:
        place, age = self.place, index - SKILLS_MONTH
        chance, steady = draw(place.options, "offices", index), draw(place.options, "office habits")
        n, nd = len(self.offices), len(place.departments)
        staff = np.concatenate((steady.integers(70, 190, nd), np.round(22 + place.population / 900))).astype(int)
        habit = np.clip(steady.normal(0, 0.025, n), -0.08, 0.04)
        received = np.maximum(chance.poisson(staff * 4.6), 1)
        sent = np.maximum(chance.poisson(staff * 3.4), 1)
        on_time = np.round(received * np.clip(0.945 + 0.001 * age + habit, 0.6, 1.0)).astype(int)
        electronic = np.round(sent * np.clip(0.962 + 0.0015 * age + habit, 0.6, 1.0)).astype(int)
        mail = np.round(staff * np.clip(0.915 + 0.003 * age + habit, 0.5, 1.0)).astype(int)
        minutes, remote = _minutes(index), np.concatenate((np.zeros(nd, bool), place.is_remote))
        out = np.where(chance.random(n) < np.where(remote, 0.5, 0.18), chance.integers(20, 700, n), 0)
        camera_out = np.where(chance.random(n) < 0.35, chance.integers(30, 1900, n), 0)
        valid = np.round(staff * np.clip(0.93 + 0.003 * age + habit, 0.5, 1.0)).astype(int)
        expiring = np.minimum(chance.binomial(staff, EXPIRING_SHARE), valid)
        asked = np.maximum(np.round(staff * 0.16), 1).astype(int)
        trained = np.minimum(np.round(asked * np.clip(0.93 + habit + chance.normal(0, 0.03, n), 0.4, 1)), asked)
        found = []
        for k, code in enumerate(self.offices):
            if self.is_commune[k] and index < MERGER_MONTH:
                continue
            row = {
                **_named(code, index),
                "vb_den": int(received[k]),
                "vb_den_dung_han": int(on_time[k]),
                "vb_di": int(sent[k]),
                "vb_di_dien_tu": int(electronic[k]),
                "thu_tai_khoan": int(staff[k]),
                "thu_dang_dung": int(mail[k]),
                "mang_phut": minutes,
                "mang_phut_chay": int(minutes - out[k]),
                "mang_ket_noi": 1,
                "mot_cua_dung": 1,
                "ma_dinh_danh": 1,
                "cts_hieu_luc": int(valid[k]),
                "cts_sap_het": int(expiring[k]),
            }
            if index >= SKILLS_MONTH:
                row |= {"kn_muc_tieu": int(asked[k]), "kn_da_hoc": int(trained[k])}
            if self.is_commune[k]:
                row |= {"camera_phut": minutes, "camera_phut_chay": int(minutes - camera_out[k])}
                row["diem_cau_kn"] = 1 if index == SKILLS_MONTH else None
            found.append(row)
        return found


def _named(unit: str, index: int) -> dict[str, Any]:
    after = np.datetime64(month_first(index + 1), "D")
    changed = after.astype("M8[s]") + np.timedelta64(7200, "s")
    return {
        "ma_ban_ghi": f"{unit}-{month_first(index):%Y-%m}",
        "don_vi": unit,
        "ngay": str(after - DAY),
        "cap_nhat_luc": iso(changed),
    }


def _minutes(index: int) -> int:
    return (month_first(index + 1) - month_first(index)).days * 1440

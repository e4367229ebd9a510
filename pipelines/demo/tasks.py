"""The task system: tasks of the centre, of the province and under Resolution 57, quarter by quarter."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np

from pipelines.demo.chance import draw
from pipelines.demo.moment import NEVER, iso
from pipelines.demo.place import Place
from pipelines.demo.rhythm import calendar

DAY = np.timedelta64(1, "D")
QUOTED = {"TW": (138, 130), "TINH": (61, 44)}  # tasks due in a quarter, done by its end
QUOTED_QUARTERS = (2025 * 4 + 2, 2026 * 4 + 2)
PROOF_ASKED = np.datetime64("2026-07-11")  # since then a task counts as done with its evidence only
PROVED_BEFORE, PROVED_SINCE = 74, 97  # of a hundred completed tasks, those that name their report
SUBJECTS = (
    "Rà soát, tái cấu trúc quy trình thủ tục hành chính",
    "Hoàn thành số hóa kết quả giải quyết còn hiệu lực",
    "Kết nối, chia sẻ dữ liệu với nền tảng dùng chung",
    "Phủ sóng băng rộng các thôn vùng lõm",
    "Đào tạo kỹ năng số cho cán bộ, công chức",
    "Bảo đảm an toàn hệ thống thông tin theo cấp độ",
    "Làm sạch cơ sở dữ liệu đất đai",
    "Triển khai chữ ký số công vụ",
    "Cập nhật dữ liệu dân cư, hộ tịch",
    "Xây dựng kế hoạch triển khai Nghị quyết 57-NQ/TW",
    "Giải ngân vốn chuyển đổi số",
    "Báo cáo kết quả Đề án 06",
)


@dataclass(frozen=True, slots=True)
class Task:
    """One task; days are local, NaT = no due day or never done."""

    code: str
    title: str
    unit: str
    origin: str
    assigned: np.datetime64
    due: np.datetime64
    done: np.datetime64
    started: np.datetime64
    clock: int  # second of the day at which its records change
    evidence: str = ""  # number of the report that proves it, where one is given

    def row(self, now: np.datetime64) -> dict[str, object] | None:
        """The record at a local instant; None before it is assigned."""
        at = np.timedelta64(self.clock, "s")
        if self.assigned.astype("M8[s]") + at > now:
            return None
        done = not np.isnat(self.done) and self.done.astype("M8[s]") + at <= now
        started = bool(self.started.astype("M8[s]") + at <= now)
        today = now.astype("M8[D]")
        changes = [self.assigned.astype("M8[s]") + at] + [self.started.astype("M8[s]") + at] * started
        dated = not np.isnat(self.due)
        if done:
            late = dated and self.done > self.due
            status, progress = "HOAN_THANH_QUA_HAN" if late else "HOAN_THANH_DUNG_HAN", 100.0
            changes.append(self.done.astype("M8[s]") + at)
        elif dated:
            whole = max(int((self.due - self.assigned) / DAY), 1)
            step = np.floor(10 * min(float((today - self.assigned) / DAY) / whole, 0.95)) / 10  # reported by tenths
            progress = float(round(100 * min(float(step), 0.9))) if started else 0.0
            reached = self.assigned + int(np.ceil(step * whole)) * DAY
            changes.append(reached.astype("M8[s]") if started and step > 0 else changes[0])
            soon = self.due - 5 * DAY
            status = (
                "QUA_HAN"
                if today > self.due
                else "CO_NGUY_CO_CHAM"
                if today > soon and self.done > self.due
                else "DANG_THUC_HIEN"
            )
            status = status if started or today > self.due else "CHUA_BAT_DAU"
            changes += [(mark + DAY).astype("M8[s]") for mark in (soon, self.due) if today > mark]
        else:
            status, progress = "THUONG_XUYEN", 50.0
        return {
            "ma_nhiem_vu": self.code,
            "tieu_de": self.title,
            "ma_don_vi": self.unit,
            "nguon_giao": self.origin,
            "co_thoi_han": int(dated),
            "ngay_giao": str(self.assigned),
            "han_hoan_thanh": str(self.due) if dated else None,
            "ngay_hoan_thanh": str(self.done) if done else None,
            "tien_do": progress,
            "trang_thai": status,
            "minh_chung": self.evidence or None if done else None,
            "cap_nhat_luc": iso(max(changes)),
        }


def quarter_days(quarter: int) -> tuple[np.datetime64, np.datetime64]:
    """First and last day of a quarter, counted as year * 4 + (0..3)."""
    first = np.datetime64(f"{quarter // 4}-{quarter % 4 * 3 + 1:02d}", "M")
    return first.astype("M8[D]"), (first + 3).astype("M8[D]") - DAY


class TaskMaker:
    """Tasks of a province, by the quarter in which they fall due."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.quarter = lru_cache(maxsize=32)(self._quarter)

    def counts(self, origin: str, quarter: int) -> tuple[int, int]:
        """(due in the quarter, done by its end); the quoted figures in the quoted quarters, near them else."""
        total, done = QUOTED[origin]
        if quarter in QUOTED_QUARTERS:
            return total, done
        chance = draw(self.place.options, "task count", origin, quarter)
        drawn = round(total * float(chance.uniform(0.86, 1.08)))
        return drawn, round(drawn * min(done / total + float(chance.uniform(-0.03, 0.03)), 1.0))

    def _quarter(self, quarter: int) -> tuple[Task, ...]:
        found: list[Task] = []
        chance = draw(self.place.options, "tasks", quarter)
        departments = [unit.code for unit in self.place.departments]
        communes = [unit.code for unit in self.place.communes]
        has_communes = quarter >= 2025 * 4 + 2
        for origin in ("TW", "TINH"):
            total, done = self.counts(origin, quarter)
            late = round(done * (0.03 if origin == "TW" else 0.08))
            fate = np.array(["open"] * (total - done) + ["late"] * late + ["kept"] * (done - late))
            for serial, what in enumerate(chance.permutation(fate).tolist(), start=1):
                pool = departments if origin == "TW" or not has_communes or chance.random() < 0.6 else communes
                found.append(self._task(chance, quarter, origin, serial, str(chance.choice(pool)), what))
        if has_communes:
            for serial, unit in enumerate(np.repeat(communes, 3).tolist(), start=1):
                what = str(chance.choice(["open", "late", "kept"], p=[0.05, 0.06, 0.89]))
                found.append(self._task(chance, quarter, "NQ57", serial, unit, what))
            for serial, unit in enumerate(departments, start=1):
                found.append(self._standing(chance, quarter, serial, unit))
        return tuple(found)

    def _task(self, chance: np.random.Generator, quarter: int, origin: str, serial: int, unit: str, what: str) -> Task:
        first, last = quarter_days(quarter)
        latest = last - (18 * DAY if what == "late" else 0 * DAY)
        due = first + int(chance.integers(10, int((latest - first) / DAY) + 1)) * DAY
        assigned = due - int(chance.integers(35, 120)) * DAY
        table = calendar()
        if what == "kept":
            done = max(due - int(chance.integers(0, 14)) * DAY, assigned + 5 * DAY)
        elif what == "late":
            done = min(due + int(chance.integers(2, 17)) * DAY, last)
        else:
            done = last + int(chance.integers(100, 240)) * DAY
        if what == "kept" and not table.is_working(done.astype(object)):
            done = table.add_working_days_array(np.array([done]), -1)[0]
        name = f"{origin}-{quarter // 4}Q{quarter % 4 + 1}-{serial:03d}"
        subject = SUBJECTS[int(chance.integers(0, len(SUBJECTS)))]
        started = assigned + int(chance.integers(1, 20)) * DAY
        proved = PROVED_SINCE if done >= PROOF_ASKED else PROVED_BEFORE
        has_proof = crc32(f"{self.place.options.seed} {name}".encode()) % 100 < proved
        return Task(
            name,
            subject,
            unit,
            origin,
            assigned,
            due,
            done,
            min(started, done),
            int(chance.integers(28_800, 60_000)),
            f"BC-{name}" if has_proof else "",
        )

    def _standing(self, chance: np.random.Generator, quarter: int, serial: int, unit: str) -> Task:
        first, _ = quarter_days(quarter)
        name = f"TINH-TX-{quarter // 4}Q{quarter % 4 + 1}-{serial:03d}"
        assigned = first + int(chance.integers(0, 20)) * DAY
        never = NEVER.astype("M8[D]")
        return Task(
            name,
            "Duy trì cập nhật dữ liệu dùng chung",
            unit,
            "TINH",
            assigned,
            never,
            never,
            assigned,
            30_000,
        )

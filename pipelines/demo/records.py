"""The lists behind the REST services, as they stand at a local instant, ordered by their last change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pipelines.demo.assessments import AssessmentMaker
from pipelines.demo.digital import DigitalMaker
from pipelines.demo.economy import Economy
from pipelines.demo.feedback import FeedbackMaker
from pipelines.demo.moment import iso, month_first, month_index
from pipelines.demo.obligations import MERGER_MONTH, ObligationMaker
from pipelines.demo.place import Place
from pipelines.demo.platform import PlatformMaker
from pipelines.demo.procedure_base import ProcedureBaseMaker
from pipelines.demo.tasks import TaskMaker

Record = dict[str, Any]
FEEDBACK_MONTHS = 4  # a field report does not change later than so many months after its own


class Records:
    """Lists of one province from a first month on."""

    def __init__(self, place: Place, first_month: int) -> None:
        self.place, self.first = place, first_month
        self.economy = Economy(place)
        self.obligations = ObligationMaker(place)
        self.feedback = FeedbackMaker(place)
        self.tasks = TaskMaker(place)
        self.digital = DigitalMaker(self.economy)
        self.assessments = AssessmentMaker(place)
        self.platform = PlatformMaker(self.economy)
        self.procedure_base = ProcedureBaseMaker(place)
        self.lists: dict[str, tuple[str, Callable[[np.datetime64, int], list[Record]]]] = {
            "/reporting/values": ("ma_so_lieu", self._values),
            "/reporting/submissions": ("ma_nop", self._submissions),
            "/feedback/reports": ("ma_phan_anh", self._feedback),
            "/tasks": ("ma_nhiem_vu", self._tasks),
            "/assessments": ("ma_danh_gia", self._assessments),
            "/system-counts": ("ma_so_dem", self._counts),
            "/platform/months": ("ma_ban_ghi", self._platform),
            "/procedure-base/months": ("ma_ban_ghi", self._procedure_base),
        }

    def read(self, path: str, now: np.datetime64, since: str | None) -> list[Record]:
        """Records of a service path changed since (ISO local, inclusive), ordered by change and key."""
        key, make = self.lists[path]
        rows = make(now, self.first if since is None else max(self.first, _index(np.datetime64(since[:19]))))
        rows = [row for row in rows if since is None or row["cap_nhat_luc"] >= since]
        return sorted(rows, key=lambda row: (row["cap_nhat_luc"], row[key]))

    def key(self, path: str) -> str:
        """Name of the key column of a path."""
        return self.lists[path][0]

    def _values(self, now: np.datetime64, since: int) -> list[Record]:
        found = []
        for index in range(max(self.first, since - 2), _index(now) + 1):
            after = np.datetime64(month_first(index + 1), "D")
            filed = (after + np.timedelta64(2 + index % 4, "D")).astype("M8[s]") + np.timedelta64(
                37_200 + index % 7 * 600, "s"
            )
            if filed > now:
                continue
            for figure in self.economy.service(index // 12, index % 12 + 1):
                found.append(
                    {
                        "ma_so_lieu": f"V-{figure.field}-{figure.unit}-{figure.period}",
                        "ma_chi_tieu": figure.field,
                        "ma_don_vi": figure.unit,
                        "ky": figure.period,
                        "gia_tri": figure.value,
                        "thuc_hien": figure.done,
                        "ke_hoach": figure.plan,
                        "so_sanh": figure.comparator,
                        "tinh_chat": figure.quality,
                        "so_van_ban": f"{300 + index % 91}/BC-STC",
                        "han_nop": str(after + np.timedelta64(5, "D")),
                        "nop_luc": iso(filed),
                        "cap_nhat_luc": iso(filed),
                    }
                )
        return found

    def _submissions(self, now: np.datetime64, since: int) -> list[Record]:
        months = range(max(self.first, since - 2), _index(now) + 1)
        owed = (row for index in months for row in (entry.row(now) for entry in self.obligations.month(index)))
        return [row for row in owed if row is not None]

    def _feedback(self, now: np.datetime64, since: int) -> list[Record]:
        months = range(max(self.first, since - FEEDBACK_MONTHS), _index(now) + 1)
        return [row for index in months for row in self.feedback.rows(index, now)]

    def _tasks(self, now: np.datetime64, since: int) -> list[Record]:
        last = _index(now) // 12 * 4 + _index(now) % 12 // 3
        quarters = range(self.first // 12 * 4 + self.first % 12 // 3, last + 3)
        rows = (task.row(now) for quarter in quarters for task in self.tasks.quarter(quarter))
        return [row for row in rows if row is not None]

    def _assessments(self, now: np.datetime64, since: int) -> list[Record]:
        first = max(self.first, MERGER_MONTH, since - 6)
        quarters = range(first // 12 * 4 + first % 12 // 3, _index(now) // 12 * 4 + _index(now) % 12 // 3 + 1)
        return [row for quarter in quarters for row in self.assessments.rows(quarter, now)]

    def _counts(self, now: np.datetime64, since: int) -> list[Record]:
        months = range(max(self.first, since - 2), _index(now - np.timedelta64(3600, "s")))
        return [row for index in months for row in self.digital.count_rows(index)]

    def _platform(self, now: np.datetime64, since: int) -> list[Record]:
        months = range(max(self.first, since - 2), _index(now - np.timedelta64(2, "h")))
        return [row for index in months for row in self.platform.rows(index)]

    def _procedure_base(self, now: np.datetime64, since: int) -> list[Record]:
        months = range(max(self.first, since - 2), _index(now - np.timedelta64(27, "h")))
        return [row for index in months for row in self.procedure_base.rows(index)]


def _index(local: np.datetime64) -> int:
    return month_index(local.astype("M8[D]").astype(object))

"""Batches that are held as a whole: too much refused, too few rows, a changed form. What was known before stays."""

from __future__ import annotations

from ioc.errors import IocError
from pipelines.landing import Landed
from pipelines.spec import DatasetSpec

MOST_BAD_ROWS, MOST_BAD_SHARE = 20, 0.02


class HeldError(IocError):
    """A batch that is not loaded as a whole: too many refused rows, a shrunk delivery, a changed form."""

    def __init__(
        self, source: str, dataset: str, rule: str, message_vi: str, message: str, *, remedy: str = ""
    ) -> None:
        self.source, self.dataset, self.rule, self.message_vi = source, dataset, rule, message_vi
        super().__init__(f"{source}/{dataset}: {message}", remedy=remedy)


def hold_when_bad(landed: Landed, rows_in: int, rows_refused: int) -> None:
    """Hold the batch when too much of it was refused."""
    limit = max(MOST_BAD_ROWS, MOST_BAD_SHARE * rows_in)
    if rows_refused > limit:
        raise HeldError(
            landed.source,
            landed.dataset,
            "bad_share",
            f"Cả lô bị giữ lại: {rows_refused} trong {rows_in} dòng không đạt",
            f"held: {rows_refused} of {rows_in} rows were refused (limit {limit:.0f})",
            remedy="see the refused rows, have the source mended or the contract corrected, then replay",
        )


def hold_when_shrunk(landed: Landed, spec: DatasetSpec, last_full: int | None) -> None:
    """Hold a full delivery that lost rows, or a delivery beyond its band; an empty answer never deletes anything."""
    volume = spec.volume
    low = volume.minimum
    if landed.is_full and last_full:
        low = max(low, int(last_full * volume.shrink))
    if landed.rows == 0 and spec.empty == "refuse" and (landed.is_full or last_full):
        low = max(low, 1)
    if (landed.rows < low and (landed.is_full or landed.rows == 0)) or landed.rows > volume.maximum:
        raise HeldError(
            landed.source,
            landed.dataset,
            "volume",
            f"Số dòng bất thường: {landed.rows} (cần từ {low} đến {volume.maximum})",
            f"held: {landed.rows} rows where {low} to {volume.maximum} are expected",
            remedy="ask the supplier; when it is right, change 'volume' in source.yaml and replay",
        )

"""Batches that are held as a whole: too much refused, too few rows, a changed form. What was known before stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ioc.errors import IocError
from pipelines.landing import LOCAL, Landed
from pipelines.spec import DatasetSpec, Target

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
    """Hold a full delivery that lost rows, or a delivery beyond its band; an empty answer never deletes anything.

    A part since a moment may be empty: an hour without changes is no loss. A connector that sees that nothing at all is
    left says `is_full`. A file is a whole of its own, and may be empty only where the contract allows it.
    """
    volume = spec.volume
    is_quiet = landed.rows == 0 and landed.interval_from is not None
    if not landed.is_full and (is_quiet or landed.lane != "live"):
        return
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


def hold_when_scaled(cursor: Any, landed: Landed, table: str, target: Target) -> None:
    """Hold a batch whose numbers are of another order of magnitude than those stored for the same things.

    Looks at the temp table `conformed`. More than half of the values that can be compared (their group has a median
    that is not zero) lie beyond the factor: a unit was changed, or comma and point were.
    """
    if target.scale is None:
        return
    by = ", ".join(target.scale.by)
    joined = " AND ".join(f"n.{name} IS NOT DISTINCT FROM o.{name}" for name in target.scale.by) or "true"
    for column in target.scale.columns:
        old = f"SELECT {by + ', ' if by else ''}median(abs({column})) AS middle FROM {table} WHERE {column} <> 0"
        beyond, compared = cursor.execute(
            f"""SELECT count(*) FILTER (abs(n.{column}) > o.middle * ? OR abs(n.{column}) * ? < o.middle), count(*)
            FROM conformed n JOIN ({old}{f" GROUP BY {by}" if by else ""}) o ON {joined} WHERE n.{column} <> 0""",
            [target.scale.factor] * 2,
        ).fetchone()
        if compared and beyond * 2 > compared:
            raise HeldError(
                landed.source,
                landed.dataset,
                "scale",
                f"Độ lớn của '{column}' khác thường: {beyond} trong {compared} giá trị",
                f"held: {beyond} of {compared} values of {column} are of another order of magnitude",
                remedy="ask for the unit and the sign of decimals; when it is right, ioc replay --accept",
            )


def hold_when_unlike_its_weekday(cursor: Any, landed: Landed, spec: DatasetSpec) -> None:
    """Hold a batch that makes a past working day hold far more rows (a delivery of everything also: far fewer) than the
    median of the same weekday in the eight weeks before.

    Runs after the merge, inside its transaction. Days beyond the band before this batch were accepted already.
    """
    band, today = spec.volume.band, landed.interval_to.astimezone(LOCAL).date()
    if band is None or landed.lane != "live":
        return
    is_whole = landed.is_full or spec.by_content
    for table, target in spec.into.items():
        if not target.day:
            continue
        rows = cursor.execute(
            f"""WITH per_day AS (SELECT {target.day} AS day, count(*) AS rows,
                count(*) FILTER (load_id = $load) AS fresh FROM {table} WHERE source = $source AND {target.day} < $today
                AND {target.day} >= $start GROUP BY 1),
              working AS (SELECT day FROM calendar_day QUALIFY working_index > lag(working_index) OVER (ORDER BY day))
            SELECT d.day, d.rows, d.fresh, median(p.rows) FROM per_day d JOIN working USING (day)
              JOIN per_day p ON dayofweek(p.day) = dayofweek(d.day) AND p.day < d.day AND p.day >= d.day - 56
              JOIN working w ON w.day = p.day
            WHERE d.fresh > 0 GROUP BY ALL HAVING count(*) >= 4 AND median(p.rows) >= $least ORDER BY 1""",
            {
                "load": landed.load_id,
                "source": landed.source,
                "today": today,
                "start": today - timedelta(days=400),
                "least": spec.volume.least,
            },
        ).fetchall()
        for day, count, fresh, middle in rows:
            above = count > (1 + band) * middle and count - fresh <= (1 + band) * middle
            if above or (is_whole and count < (1 - band) * middle):
                raise HeldError(
                    landed.source,
                    landed.dataset,
                    "weekday",
                    f"Ngày {day:%d/%m/%Y} có {count} dòng, trung vị cùng thứ là {middle:.0f}",
                    f"held: {day} would have {count} rows where {middle:.0f} are the median of its weekday",
                    remedy="ask the supplier; when it is right, ioc replay --accept",
                )

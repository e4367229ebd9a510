"""The main indicators by hand, straight pandas, no catalogue: what a careful analyst would write in a notebook."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pandas as pd

Answer = tuple[float, float, float | None]
DAY = pd.Timedelta(days=1)
ZONE = pd.Timedelta(hours=7)


def days_of(period: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last day of a month, quarter or cumulative key."""
    if period.endswith(".ytd"):
        month = pd.Period(period.removesuffix(".ytd"), freq="M")
        return pd.Timestamp(month.year, 1, 1), month.end_time.normalize()
    span = pd.Period(period, freq="Q" if "Q" in period else "M")
    return span.start_time.normalize(), span.end_time.normalize()


@lru_cache(maxsize=32)
def read(connection: Any, name: str) -> pd.DataFrame:
    """A core table as a frame, read once."""
    frame: pd.DataFrame = connection.execute(f"SELECT * FROM core.{name}").df()
    return frame


def table(connection: Any, name: str, unit: str, unit_column: str = "unit_code") -> pd.DataFrame:
    """The rows of a unit; the province takes all."""
    frame = read(connection, name)
    return frame if unit == "51" else frame[frame[unit_column] == unit]


def within(frame: pd.DataFrame, column: str, period: str) -> pd.DataFrame:
    first, last = days_of(period)
    return frame[(frame[column] >= first) & (frame[column] <= last)]


def percent(top: float, bottom: float) -> Answer:
    return top * 100 / bottom, top, bottom


def received(connection: Any, unit: str, period: str) -> Answer:
    count = float(len(within(table(connection, "dossier", unit), "received_on", period)))
    return count, count, None


def on_time(connection: Any, unit: str, period: str) -> Answer:
    rows = within(table(connection, "dossier", unit), "finished_on", period)
    settled = rows[rows["status"].isin(["done", "returned"])]
    return percent(float((settled["finished_at"] <= settled["due_original_at"]).sum()), float(len(settled)))


def online(connection: Any, unit: str, period: str) -> Answer:
    rows = within(table(connection, "dossier", unit), "received_on", period)
    return percent(float((rows["channel"] == "online").sum()), float(len(rows)))


def overdue(connection: Any, unit: str, period: str) -> Answer:
    reach = connection.execute(
        "SELECT complete_through FROM ops.source_state WHERE dataset = 'ho_so' AND source = 'one_stop'"
    ).fetchone()[0]
    moment = min(days_of(period)[1] + DAY - ZONE, pd.Timestamp(reach))
    rows = table(connection, "dossier", unit)
    late = rows[(rows["received_at"] < moment) & (rows["due_current_at"] < moment)]
    still = late[late["finished_at"].isna() | (late["finished_at"] >= moment)]
    return float(len(still)), float(len(still)), None


def satisfaction(connection: Any, unit: str, period: str) -> Answer:
    rows = within(table(connection, "rating", unit), "rated_on", period)
    rated = rows[rows["level"].notna()]
    return percent(float((rated["level"] >= 4).sum()), float(len(rated)))


def mean_speed(connection: Any, unit: str, period: str) -> Answer:
    rows = within(table(connection, "traffic_flow", unit), "observed_on", period)
    good = rows[rows["is_valid"].fillna(False).astype(bool) & rows["speed_kmh"].notna()]
    top = round(float((good["speed_kmh"] * good["intensity"]).sum()), 6)
    bottom = float(good["intensity"].sum())
    return top / bottom, top, bottom


def task_on_time(connection: Any, unit: str, period: str) -> Answer:
    rows = within(table(connection, "task", unit), "due_on", period)
    due = rows[rows["is_time_bound"] & (rows["due_on"] <= pd.Timestamp("2026-08-20"))]
    return percent(float((due["completed_on"] <= due["due_on"]).sum()), float(len(due)))


def broadband(connection: Any, unit: str, period: str) -> Answer:
    frame = table(connection, "system_count", unit)
    rows = within(frame[frame["metric_code"] == "broadband"], "counted_on", period)
    last = rows[rows["counted_on"] == rows.groupby("unit_code")["counted_on"].transform("max")]
    return percent(float(last["count_value"].sum()), float(last["total_value"].sum()))


BY_HAND: dict[str, Callable[[Any, str, str], Answer]] = {
    "procedures.received": received,
    "procedures.on_time": on_time,
    "procedures.online_submission": online,
    "procedures.open_overdue": overdue,
    "procedures.satisfaction": satisfaction,
    "traffic.mean_speed": mean_speed,
    "digital.task_on_time": task_on_time,
    "digital.broadband_coverage": broadband,
}

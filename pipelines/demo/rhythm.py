"""How busy a day and an hour are: weekdays, month ends, Tết, holidays, growth; office hours."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ioc.calendar import WorkCalendar
from pipelines.demo.chance import accumulate, pick
from pipelines.demo.moment import at_second

# First day of the lunar year: the dips around it move with it.
TET = np.array(["2023-01-22", "2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26"], "M8[D]")
_WEEKDAY = np.array([1.14, 1.06, 1.0, 0.97, 0.83, 0.10, 0.06])  # Monday first
_SEASON = np.array([0.95, 0.90, 1.05, 1.04, 1.03, 1.08, 1.07, 1.12, 1.08, 1.0, 0.98, 0.95])
_REFERENCE = (np.datetime64("2024-12-01"), np.datetime64("2026-12-01"))  # 24 months that give the full size
OPENS, NOON, RESUMES, CLOSES = 27_000, 41_400, 48_600, 61_200  # 07:30 11:30 13:30 17:00, seconds of the day


@lru_cache(maxsize=1)
def calendar() -> WorkCalendar:
    """The shipped working-day calendar; the demo's offices know no overlay."""
    return WorkCalendar.load()


def is_working(days: np.ndarray) -> np.ndarray:
    """Whether each day is worked, shape of `days`."""
    table = calendar()
    return table.working_days_between_array(days - np.timedelta64(1, "D"), days) > 0


def weekday(days: np.ndarray) -> np.ndarray:
    """0 Monday .. 6 Sunday."""
    return (days.astype("M8[D]").astype(np.int64) + 3) % 7


def days_from_tet(days: np.ndarray) -> np.ndarray:
    """Days since (negative: until) the nearest first day of the lunar year."""
    gaps = (days[:, None] - TET[None, :]).astype(np.int64)
    return gaps[np.arange(len(days)), np.abs(gaps).argmin(axis=1)]


def office_weight(days: np.ndarray) -> np.ndarray:
    """How many dossiers a day brings against an ordinary Wednesday, shape of `days`."""
    working = is_working(days)
    day_of_week = weekday(days)
    weight = np.where(working & (day_of_week >= 5), 0.8, _WEEKDAY[day_of_week])
    weight = np.where(~working & (day_of_week < 5), 0.05, weight)
    month = days.astype("M8[M]").astype(np.int64) % 12
    weight = weight * _SEASON[month]
    left = ((days.astype("M8[M]") + 1).astype("M8[D]") - days).astype(np.int64)
    weight = weight * np.where(left <= 4, 1.14, 1.0)
    gap = days_from_tet(days)
    weight = weight * np.where((gap >= -10) & (gap < -2), 0.72, 1.0) * np.where((gap >= 3) & (gap < 17), 0.78, 1.0)
    since = (days - np.datetime64("2025-07-01")).astype(np.int64)
    weight = weight * np.where((since >= 0) & (since < 12), 0.7, 1.0)  # the first days of the new offices
    years = (days - np.datetime64("2025-12-01")).astype(np.int64) / 365.25
    return weight * np.exp(0.06 * years)


@lru_cache(maxsize=1)
def reference_weight() -> float:
    """Sum of the daily weights over the 24 reference months."""
    return float(office_weight(np.arange(*_REFERENCE)).sum())


def _hours(quarters: dict[float, float]) -> np.ndarray:
    """Cumulative weights over 96 quarter hours from (hour, weight) corners."""
    hours = np.array(sorted(quarters))
    return accumulate(np.interp(np.arange(96) / 4 + 0.125, hours, [quarters[h] for h in hours]))


_DIRECT = _hours(
    {
        7.4: 0,
        7.5: 0.6,
        8.5: 1.5,
        10: 1.2,
        11.4: 0.4,
        11.5: 0,
        13.4: 0,
        13.5: 0.5,
        14.5: 1.2,
        16: 0.9,
        16.9: 0.2,
        17: 0,
    }
)
_ONLINE = _hours(
    {
        0: 0.05,
        5: 0.02,
        7: 0.5,
        9: 1.5,
        11: 1.2,
        12.5: 0.6,
        14.5: 1.3,
        17: 0.7,
        19: 0.55,
        21: 0.75,
        22.5: 0.4,
        24: 0.08,
    }
)


def submit_seconds(is_online: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Second of the day of each submission: office hours at the counter, all day online."""
    uniform, within = chance.random(len(is_online)), chance.random(len(is_online))
    quarter = np.where(is_online, pick(_ONLINE, uniform), pick(_DIRECT, uniform))
    return (quarter * 900 + within * 900).astype(np.int64)


def office_seconds(chance: np.random.Generator, count: int) -> np.ndarray:
    """Random seconds within office hours, before 16:55."""
    uniform = chance.random(count)
    open_for = (NOON - OPENS - 600) + (CLOSES - RESUMES - 300)
    seconds = OPENS + 600 + uniform * open_for
    return np.where(seconds > NOON, seconds + (RESUMES - NOON), seconds).astype(np.int64)


def next_office_moment(times: np.ndarray, work_seconds: np.ndarray) -> np.ndarray:
    """The moment after so many seconds (under half a day) of office time, from any moment on; vectorised."""
    days = times.astype("M8[D]")
    seconds = (times - days.astype("M8[s]")).astype(np.int64)
    seconds = np.where(is_working(days), seconds, CLOSES)
    is_over = seconds >= CLOSES - 1200
    days = np.where(is_over, calendar().add_working_days_array(days, 1), days)
    start = np.where(is_over, OPENS, np.maximum(seconds, OPENS))
    start = np.where((start >= NOON) & (start < RESUMES), RESUMES, start)
    done = start + work_seconds.astype(np.int64)
    done = np.where((start < NOON) & (done >= NOON), done + (RESUMES - NOON), done)
    spills = done >= CLOSES
    days = np.where(spills, calendar().add_working_days_array(days, 1), days)
    done = np.where(spills, np.minimum(OPENS + (done - CLOSES), NOON - 60), done)
    return at_second(days, done)

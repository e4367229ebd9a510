"""Traffic at seven signalised junctions: counts, speeds, occupancies in 15-minute bins; planted faults.

A month is drawn at once from (seed, province, month): arrays of shape (days, 96, sites).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pipelines.demo.chance import draw
from pipelines.demo.moment import month_days
from pipelines.demo.place import Place
from pipelines.demo.rhythm import days_from_tet, is_working, weekday

BIN = np.timedelta64(15, "m")
BINS = 96
STREETS = (
    ("Quang Trung", "Hùng Vương"),
    ("Lê Lợi", "Phan Đình Phùng"),
    ("Phan Bội Châu", "Trần Hưng Đạo"),
    ("Nguyễn Trãi", "Lê Thánh Tôn"),
    ("Đinh Tiên Hoàng", "Hai Bà Trưng"),
    ("Phạm Văn Đồng", "Trường Chinh"),
    ("Trần Phú", "Nguyễn Huệ"),
)
MAIN_STREET = (("A", "hướng Bắc", 0.0012), ("C", "hướng Nam", -0.0012))  # letter, direction, shift in degrees north
WAYS = len(MAIN_STREET)
ADAPTIVE_SINCE, ADAPTIVE_JUNCTIONS, ADAPTIVE_GAIN = np.datetime64("2026-04-01"), (0, 1), 0.07


@dataclass(frozen=True, slots=True)
class Site:
    """One approach of a junction."""

    code: str
    name: str
    junction: str
    junction_name: str
    approach: str
    unit: str
    lon: float
    lat: float
    free_flow: float  # km/h
    length: float  # km


@dataclass(frozen=True, slots=True)
class Fault:
    """Something planted: kind stuck | outage | spike | incident, bins [start, end) of local time."""

    kind: str
    site: int  # position of the site; of its junction's first site for incidents
    start: np.datetime64
    end: np.datetime64
    level: float = 0.0


@dataclass(frozen=True, slots=True)
class Flow:
    """A month: arrays (days, 96, sites); speed NaN without vehicles; `is_silent` bins were never delivered."""

    days: np.ndarray
    intensity: np.ndarray
    speed: np.ndarray
    occupancy: np.ndarray
    motorcycles: np.ndarray
    is_silent: np.ndarray

    @property
    def starts(self) -> np.ndarray:
        """Local start of each bin, shape (days * 96,)."""
        return (self.days.astype("M8[m]")[:, None] + np.arange(BINS)[None, :] * BIN).ravel().astype("M8[s]")


class TrafficMaker:
    """Draws the counts of a province's junctions."""

    def __init__(self, place: Place) -> None:
        self.place, self.options = place, place.options
        self.sites = _sites(place)
        chance = draw(self.options, "sites")
        n = len(self.sites)
        junction = np.repeat(chance.uniform(0.75, 1.3, n // WAYS), WAYS)
        self.daily = 9500 * junction * 1.15 * chance.uniform(0.9, 1.1, n)
        self.capacity = self.daily * 0.0212 * chance.uniform(0.96, 1.16, n)  # vehicles a bin at which speed halves
        self.morning = chance.uniform(0.85, 1.3, n)
        self.month = lru_cache(maxsize=3)(self._month)

    def faults(self, index: int) -> list[Fault]:
        """What is planted in a month: stuck sensors, outages, spikes, incidents."""
        chance, n = draw(self.options, "faults", index), len(self.sites)
        days = month_days(index)
        first = days[0].astype("M8[m]")
        found = []
        for kind, count, least, most in (
            ("stuck", 2, 16, 200),
            ("outage", 2, 8, 150),
            ("incident", 5, 3, 9),
            ("spike", 3, 1, 2),
        ):
            for _ in range(count):
                length = int(chance.integers(least, most))
                earliest = 24 if kind in ("stuck", "incident") else 0
                start = first + int(chance.integers(earliest, len(days) * BINS - length)) * BIN
                if kind in ("stuck", "incident"):  # begins in the daytime
                    start = start.astype("M8[D]").astype("M8[m]") + int(chance.integers(26, 68)) * BIN
                end = min(start + length * BIN, days[-1].astype("M8[m]") + BINS * BIN)
                site = int(chance.integers(0, n // WAYS)) * WAYS if kind == "incident" else int(chance.integers(0, n))
                level = {"stuck": 40.0, "spike": 4200.0}.get(kind, 0.0) + float(chance.integers(0, 90))
                found.append(Fault(kind, site, start.astype("M8[s]"), end.astype("M8[s]"), level))
        return found

    def _month(self, index: int) -> Flow:
        chance, days = draw(self.options, "traffic", index), month_days(index)
        shape = (len(days), BINS, len(self.sites))
        hours = (np.arange(BINS) + 0.5) / 4
        work = _profile(hours, ((7.0, 0.55, 2.3), (11.3, 0.9, 0.9), (17.1, 0.85, 2.5), (19.6, 1.2, 0.9)), 0.55)
        rest = _profile(hours, ((9.5, 1.8, 1.1), (17.5, 1.6, 1.5), (19.8, 1.2, 1.3)), 0.5)
        workday = is_working(days)
        gap = days_from_tet(days)
        level = np.where(workday, np.where(weekday(days) == 4, 1.05, 1.0), np.where(weekday(days) == 5, 0.9, 0.8))
        level = level * np.where((gap >= -7) & (gap < 0), 1.12, 1.0) * np.where((gap >= 0) & (gap < 4), 0.55, 1.0)
        years = (days - np.datetime64("2025-12-01")).astype(np.int64) / 365.25
        level = level * np.exp(0.04 * years) * chance.lognormal(0, 0.04, len(days))
        base = np.where(workday[:, None], work[None, :], rest[None, :])
        tilt = 1 + (self.morning - 1)[None, :] * np.exp(-((hours - 7.2) ** 2))[:, None]
        rain = self._rain(chance, days)
        volume = (level[:, None] * base * (1 - 0.1 * rain))[:, :, None] * tilt[None] * self.daily[None, None]
        wave = np.exp(0.07 * chance.standard_normal(shape, dtype=np.float32))
        intensity = np.round(volume * wave).astype(np.int32)
        gain = np.ones((len(days), len(self.sites)))
        for junction in ADAPTIVE_JUNCTIONS:
            gain[days >= ADAPTIVE_SINCE, junction * WAYS : (junction + 1) * WAYS] += ADAPTIVE_GAIN
        strain = intensity / (self.capacity * gain)[:, None, :] * (1 + 0.12 * rain)[:, :, None]
        free = np.array([site.free_flow for site in self.sites])
        factor = 1 / (1 + 0.9 * strain**4.2) * (1 - 0.08 * rain)[:, :, None]
        faults = self.faults(index)
        for fault in faults:
            if fault.kind == "incident":
                a, b = _slots(days, fault)
                flat = factor.reshape(-1, len(self.sites))
                flat[a:b, fault.site : fault.site + WAYS] *= 0.48
        noise = 1 + 0.03 * chance.standard_normal(shape, dtype=np.float32)
        speed = np.round(np.clip(free * factor * noise, 4, 68), 1)
        speed = np.where(intensity == 0, np.nan, speed)
        occupancy = np.round(np.clip(0.012 + intensity / self.capacity * 0.21 / np.maximum(factor, 0.2), 0, 0.96), 3)
        share = np.round(np.clip(0.72 + 0.03 * chance.standard_normal(shape), 0.5, 0.92), 2)
        silent = np.zeros(shape, dtype=bool)
        flow = Flow(days, intensity, speed, np.where(intensity == 0, 0.0, occupancy), share, silent)
        self._plant(flow, faults)
        return flow

    def _rain(self, chance: np.random.Generator, days: np.ndarray) -> np.ndarray:
        """Rain 0..1, shape (days, 96): the wet season of the central coast is September to December."""
        month = days.astype("M8[M]").astype(np.int64) % 12
        wet = np.array([0.25, 0.1, 0.1, 0.12, 0.2, 0.2, 0.2, 0.25, 0.45, 0.6, 0.6, 0.45])[month]
        falls = chance.random(len(days)) < wet
        start, length = chance.integers(0, 80, len(days)), chance.integers(4, 40, len(days))
        slot = np.arange(BINS)[None, :]
        inside = (slot >= start[:, None]) & (slot < (start + length)[:, None])
        return np.where(inside & falls[:, None], chance.uniform(0.3, 1.0, len(days))[:, None], 0.0)

    def _plant(self, flow: Flow, faults: list[Fault]) -> None:
        n = len(self.sites)
        flat = {
            name: getattr(flow, name).reshape(-1, n)
            for name in ("intensity", "speed", "occupancy", "motorcycles", "is_silent")
        }
        for fault in faults:
            a, b = _slots(flow.days, fault)
            if fault.kind == "stuck":
                flat["intensity"][a:b, fault.site] = int(fault.level)
                flat["speed"][a:b, fault.site] = 31.4
                flat["occupancy"][a:b, fault.site] = 0.147
                flat["motorcycles"][a:b, fault.site] = 0.7
            elif fault.kind == "outage":
                flat["is_silent"][a:b, fault.site] = True
            elif fault.kind == "spike":
                flat["intensity"][a:b, fault.site] = int(fault.level)


def _profile(hours: np.ndarray, peaks: tuple[tuple[float, float, float], ...], plateau: float) -> np.ndarray:
    """Share of the day's volume per bin: a daytime plateau and peaks (hour, width, height); sums to 1."""
    day = plateau / (1 + np.exp(-(hours - 5.6) * 3)) / (1 + np.exp((hours - 21.3) * 1.6)) + 0.02
    for hour, width, height in peaks:
        day = day + plateau * height * np.exp(-0.5 * ((hours - hour) / width) ** 2)
    return day / day.sum()


def _slots(days: np.ndarray, fault: Fault) -> tuple[int, int]:
    first = days[0].astype("M8[m]")
    return int((fault.start - first) / BIN), int((fault.end - first) / BIN)


def _sites(place: Place) -> list[Site]:
    """Seven junctions in the densest units (wards first), measured on the main street, both ways."""
    order = sorted(
        range(len(place.communes)),
        key=lambda i: (place.communes[i].unit_type != "phường", -place.population[i]),
    )
    chosen = order[: min(4, len(order))]
    chance = draw(place.options, "junctions")
    found = []
    for number, (one, other) in enumerate(STREETS, start=1):
        unit = place.communes[chosen[(0, 0, 1, 1, 2, 2, 3)[number - 1] % len(chosen)]]
        lon = (unit.lon or 108.8) + float(chance.uniform(-0.012, 0.012))
        lat = (unit.lat or 15.1) + float(chance.uniform(-0.01, 0.01))
        name = f"Ngã tư {one} - {other}"
        free = float(chance.integers(38, 46))
        for letter, way, dy in MAIN_STREET:
            code = f"{place.prefix}-N{number:02d}"
            length = round(float(chance.uniform(0.25, 0.7)), 2)
            found.append(
                Site(
                    f"{code}-{letter}",
                    f"{name}, {way}",
                    code,
                    name,
                    letter,
                    unit.code,
                    round(lon, 5),
                    round(lat + dy, 5),
                    free,
                    length,
                )
            )
    return found

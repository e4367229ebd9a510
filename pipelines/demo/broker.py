"""The traffic platform's NGSI-LD answers: current entities, sites, sensors, and 14 days of history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np

from pipelines.demo.moment import iso_utc, month_index, read_iso
from pipelines.demo.traffic import BIN, Site, TrafficMaker

CONTEXT = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"
KEPT_DAYS, MOST_DAYS = 14, 3
DELIVERY = np.timedelta64(40, "s")  # a bin is out so long after its end
Entity = dict[str, Any]


class BrokerError(ValueError):
    """A query the broker does not answer; becomes HTTP 400 with an NGSI-LD problem."""


class Broker:
    """Answers for a local instant."""

    def __init__(self, maker: TrafficMaker) -> None:
        self.maker = maker

    def entities(self, kind: str, now: np.datetime64) -> list[Entity]:
        """All entities of a type, by site."""
        if kind == "RoadSegment":
            return [self._segment(site) for site in self.maker.sites]
        if kind == "Device":
            return [self._device(site, number, now) for number, site in enumerate(self.maker.sites)]
        if kind != "TrafficFlowObserved":
            raise BrokerError(f"unknown type {kind!r}; known: TrafficFlowObserved, RoadSegment, Device")
        last = _last_bin(now)
        rows = self._rows(last, last + BIN)
        return [
            self._observed(site, rows, number) for number, site in enumerate(self.maker.sites) if rows.heard[0, number]
        ]

    def temporal(self, query: dict[str, str], now: np.datetime64, sites: list[Site]) -> list[Entity]:
        """Temporal entities of some sites, bins that ended in the asked interval and have been delivered."""
        start, end = _interval(query, now)
        first = start.astype("M8[D]").astype("M8[m]")
        first = first + -(-(start - first) // BIN) * BIN  # a bin belongs to the interval by its start
        rows = self._rows(first.astype("M8[s]"), min(end, (_last_bin(now) + BIN).astype("M8[s]")))
        number = {site.code: index for index, site in enumerate(self.maker.sites)}
        return [self._history(site, rows, number[site.code]) for site in sites]

    def _rows(self, start: np.datetime64, end: np.datetime64) -> _Rows:
        """Bins with start <= begin < end."""
        empty = np.empty((0, len(self.maker.sites)))
        parts = [_Rows(np.empty(0, "M8[s]"), empty, empty, empty, empty, empty.astype(bool))]
        day = start.astype("M8[D]")
        if end > start:
            for index in range(
                month_index(day.astype(object)),
                month_index((end - np.timedelta64(1, "s")).astype("M8[D]").astype(object)) + 1,
            ):
                flow = self.maker.month(index)
                starts = flow.starts
                mask = (starts >= start) & (starts < end)
                flat = [
                    getattr(flow, name).reshape(len(starts), -1)[mask]
                    for name in ("intensity", "speed", "occupancy", "motorcycles", "is_silent")
                ]
                parts.append(_Rows(starts[mask], flat[0], flat[1], flat[2], flat[3], ~flat[4]))
        return _Rows(*(np.concatenate([getattr(part, name) for part in parts]) for name in _Rows.__slots__))

    def _observed(self, site: Site, rows: _Rows, number: int) -> Entity:
        begin, end = iso_utc(rows.starts[:1])[0], iso_utc(rows.starts[:1] + BIN)[0]
        entity = _head("TrafficFlowObserved", site) | {
            "dateObservedFrom": _moment(begin),
            "dateObservedTo": _moment(end),
        }
        for name, values, unit in _measures(rows, number):
            if values[0] is not None:
                entity[name] = {"type": "Property", "value": values[0], **unit, "observedAt": str(end)}
        return entity

    def _history(self, site: Site, rows: _Rows, number: int) -> Entity:
        heard = rows.heard[:, number]
        part = _Rows(*(getattr(rows, name)[heard] for name in _Rows.__slots__))
        begins, ends = iso_utc(part.starts).tolist(), iso_utc(part.starts + BIN).tolist()
        entity = _head("TrafficFlowObserved", site)
        entity["dateObservedFrom"] = [_moment(a) | {"observedAt": b} for a, b in zip(begins, ends, strict=True)]
        entity["dateObservedTo"] = [_moment(b) | {"observedAt": b} for b in ends]
        for name, values, unit in _measures(part, number):
            entity[name] = [
                {"type": "Property", "value": value, **unit, "observedAt": end}
                for value, end in zip(values, ends, strict=True)
                if value is not None
            ]
        return entity

    def _segment(self, site: Site) -> Entity:
        values: dict[str, object] = {
            "name": site.name,
            "junctionCode": site.junction,
            "junctionName": site.junction_name,
            "approach": site.approach,
            "refAdminUnit": site.unit,
            "freeFlowSpeed": site.free_flow,
            "length": site.length,
            "installedOn": "2024-01-15",
        }
        entity = {"id": f"urn:ngsi-ld:RoadSegment:{site.code}", "type": "RoadSegment", "@context": [CONTEXT]}
        location = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [site.lon, site.lat]}}
        return (
            entity
            | {name: {"type": "Property", "value": value} for name, value in values.items()}
            | {"location": location}
        )

    def _device(self, site: Site, number: int, now: np.datetime64) -> Entity:
        last = _last_bin(now)
        rows = self._rows(last - 95 * BIN, last + BIN)
        heard = np.flatnonzero(rows.heard[:, number])
        entity: Entity = {"id": f"urn:ngsi-ld:Device:{site.code}", "type": "Device", "@context": [CONTEXT]}
        is_up = bool(rows.heard[-1, number])
        entity["deviceState"] = {"type": "Property", "value": "ok" if is_up else "down"}
        entity["refRoadSegment"] = {"type": "Relationship", "object": f"urn:ngsi-ld:RoadSegment:{site.code}"}
        if len(heard):
            entity["dateLastValueReported"] = _moment(iso_utc(rows.starts[heard[-1:]] + BIN)[0])
        return entity


class _Rows:
    """Bins of all sites: starts (n,), the rest (n, sites)."""

    __slots__ = ("starts", "intensity", "speed", "occupancy", "motorcycles", "heard")  # noqa: RUF023 the order of the arguments

    def __init__(self, *columns: np.ndarray) -> None:
        for name, column in zip(self.__slots__, columns, strict=True):
            setattr(self, name, column)

    starts: np.ndarray
    intensity: np.ndarray
    speed: np.ndarray
    occupancy: np.ndarray
    motorcycles: np.ndarray
    heard: np.ndarray


def _measures(rows: _Rows, number: int) -> list[tuple[str, list[Any], dict[str, str]]]:
    speed = [None if np.isnan(value) else float(value) for value in rows.speed[:, number]]
    return [
        ("intensity", [int(value) for value in rows.intensity[:, number]], {}),
        ("averageVehicleSpeed", speed, {"unitCode": "KMH"}),
        ("occupancy", [float(value) for value in rows.occupancy[:, number]], {}),
        ("motorcycleShare", [float(value) for value in rows.motorcycles[:, number]], {}),
    ]


def _last_bin(now: np.datetime64) -> np.datetime64:
    """Local start of the last bin delivered by now."""
    day = (now - DELIVERY).astype("M8[D]").astype("M8[s]")
    whole = (now - DELIVERY - day) // BIN
    return (day + (whole - 1) * BIN).astype("M8[s]")


def _interval(query: dict[str, str], now: np.datetime64) -> tuple[np.datetime64, np.datetime64]:
    relation = query.get("timerel", "")
    if relation not in ("between", "after"):
        raise BrokerError("timerel must be between or after")
    try:
        start = read_iso(query["timeAt"])
        end = read_iso(query["endTimeAt"]) if relation == "between" else now
    except (KeyError, ValueError) as error:
        raise BrokerError("timeAt (and endTimeAt with timerel=between) must be ISO instants") from error
    if end - start > np.timedelta64(timedelta(days=MOST_DAYS)):
        raise BrokerError(f"at most {MOST_DAYS} days a call")
    return max(start, now - np.timedelta64(timedelta(days=KEPT_DAYS))), end


def _moment(value: str) -> Entity:
    return {"type": "Property", "value": {"@type": "DateTime", "@value": str(value)}}


def _head(kind: str, site: Site) -> Entity:
    return {
        "id": f"urn:ngsi-ld:{kind}:{site.code}",
        "type": kind,
        "@context": [CONTEXT],
        "refRoadSegment": {"type": "Relationship", "object": f"urn:ngsi-ld:RoadSegment:{site.code}"},
    }

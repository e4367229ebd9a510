"""Figures about the service itself, for a monitoring system: own registry, no default collectors."""

from __future__ import annotations

from datetime import datetime

from flask import Response, request
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from ioc.errors import IocError
from ioc.published import Publication
from ioc.room import room_of


class Metrics:
    """Requests by route and status, the published version, the age of the data by source."""

    def __init__(self, publication: Publication) -> None:
        self._publication = publication
        self._registry = CollectorRegistry()
        self._requests = Counter("ioc_requests", "Requests", ["route", "status"], registry=self._registry)
        self._version = Gauge("ioc_version_id", "Published version on screen", registry=self._registry)
        self._degraded = Gauge("ioc_degraded", "1 while an older version stands in", registry=self._registry)
        self._free = Gauge("ioc_disk_free_bytes", "Free on the tightest disk of the home", registry=self._registry)
        self._paused = Gauge("ioc_reading_paused", "1 while the disk is too full to read", registry=self._registry)
        self._age = Gauge(
            "ioc_source_age_seconds",
            "Time since complete through",
            ["source", "dataset"],
            registry=self._registry,
        )

    def count(self, response: Response) -> Response:
        """After each request of the API."""
        route = request.url_rule.rule if request.url_rule is not None else "unknown"
        self._requests.labels(route, str(response.status_code)).inc()
        return response

    def text(self, now: datetime) -> bytes:
        """The exposition text."""
        try:
            with self._publication.reader() as reader:
                self._version.set(reader.version.id)
                for one in reader.sources():
                    if one.complete_through is not None:
                        age = (now - one.complete_through).total_seconds()
                        self._age.labels(one.source, one.dataset).set(age)
        except IocError:
            self._version.set(0)  # nothing published: the gauge says so, the page of figures still answers
        self._degraded.set(1 if self._publication.degraded else 0)
        room = room_of(self._publication.home)
        self._free.set(room.free)
        self._paused.set(1 if room.level == "full" else 0)
        return generate_latest(self._registry)

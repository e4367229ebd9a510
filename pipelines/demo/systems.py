"""The demo's source systems as a whole: build them, let time pass, serve them."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from ioc.errors import IocError, UsageError
from pipelines.demo.archive import export_month
from pipelines.demo.broker import Broker
from pipelines.demo.dossiers import LIFE_MONTHS, DossierMaker
from pipelines.demo.lives import Lives
from pipelines.demo.moment import local_date, month_index, to_instant, to_local
from pipelines.demo.official import OfficialMaker
from pipelines.demo.one_stop import OneStop
from pipelines.demo.options import DemoOptions
from pipelines.demo.place import Place, is_known_province
from pipelines.demo.planted import list_planted
from pipelines.demo.portal import Portal
from pipelines.demo.records import Records
from pipelines.demo.report_files import ReportMaker
from pipelines.demo.sectors import SectorMaker
from pipelines.demo.server import Clock, Server, Services
from pipelines.demo.traffic import TrafficMaker

REPORT_MONTHS = 3  # a file about a month arrives within so many months
EXPORT_HOUR = np.timedelta64(2, "h")  # the archive of yesterday is out at 02:00
KEPT_IN_MEMORY = 0.5  # up to this scale the lives are drawn once for all systems
IN_THE_HOME = "sqlite:///{home}/demo/one_stop.sqlite"
log = logging.getLogger(__name__)


class DemoSystems:
    """The systems of one home. Time is a parameter: `build` and `advance` take an aware instant, `serve` a clock."""

    def __init__(
        self, home: Path, options: DemoOptions, database: str, first_month: int, advanced_to: datetime
    ) -> None:
        self.folder, self.options, self.address = Path(home) / "demo", options, database
        self.first_month, self.advanced_to = first_month, advanced_to
        self.place = Place(options)
        self.maker = DossierMaker(self.place)
        self.one_stop_url = database.replace("{home}", str(Path(home).resolve()))
        self.one_stop = OneStop(self.one_stop_url, self.maker)
        self.portal = Portal(self.folder / "portal.sqlite", self.maker)
        self.traffic = TrafficMaker(self.place)
        self.records = Records(self.place, first_month)
        self.reports = ReportMaker(self.records.economy, self.records.obligations)
        self.sectors = SectorMaker(self.records.digital, first_month)
        self.official = OfficialMaker(self.records.economy)
        self._lives = lru_cache(maxsize=LIFE_MONTHS + 2)(self.maker.month)
        self._lock = threading.Lock()

    @classmethod
    def build(cls, home: Path, options: DemoOptions, now: datetime, *, database: str | None = None) -> DemoSystems:
        """Make all systems of a home up to `now`, replacing what was there; `database` is an SQLAlchemy address."""
        if not is_known_province(options.province):
            raise UsageError(f"no province {options.province!r}", remedy="give one of the 34 codes, such as 51")
        folder = Path(home) / "demo"
        folder.mkdir(parents=True, exist_ok=True)
        for name in (
            "demo.json",
            "planted.json",
            "one_stop.sqlite",
            "one_stop.sqlite-wal",
            "one_stop.sqlite-shm",
        ):
            (folder / name).unlink(missing_ok=True)
        for name in ("inbox", "archive"):
            shutil.rmtree(folder / name, ignore_errors=True)
        first = month_index(local_date(now)) - options.months
        systems = cls(home, options, database or IN_THE_HOME, first, now)
        systems._fill(to_local(now))
        return systems

    @classmethod
    def open(cls, home: Path) -> DemoSystems:
        """The systems of a home built before."""
        path = Path(home) / "demo" / "demo.json"
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError) as error:
            raise UsageError(f"no demo systems in {Path(home)}", remedy="run `ioc demo` first") from error
        options = DemoOptions(**kept["options"])
        return cls(
            home,
            options,
            kept["one_stop_url"],
            kept["first_month"],
            datetime.fromisoformat(kept["advanced_to"]),
        )

    def close(self) -> None:
        """Free the database connections."""
        self.one_stop.close()

    def months(self, now: np.datetime64) -> range:
        """Month indices of the history up to a local instant."""
        return range(self.first_month, _index(now) + 1)

    def lives(self, now: np.datetime64) -> Iterator[Lives]:
        """The dossiers of the history, month by month, as they will have lived."""
        return (self.maker.month(index) for index in self.months(now))

    def advance(self, now: datetime) -> int:
        """Add what happened since the last time; an instant that has been reached changes nothing. Dossiers written."""
        with self._lock:
            since, local = to_local(self.advanced_to), to_local(now)
            if local <= since:
                return 0
            months = range(max(self.first_month, _index(since) - LIFE_MONTHS), _index(local) + 1)
            written = self.one_stop.advance((self._lives(index) for index in months), since, local)
            self.portal.advance((self._lives(index) for index in months), since, local)
            self._write_reports(range(max(self.first_month, _index(since) - REPORT_MONTHS), _index(local) + 1), local)
            if local.astype("M8[D]") > since.astype("M8[D]"):
                self._write_registers(local)
            exported, yesterday = _export_day(since), _export_day(local)
            if yesterday > exported:
                self._export(range(_index(exported), _index(yesterday) + 1), yesterday)
            self._remember(now)
            return written

    @contextmanager
    def running(self, clock: Clock, period: float | None = None) -> Iterator[dict[str, Any]]:
        """HTTP while the block runs, and a ticker when a period in seconds is given; yields the ports."""
        server = Server(Services(self.records, self.portal, Broker(self.traffic), clock))
        ports = {"http": server.port, "base_url": f"http://127.0.0.1:{server.port}", "pid": os.getpid()}
        stop = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(clock, stop, period), name="demo-ticker", daemon=True)
        server.start()
        _write_json(self.folder / "ports.json", ports)
        if period is not None:
            ticker.start()
        try:
            yield ports
        finally:
            stop.set()
            if period is not None:
                ticker.join(timeout=30)
            server.stop()
            (self.folder / "ports.json").unlink(missing_ok=True)

    def serve(self, clock: Clock, stop: threading.Event, *, period: float = 30.0) -> None:
        """Catch up, then answer and tick until `stop` is set."""
        self.advance(clock())
        with self.running(clock, period):
            stop.wait()

    def _tick(self, clock: Clock, stop: threading.Event, period: float) -> None:
        while not stop.wait(period):
            try:
                self.advance(clock())
            except (IocError, OSError, sqlite3.Error, sa.exc.SQLAlchemyError):
                log.exception("the demo could not advance; it tries again in %s s", period)

    def _fill(self, now: np.datetime64) -> None:
        is_small = self.options.scale * self.place.size <= KEPT_IN_MEMORY
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="demo-archive") as beside:
            archive = beside.submit(self._export, self.months(now), _export_day(now))  # packing leaves a core free
            kept = list(self.lives(now)) if is_small else None
            self.one_stop.fill(kept or self.lives(now), now)
            self.portal.fill(kept or self.lives(now), now)
            self._write_reports(self.months(now), now)
            self._write_registers(now)
            archive.result()
        self._remember(to_instant(now))

    def _write_reports(self, months: range, now: np.datetime64) -> None:
        inbox = self.folder / "inbox" / "reports"
        inbox.mkdir(parents=True, exist_ok=True)
        for index in months:
            for file in self.reports.month(index):
                if file.filed <= now:
                    self.reports.write(file, inbox)

    def _write_registers(self, now: np.datetime64) -> None:
        """Files that offices keep and replace: the sectors' counts and the register of published figures."""
        self.sectors.write(self.folder / "inbox" / "sectors", now)
        self.official.write(self.folder / "inbox" / "official", now)

    def _export(self, months: range, before: np.datetime64) -> None:
        for index in months:
            export_month(self.traffic, index, before, self.folder / "archive" / "traffic")

    def _remember(self, now: datetime) -> None:
        """Write planted.json, and demo.json last: it says that all before is done."""
        self.advanced_to = now
        _write_json(
            self.folder / "planted.json",
            list_planted(self.records, self.reports, self.traffic, self._portal_codes(to_local(now)), to_local(now)),
        )
        kept = {
            "options": self.options.to_dict(),
            "one_stop_url": self.address,
            "first_month": self.first_month,
            "advanced_to": now.isoformat(),
        }
        _write_json(self.folder / "demo.json", kept)

    def _portal_codes(self, now: np.datetime64) -> tuple[list[str], list[str]]:
        """Lost and doubled dossiers so far; months that are over are read once."""
        return self.portal.planted(self.months(now), self._lives, now)


def _index(local: np.datetime64) -> int:
    return month_index(local.astype("M8[D]").astype(object))


def _export_day(now: np.datetime64) -> np.datetime64:
    """Days before this one are in the archive."""
    return (now - EXPORT_HOUR).astype("M8[D]")


def _write_json(path: Path, content: object) -> None:
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    aside.replace(path)

"""The scheduler of the ingest process: what config.yaml declares, what the ledger says is due, what commands ask for.

One BackgroundScheduler in the one ingest process, zone Asia/Ho_Chi_Minh whatever the machine's own zone is. Jobs are
kept in memory and rebuilt from the configuration at every start; the run ledger decides what is due then. Nothing a
job raises gets out of it. The scheduler writes its own heartbeat; `trouble` is what the main thread looks at.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent import futures
from datetime import datetime, timedelta

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from ioc.errors import ConfigError, IocError
from ioc.store import Request
from ioc.warehouse import WarehouseFatal
from pipelines.desk import is_paused
from pipelines.run import After, RunContext, RunResult, enabled_sources, run_source
from pipelines.schedule.handlers import SLOW, Handler
from pipelines.schedule.nightly import add_nightly, reconcile_all
from pipelines.schedule.rhythm import ZONE, is_due, retry_after, trigger_of

log = logging.getLogger(__name__)
BEAT_SECONDS, BEAT_LOST_SECONDS, HANG_GRACE_SECONDS = 10, 30, 120
BACKWARDS = timedelta(minutes=5)


class Schedule:
    """The jobs of one ingest process. `after` measures and publishes; `handlers` answer requests of commands."""

    def __init__(
        self,
        ctx: RunContext,
        *,
        clock: Callable[[], datetime],
        after: After,
        handlers: Mapping[str, Handler],
        monotonic: Callable[[], float] = time.monotonic,
        publish_every: int = 10,
    ) -> None:
        self.ctx, self.clock, self.after, self.handlers = ctx, clock, after, handlers
        self.monotonic, self.publish_every = monotonic, publish_every
        self.behind = False
        self.counts = {"error": 0, "missed": 0, "max_instances": 0}
        self.fatal: str | None = None
        self.latest = clock()
        self.beat = monotonic()
        self.running: dict[str, tuple[float, float]] = {}
        self.fresh: list[RunResult] = []
        self.guard = threading.Lock()
        self.slow = futures.ThreadPoolExecutor(1, thread_name_prefix="slow")  # backfills, one after the other
        self.slow_requests: dict[str, Request] = {}
        self.scheduler = BackgroundScheduler(
            timezone=ZONE,
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(4), "beat": ThreadPoolExecutor(1), "work": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self.scheduler.add_listener(self.listen, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)

    def expected(self) -> set[str]:
        """Ids of the jobs that must be there."""
        nightly = {"nightly"} if self.ctx.settings.reconcile else set()
        return {"beat", "requests", "publish", *nightly, *(f"source:{name}" for name in enabled_sources(self.ctx))}

    def start(self, *, behind: bool = False) -> None:
        """Add every job and start. Sources that are due are read at once, in the order of their needs.

        `behind`: the last process loaded what it could not publish; the first publishing happens in any case.
        """
        unknown = set(self.ctx.settings.sources) - set(self.ctx.specs)
        if unknown:
            raise ConfigError(
                self.ctx.settings.config_path or "config.yaml",
                None,
                f"unknown source '{sorted(unknown)[0]}'",
                remedy=f"known: {', '.join(sorted(self.ctx.specs))}",
            )
        now = self.clock()
        due = []
        for name in enabled_sources(self.ctx):
            entry = self.ctx.settings.sources[name]
            jitter = max(1, int(entry.cadence.total_seconds() * 0.05)) if not entry.at else None
            self.scheduler.add_job(
                self.guarded, trigger_of(entry, jitter=jitter), args=["source", name], id=f"source:{name}"
            )
            if is_due(entry, self.ctx.store.last_success(name), now):
                due.append(name)
        self.scheduler.add_job(
            self.pulse,
            IntervalTrigger(seconds=BEAT_SECONDS, timezone=ZONE),
            id="beat",
            executor="beat",
            next_run_time=datetime.now(ZONE),
        )
        self.scheduler.add_job(
            self.guarded,
            IntervalTrigger(seconds=1, timezone=ZONE),
            args=["requests", ""],
            id="requests",
            executor="work",
        )
        self.scheduler.add_job(
            self.guarded,
            IntervalTrigger(seconds=self.publish_every, timezone=ZONE),
            args=["publish", ""],
            id="publish",
            executor="work",
        )
        add_nightly(self.scheduler, lambda: self.slow.submit(self.guarded, "nightly", ""), self.ctx, now)
        missing = self.expected() - {job.id for job in self.scheduler.get_jobs()}
        if missing:
            raise ConfigError("config.yaml", None, f"jobs were not scheduled: {', '.join(sorted(missing))}")
        if due or behind:
            self.behind = behind
            self.scheduler.add_job(
                self.guarded,
                DateTrigger(datetime.now(ZONE), timezone=ZONE),
                args=["catch_up", ",".join(due)],
                id="catch_up",
            )
        self.scheduler.start()
        log.info("scheduler started; due now: %s", ", ".join(due) or "nothing")

    def guarded(self, what: str, name: str) -> None:
        """Every job runs in here: no exception escapes, a fatal one is kept for the main thread."""
        now = self.clock()
        if now < self.latest - BACKWARDS:
            log.error("the clock went back from %s to %s; nothing is read until it is right", self.latest, now)
            return
        self.latest = max(self.latest, now)
        try:
            {
                "source": self.run_job,
                "catch_up": self.catch_up,
                "requests": self.serve_requests,
                "slow": lambda number: self.serve(self.slow_requests.pop(number)),
                "publish": self.publish_job,
                "nightly": self.compare_sources,
            }[what](name)
        except WarehouseFatal as error:
            self.fatal = str(error)
        except IocError as error:
            log.error("%s %s: %s", what, name, error)
        except BaseException as error:  # the boundary of a job
            self.counts["error"] += 1
            log.exception("job %s %s broke", what, name)
            try:
                self.ctx.warehouse.refuse_damage(error)
            except WarehouseFatal as fatal:
                self.fatal = str(fatal)

    def run_job(self, name: str) -> RunResult | None:
        """Run one source now, after what it needs for the first time; a source never runs twice at once."""
        if is_paused(self.ctx, name):
            return None
        spec = self.ctx.specs[name]
        for need in spec.needs:
            if self.ctx.store.last_success(need) is None:
                self.run_job(need)
        with self.guard:
            if name in self.running:
                self.counts["max_instances"] += 1
                return None
            self.running[name] = (self.monotonic(), spec.deadline_seconds + HANG_GRACE_SECONDS)
        try:
            result = run_source(name, self.ctx.at(self.clock()), wait=False)
        finally:
            self.running.pop(name, None)
        if result.status == "failed" and not result.permanent:
            self.retry_soon(name)
        if result.status == "busy":  # a command or a backfill reads it just now
            self.counts["max_instances"] += 1
            self.retry_soon(name)
        if result.status in ("busy", "paused"):
            log.warning("%s: %s", name, result.message)
            return None
        with self.guard:
            self.fresh.append(result)
        return result

    def retry_soon(self, name: str) -> None:
        """A failed read is tried again earlier than its rhythm says, more slowly each time."""
        delay = retry_after(self.ctx.settings.sources[name], self.ctx.store.breaker(name).failures)
        if self.ctx.stop.is_set() or delay is None:
            return
        self.scheduler.add_job(
            self.guarded,
            DateTrigger(datetime.now(ZONE) + delay, timezone=ZONE),
            args=["source", name],
            id=f"retry:{name}",
            replace_existing=True,
        )

    def catch_up(self, names: str) -> None:
        """Read everything that was due at the start, in order, then publish once."""
        wanted = names.split(",")
        for name in [known for known in self.ctx.specs if known in wanted]:
            if self.ctx.stop.is_set():
                return
            self.run_job(name)
        self.publish_job("")

    def publish_job(self, _: str) -> None:
        """Measure and publish what came since the last time, when anything did."""
        if "catch_up" in {job.id for job in self.scheduler.get_jobs()}:
            return  # the first publishing waits for the first complete reading
        with self.guard:
            fresh, self.fresh = self.fresh, []
        if self.ctx.stop.is_set() or not (fresh or self.behind):
            return
        if self.behind:
            fresh, self.behind = [], False  # nothing in particular: measure and publish what is there
        self.running["publish"] = (self.monotonic(), 600.0)
        try:
            self.after(self.ctx.at(self.clock()), fresh)
        finally:
            self.running.pop("publish", None)

    def compare_sources(self, _: str) -> None:
        """The nightly comparison, beside the live schedule; what it found is measured and published with the next."""
        reconcile_all(self.ctx.at(self.clock()))
        self.behind = True

    def serve_requests(self, _: str) -> None:
        """Carry out what commands asked for while this process holds the lock (DECISIONS 13)."""
        while not self.ctx.stop.is_set():
            request = self.ctx.store.take_request(now=self.clock())
            if request is None:
                return
            if request.kind in SLOW:
                self.slow_requests[str(request.id)] = request
                self.slow.submit(self.guarded, "slow", str(request.id))
            else:
                self.serve(request)

    def serve(self, request: Request) -> None:
        """Carry out one request and give the answer."""
        try:
            handler = self.handlers.get(request.kind)
            if handler is None:
                raise IocError(
                    f"the ingest process does not know the request '{request.kind}'",
                    remedy=f"it knows {', '.join(sorted(self.handlers))}",
                )
            answer = handler(self.ctx.at(self.clock()), request.args)
            self.ctx.store.finish_request(request.id, answer, now=self.clock())
        except WarehouseFatal:
            raise
        except Exception as error:  # the boundary of a request: the command is told, the process goes on
            self.ctx.warehouse.refuse_damage(error)
            log.exception("request %d (%s) failed", request.id, request.kind)
            self.ctx.store.finish_request(request.id, {"error": str(error)}, now=self.clock(), ok=False)

    def pulse(self) -> None:
        """The heartbeat: written by the scheduler itself, so that it stops when the scheduler does."""
        self.ctx.store.heartbeat("ingest", self.clock())
        self.beat = self.monotonic()

    def listen(self, event: JobEvent) -> None:
        """Count what the scheduler tells of jobs."""
        kind = {EVENT_JOB_MISSED: "missed", EVENT_JOB_MAX_INSTANCES: "max_instances"}.get(event.code, "error")
        self.counts[kind] += 1

    def trouble(self) -> str | None:
        """Why the process must end with code 70 and be started anew; None while all is well."""
        now = self.monotonic()
        thread = self.scheduler._thread
        if self.fatal:
            return self.fatal
        if thread is None or not thread.is_alive():
            return "the scheduler's thread is dead"
        if now - self.beat > BEAT_LOST_SECONDS:
            return f"no heartbeat for {now - self.beat:.0f} s"
        hung = [name for name, (since, limit) in dict(self.running).items() if now - since > limit]
        return f"{hung[0]} hangs beyond its deadline" if hung else None

    def stop(self, seconds: float) -> bool:
        """End: no new jobs, running ones are asked to stop and waited for. True when all of them ended."""
        self.ctx.stop.set()
        self.slow.shutdown(wait=False, cancel_futures=True)
        if self.scheduler.running:
            self.scheduler.shutdown(wait=False)
        until = self.monotonic() + seconds
        while self.running and self.monotonic() < until:
            time.sleep(0.05)
        return not self.running

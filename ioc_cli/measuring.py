"""What follows every reading: measure, score, publish. One transaction for the numbers, then a new version."""

from __future__ import annotations

import logging
import threading
import time
from importlib.metadata import version
from pathlib import Path

from indicators.appraisal import appraise
from indicators.checked import CatalogueKeeper
from indicators.measure import forget, measure, observe_combined, observe_external, observe_scores
from indicators.standing import find_editions, keep_editions, score_communes
from indicators.standing.editions import Edition, kept_editions
from indicators.standing.peers import read_terrain
from ioc.errors import ConfigError
from ioc.published import Version, publish
from ioc.published.retention import Retention
from ioc.store.appraisal import AppraisalBook
from ioc_cli.standing_version import has_new_history, is_ageing, note_history
from pipelines.mapping.feeds import with_feeds
from pipelines.run import RunContext, RunResult
from pipelines.steward import keep_books

log = logging.getLogger(__name__)
COMMUNE_INDEX = "digital.commune_index"

CATALOGUES = CatalogueKeeper()


def measure_and_publish(ctx: RunContext, results: list[RunResult]) -> Version | None:
    """Bring what was loaded onto the screens; None when nothing in core, in quarantine or in the steward's books
    changed and a version stands already.

    Sources that answered without news get their younger age shown every few minutes. A run that failed changes no
    number of core; its badge turns by the deadline, and the part it missed is counted.
    """
    kept = keep_books(ctx)
    changed = kept.changed or any(result.rows_changed for result in results) or has_refused(ctx, results)
    if has_new_history(ctx):
        changed = True
        log.info("the history begins on another day: all its periods are measured now, which takes minutes")
    if results and not changed and has_version(ctx.home):
        answered = any(result.status == "ok" for result in results)
        if not (answered and is_ageing(ctx)):
            return None
    began = time.perf_counter()
    catalogue = with_feeds(CATALOGUES.load(overlay_of(ctx.home), home=ctx.home), ctx.specs, ctx.settings)
    run_id = next((result.run_id for result in reversed(results) if result.run_id), "")
    run_id = run_id or ctx.store.start_run("measure", now=ctx.now, kind="measure")
    maps = threading.Thread(target=keep_maps, args=(ctx,), name="maps")
    maps.start()
    terrain = read_terrain(ctx.home / "terrain.csv")
    editions = editions_of(ctx)
    with ctx.warehouse.transaction() as cursor:
        if kept.excused:
            forget(cursor, "report_submission")
        measured = measure(
            cursor, catalogue, now=ctx.now, run_id=run_id, history_from=ctx.settings.history_from, resume=True
        )
        observe_combined(cursor, catalogue, now=ctx.now, run_id=run_id)
        observe_external(cursor, catalogue, now=ctx.now, run_id=run_id)
        scored = score_communes(
            cursor, now=ctx.now, run_id=run_id, editions=[one.card for one in editions], terrain=terrain
        )
        keep_editions(cursor, editions)
        note_history(cursor, ctx)
        appraise(cursor, now=ctx.now, entries=AppraisalBook(ctx.store).entries(), terrain=terrain)
        observe_scores(
            cursor, catalogue, scorecard=editions[0].card.id, indicator=COMMUNE_INDEX, now=ctx.now, run_id=run_id
        )
    middle = time.perf_counter()
    maps.join()
    retention = ctx.settings.retention
    published = publish(
        ctx.warehouse,
        ctx.home,
        now=ctx.now,
        province=ctx.settings.province,
        catalogue_json=catalogue.to_json(),
        code_version=version("ioc"),
        retention=Retention(last=retention.last, hours=retention.hours, days=retention.days),
    )
    log.info(
        "version %d: %d observations (%d changed), %d score rows in %.1f s; published in %.1f s",
        published.id,
        measured.observations,
        measured.vintages,
        scored,
        middle - began,
        time.perf_counter() - middle,
    )
    return published


def editions_of(ctx: RunContext) -> list[Edition]:
    """The editions communes are scored by: shipped and the province's own (home/scorecards).

    A file with a fault stops nothing: it is named in the log, and scores go on by the editions in use before it.
    """
    scorecard = ctx.settings.commune_scorecard
    try:
        return find_editions(scorecard, ctx.home / "scorecards")
    except ConfigError as error:
        log.error("scores go on by the editions in use: %s", error)
        return kept_editions(ctx.warehouse.cursor()) or find_editions()


def has_new_editions(ctx: RunContext) -> bool:
    """Whether communes would be scored by other editions than last time: a file was edited, or a version older than
    the table of editions stands."""
    kept = {(one.file, one.text) for one in kept_editions(ctx.warehouse.cursor())}
    return kept != {(one.file, one.text) for one in editions_of(ctx)}


def has_refused(ctx: RunContext, results: list[RunResult]) -> bool:
    """Whether these runs put anything new into quarantine: the page of the sources shows it at once.

    A row refused again keeps the line of the run that first met it, so a bad row that stays is no news.
    """
    runs = [result.run_id for result in results if result.run_id]
    sql = "SELECT count(*) FROM ops.quarantine WHERE list_contains(?, run_id)"
    row = ctx.warehouse.cursor().execute(sql, [runs]).fetchone() if runs else None
    return bool(row and row[0])


def overlay_of(home: Path) -> Path | None:
    """The administrator's own catalogue entries, when there are any."""
    folder = home / "catalogue"
    return folder if folder.is_dir() else None


def has_version(home: Path) -> bool:
    """Whether anything was ever published."""
    return (home / "published" / "CURRENT").exists()


def keep_maps(ctx: RunContext) -> None:
    """Write the maps' geometry once; later imports of boundaries renew it themselves."""
    folder = ctx.home / "published" / "geo"
    if not (folder / "meta.json").exists():
        from pipelines.geo import build_map_files

        build_map_files(ctx.home, ctx.settings.province, folder)

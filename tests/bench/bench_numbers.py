"""Measuring, publishing, and reading single numbers back from the published copy."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from indicators.checked import load_checked
from indicators.measure import measure
from indicators.standing import score_communes
from ioc.catalogue import Catalogue
from ioc.lock import IngestLock
from ioc.published import Publication, Reader, publish
from ioc.settings import load_settings
from ioc.warehouse import Warehouse
from tests.bench.rows import Row, sample, spending, times

ROOT = Path(__file__).resolve().parents[2]
READS, LEVELS, RUN = 300, 60, "bench"


def bench_numbers(home: Path) -> list[Row]:
    """Measure everything that is in core, score, publish; then read from the new version."""
    settings = load_settings(ROOT / "config.yaml", home, os.environ)
    now, catalogue = datetime.now(UTC), load_checked()
    with IngestLock(home) as lock:
        warehouse = Warehouse.open(home, lock=lock)
        try:
            with warehouse.transaction() as cursor:
                with spending() as measuring:
                    measured = measure(cursor, catalogue, now=now, run_id=RUN)
                with spending() as standing:
                    measure(cursor, catalogue, now=now, run_id=RUN, resume=True)
                cursor.execute("DELETE FROM mart.standing")
                with spending() as scoring:
                    scores = score_communes(cursor, now=now, run_id=RUN)
                with spending() as scored:
                    score_communes(cursor, now=now, run_id=RUN)
            with spending() as publishing:
                made = publish(
                    warehouse,
                    home,
                    now=now,
                    province=settings.province,
                    catalogue_json=catalogue.to_json(),
                    code_version=version("ioc"),
                )
        finally:
            warehouse.close()
    megabytes = (home / "published" / f"ioc-{made.id}.duckdb").stat().st_size / 1e6
    source = (home / "warehouse" / "warehouse.duckdb").stat().st_size / 1e6
    rate = measured.observations / measuring.wall
    return [
        Row("cells measured", measured.observations, "cells", note=f"{measured.indicators} indicators"),
        Row(
            "measure every indicator",
            measuring.wall,
            "s",
            note=f"{rate:,.0f} cells a second, {measuring.cpu:.1f} s processor",
        ),
        Row(
            "measure again, nothing changed", standing.wall, "s", ratio=f"{times(standing.wall, measuring.wall)} of all"
        ),
        Row(
            "score the communes, with 2,000 rank draws a period",
            scoring.wall,
            "s",
            ratio=f"{times(scoring.wall, measuring.wall)} of measuring",
            note=f"{scores:,} rows, {scoring.cpu:.1f} s processor",
        ),
        Row("score again, nothing changed", scored.wall, "s", ratio=f"{times(scored.wall, scoring.wall)} of all"),
        Row(
            "publish: copy, verify in a fresh process, point",
            publishing.wall,
            "s",
            ratio=f"{times(publishing.wall, measuring.wall)} of measuring",
        ),
        Row("published copy", megabytes, "MB", ratio=f"{times(megabytes, source)} of the warehouse"),
        *bench_reader(home),
    ]


def bench_reader(home: Path) -> list[Row]:
    """One number and one level of communes, each with a Reader of its own as in a request."""
    publication = Publication(home)
    try:
        with publication.reader() as reader:
            catalogue = Catalogue.from_json(reader.catalogue_json())
            months = reader.periods("month")[-6:]
            communes = [unit.unit_code for unit in reader.units() if unit.unit_kind == "commune" and not unit.valid_to]
        names = [one.id for one in catalogue.indicators.values() if "commune" in one.levels and "month" in one.periods]

        def read(ask: Callable[[Reader], object]) -> Callable[[], object]:
            def act() -> object:
                with publication.reader() as reader:
                    return ask(reader)

            return act

        def one_of(name: str, unit: str, month: str) -> Callable[[], object]:
            return read(lambda reader: reader.observation(name, unit, month))

        def level_of(name: str, month: str) -> Callable[[], object]:
            return read(lambda reader: reader.level(name, "commune", month))

        picked = zip(itertools.cycle(names), itertools.cycle(communes), itertools.cycle(months), strict=False)
        single = sample([one_of(*key) for key in itertools.islice(picked, READS)])
        pairs = itertools.cycle(itertools.product(names, months))
        level = sample([level_of(*key) for key in itertools.islice(pairs, LEVELS)])
    finally:
        publication.close()
    ratio = f"{times(level.p50, single.p50)} of one number"
    return [
        *single.rows("Reader.observation: one number"),
        *level.rows(f"Reader.level: {len(communes)} communes", ratio=ratio),
    ]

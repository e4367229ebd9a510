"""Deleting a source makes no tile better, and restoring it makes it what it was (issue of the catalogue, last line)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from indicators.answer import catalogue_of
from indicators.checked import load_checked
from indicators.measure import measure, observe_combined
from ioc.catalogue import Catalogue, Indicator
from ioc.lock import IngestLock
from ioc.period import Period
from ioc.published import Publication
from ioc.status import judge
from ioc.warehouse import Warehouse

BETTER = {"unknown": 0, "bad": 1, "watch": 2, "good": 3}


class _Restored(Exception):
    """Ends a transaction so that nothing of it stays."""


Status = dict[tuple[str, str, str], str]


@pytest.fixture(scope="module")
def lost_home(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo's warehouse, to break."""
    home = tmp_path_factory.mktemp("lost") / "home"
    home.mkdir()
    shutil.copytree(demo_home / "warehouse", home / "warehouse")
    return home


@pytest.fixture(scope="module")
def standing(demo_home: Path) -> tuple[datetime, list[str]]:
    """The moment of the published version, and the last whole month and quarter."""
    with Publication(demo_home).reader() as reader:
        moment = reader.version.published_at
        catalogue_of(reader)
    day = (moment + timedelta(hours=7)).date()
    return moment, [Period.of(day, kind).previous().key for kind in ("month", "quarter")]


@pytest.fixture(scope="module")
def warehouse(lost_home: Path, standing: tuple[datetime, list[str]]) -> Iterator[Warehouse]:
    with IngestLock(lost_home) as lock:
        opened = Warehouse.open(lost_home, lock=lock, memory_limit="1GB", now=standing[0])
        yield opened
        opened.close()


def statuses(cursor: object, catalogue: Catalogue, now: datetime, periods: list[str]) -> Status:
    """The status of every tile: each measured, reported or combined number x unit x period, measured anew."""
    from ioc.value import Observation

    measure(cursor, catalogue, now=now, run_id="lost")  # type: ignore[arg-type]
    observe_combined(cursor, catalogue, now=now, run_id="lost")  # type: ignore[arg-type]
    names = ", ".join(Observation.__dataclass_fields__)
    rows = cursor.execute(  # type: ignore[attr-defined]
        f"SELECT {names} FROM mart.observation WHERE period IN (SELECT unnest(?)) AND slice_dim = '' "
        "AND basis = 'as_then' AND view = 'official' ORDER BY version",  # of two definitions the newer counts
        [periods],
    ).fetchall()
    found: Status = {}
    for row in rows:
        item = Observation(*row)
        if item.indicator in catalogue.indicators:
            entry = catalogue.indicator(item.indicator)
            target = catalogue.target_for(item.indicator, item.unit, item.unit_level, Period.parse(item.period))
            found[item.indicator, item.unit, item.period] = judge(item, entry, target).level
    return found


def of_source(catalogue: Catalogue, source: str) -> dict[str, Indicator]:
    """The indicators a source feeds, and the terms that combined ones of them are made of."""
    own = {
        key
        for key, entry in catalogue.indicators.items()
        if any(name.partition("/")[0] == source for name in catalogue.dataset_of(entry).sources)
    }
    parts = [entry.parts for key, entry in catalogue.indicators.items() if key in own and entry.parts is not None]
    own |= {part.of for each in parts for _, part in each.terms()}
    return {key: entry for key, entry in catalogue.indicators.items() if key in own}


def test_losing_a_source_makes_no_tile_better(warehouse: Warehouse, standing: tuple[datetime, list[str]]) -> None:
    """Every source x every tile: its rows and its state are gone, then they are back."""
    now, periods = standing
    catalogue = load_checked()
    plain = warehouse.cursor()
    sources = [row[0] for row in plain.execute("SELECT DISTINCT source FROM ops.source_state ORDER BY 1").fetchall()]
    tables = [
        row[0]
        for row in plain.execute(
            "SELECT DISTINCT schema_name || '.' || table_name FROM duckdb_columns() "
            "WHERE schema_name = 'core' AND column_name = 'source' OR table_name = 'source_state'"
        ).fetchall()
    ]
    with warehouse.transaction() as cursor:
        before = statuses(cursor, catalogue, now, periods)
    assert len(sources) >= 8
    assert len(before) > 3000
    assert set(before.values()) >= {"good", "bad", "unknown"}
    changed = 0
    for source in sources:
        made = of_source(catalogue, source)
        own = catalogue.only(*made)
        tiles = {key: level for key, level in before.items() if key[0] in made}
        after: Status = {}
        with suppress(_Restored), warehouse.transaction() as cursor:
            for table in tables:
                cursor.execute(f"DELETE FROM {table} WHERE source = ?", [source])
            after = statuses(cursor, own, now, periods)
            raise _Restored  # the rows of the source are back
        with warehouse.transaction() as cursor:
            better = {
                key: (level, after[key])
                for key, level in tiles.items()
                if key in after and BETTER[after[key]] > BETTER[level] and level != "unknown"
            }
            risen = {key for key, level in tiles.items() if level == "unknown" and after.get(key) in ("good", "watch")}
            assert not better, (source, list(better.items())[:3])
            assert not risen, (source, sorted(risen)[:3])
            changed += sum(after.get(key, "unknown") != level for key, level in tiles.items())
            again = statuses(cursor, own, now, periods)
            assert {key: (level, again.get(key)) for key, level in tiles.items() if again.get(key) != level} == {}, (
                source
            )
    assert changed > 1000  # losing sources did turn tiles

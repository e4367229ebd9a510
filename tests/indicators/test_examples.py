"""Rows in, number out: every indicator has an example that a domain expert can read and correct."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest

from indicators.checked import load_checked
from indicators.measure import measure, observe_combined, observe_external
from indicators.second import read_tables, recompute
from ioc.words import significant
from ioc.yamlfile import load_yaml
from tests.indicators.small_core import open_core, put, unit

EXAMPLES = sorted((Path(__file__).resolve().parents[1] / "examples").glob("*.yaml"))
CATALOGUE = load_checked()
LOCAL = timezone(timedelta(hours=7))
UNITS = [
    unit("51", "province", "province"),
    *(unit(code, "commune", "commune") for code in ("21001", "21002")),
    unit("H48.01", "department", "department"),
    unit("src.one_stop", "source", "source"),
    unit("src.one_stop.ho_so", "dataset", "dataset"),
]


def stored(name: str, cell: Any) -> Any:
    """Local times of the example as the tables hold them."""
    if isinstance(cell, str) and (name.endswith("_at") or name == "observed_from"):
        return datetime.fromisoformat(cell).replace(tzinfo=LOCAL).astimezone(UTC).replace(tzinfo=None)
    if isinstance(cell, str) and name.endswith(("_on", "valid_from", "valid_to")):
        return date.fromisoformat(cell)
    return cell


def full(row: dict[str, Any], columns: set[str]) -> dict[str, Any]:
    """The row with its local days filled in and a landing time."""
    made = {name: stored(name, cell) for name, cell in row.items()}
    for name in [name for name in made if name.endswith("_at")]:
        day = name.removesuffix("_at") + "_on"
        if day in columns and day not in made:
            made[day] = (made[name] + timedelta(hours=7)).date()
    return {**made, "source": "example", "load_id": "L1", "known_at": datetime(2026, 7, 10)}


def test_every_indicator_has_an_example() -> None:
    wanted = {entry.id for entry in CATALOGUE.indicators.values() if entry.kind != "score"}
    replaced = {f"{entry.id}@{entry.version}" for entry in CATALOGUE.earlier}
    assert {path.stem for path in EXAMPLES} == wanted | replaced


@pytest.fixture(scope="module")
def units_only() -> Iterator[duckdb.DuckDBPyConnection]:
    """The core tables with the units of the examples."""
    opened = open_core({"unit": UNITS})
    yield opened
    opened.close()


@pytest.fixture
def connection(units_only: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A transaction on them that leaves nothing behind."""
    units_only.execute("BEGIN")
    yield units_only
    units_only.execute("ROLLBACK")
    left = units_only.execute("SELECT table_name FROM duckdb_tables() WHERE estimated_size > 0 OR temporary").fetchall()
    assert left == [("unit",)], "the next example would find rows of this one"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    example = load_yaml(path).data
    key, _, version = path.stem.partition("@")
    assert example["indicator"] == key
    entry = CATALOGUE.definition(key, int(version)) if version else CATALOGUE.indicator(key)
    dataset = CATALOGUE.dataset_of(entry)
    table = example["table"] if "." in example["table"] else f"core.{example['table']}"
    assert dataset.table == table
    now = datetime.fromisoformat(example["now"]).replace(tzinfo=LOCAL).astimezone(UTC)
    rows = [full(row, set(dataset.columns)) for row in example["rows"]]
    put(connection, table, rows)
    terms = [] if entry.parts is None else [part.of for _, part in entry.parts.terms()]
    only = CATALOGUE.only(entry.id, *terms)
    measure(connection, only, now=now, run_id="r1", periods_from=date(2025, 1, 1))
    observe_combined(connection, only, now=now, run_id="r1")
    observe_external(connection, only, now=now, run_id="r1")
    ask, expect = example["ask"], example["expect"]
    found = connection.execute(
        "SELECT value, numerator, denominator, state, comparator FROM mart.observation "
        "WHERE indicator = ? AND version = ? AND unit = ? AND period = ? AND slice_dim = ''",
        [entry.id, entry.version, ask["unit"], str(ask["period"])],
    ).fetchall()
    assert len(found) == 1, "no such number"
    value, top, bottom, state, comparator = found[0]
    assert state == expect["state"]
    values = [value]
    if entry.kind != "external":  # what was published is copied: there is nothing to compute a second time
        asked = (entry.id, ask["unit"], str(ask["period"]))
        again = recompute(read_tables(connection, only), only, *asked, now=now, version=entry.version)
        assert again.state == expect["state"]
        values.append(again.value)
    for seen in values:
        assert (seen is None) == (expect["value"] is None)
        assert seen is None or significant(seen) == significant(expect["value"])
    for name, seen in (("numerator", top), ("denominator", bottom)):
        if name in expect:
            assert significant(seen) == significant(expect[name])
    assert comparator == expect.get("comparator", "=")

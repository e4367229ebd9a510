"""Two engines, one answer: every indicator, unit level and period kind, and a third by hand for the main ones."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indicators.measure import measure, observe_combined
from indicators.second import Tables, read_tables, recompute
from ioc.catalogue import Catalogue, load_catalogue
from ioc.words import significant
from tests.indicators import small_core
from tests.indicators.third_engine import BY_HAND

SHIPPED = Path(__file__).resolve().parents[2] / "indicators" / "catalogue"
COMPUTED = [i.id for i in load_catalogue(SHIPPED).indicators.values() if i.kind not in ("score", "external")]
COLUMNS = "unit, period, value, numerator, denominator, state, slice_dim, slice_value, version"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(SHIPPED)


@pytest.fixture(scope="module")
def measured(catalogue: Catalogue) -> Iterator[Any]:
    connection = small_core.open_core()
    measure(connection, catalogue, now=small_core.NOW, run_id="r1")
    observe_combined(connection, catalogue, now=small_core.NOW, run_id="r1")
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def tables(measured: Any, catalogue: Catalogue) -> Tables:
    return read_tables(measured, catalogue)


def same(one: float | None, other: float | None) -> bool:
    return one == other if one is None or other is None else significant(one) == significant(other)


def differences(
    measured: Any, tables: Tables, catalogue: Catalogue, indicator: str, *, most: int = 24, first: bool = False
) -> list[Any]:
    """Cells of an indicator on which the engines differ (a fixed sample of its cells, all levels and kinds)."""
    rows = measured.execute(
        f"SELECT {COLUMNS} FROM mart.observation WHERE indicator = ? ORDER BY ALL", [indicator]
    ).fetchall()
    assert rows, f"{indicator} was not measured"
    sample = random.Random(indicator).sample(rows, min(most, len(rows)))
    found = []
    for unit, period, value, top, bottom, state, dim, part, version in sample:
        again = recompute(
            tables, catalogue, indicator, unit, period, now=small_core.NOW, slice_dim=dim, slice_value=part,
            version=version,
        )  # fmt: skip
        shown = state in ("value", "zero")
        agree = again.state == state and same(again.value, value)
        agree = agree and (not shown or (same(again.numerator, top) and same(again.denominator, bottom)))
        if not agree:
            found.append((unit, period, dim, part, (value, top, bottom, state), again))
            if first:
                break
    return found


@pytest.mark.parametrize("indicator", COMPUTED)
def test_engines_agree(indicator: str, measured: Any, tables: Tables, catalogue: Catalogue) -> None:
    found = differences(measured, tables, catalogue, indicator)
    assert not found, found[:3]


def test_fixture_shows_every_state_and_level(measured: Any) -> None:
    states = dict(measured.execute("SELECT state, count(*) FROM mart.observation GROUP BY 1").fetchall())
    assert set(states) == {"value", "zero", "missing", "not_due", "not_applicable"}
    assert min(states.values()) > 100
    levels = measured.execute("SELECT DISTINCT unit_level FROM mart.observation").fetchall()
    assert {row[0] for row in levels} == {"province", "commune", "department", "source", "dataset"}


@pytest.mark.parametrize("indicator", sorted(BY_HAND))
def test_by_hand_agrees(indicator: str, measured: Any) -> None:
    rows = measured.execute(
        f"SELECT {COLUMNS} FROM mart.observation WHERE indicator = ? AND slice_dim = '' AND state IN ('value', 'zero')"
        " AND period_kind IN ('month', 'quarter', 'ytd') ORDER BY ALL",
        [indicator],
    ).fetchall()
    assert len(rows) > 10
    for unit, period, value, top, bottom, *_ in rows:
        expected = BY_HAND[indicator](measured, unit, period)
        assert same(value, expected[0]), (unit, period, value, expected)
        assert same(top, expected[1])
        assert same(bottom, expected[2])


def mutants(text: str) -> Iterator[str]:
    """Small wrong versions of an expression: a sign, a word or a constant changed."""
    changes = [("<=", "<"), (">=", ">"), ("==", "!="), (" and ", " or "), ("is not None", "is None"), (" * ", " + ")]
    for before, after in changes:
        if before in text:
            yield text.replace(before, after, 1)
    for column in re.findall(r"(?:sum|count)\(([a-z_]+)\)", text):
        yield text.replace(f"({column})", f"({column} + {column})" if "sum" in text else f"(not {column})", 1)
    if text == "count()":
        yield "count(known_at is None)"
    for number in re.findall(r"\b\d+\b", text):
        yield text.replace(number, str(int(number) + 1), 1)


def test_changing_any_expression_is_noticed(measured: Any, tables: Tables, catalogue: Catalogue) -> None:
    """The first engine measured with the shipped text; a second engine reading a mutant must disagree."""
    frames = {name: frame.assign(known_at="2026-01-01") for name, frame in tables.frames.items()}
    fresh = dataclasses.replace(tables, frames=frames, kept={})  # mutants change no rows, so groups are made once
    tried = 0
    unnoticed = []
    for entry in catalogue.indicators.values():
        if not entry.is_measured:
            continue
        for name in ("where", "numerator", "denominator"):
            text = getattr(entry, name)
            for mutant in mutants(text) if text else ():
                changed = entry.model_copy(update={name: mutant})
                altered = catalogue.model_copy(update={"indicators": {**catalogue.indicators, entry.id: changed}})
                tried += 1
                if not differences(measured, fresh, altered, entry.id, most=200, first=True):
                    unnoticed.append(f"{entry.id}: {name}: {mutant}")
    assert not unnoticed
    assert tried > 60

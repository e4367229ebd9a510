# ruff: noqa: E501  (SQL and YAML stay on one line here)
"""Both compilers of the expression language give the same for any expression and any rows, missing values included."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.expression import (
    ExpressionError,
    aggregate_sql,
    aggregates_in,
    columns_in,
    condition_holds,
    parse_condition,
    parse_total,
    row_sql,
    total_sql,
    total_value,
)
from ioc.words import significant

COLUMNS: Any = {"x": "number", "y": "number", "b": "boolean", "t": "text", "d": "date", "e": "date", "s": "timestamp", "u": "timestamp"}  # fmt: skip
numbers = st.none() | st.integers(-50, 50).map(float) | st.sampled_from([0.5, 0.000001, 12.3456785])
days = st.none() | st.dates(datetime(2026, 1, 1).date(), datetime(2026, 1, 6).date())
instants = st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 3))
row = st.fixed_dictionaries(
    {"x": numbers, "y": numbers, "b": st.none() | st.booleans(), "t": st.none() | st.sampled_from(["a", "b", "it's"]),
     "d": days, "e": days, "s": instants, "u": instants}
)  # fmt: skip
values = st.recursive(
    st.sampled_from(["x", "y", "0", "2", "-1.5"]),
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
    max_leaves=3,
)
signs = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
atoms = st.one_of(
    st.tuples(values, signs, values).map(" ".join),
    st.sampled_from(
        ["b", "b == True", "t == 'a'", "t != 'it\\'s'", "t in ['a', 'b']", "t not in ['a']", "x in [1, 2]", "t is None",
         "x is not None", "d < e", "d <= day_after(e)", "s >= u", "latest(s, u) < s", "earliest(d, e) == d", "latest(d, e) is None"]
    ),
)  # fmt: skip
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        inner.map(lambda text: f"(not {text})"),
    ),
    max_leaves=5,
)
CONNECTION = duckdb.connect()
KINDS = {"number": "DOUBLE", "boolean": "BOOLEAN", "text": "VARCHAR", "date": "DATE", "timestamp": "TIMESTAMP"}


def load(rows: list[dict[str, Any]]) -> pd.DataFrame:
    CONNECTION.execute(f"CREATE OR REPLACE TABLE rows ({', '.join(f'{n} {KINDS[k]}' for n, k in COLUMNS.items())})")
    CONNECTION.executemany(
        "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [[item[name] for name in COLUMNS] for item in rows]
    )
    return CONNECTION.execute("SELECT * FROM rows").df()


@settings(max_examples=150, deadline=None)
@given(text=conditions, rows=st.lists(row, min_size=1, max_size=6))
def test_conditions_agree(text: str, rows: list[dict[str, Any]]) -> None:
    frame = load(rows)
    node = parse_condition(text, COLUMNS)
    by_sql = [
        bool(found[0]) for found in CONNECTION.execute(f"SELECT coalesce({row_sql(node)}, FALSE) FROM rows").fetchall()
    ]
    assert condition_holds(frame, node).tolist() == by_sql, text


@settings(max_examples=80, deadline=None)
@given(value=values, text=conditions, rows=st.lists(row, min_size=1, max_size=6))
def test_totals_agree(value: str, text: str, rows: list[dict[str, Any]]) -> None:
    frame = load(rows)
    total = parse_total(f"sum({value}, {text}) / 3 + count({text})", COLUMNS)
    names = {one: f"m{place}" for place, one in enumerate(dict.fromkeys(aggregates_in(total)))}
    inner = ", ".join(f"{aggregate_sql(one)} AS {name}" for one, name in names.items())
    found = CONNECTION.execute(f"SELECT {total_sql(total, names)} FROM (SELECT {inner} FROM rows)").fetchone()
    assert found is not None
    assert found[0] == pytest.approx(total_value(frame, total), rel=1e-9, abs=2e-5)


def test_sums_do_not_depend_on_order() -> None:
    rows = [dict.fromkeys(COLUMNS) | {"x": value} for value in (1e11, 0.1, -1e11, 0.2)]
    frame = load(rows)
    total = parse_total("sum(x)", COLUMNS)
    assert significant(total_value(frame, total)) == 0.3
    found = CONNECTION.execute(f"SELECT {aggregate_sql(next(iter(aggregates_in(total))))} FROM rows").fetchone()
    assert found is not None
    assert float(found[0]) == 0.3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("count(", "cannot read"),
        ("count(z)", "unknown column 'z'"),
        ("count(x)", "not a condition"),
        ("sum(t)", "not a number"),
        ("count() / count()", "plain numbers only"),
        ("count(d < s)", "is compared with"),
        ("count(t < 'a')", "has no order"),
        ("count(1 < x < 3)", "one comparison at a time"),
        ("count(x is 3)", "'is' is for None"),
        ("count(sum(x) > 1)", "cannot stand inside a row"),
        ("count(().__class__ is None)", "not part of the language"),
        ("3", "counts nothing"),
        ("sum(x) / 0", "division by zero"),
    ],
)
def test_what_does_not_fit_is_refused(text: str, says: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_total(text, COLUMNS)
    assert says in caught.value.message


def test_used_columns() -> None:
    assert columns_in(parse_total("sum(x * y, b) + count(latest(d, e) is None)", COLUMNS)) == {"x", "y", "b", "d", "e"}

"""Build the table to score from frames, mappings and CSV files, wide or long; refuse what does not fit."""

from __future__ import annotations

import csv
import difflib
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from indicators.score.exact import Exact, divide, parse_exact
from indicators.score.faults import ScoreError
from indicators.score.scorecard import TableShape
from indicators.score.table import Input, ScoreTable, is_empty

STATES = ("value", "zero", "missing", "not_due", "not_applicable", "pending", "rejected")


def build_table(
    data: pd.DataFrame | Mapping[str, Sequence[object]],
    shape: TableShape | None = None,
    *,
    constants: Mapping[str, object] | None = None,
) -> ScoreTable:
    """Table from a frame or a mapping of columns, wide or long. Raises ScoreError on doubled rows or
    states."""
    shape = shape or TableShape()
    if isinstance(data, pd.DataFrame):
        columns: dict[str, list[object]] = {str(c): data[c].astype(object).tolist() for c in data.columns}
    else:
        columns = {str(name): list(cells) for name, cells in data.items()}
    columns = {name: [None if is_empty(c) else c for c in cells] for name, cells in columns.items()}
    if shape.unit not in columns:
        close = difflib.get_close_matches(shape.unit, columns, n=1)
        raise ScoreError(
            f"the table has no unit column {shape.unit!r}; it has {', '.join(list(columns)[:8])}",
            remedy=f"did you mean {close[0]!r}?" if close else "name it in `table: {unit: ...}` of the scorecard",
        )
    columns = filter_rows(columns, shape)
    if "indicator" in columns and ("value" in columns or "numerator" in columns):
        table = build_long(columns, shape)
    else:
        table = build_wide(columns, shape)
    table.constants = {name: parse_exact(value) for name, value in (constants or {}).items()}
    return table


def filter_rows(columns: dict[str, list[object]], shape: TableShape) -> dict[str, list[object]]:
    for rule in shape.rows:
        if rule.column not in columns:
            raise ScoreError(f"the row filter names column {rule.column!r}, which the table does not have")
        keep = [
            not (rule.filled and is_empty(cell))
            and not (rule.not_prefix is not None and str(cell).startswith(rule.not_prefix))
            for cell in columns[rule.column]
        ]
        columns = {n: [c for c, k in zip(cells, keep, strict=True) if k] for n, cells in columns.items()}
    return columns


def build_wide(columns: dict[str, list[object]], shape: TableShape) -> ScoreTable:
    codes = [str(code) for code in columns[shape.unit]]
    order = sorted(range(len(codes)), key=codes.__getitem__)
    for left, right in itertools.pairwise(order):
        if codes[left] == codes[right]:
            raise ScoreError(f"unit {codes[left]} stands in the table twice", remedy="keep one row per unit")
    sorted_columns = {name: [cells[row] for row in order] for name, cells in columns.items()}
    inputs: dict[str, Input] = {}
    for name, cells in sorted_columns.items():
        if name.endswith((".num", ".den", ".state")):
            base = name.rpartition(".")[0]
            inputs.setdefault(base, Input(sorted_columns.get(base, [None] * len(order))))
            if name.endswith(".num"):
                inputs[base].tops = cells
            elif name.endswith(".den"):
                inputs[base].bottoms = cells
            else:
                inputs[base].states = [check_state(cell, base) for cell in cells]
        else:
            inputs.setdefault(name, Input(cells))
    for name, column in inputs.items():
        if (column.tops is None) != (column.bottoms is None):
            raise ScoreError(f"input {name!r} has only one of {name}.num and {name}.den")
    return finish(sorted_columns, shape, [codes[row] for row in order], inputs)


def build_long(columns: dict[str, list[object]], shape: TableShape) -> ScoreTable:
    codes = sorted({str(code) for code in columns[shape.unit]})
    index = {code: row for row, code in enumerate(codes)}
    inputs: dict[str, Input] = {}
    pairs: dict[str, dict[int, tuple[object, object]]] = {}
    seen: set[tuple[int, str]] = set()
    empty: list[object] = [None] * len(columns["indicator"])
    rows = zip(
        columns[shape.unit],
        columns["indicator"],
        columns.get("value", empty),
        columns.get("numerator", empty),
        columns.get("denominator", empty),
        columns.get("state", empty),
        strict=True,
    )
    for code, indicator, value, top, bottom, state in rows:
        row, name = index[str(code)], str(indicator)
        if (row, name) in seen:
            raise ScoreError(f"unit {code} has {name} twice", remedy="choose one period, basis and slice first")
        seen.add((row, name))
        if name not in inputs:
            inputs[name] = Input([None] * len(codes), states=["missing"] * len(codes))
        column = inputs[name]
        pair = not is_empty(top) and not is_empty(bottom)
        if pair:
            pairs.setdefault(name, {})[row] = (top, bottom)
            number_top, number_bottom = parse_exact(top), parse_exact(bottom)
            if number_bottom[0] > 0:
                column.cells[row] = Exact(*divide(number_top, number_bottom))
            elif is_empty(value):
                column.cells[row] = None
        if not pair:
            column.cells[row] = value
        declared = check_state(state, name)
        if not declared:
            declared = "missing" if is_empty(value) and not pair else "value"
        if pair and parse_exact(bottom)[0] == 0 and declared in ("value", "zero"):
            declared = "zero_denominator"
        assert column.states is not None
        column.states[row] = declared
    for name, found in pairs.items():
        keep_counts(inputs[name], found)
    first = {str(code): row for row, code in reversed(list(enumerate(columns[shape.unit])))}
    kept = {
        name: [cells[first[code]] for code in codes]
        for name, cells in columns.items()
        if name not in ("indicator", "value", "numerator", "denominator", "state")
    }
    return finish(kept, shape, codes, inputs)


def keep_counts(column: Input, pairs: dict[int, tuple[object, object]]) -> None:
    """Numerators and denominators as they came, when every cell with a number has them: rates then have a size."""
    assert column.states is not None
    counted = ("value", "zero", "pending", "zero_denominator")
    if all(row in pairs for row, state in enumerate(column.states) if state in counted):
        column.tops = [pairs.get(row, (None, None))[0] for row in range(len(column.cells))]
        column.bottoms = [pairs.get(row, (None, None))[1] for row in range(len(column.cells))]


def check_state(cell: object, name: str) -> str:
    if is_empty(cell):
        return ""
    state = str(cell).strip()
    if state not in STATES:
        close = difflib.get_close_matches(state, STATES, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(STATES)}"
        raise ScoreError(f"unknown state {state!r} of {name}", remedy=hint)
    return state


def finish(
    columns: dict[str, list[object]], shape: TableShape, codes: list[str], inputs: dict[str, Input]
) -> ScoreTable:
    def text(name: str | None) -> list[str]:
        cells = columns.get(name or "", [None] * len(codes))
        return ["" if is_empty(c) else str(c) for c in cells]

    names = text(shape.name or "unit_name")
    attributes = {n: text(n) for n, cells in columns.items() if any(isinstance(c, str) for c in cells)}
    return ScoreTable(codes, names, text(shape.level or "level"), attributes, inputs)


def read_csv(path: Path | str, shape: TableShape | None = None, *, encoding: str | None = None) -> dict[str, list[str]]:
    """Columns of a CSV file as text, so that 79.95 stays exactly 79.95.

    The encoding is the caller's, else the scorecard's. Raises ScoreError when the file does not fit it.
    """
    shape = shape or TableShape()
    path = Path(path)
    try:
        with path.open(encoding=encoding or shape.encoding, newline="") as file:
            rows = list(csv.reader(file, delimiter=shape.delimiter))
    except FileNotFoundError:
        raise ScoreError(f"no such table: {path}", remedy="check the path") from None
    except (UnicodeDecodeError, LookupError) as error:
        raise ScoreError(
            f"{path} cannot be read as {encoding or shape.encoding}: {error}",
            remedy="name the right encoding, for instance --encoding latin-1",
        ) from None
    if not rows:
        raise ScoreError(f"{path} is empty")
    header = rows[0]
    doubled = [name for position, name in enumerate(header) if name in header[:position]]
    if doubled:
        raise ScoreError(f"{path}:1: column {doubled[0]!r} stands twice in the header")
    for number, row in enumerate(rows[1:], start=2):
        if row and len(row) != len(header):
            raise ScoreError(f"{path}:{number}: {len(row)} cells, the header has {len(header)}")
    return {name: [row[i] for row in rows[1:] if row] for i, name in enumerate(header)}

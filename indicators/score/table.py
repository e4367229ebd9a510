"""The table that is scored: units down, inputs across, every cell with its state.

Wide form: one row per unit, a column per input (`X`), or `X.num` and `X.den` for a ratio, and optionally
`X.state`. Long form: one row per unit and input with `indicator`, `value` and/or `numerator`, `denominator`,
and optionally `state`. An empty cell is *not reported*; `n/a` is *confirmed not applicable*; a zero is a
zero.
"""

from __future__ import annotations

import difflib
import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from indicators.score.exact import Exact, divide, make, parse_exact
from indicators.score.faults import NotExactError, ScoreError

EMPTY = frozenset({"", "NA", "NaN", "nan", "None", ".."})

WORDS_FOR_TRUTH = {"yes": 1, "true": 1, "có": 1, "đạt": 1, "no": 0, "false": 0, "không": 0, "không đạt": 0}

HUNDRED = Exact(100, 1)

NOTHING = Exact(0, 1)


def is_empty(cell: object) -> bool:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return True
    return isinstance(cell, str) and cell.strip() in EMPTY


@dataclass(slots=True)
class Input:
    """One column of raw cells; `tops`/`bottoms` hold a ratio's numerator and denominator when given."""

    cells: list[object]
    tops: list[object] | None = None
    bottoms: list[object] | None = None
    states: list[str] | None = None

    def state(self, row: int) -> str:
        declared = self.states[row] if self.states else ""
        if declared:
            return "value" if declared == "zero" else declared
        cell = self.tops[row] if self.tops is not None else self.cells[row]
        if isinstance(cell, str) and cell.strip().lower() == "n/a":
            return "not_applicable"
        if is_empty(cell) or (self.bottoms is not None and is_empty(self.bottoms[row])):
            return "missing"
        return "value"


@dataclass(slots=True)
class Numbers:
    """Exact numbers with states, one per unit; a number is meaningless unless its state is value or
    pending."""

    values: list[Exact]
    states: list[str]


@dataclass(slots=True)
class ScoreTable:
    """Units in the order of their codes, their attributes, and the inputs by name."""

    units: list[str]
    names: list[str]
    levels: list[str]
    attributes: dict[str, list[str]]
    inputs: dict[str, Input]
    constants: dict[str, Exact] = field(default_factory=dict)
    _read: dict[tuple[str, bool], Numbers] = field(default_factory=dict, init=False, repr=False, compare=False)

    def numbers(self, name: str, *, percent: bool = False) -> Numbers:
        """Exact values of one input, read once. A plain number of a percent criterion is out of 100; a pair is a
        share."""
        if name in self.constants:
            return Numbers([self.constants[name]] * len(self.units), ["value"] * len(self.units))
        if (name, percent) not in self._read:
            self._read[name, percent] = self._read_column(name, percent)
        return self._read[name, percent]

    def _read_column(self, name: str, percent: bool) -> Numbers:
        column = self.column(name)
        values: list[Exact] = []
        states: list[str] = []
        counts = plain_counts(column)
        if counts is not None:  # the common case: every unit reported two counts
            return Numbers(list(map(make, *counts)), ["value"] * len(self.units))
        for row in range(len(self.units)):
            state = column.state(row)
            number = NOTHING
            if state in ("value", "pending"):
                try:
                    number = read_number(column, row, percent)
                except ZeroDivisionError:
                    state = "zero_denominator"
                except NotExactError as error:
                    raise ScoreError(f"unit {self.units[row]}, {name}: {error.message}", remedy=error.remedy) from None
            values.append(number)
            states.append(state)
        return Numbers(values, states)

    def texts(self, name: str) -> tuple[list[str], list[str]]:
        """Texts and states of one input, for forms that take a named outcome."""
        column = self.column(name)
        rows = range(len(self.units))
        states = [column.state(row) for row in rows]
        return [str(column.cells[row]).strip() for row in rows], states

    def floats(self, name: str) -> NDArray[np.float64]:
        """Values as floats, missing as NaN: the analytical layer."""
        exact = self.numbers(name)
        return np.array(
            [v.value() if s == "value" else np.nan for v, s in zip(exact.values, exact.states, strict=True)],
            dtype=np.float64,
        )

    def column(self, name: str) -> Input:
        try:
            return self.inputs[name]
        except KeyError:
            close = difflib.get_close_matches(name, self.inputs, n=1)
            hint = f"did you mean column {close[0]!r}? " if close else ""
            raise ScoreError(
                f"the table has no input {name!r}",
                remedy=f"{hint}add it, or ask for absent inputs to count as not reported",
            ) from None

    def has(self, name: str) -> bool:
        return name in self.inputs or name in self.constants

    def view(self) -> ScoreTable:
        """The same cells, with a list of inputs of its own: what one scorecard declares absent stays with it."""
        twin = replace(self, inputs=dict(self.inputs))
        twin._read = self._read
        return twin

    def add_absent(self, name: str) -> None:
        """Declare an input that nobody reported."""
        self.inputs[name] = Input([None] * len(self.units))

    def fingerprint(self, names: Iterable[str]) -> str:
        """sha256 of the units and of the inputs used, independent of row order and of column order."""
        digest = hashlib.sha256(repr(self.units).encode())
        for name in sorted(set(names)):
            if name in self.constants:
                digest.update(f"{name}={self.constants[name].fraction()}".encode())
            elif name in self.inputs:
                column = self.inputs[name]
                content = (column.cells, column.tops, column.bottoms, column.states)
                digest.update(f"{name}={content!r}".encode())
        return digest.hexdigest()


def plain_counts(column: Input) -> tuple[list[int], list[int]] | None:
    """Numerators and denominators when all are plain counts with a denominator above zero."""
    if column.states is not None or column.tops is None or column.bottoms is None:
        return None
    tops = [cell for cell in column.tops if type(cell) is int]
    bottoms = [cell for cell in column.bottoms if type(cell) is int]
    complete = len(tops) == len(column.tops) and len(bottoms) == len(column.bottoms)
    return (tops, bottoms) if complete and tops and min(tops) >= 0 and min(bottoms) > 0 else None


def read_number(column: Input, row: int, percent: bool) -> Exact:
    if column.tops is not None and column.bottoms is not None:
        top, bottom = parse_exact(column.tops[row]), parse_exact(column.bottoms[row])
        if bottom[0] == 0:
            raise ZeroDivisionError
        if bottom[0] < 0 or top[0] < 0:
            raise NotExactError("a numerator or denominator is negative", remedy="correct the count at its source")
        return divide(top, bottom)
    cell = column.cells[row]
    if isinstance(cell, str):
        truth = WORDS_FOR_TRUTH.get(cell.strip().lower())
        if truth is not None:
            return Exact(truth, 1)
    number = parse_exact(cell)
    if percent and not isinstance(cell, Exact) and not (isinstance(cell, str) and "%" in cell):
        return divide(number, HUNDRED)
    return number

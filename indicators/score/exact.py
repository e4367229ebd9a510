"""Exact numbers as pairs of integers, so that 79.95% is below 80% on every machine.

A floating-point `(1 - 0.9) >= 0.1` is false; a rubric that decides careers must not hang on that.
Comparison is by cross-multiplication; nothing is reduced, because sums of fifty ratios are cheap
with Python's integers and a greatest common divisor per step is not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, NamedTuple

from pydantic import PlainSerializer, PlainValidator

from indicators.score.faults import NotExactError

DECIMAL_TEXT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")


class Exact(NamedTuple):
    """num/den with den > 0; not necessarily in lowest terms."""

    num: int
    den: int

    def value(self) -> float:
        """The nearest float (Python divides integers with correct rounding)."""
        return self.num / self.den

    def fraction(self) -> Fraction:
        return Fraction(self.num, self.den)


def make(num: int, den: int) -> Exact:
    """Exact(num, den) without the cost of a named tuple's constructor; the engine makes a million of them."""
    return tuple.__new__(Exact, (num, den))


ZERO = Exact(0, 1)
ONE = Exact(1, 1)


def parse_exact(value: object) -> Exact:
    """Read an exact number from an int, a float, a text such as `79.95`, `80%` or `1/3`.

    A float is taken by its shortest decimal text: 0.1 means one tenth. Raises NotExactError.
    """
    if isinstance(value, Exact):
        return value
    if isinstance(value, bool):
        return Exact(int(value), 1)
    if isinstance(value, int):
        return Exact(value, 1)
    if isinstance(value, Fraction):
        return Exact(value.numerator, value.denominator)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotExactError(f"{value} is not a finite number", remedy="leave the cell empty instead")
        if value.is_integer():
            return Exact(int(value), 1)
        return Exact(*Decimal(repr(value)).as_integer_ratio())
    if isinstance(value, Decimal) and value.is_finite():
        return Exact(*value.as_integer_ratio())
    if isinstance(value, str):
        return parse_text(value)
    raise NotExactError(f"{value!r} is not a number", remedy="write for instance 12, 79.95, 80% or 1/3")


def parse_text(text: str) -> Exact:
    """Read `12`, `79.95`, `80%`, `1/3`, `12_000`; a comma is refused because it is ambiguous."""
    body = text.strip().replace("_", "")
    if body.endswith("%"):
        return divide(parse_text(body[:-1]), Exact(100, 1))
    left, slash, right = body.partition("/")
    if slash and right:
        return divide(parse_text(left), parse_text(right))
    if not DECIMAL_TEXT.fullmatch(body):
        raise NotExactError(
            f"{text!r} is not a number", remedy="write for instance 12, 79.95, 80% or 1/3, without a comma"
        )
    if body.isdigit():
        return Exact(int(body), 1)
    return Exact(*Decimal(body).as_integer_ratio())


def compare(a: Exact, b: Exact) -> int:
    """-1, 0 or 1 as a is below, at or above b; integers only."""
    difference = a[0] * b[1] - b[0] * a[1]
    return (difference > 0) - (difference < 0)


def add(a: Exact, b: Exact) -> Exact:
    if a[1] == b[1]:
        return make(a[0] + b[0], a[1])
    return make(a[0] * b[1] + b[0] * a[1], a[1] * b[1])


def sum_exact(values: Iterable[Exact]) -> Exact:
    """Sum in one pass over plain integers."""
    num, den = 0, 1
    for n, d in values:
        if d == den:
            num += n
        elif d == 1:
            num += n * den
        else:
            num, den = num * d + n * den, den * d
    return make(num, den)


def subtract(a: Exact, b: Exact) -> Exact:
    return add(a, Exact(-b[0], b[1]))


def multiply(a: Exact, b: Exact) -> Exact:
    return make(a[0] * b[0], a[1] * b[1])


def divide(a: Exact, b: Exact) -> Exact:
    """a / b; the sign moves to the numerator. Division by zero is the caller's policy, never silent."""
    if b[0] == 0:
        raise NotExactError("division by zero", remedy="state the zero_denominator policy of the criterion")
    if b[0] < 0:
        return Exact(-a[0] * b[1], -a[1] * b[0])
    return make(a[0] * b[1], a[1] * b[0])


def lesser(a: Exact, b: Exact) -> Exact:
    return a if a[0] * b[1] <= b[0] * a[1] else b


def greater(a: Exact, b: Exact) -> Exact:
    return a if a[0] * b[1] >= b[0] * a[1] else b


def round_half_up(a: Exact, decimals: int) -> Exact:
    """Round half away from zero to `decimals` places: 6.725 -> 6.73 (a binary float gives 6.72)."""
    scale: int = 10**decimals
    magnitude = (2 * abs(a[0]) * scale + a[1]) // (2 * a[1])
    return Exact(magnitude if a[0] >= 0 else -magnitude, scale)


def significant(value: float, digits: int = 12) -> float:
    """Round to significant digits before comparing: equal values differ in the 17th digit otherwise."""
    return float(f"{value:.{digits - 1}e}")


def validate_exact(value: Any) -> Exact:
    try:
        return parse_exact(value)
    except NotExactError as error:
        raise ValueError(str(error)) from None


def exact_text(value: Exact) -> str:
    """Canonical text for the recipe hash: lowest terms."""
    return str(value.fraction())


ExactNumber = Annotated[Exact, PlainValidator(validate_exact), PlainSerializer(exact_text, return_type=str)]

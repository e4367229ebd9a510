"""The typed tree of an expression: what the two compilers share, and the only thing they share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal as OneOf

Type = OneOf["number", "text", "boolean", "date", "timestamp"]
Compare = OneOf["==", "!=", "<", "<=", ">", ">="]
Arithmetic = OneOf["+", "-", "*", "/"]


@dataclass(frozen=True)
class Column:
    """A column of the dataset."""

    name: str
    type: Type


@dataclass(frozen=True)
class Literal:
    """A number, a text, True or False."""

    value: float | str | bool
    type: Type


@dataclass(frozen=True)
class Comparison:
    """Two values of one type compared; unknown when one is missing."""

    sign: Compare
    left: Node
    right: Node
    type: Type = "boolean"


@dataclass(frozen=True)
class Logic:
    """`and` / `or` of conditions, Kleene logic."""

    word: OneOf["and", "or"]
    parts: tuple[Node, ...]
    type: Type = "boolean"


@dataclass(frozen=True)
class Not:
    """The negation; unknown stays unknown."""

    inner: Node
    type: Type = "boolean"


@dataclass(frozen=True)
class Missing:
    """`x is None`: never unknown."""

    inner: Node
    type: Type = "boolean"


@dataclass(frozen=True)
class Member:
    """`x in [...]` of plain values; unknown when x is missing."""

    inner: Node
    values: tuple[float | str, ...]
    type: Type = "boolean"


@dataclass(frozen=True)
class Calculation:
    """Arithmetic of numbers in double precision; x / 0 is missing."""

    sign: Arithmetic
    left: Node
    right: Node
    type: Type = "number"


@dataclass(frozen=True)
class Extreme:
    """`latest` or `earliest` of two moments; missing when one is missing."""

    word: OneOf["latest", "earliest"]
    left: Node
    right: Node
    type: Type


@dataclass(frozen=True)
class DayAfter:
    """The day after a date: a deadline on a day is missed from the next day on."""

    inner: Node
    type: Type = "date"


Node = Column | Literal | Comparison | Logic | Not | Missing | Member | Calculation | Extreme | DayAfter


@dataclass(frozen=True)
class Aggregate:
    """`count` (inner None) or `sum` over the rows where `condition` holds (None: all rows in scope)."""

    word: OneOf["count", "sum"]
    inner: Node | None
    condition: Node | None


@dataclass(frozen=True)
class Combined:
    """Two totals, or a total and a plain number, combined."""

    sign: Arithmetic
    left: Total
    right: Total


Total = Aggregate | Combined | float


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    if isinstance(node, Logic):
        return node.parts
    if isinstance(node, (Comparison, Calculation, Extreme)):
        return (node.left, node.right)
    if isinstance(node, (Not, Missing, Member, DayAfter)):
        return (node.inner,)
    return ()


def columns_in(tree: Node | Total | None) -> set[str]:
    """Names of all columns an expression reads."""
    if tree is None or isinstance(tree, (int, float)):
        return set()
    if isinstance(tree, Aggregate):
        return columns_in(tree.inner) | columns_in(tree.condition)
    if isinstance(tree, Combined):
        return columns_in(tree.left) | columns_in(tree.right)
    own = {tree.name} if isinstance(tree, Column) else set()
    return own.union(*(columns_in(child) for child in children(tree)))


def aggregates_in(total: Total) -> Iterator[Aggregate]:
    """The aggregates a total is made of, left to right."""
    if isinstance(total, Aggregate):
        yield total
    elif isinstance(total, Combined):
        yield from aggregates_in(total.left)
        yield from aggregates_in(total.right)

"""Reads expression text (a subset of Python's grammar, by `ast`, never executed) into a typed tree."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Mapping
from typing import cast

from indicators.expression.tree import (
    Aggregate,
    Arithmetic,
    Calculation,
    Column,
    Combined,
    Compare,
    Comparison,
    DayAfter,
    Extreme,
    Literal,
    Logic,
    Member,
    Missing,
    Node,
    Not,
    Total,
    Type,
)
from ioc.errors import IocError

Columns = Mapping[str, Type]
_COMPARE: dict[type[ast.cmpop], Compare] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_ARITHMETIC: dict[type[ast.operator], Arithmetic] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_ORDERED = ("number", "date", "timestamp")


class ExpressionError(IocError):
    """An expression that cannot be read or whose types do not fit; names the place in the text."""


def parse_condition(text: str, columns: Columns) -> Node:
    """A condition over one row; ExpressionError unless it is true or false."""
    node = _row(_read(text), columns, text)
    return _need(node, "boolean", text, "a condition")


def parse_moment(text: str, columns: Columns) -> Node:
    """A date or timestamp of one row."""
    node = _row(_read(text), columns, text)
    if node.type not in ("date", "timestamp"):
        raise ExpressionError(f"{text!r} is {_a(node.type)}, not a date or timestamp")
    return node


def parse_total(text: str, columns: Columns) -> Total:
    """A total over rows: counts and sums, combined with plain numbers."""
    total = _total(_read(text), columns, text)
    if isinstance(total, (int, float)):
        raise ExpressionError(f"{text!r} counts nothing", remedy="write count() or sum(column)")
    return total


def _read(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        offset = getattr(error, "offset", None)
        where = f" at character {offset}" if offset else ""
        raise ExpressionError(f"cannot read {text!r}{where}") from None


def _total(tree: ast.expr, columns: Columns, text: str) -> Total:
    number = _plain_number(tree)
    if number is not None:
        return number
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in ("count", "sum"):
        return _aggregate(tree, columns, text)
    if isinstance(tree, ast.BinOp) and type(tree.op) in _ARITHMETIC:
        sign = _ARITHMETIC[type(tree.op)]
        left, right = _total(tree.left, columns, text), _total(tree.right, columns, text)
        plain = [side for side in (left, right) if isinstance(side, (int, float))]
        if (sign == "*" and len(plain) != 1) or (sign == "/" and not isinstance(right, (int, float))):
            message = f"{_place(tree, text)}: totals are multiplied or divided by plain numbers only"
            raise ExpressionError(message, remedy="put the other total into the denominator")
        if sign in "+-" and plain:
            raise ExpressionError(f"{_place(tree, text)}: a plain number cannot be added to a total")
        if sign == "/" and right == 0:
            raise ExpressionError(f"{_place(tree, text)}: division by zero")
        return Combined(sign, left, right)
    raise ExpressionError(
        f"{_place(tree, text)} is no total",
        remedy="write count(), count(condition), sum(x) or sum(x, condition)",
    )


def _aggregate(tree: ast.Call, columns: Columns, text: str) -> Aggregate:
    assert isinstance(tree.func, ast.Name)
    if tree.keywords or len(tree.args) > (1 if tree.func.id == "count" else 2):
        raise ExpressionError(f"{_place(tree, text)}: too many arguments")
    arguments = [_row(argument, columns, text) for argument in tree.args]
    if tree.func.id == "count":
        condition = _need(arguments[0], "boolean", text, "what count() takes") if arguments else None
        return Aggregate("count", None, condition)
    if not arguments:
        raise ExpressionError(f"{_place(tree, text)}: sum() needs what to sum")
    condition = _need(arguments[1], "boolean", text, "the condition of sum()") if arguments[1:] else None
    return Aggregate("sum", _need(arguments[0], "number", text, "what sum() takes"), condition)


def _row(tree: ast.expr, columns: Columns, text: str) -> Node:
    if isinstance(tree, ast.Name):
        return _column(tree, columns, text)
    number = _plain_number(tree)
    if number is not None:
        return Literal(number, "number")
    if isinstance(tree, ast.Constant) and isinstance(tree.value, (str, bool)):
        return Literal(tree.value, "boolean" if isinstance(tree.value, bool) else "text")
    if isinstance(tree, ast.BoolOp):
        parts = tuple(_need(_row(part, columns, text), "boolean", text, "a part") for part in tree.values)
        return Logic("and" if isinstance(tree.op, ast.And) else "or", parts)
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not):
        return Not(_need(_row(tree.operand, columns, text), "boolean", text, "what 'not' takes"))
    if isinstance(tree, ast.Compare):
        return _comparison(tree, columns, text)
    if isinstance(tree, ast.BinOp) and type(tree.op) in _ARITHMETIC:
        left, right = _row(tree.left, columns, text), _row(tree.right, columns, text)
        for side in (left, right):
            _need(side, "number", text, "a part of a calculation")
        return Calculation(_ARITHMETIC[type(tree.op)], left, right)
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
        return _call(tree, columns, text)
    raise ExpressionError(f"{_place(tree, text)} is not part of the language")


def _comparison(tree: ast.Compare, columns: Columns, text: str) -> Node:
    if len(tree.ops) != 1:
        raise ExpressionError(f"{_place(tree, text)}: one comparison at a time", remedy="join them with 'and'")
    operator, right_tree = tree.ops[0], tree.comparators[0]
    left = _row(tree.left, columns, text)
    if isinstance(operator, (ast.Is, ast.IsNot)):
        if not (isinstance(right_tree, ast.Constant) and right_tree.value is None):
            raise ExpressionError(f"{_place(tree, text)}: 'is' is for None", remedy="write ==")
        return Missing(left) if isinstance(operator, ast.Is) else Not(Missing(left))
    if isinstance(operator, (ast.In, ast.NotIn)):
        member = Member(left, _listed(right_tree, left, text))
        return member if isinstance(operator, ast.In) else Not(member)
    right = _row(right_tree, columns, text)
    if left.type != right.type:
        message = f"{_place(tree, text)}: {_a(left.type)} is compared with {_a(right.type)}"
        raise ExpressionError(message, remedy="compare values of one type")
    sign = _COMPARE[type(operator)]
    if sign not in ("==", "!=") and left.type not in _ORDERED:
        raise ExpressionError(f"{_place(tree, text)}: {_a(left.type)} has no order", remedy="use == or !=")
    return Comparison(sign, left, right)


def _listed(tree: ast.expr, left: Node, text: str) -> tuple[float | str, ...]:
    if not isinstance(tree, (ast.List, ast.Tuple)) or not tree.elts:
        raise ExpressionError(f"{_place(tree, text)}: 'in' needs a list of values", remedy="write ['a', 'b']")
    values: list[float | str] = []
    for item in tree.elts:
        literal = _row(item, {}, text)
        if not isinstance(literal, Literal) or literal.type != left.type or isinstance(literal.value, bool):
            raise ExpressionError(f"{_place(item, text)} is not {_a(left.type)}")
        values.append(literal.value)
    return tuple(values)


def _call(tree: ast.Call, columns: Columns, text: str) -> Node:
    assert isinstance(tree.func, ast.Name)
    word = tree.func.id
    if word in ("count", "sum", "mean"):
        raise ExpressionError(f"{_place(tree, text)}: a total cannot stand inside a row")
    arguments = [_row(argument, columns, text) for argument in tree.args]
    if word == "day_after" and len(arguments) == 1 and not tree.keywords:
        return DayAfter(_need(arguments[0], "date", text, "what day_after() takes"))
    if word in ("latest", "earliest") and len(arguments) == 2 and not tree.keywords:
        left, right = arguments
        if left.type != right.type or left.type not in ("date", "timestamp"):
            raise ExpressionError(f"{_place(tree, text)}: needs two dates or two timestamps")
        return Extreme("latest" if word == "latest" else "earliest", left, right, left.type)
    raise ExpressionError(
        f"{_place(tree, text)}: unknown function or wrong arguments",
        remedy="known: count, sum, latest(a, b), earliest(a, b), day_after(d)",
    )


def _column(tree: ast.Name, columns: Columns, text: str) -> Column:
    if tree.id not in columns:
        near = difflib.get_close_matches(tree.id, list(columns), n=1, cutoff=0.6)
        remedy = f"did you mean {near[0]!r}?" if near else f"columns: {', '.join(sorted(columns)[:12])} ..."
        raise ExpressionError(f"unknown column {tree.id!r} in {text!r}", remedy=remedy)
    return Column(tree.id, columns[tree.id])


def _plain_number(tree: ast.expr) -> float | None:
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        inner = _plain_number(tree.operand)
        return None if inner is None else -inner
    if isinstance(tree, ast.Constant) and isinstance(tree.value, (int, float)):
        return None if isinstance(tree.value, bool) else float(tree.value)
    return None


def _need(node: Node, wanted: Type, text: str, what: str) -> Node:
    if node.type != wanted:
        raise ExpressionError(f"in {text!r}: {what} is {_a(node.type)}, not {_a(cast(str, wanted))}")
    return node


def _a(type_name: str) -> str:
    return {"boolean": "a condition", "text": "a text", "number": "a number"}.get(type_name, f"a {type_name}")


def _place(tree: ast.expr, text: str) -> str:
    return f"{ast.unparse(tree)!r} in {text!r}"

"""Expressions of a mapping: a closed list of operations over the fields of a row, compiled to SQL, never executed here.

Written like Python: `'done' if ended is not None else 'processing'`, `local_day(started)`, `unit('gso', name)`.
Known are comparisons, `and or not`, `in (...)`, `is None`, `+ - * / // %`, `a if condition else b`, and the functions
of FUNCTIONS. Anything else is an ExpressionError that names what was meant.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Sequence

from ioc.errors import IocError
from ioc.yamlfile import did_you_mean

COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "=",
    ast.NotEq: "<>",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}
# Factors to the unit on the right, exact by definition (international mile 1.609344 km, foot 0.3048 m).
FACTORS: dict[tuple[str, str], str] = {
    ("mph", "km_h"): "1.609344",
    ("m_s", "km_h"): "3.6",
    ("mile", "km"): "1.609344",
    ("m", "km"): "0.001",
    ("foot", "m"): "0.3048",
    ("percent", "share"): "0.01",
    ("share", "percent"): "100.0",
    ("thousand", "one"): "1000.0",
    ("million", "one"): "1000000.0",
    ("vnd", "vnd_bn"): "0.000000001",
    ("vnd_mn", "vnd_bn"): "0.001",
}


class ExpressionError(IocError):
    """An expression that cannot be read; the message names the place in the text."""


def quote(text: object) -> str:
    """A text constant for SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def local_day(instant: str) -> str:
    """The day of an instant in Asia/Ho_Chi_Minh (UTC+7, no summer time)."""
    return f"CAST({instant} + INTERVAL 7 HOUR AS DATE)"


def local_part(moment: str, form: str) -> str:
    """A part of the local day of a moment as text."""
    return f"strftime({moment}, {quote(form)})"


Maker = Callable[..., str]
# name -> (fewest arguments, most arguments, SQL of them)
FUNCTIONS: dict[str, tuple[int, int, Maker]] = {
    # text
    "join": (3, 12, lambda between, *parts: f"concat_ws({between}, {', '.join(parts)})"),
    "upper": (1, 1, lambda text: f"upper({text})"),
    "lower": (1, 1, lambda text: f"lower({text})"),
    "trim": (1, 1, lambda text: f"trim({text})"),
    "replace": (3, 3, lambda text, old, new: f"replace({text}, {old}, {new})"),
    "part": (3, 3, lambda text, between, number: f"nullif(split_part({text}, {between}, {number}), '')"),
    "after": (
        2,
        2,
        lambda text, mark: (
            f"CASE WHEN contains({text}, {mark}) "
            f"THEN substr({text}, strpos({text}, {mark}) + length({mark})) ELSE {text} END"
        ),
    ),
    "before": (
        2,
        2,
        lambda text, mark: (
            f"CASE WHEN contains({text}, {mark}) THEN substr({text}, 1, strpos({text}, {mark}) - 1) ELSE {text} END"
        ),
    ),
    "pad": (2, 2, lambda text, size: f"lpad(CAST({text} AS VARCHAR), {size}, '0')"),
    "starts": (2, 2, lambda text, mark: f"starts_with({text}, {mark})"),
    "text": (1, 1, lambda value: f"CAST({value} AS VARCHAR)"),
    # numbers
    "number": (1, 1, lambda text: f"TRY_CAST({text} AS DOUBLE)"),
    "whole": (1, 1, lambda text: f"TRY_CAST({text} AS BIGINT)"),
    "round": (1, 2, lambda value, digits="0": f"round({value}, {digits})"),
    "abs": (1, 1, lambda value: f"abs({value})"),
    # absence
    "first_of": (2, 12, lambda *values: f"coalesce({', '.join(values)})"),
    "none_if": (2, 2, lambda value, other: f"nullif({value}, {other})"),
    # time
    "local_day": (1, 1, local_day),
    "month": (1, 1, lambda day: local_part(day, "%Y-%m")),
    "year": (1, 1, lambda day: local_part(day, "%Y")),
    "quarter": (1, 1, lambda day: f"(strftime({day}, '%Y') || '-Q' || CAST(quarter({day}) AS VARCHAR))"),
    "minutes": (1, 1, lambda count: f"to_minutes(CAST({count} AS BIGINT))"),
    "days": (1, 1, lambda count: f"to_days(CAST({count} AS INTEGER))"),
    "minutes_between": (2, 2, lambda begin, end: f"date_diff('minute', {begin}, {end})"),
    # places
    "province": (0, 0, lambda: "$province"),
}
SPECIAL = ("unit", "convert")  # their first arguments must be constants


class Compiler:
    """Compiles one expression over the named fields. `schemes` collects the foreign unit schemes it uses."""

    def __init__(self, text: str, fields: Collection[str]) -> None:
        self.text, self.fields = text, fields
        self.used: set[str] = set()
        self.schemes: set[str] = set()

    def compile(self) -> str:
        """The SQL of the whole expression; ExpressionError when it cannot be read."""
        try:
            tree = ast.parse(self.text.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError) as error:
            raise self.fault(f"not readable ({getattr(error, 'msg', error)})") from None
        return self.sql(tree.body)

    def fault(self, message: str, remedy: str = "") -> ExpressionError:
        return ExpressionError(f"expression '{self.text}': {message}", remedy=remedy)

    def sql(self, node: ast.expr) -> str:
        """SQL of one node."""
        if isinstance(node, ast.Constant):
            return self.constant(node.value)
        if isinstance(node, ast.Name):
            return self.field(node.id)
        if isinstance(node, ast.BoolOp):
            word = " AND " if isinstance(node.op, ast.And) else " OR "
            return "(" + word.join(self.sql(part) for part in node.values) + ")"
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub)):
            return f"(NOT {self.sql(node.operand)})" if isinstance(node.op, ast.Not) else f"(-{self.sql(node.operand)})"
        if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
            return f"({self.sql(node.left)} {ARITHMETIC[type(node.op)]} {self.sql(node.right)})"
        if isinstance(node, ast.IfExp):
            return f"CASE WHEN {self.sql(node.test)} THEN {self.sql(node.body)} ELSE {self.sql(node.orelse)} END"
        if isinstance(node, ast.Compare):
            return self.comparison(node)
        if isinstance(node, ast.Call):
            return self.call(node)
        raise self.fault(f"'{ast.unparse(node)}' is not among the known operations")

    def constant(self, value: object) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, float)):
            return repr(value)
        if isinstance(value, str):
            return quote(value)
        raise self.fault(f"the constant {value!r} is not known")

    def field(self, name: str) -> str:
        if name not in self.fields:
            raise self.fault(f"unknown field '{name}'", did_you_mean(name, self.fields))
        self.used.add(name)
        return f'"{name}"'

    def comparison(self, node: ast.Compare) -> str:
        parts, left = [], node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, (ast.Is, ast.IsNot)):
                if not (isinstance(right, ast.Constant) and right.value is None):
                    raise self.fault("'is' compares with None only")
                parts.append(f"{self.sql(left)} IS {'NOT ' if isinstance(operator, ast.IsNot) else ''}NULL")
            elif isinstance(operator, (ast.In, ast.NotIn)):
                if not isinstance(right, (ast.Tuple, ast.List, ast.Set)) or not right.elts:
                    raise self.fault("'in' needs a list of constants")
                listed = ", ".join(self.sql(item) for item in right.elts)
                parts.append(f"{self.sql(left)} {'NOT ' if isinstance(operator, ast.NotIn) else ''}IN ({listed})")
            elif type(operator) in COMPARE:
                parts.append(f"{self.sql(left)} {COMPARE[type(operator)]} {self.sql(right)}")
            left = right
        return "(" + " AND ".join(parts) + ")"

    def call(self, node: ast.Call) -> str:
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise self.fault(f"'{ast.unparse(node)}' is not a known function call")
        name = node.func.id
        if name in SPECIAL:
            return self.unit(node.args) if name == "unit" else self.convert(node.args)
        if name not in FUNCTIONS:
            raise self.fault(f"unknown function '{name}'", did_you_mean(name, [*FUNCTIONS, *SPECIAL]))
        fewest, most, make = FUNCTIONS[name]
        if not fewest <= len(node.args) <= most:
            wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
            raise self.fault(f"{name}() takes {wanted} arguments, not {len(node.args)}")
        return make(*(self.sql(argument) for argument in node.args))

    def unit(self, arguments: Sequence[ast.expr]) -> str:
        """`unit('gso', code)`: a unit of another register, written scheme:code (DECISIONS 1)."""
        scheme = arguments[0].value if arguments and isinstance(arguments[0], ast.Constant) else None
        if len(arguments) != 2 or not isinstance(scheme, str) or not scheme.isidentifier():
            raise self.fault("unit() takes a scheme in quotes and a code, as in unit('gso', name)")
        self.schemes.add(scheme)
        return f"({quote(scheme + ':')} || trim(CAST({self.sql(arguments[1])} AS VARCHAR)))"

    def convert(self, arguments: Sequence[ast.expr]) -> str:
        """`convert(speed, 'mph', 'km_h')`."""
        units = tuple(item.value if isinstance(item, ast.Constant) else None for item in arguments[1:])
        if len(arguments) != 3 or units not in FACTORS:
            known = ", ".join(f"{a} to {b}" for a, b in FACTORS)
            raise self.fault("convert() takes a value, the unit it has and the unit wanted", f"known: {known}")
        return f"({self.sql(arguments[0])} * {FACTORS[units]})"  # type: ignore[index]


def compile_expression(text: str, fields: Collection[str]) -> str:
    """SQL of an expression over these fields."""
    return Compiler(text, fields).compile()


def constants_of(text: str) -> set[str] | None:
    """The texts an expression can result in, None when it is not made of constants alone."""
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        return None
    found: set[str] = set()
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.IfExp):
            waiting += [part.body, part.orelse]
        elif isinstance(part, ast.Constant) and (part.value is None or isinstance(part.value, str)):
            found |= {part.value} if isinstance(part.value, str) else set()
        else:
            return None
    return found

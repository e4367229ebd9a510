"""The small typed language of the catalogue, read once and compiled to SQL and to pandas.

Rows: columns, numbers, 'text', True, False, comparisons, `and or not`, `x in [..]`, `x is None`,
`x is not None`, `+ - * /`, `latest(a, b)`, `earliest(a, b)`, `day_after(d)`. Totals: `count()`,
`count(condition)`, `sum(x)`, `sum(x, condition)`, added, subtracted, and multiplied or divided by plain numbers.
A missing value makes a comparison unknown; an unknown condition does not hold (SQL's three-valued logic).
Division by zero gives a missing value. Sums are exact to six decimals, so that no order of rows changes them.
"""

from indicators.expression.frame import condition_holds, prepare_total, row_values, total_value
from indicators.expression.parse import ExpressionError, parse_condition, parse_moment, parse_total
from indicators.expression.sql import aggregate_sql, row_sql, total_sql
from indicators.expression.tree import Aggregate, Node, Total, aggregates_in, columns_in

__all__ = [
    "Aggregate",
    "ExpressionError",
    "Node",
    "Total",
    "aggregate_sql",
    "aggregates_in",
    "columns_in",
    "condition_holds",
    "parse_condition",
    "parse_moment",
    "parse_total",
    "prepare_total",
    "row_sql",
    "row_values",
    "total_sql",
    "total_value",
]

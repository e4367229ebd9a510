"""From delivered rows to the rows of a dataset: SQL over the landed texts, before the contract types and judges them.

The steps of `shape` in their order: missing, fill_down, add, where, unpivot, group, number; then, column by column,
`extract` and `codes`. All values stay texts, so the contract refuses what cannot be read and names where it stood.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from ioc.errors import SourceError
from pipelines.connect.delivery import FILE, POSITION
from pipelines.landing import Landed
from pipelines.mapping.expression import compile_expression, quote
from pipelines.spec import ColumnSpec, DatasetSpec, Grouping, Shape


def name_of(column: str) -> str:
    """A column name for SQL."""
    return '"' + column.replace('"', '""') + '"'


def open_landed(cursor: Any, landed: Landed, dataset: DatasetSpec, files: Sequence[str]) -> int:
    """Create the temp view `landed` over the parts; returns its rows. A shaped dataset sees its shaped rows."""
    listed = ", ".join(quote(path) for path in files)
    parts = f"read_parquet([{listed}], union_by_name = true)"
    if not dataset.is_shaped:
        cursor.execute(f"CREATE OR REPLACE TEMP VIEW landed AS SELECT * FROM {parts}")
        return landed.rows
    cursor.execute(f"CREATE OR REPLACE TEMP VIEW delivered AS SELECT * FROM {parts}")
    names = [str(row[0]) for row in cursor.execute("DESCRIBE delivered").fetchall()]
    raw = int(cursor.execute("SELECT count(*) FROM delivered").fetchone()[0])
    if raw != landed.rows:
        raise SourceError(
            landed.source,
            f"landed {landed.rows} rows but {raw} were read back",
            permanent=True,
            remedy="restore the landing folder from the backup",
        )
    cursor.execute("DROP TABLE IF EXISTS temp.shaped")
    cursor.execute(f"CREATE TEMP TABLE shaped AS {shaped_sql(dataset, names)}")
    cursor.execute("CREATE OR REPLACE TEMP VIEW landed AS FROM shaped")
    return int(cursor.execute("SELECT count(*) FROM shaped").fetchone()[0])


def shaped_sql(dataset: DatasetSpec, names: Sequence[str]) -> str:
    """The SELECT from `delivered` (with these columns) to the texts of the dataset's columns."""
    shape = dataset.shape or Shape()
    asked = dataset.delivered
    wide = headings_of(shape, names)
    steps = [("s0", start_sql(shape, asked, names, wide))]
    fields = list(asked)

    def then(sql: str) -> None:
        steps.append((f"s{len(steps)}", sql.replace("$before", steps[-1][0])))

    def fill(chosen: list[str]) -> None:
        filled = ", ".join(
            f"last_value({name_of(n)} IGNORE NULLS) OVER (ORDER BY {FILE}, {POSITION}) AS {name_of(n)}" for n in chosen
        )
        if filled:
            then(f"SELECT * REPLACE ({filled}) FROM $before")

    fill([name for name in shape.fill_down if name not in shape.add])
    for name, text in shape.add.items():
        then(f"SELECT *, CAST({compile_expression(text, fields)} AS VARCHAR) AS {name_of(name)} FROM $before")
        fields.append(name)
    fill([name for name in shape.fill_down if name in shape.add])
    if shape.where:
        then(f"SELECT * FROM $before WHERE {compile_expression(shape.where, fields)}")
    if shape.unpivot is not None:
        then(unpivot_sql(shape, fields, wide))
        fields += [*re.compile(shape.unpivot.columns).groupindex, shape.unpivot.value]
    if shape.group is not None:
        then(group_sql(dataset, shape.group, fields))
    else:
        picked = [
            f"{name_of(pick(dataset, n, fields))} AS {name_of(n)}"
            for n in dataset.columns
            if pick(dataset, n, fields) in fields
        ]
        then(f"SELECT {', '.join(picked)}, {POSITION}, {FILE} FROM $before")
    if shape.number:
        order = ", ".join([*(order_key(name_of(n)) for n in shape.number_by), FILE, POSITION])
        within = ", ".join(name_of(n) for n in shape.number_within)
        over = f"({f'PARTITION BY {within} ' if within else ''}ORDER BY {order})"
        then(f"SELECT *, CAST(row_number() OVER {over} AS VARCHAR) AS {name_of(shape.number)} FROM $before")
    changed = [
        f"{sql} AS {name_of(n)}" for n, column in dataset.columns.items() if (sql := translated(n, column)) is not None
    ]
    if changed:
        then(f"SELECT * REPLACE ({', '.join(changed)}) FROM $before")
    body = ",\n".join(f"{name} AS ({sql})" for name, sql in steps)
    return f"WITH {body}\nFROM {steps[-1][0]}"


def headings_of(shape: Shape, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """The delivered headings that are values of a measure, with their named parts."""
    if shape.unpivot is None:
        return {}
    pattern = re.compile(shape.unpivot.columns)
    return {name: found.groupdict("") for name in names if (found := pattern.fullmatch(name))}


def text_of(heading: str) -> str:
    """A delivered cell as text in one Unicode form: a file in cp1258 writes tones apart from their letters (P-15)."""
    return f"nfc_normalize(CAST({name_of(heading)} AS VARCHAR))"


def start_sql(shape: Shape, asked: dict[str, str], names: Sequence[str], wide: dict[str, dict[str, str]]) -> str:
    """Delivered columns as texts; an asked one that did not come is NULL; texts for a missing value are NULL."""
    none = ", ".join(["''", *(quote(text) for text in shape.missing)])
    chosen = [
        f"CASE WHEN trim({text_of(n)}) NOT IN ({none}) THEN {text_of(n)} END AS {name_of(n)}"
        if n in names
        else f"CAST(NULL AS VARCHAR) AS {name_of(n)}"
        for n in [*asked, *wide]
    ]
    return f"SELECT {', '.join(chosen)}, {POSITION}, {FILE} FROM delivered"


def unpivot_sql(shape: Shape, fields: Sequence[str], wide: dict[str, dict[str, str]]) -> str:
    """One row for each filled cell of the wide columns; an empty cell is no row."""
    assert shape.unpivot is not None
    groups = list(re.compile(shape.unpivot.columns).groupindex)
    kept = ", ".join([*(f"u.{name_of(n)}" for n in fields), f"u.{POSITION}"])
    made = "".join(f", h.{name_of(n)}" for n in groups)
    if not wide:  # the contract says which column is absent
        nothing = "".join(f", CAST(NULL AS VARCHAR) AS {name_of(n)}" for n in (*groups, shape.unpivot.value))
        return f"SELECT *{nothing} FROM $before WHERE false"
    rows = ", ".join(
        "(" + ", ".join([quote(heading), *(quote(parts[n]) for n in groups)]) + ")" for heading, parts in wide.items()
    )
    listed = ", ".join(name_of(heading) for heading in wide)
    columns = ", ".join(name_of(n) for n in ("heading", *groups))
    return (
        f"SELECT {kept}{made}, u.cell AS {name_of(shape.unpivot.value)}, "
        f"u.{FILE} || ' [' || u.heading || ']' AS {FILE} "
        f"FROM (UNPIVOT $before ON {listed} INTO NAME heading VALUE cell) u "
        f"JOIN (VALUES {rows}) h({columns}) ON h.heading = u.heading"
    )


def order_key(field: str) -> str:
    """Order of texts by what they say: instants as instants, numbers as numbers, the rest as text."""
    return f"TRY_CAST({field} AS TIMESTAMPTZ), TRY_CAST({field} AS DOUBLE), {field}"


def pick(dataset: DatasetSpec, name: str, fields: Sequence[str]) -> str:
    """The field a column is taken from."""
    asked = dataset.delivered
    path = dataset.columns[name].path or name
    if name in asked or path in fields:
        return name if name in asked else path
    return next((other for other, heading in asked.items() if heading == path), name)


def group_sql(dataset: DatasetSpec, group: Grouping, fields: Sequence[str]) -> str:
    """One row for each group; `varies` names the columns that should be the same in a group and are not."""
    order = ", ".join([*(order_key(name_of(n)) for n in group.order_by), POSITION])
    chosen, varies = [], []
    for name, column in dataset.columns.items():
        if name in ("varies", dataset.shape.number if dataset.shape else ""):
            continue
        source = name_of(pick(dataset, name, fields))
        if name in group.by:
            chosen.append(f"{source} AS {name_of(name)}")
            continue
        only = f" FILTER (WHERE {compile_expression(column.when, fields)})" if column.when else ""
        chosen.append(f"{taken(column, source, order, only)} AS {name_of(name)}")
        if column.take == "same":
            varies.append(f"CASE WHEN count(DISTINCT {source}){only} > 1 THEN {quote(name)} END")
    told = f"nullif(concat_ws(', ', {', '.join(varies)}), '')" if varies else "CAST(NULL AS VARCHAR)"
    by = ", ".join(name_of(pick(dataset, n, fields)) for n in group.by)
    return (
        f"SELECT {', '.join(chosen)}, {told} AS varies, min({POSITION}) AS {POSITION}, min({FILE}) AS {FILE} "
        f"FROM $before GROUP BY {by}"
    )


def taken(column: ColumnSpec, source: str, order: str, only: str) -> str:
    """What a column takes of a group, as text. A value that is no number stays as it is, to be refused by name."""
    if column.take == "same":
        return f"any_value({source}){only}"
    if column.take in ("first", "last"):
        return f"{column.take}({source} ORDER BY {order}){only}"
    if column.take == "count":
        return f"CAST(count({source}){only} AS VARCHAR)"
    if column.take in ("min", "max"):
        kind = {"instant": "TIMESTAMPTZ", "local_time": "TIMESTAMP", "integer": "DOUBLE", "decimal": "DOUBLE"}
        worth = f"TRY_CAST({source} AS {kind[column.type]})" if column.type in kind else source
        return f"arg_{column.take}({source}, {worth}){only}"
    text = f"replace(replace({source}, '.', ''), ',', '.')" if column.decimal == "," else source
    number = f"TRY_CAST({text} AS DOUBLE)"
    made = f"CAST({'sum' if column.take == 'sum' else 'avg'}({number}){only} AS VARCHAR)"
    made = f"replace({made}, '.', ',')" if column.decimal == "," else made
    strange = f"min(CASE WHEN {number} IS NULL THEN {source} END){only}"
    return f"coalesce({strange}, {made})"


def translated(name: str, column: ColumnSpec) -> str | None:
    """The text of a column after `missing`, `extract` and `codes`; None when it stays as it is."""
    value = name_of(name)
    if column.missing:
        value = f"CASE WHEN trim({value}) NOT IN ({', '.join(map(quote, column.missing))}) THEN {value} END"
    if column.extract:
        group = 1 if re.compile(column.extract).groups else 0
        found = f"regexp_extract({value}, {quote(column.extract)}, {group})"
        value = f"CASE WHEN regexp_matches({value}, {quote(column.extract)}) THEN {found} ELSE {value} END"
    if column.codes:
        known = {unicodedata.normalize("NFC", str(old)).strip(): new for old, new in column.codes.items()}
        cases = " ".join(f"WHEN {quote(old)} THEN {quote(new)}" for old, new in known.items())
        other = quote(column.otherwise) if column.otherwise is not None else value
        value = f"CASE WHEN {value} IS NULL THEN NULL ELSE CASE trim({value}) {cases} ELSE {other} END END"
    return value if value != name_of(name) else None

"""Masking a table before it is landed: Arrow finds candidates in whole columns, the exact patterns decide."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.connect.delivery import FILE, POSITION
from pipelines.scanner.kinds import ROUGH_NUMBER, ROUGH_TEXT, find_kind, redact
from pipelines.spec import ColumnSpec

MARK = "⟦personal:"  # a masked cell begins with it, then the kind, then ⟧


@dataclass
class Masked:
    """What was masked of one delivery: cells by `column:kind`."""

    cells: Counter[str] = field(default_factory=Counter)

    def columns(self) -> set[str]:
        """The columns in which anything was masked."""
        return {name.rpartition(":")[0] for name in self.cells}


def mask_table(table: pa.Table, columns: Mapping[str, ColumnSpec], found: Masked) -> pa.Table:
    """The table with every cell that holds personal data replaced by a mark; names of files are redacted.

    A column with `personal_reason` is not looked at. A cell that fits the column's own `pattern` is the code it is
    declared to be. In columns of numbers nine bare digits are a number.
    """
    for place, name in enumerate(table.column_names):
        kind = table.schema.types[place]
        if name == POSITION or not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            continue
        if name == FILE:
            masked = redact_files(table.column(place))
        else:
            spec = columns.get(name, ColumnSpec())
            masked = (
                table.column(place) if spec.personal_reason else mask_column(table.column(place), name, spec, found)
            )
        if masked is not table.column(place):
            table = table.set_column(place, name, masked)
    return table


def mask_column(column: pa.ChunkedArray, name: str, spec: ColumnSpec, found: Masked) -> pa.ChunkedArray:
    """One column; the same object when nothing in it is personal."""
    is_number = spec.type in ("integer", "decimal", "boolean")
    rough = pc.match_substring_regex(column, ROUGH_NUMBER if is_number else ROUGH_TEXT)
    candidates = pc.fill_null(rough, False)
    if not pc.any(candidates).as_py():
        return column
    pattern = re.compile(spec.pattern) if spec.pattern else None
    replaced: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for text, times in Counter(pc.filter(column, candidates).to_pylist()).items():
        if pattern is not None and pattern.fullmatch(text.strip()):
            continue
        kind = find_kind(text, is_number=is_number)
        if kind is not None:
            replaced[text] = redact(text) if spec.personal == "mask" and spec.type == "text" else f"{MARK}{kind}⟧"
            counts[f"{name}:{kind}"] += times
    if not replaced:
        return column
    found.cells.update(counts)
    given, put = list(replaced), list(replaced.values())
    kind_of = column.type
    index = pc.index_in(column, value_set=pa.array(given, type=kind_of))
    return pc.coalesce(pc.take(pa.array(put, type=kind_of), index), column)


def redact_files(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Names of files and sheets, which are often called after a person."""
    names = pc.unique(column).to_pylist()
    changed = {name: redact(name) for name in names if name and redact(name) != name}
    if not changed:
        return column
    index = pc.index_in(column, value_set=pa.array(list(changed), type=column.type))
    return pc.coalesce(pc.take(pa.array(list(changed.values()), type=column.type), index), column)

"""Tables inside sheets and reports: title lines above, a header row, data rows, an end line.

Layout keys of a request: `header` (first cell of the header row) or `header_row` (its number), `titles` ({column:
label}, `label: value` lines above the header), `end` (beginnings of the line after the data). A blank line ends the
data too, unless the end or the number of the header row is told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from ioc.words.letters import match_key
from pipelines.connect.delivery import Column, arrow_table
from pipelines.connect.sheet import Rows, Unreadable


def read_layout(
    rows: Rows, layout: Mapping[str, Any], columns: Sequence[Column], file: str, wide: str = ""
) -> tuple[pa.Table, set[str]] | Unreadable:
    """The data rows as a landed table, and the headings that were left behind.

    `wide` is a pattern of further headings to take under their own names.
    """
    place = header_place(rows, layout)
    if place is None:
        wanted = f"beginning with '{layout['header']}'" if "header" in layout else f"at line {layout['header_row']}"
        return Unreadable(f"no header row {wanted}", unfinished=len(rows) < 12)
    titles = read_titles(rows[:place], layout.get("titles") or {})
    headings = {match_key(str(cell)): i for i, cell in enumerate(rows[place][1]) if cell not in (None, "")}
    ends = tuple(match_key(str(text)) for text in layout.get("end") or ())
    data: Rows = []
    is_ended = not ends
    for number, cells in rows[place + 1 :]:
        first = match_key(str(cells[0] or "")) if cells else ""
        if ends and first.startswith(ends):
            is_ended = True
            break
        if all(cell in (None, "") for cell in cells):
            if ends or "header_row" in layout:
                continue
            break
        data.append((number, cells))
    if not is_ended:
        return Unreadable(
            f"the end line '{layout['end'][0]}' is missing (the file is still being written, or was cut off)",
            unfinished=True,
        )
    texts = [str(cell) for cell in rows[place][1] if cell not in (None, "")]
    taken = {column.path or column.name for column in columns}
    wider = [text for text in texts if wide and text not in taken and re.fullmatch(wide, text)]
    columns = [*columns, *(Column(text) for text in wider)]
    values: dict[str, list[Any]] = {}
    used: set[int] = set()
    for column in columns:
        if column.name in titles:
            values[column.name] = [titles[column.name]] * len(data)
            continue
        index = headings.get(match_key(column.path or column.name))
        if index is not None:
            used.add(index)
        values[column.name] = [
            None if index is None or index >= len(cells) or cells[index] == "" else cells[index] for _, cells in data
        ]
    table = arrow_table(columns, values, [number for number, _ in data], file)
    return table, {name for name, index in headings.items() if index not in used}


def header_place(rows: Rows, layout: Mapping[str, Any]) -> int | None:
    """The index of the header row."""
    if "header_row" in layout:
        number = int(layout["header_row"])
        return next((i for i, (line, cells) in enumerate(rows) if line >= number and any(cells)), None)
    wanted = match_key(str(layout["header"]))
    return next((i for i, (_, cells) in enumerate(rows) if cells and match_key(str(cells[0] or "")) == wanted), None)


def read_titles(rows: Rows, labels: Mapping[str, Any]) -> dict[str, str | None]:
    """`label: value` lines above the header."""
    found: dict[str, str | None] = dict.fromkeys(labels)
    for _, cells in rows:
        text = str(cells[0]) if cells and cells[0] is not None else ""
        name, colon, value = text.partition(":")
        for column, label in labels.items():
            if colon and match_key(name) == match_key(str(label)):
                beside = str(cells[1]) if not value.strip() and len(cells) > 1 and cells[1] is not None else value
                found[column] = beside.strip() or None
    return found

"""Downloads of the pages: the records behind a number as CSV, with the number counted again in the first lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Response, jsonify

from indicators.answer import catalogue_of
from indicators.listing import list_records
from indicators.record import MOST_ROWS
from ioc.errors import IocError
from layouts.render import Renderer

MOST_PAGES = 50


def write_csv(renderer: Renderer, asked: Mapping[str, str]) -> Response:
    """UTF-8 with a byte order mark; at most 50,000 rows; a text that a spreadsheet would run is quoted."""
    part = {"slice_dim": asked.get("slice_dim", ""), "slice_value": asked.get("slice_value", "")}
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    try:
        with renderer.publication.reader() as reader:
            catalogue = catalogue_of(reader)
            for page in range(MOST_PAGES):
                found = list_records(
                    reader, catalogue, asked.get("indicator", ""), asked.get("unit", ""), asked.get("period", ""),
                    basis=asked.get("basis", ""), calendar=renderer.calendar, limit=MOST_ROWS, offset=page * MOST_ROWS,
                    **part,
                )  # fmt: skip
                if page == 0:
                    writer.writerow(["indicator", found.indicator, "unit", found.unit, "period", found.period])
                    writer.writerow(
                        [
                            "shown",
                            found.shown,
                            "recomputed",
                            found.value,
                            "n",
                            found.numerator,
                            "N",
                            found.denominator,
                        ]
                    )
                    if found.conversion is not None:
                        writer.writerow([cell for pair in found.conversion.items() for cell in pair])
                    writer.writerow(found.columns)
                writer.writerows([_cell(row[name]) for name in found.columns] for row in found.rows)
                if (page + 1) * MOST_ROWS >= found.total:
                    break
    except IocError as error:
        answer = jsonify(error=error.message, remedy=error.remedy)
        answer.status_code = 400
        return answer
    response = Response(out.getvalue(), content_type="text/csv; charset=utf-8")
    name = "-".join(asked.get(key, "") for key in ("indicator", "unit", "period"))
    safe = "".join(char if char.isalnum() or char in "-._" else "_" for char in name if char.isascii())
    response.headers["Content-Disposition"] = f'attachment; filename="{safe}.csv"'
    return response


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
    risky = isinstance(value, str) and value[:1] in "=+-@\t\r" and len(value) > 1
    return f"'{value}" if risky else value

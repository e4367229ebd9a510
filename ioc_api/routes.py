"""The routes of /api/v1, /healthz, /readyz and /metrics. Every answer is read from one published version."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response

from indicators.answer import (
    NotFoundError,
    answer,
    catalogue_of,
    describe,
    describe_doubles,
    find_indicator,
    find_level,
)
from indicators.concordance import observe_today
from indicators.double import by_other_definitions, definition_breaks
from indicators.explain import explain
from indicators.listing import list_records
from indicators.standing.explained import is_fact
from ioc.calendar import WorkCalendar
from ioc.errors import IocError, PeriodError, StorageError, UsageError
from ioc.home_calendar import HomeCalendar
from ioc.period import Period
from ioc.published import Publication, Reader
from ioc.room import room_of
from ioc_api.auditing import add_audit_routes, fact_of, send_json
from ioc_api.measure import Metrics
from ioc_api.request import choose, instant, parameters, whole

SLICE = ("slice_dim", "slice_value")
BASES = ("as_then", "today")


def create_api(
    publication: Publication,
    *,
    clock: Callable[[], datetime] | None = None,
    calendar: WorkCalendar | None = None,
) -> Blueprint:
    """The blueprint; `clock` gives the moment for ages (a fixed one in tests), `calendar` the working days
    (those of the home, with its calendar.csv, unless given)."""
    api = Blueprint("api", __name__)
    now = clock or (lambda: datetime.now(UTC))
    metrics = Metrics(publication)
    home_days = HomeCalendar(publication.home)

    def workdays() -> WorkCalendar:
        return calendar or home_days.now()

    def reading(as_of: str | None = None) -> AbstractContextManager[Reader]:
        return publication.reader(as_of=instant(as_of))

    @api.get("/api/v1/observation")
    def observation() -> Response:
        asked = parameters("indicator", "unit", "period", optional=("as_of", "basis", *SLICE))
        with reading(asked.get("as_of")) as reader:
            if choose(asked.get("basis"), "basis", BASES) == "today":
                catalogue = catalogue_of(reader)
                entry = find_indicator(catalogue, asked["indicator"])
                level = find_level(reader, asked["unit"])
                today = observe_today(reader, catalogue, entry.id, asked["unit"], asked["period"])
                plain = describe(catalogue, entry, today.observation, level)
                shares = {"exact_share": today.exact_share, "unassigned_share": today.unassigned_share}
                return send_json({**plain, "basis": "today", **shares, "published_version": reader.version.id})
            found = answer(
                reader,
                catalogue_of(reader),
                asked["indicator"],
                asked["unit"],
                asked["period"],
                slice_dim=asked.get("slice_dim", ""),
                slice_value=asked.get("slice_value", ""),
            )
            return send_json({**found, "published_version": reader.version.id})

    @api.get("/api/v1/series")
    def series() -> Response:
        asked = parameters("indicator", "unit", "kind", optional=("last", "count", "as_of", *SLICE))
        with reading(asked.get("as_of")) as reader:
            catalogue = catalogue_of(reader)
            entry = find_indicator(catalogue, asked["indicator"])
            level = find_level(reader, asked["unit"], entry)
            if asked["kind"] not in entry.periods:
                raise UsageError(
                    f"{entry.id} is not measured by {asked['kind']!r}",
                    remedy=f"use {', '.join(entry.periods)}",
                )
            found = reader.series(
                entry.id,
                asked["unit"],
                asked["kind"],
                last=asked.get("last") or None,
                count=whole(asked.get("count"), "count", 13, low=1, high=400),
                slice_dim=asked.get("slice_dim", ""),
                slice_value=asked.get("slice_value", ""),
            )
            doubles = by_other_definitions(reader, catalogue, found)
            items = [describe(catalogue, entry, one, level) for one in found]
            for item in items:
                if item["period"] in doubles:
                    item["by_other_definitions"] = describe_doubles(doubles[item["period"]])
            return send_json({"items": items, "breaks": definition_breaks(catalogue, found)})

    @api.get("/api/v1/level")
    def level() -> Response:
        asked = parameters("indicator", "level", "period", optional=("as_of", "format"))
        with reading(asked.get("as_of")) as reader:
            catalogue = catalogue_of(reader)
            entry = find_indicator(catalogue, asked["indicator"])
            if asked["level"] not in entry.levels:
                raise UsageError(
                    f"{entry.id} is not measured for {asked['level']!r}",
                    remedy=f"use {', '.join(entry.levels)}",
                )
            found = reader.level(entry.id, asked["level"], Period.parse(asked["period"]).key)
            items = [describe(catalogue, entry, one, one.unit_level) for one in found]
            if asked.get("format") == "csv":
                names = {unit.unit_code: unit.full_name for unit in reader.units()}
                return _csv(items, names, f"{entry.id}-{asked['period']}")
            return send_json({"items": items})

    add_audit_routes(api, publication, workdays)

    @api.get("/api/v1/explain")
    def card() -> Response:
        asked = parameters("indicator", "unit", "period", optional=("as_of", "basis", *SLICE))
        with reading(asked.get("as_of")) as reader:
            if is_fact(asked["indicator"]):
                return send_json(fact_of(reader, asked, workdays()).to_dict())
            catalogue = catalogue_of(reader)
            find_level(reader, asked["unit"], find_indicator(catalogue, asked["indicator"]))
            found = explain(
                reader,
                catalogue,
                asked["indicator"],
                asked["unit"],
                asked["period"],
                slice_dim=asked.get("slice_dim", ""),
                slice_value=asked.get("slice_value", ""),
                basis=choose(asked.get("basis"), "basis", BASES),
                now=now(),
                calendar=workdays(),
            )
            return send_json(found.to_dict())

    @api.get("/api/v1/records")
    def record_list() -> Response:
        asked = parameters("indicator", "unit", "period", optional=("limit", "offset", "basis", *SLICE))
        with reading() as reader:
            catalogue = catalogue_of(reader)
            if not is_fact(asked["indicator"]):
                find_level(reader, asked["unit"], find_indicator(catalogue, asked["indicator"]))
            found = list_records(
                reader,
                catalogue,
                asked["indicator"],
                asked["unit"],
                asked["period"],
                slice_dim=asked.get("slice_dim", ""),
                slice_value=asked.get("slice_value", ""),
                basis=choose(asked.get("basis"), "basis", BASES),
                calendar=workdays(),
                limit=whole(asked.get("limit"), "limit", 100, low=1, high=1000),
                offset=whole(asked.get("offset"), "offset", 0, low=0, high=10_000_000),
            )
            return send_json(found.to_dict())

    @api.get("/api/v1/indicators")
    def indicators() -> Response:
        parameters()
        with reading() as reader:
            catalogue = catalogue_of(reader)
            return send_json({"items": [summary(catalogue, one) for one in catalogue.indicators]})

    @api.get("/api/v1/sources")
    def sources() -> Response:
        parameters()
        with reading() as reader:
            return send_json({"items": [_plain(asdict(one)) for one in reader.sources()]})

    @api.get("/api/v1/version")
    def version() -> Response:
        publication.refresh()
        seen = publication.version
        if seen is None:
            raise StorageError("nothing was published yet", remedy="run `ioc run` or `ioc demo`")
        plain = _plain(
            {
                "version": seen.id,
                "published_at": seen.published_at,
                "data_as_of": seen.data_as_of,
                "province": seen.province,
                "degraded": bool(publication.degraded),
                "room": room_of(publication.home).level,
            }
        )
        return send_json(plain)

    @api.get("/healthz")
    def healthz() -> Response:
        return send_json({"status": "ok"})

    @api.get("/readyz")
    def readyz() -> Response:
        with reading() as reader:
            reader.periods("month")
            room = room_of(publication.home).level
            return send_json({"status": "ready", "version": reader.version.id, "room": room})

    @api.get("/metrics")
    def metric_text() -> Response:
        return Response(metrics.text(now()), content_type="text/plain; version=0.0.4; charset=utf-8")

    @api.errorhandler(IocError)
    def refuse(error: IocError) -> tuple[Response, int]:
        code = 503 if isinstance(error, StorageError) else 404 if isinstance(error, NotFoundError) else 400
        if code == 400 and not isinstance(error, (UsageError, PeriodError)):
            code = 500
        return send_json({"error": error.message, "remedy": error.remedy}), code

    api.after_request(metrics.count)
    return api


def summary(catalogue: Any, indicator: str) -> dict[str, Any]:
    """One line of the catalogue, as lists give it."""
    entry = catalogue.indicators[indicator]
    return {
        "id": entry.id,
        "domain": entry.domain,
        "version": entry.version,
        "name": entry.name.model_dump(),
        "measure_unit": entry.measure_unit,
        "direction": entry.direction,
        "kind": entry.kind,
        "levels": list(entry.levels),
        "periods": list(entry.periods),
        "owner": entry.owner.model_dump(),
        "legal_basis": entry.legal_basis.model_dump(),
        "sources": list(catalogue.dataset_of(entry).sources),
        "roll_up": entry.roll_up,
    }


def _csv(items: list[dict[str, Any]], names: dict[str, str], name: str) -> Response:
    """A table for a spreadsheet: UTF-8 with a byte order mark; a text that could be a formula is quoted."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    columns = [
        "unit",
        "name",
        "period",
        "value",
        "numerator",
        "denominator",
        "comparator",
        "state",
        "quality",
        "status",
    ]
    writer.writerow([*columns, "target", "data_as_of"])
    for item in items:
        target = (item["target"] or {}).get("text", {}).get("vi", "")
        row = [item["unit"], names.get(item["unit"], ""), *(item[column] for column in columns[2:]), target]
        writer.writerow([_cell(value) for value in [*row, item["data_as_of"]]])
    response = Response(out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _cell(value: object) -> object:
    risky = isinstance(value, str) and value[:1] in "=+-@\t\r" and len(value) > 1
    return f"'{value}" if risky else value


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: cell.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(cell, datetime) else cell
        for name, cell in row.items()
    }

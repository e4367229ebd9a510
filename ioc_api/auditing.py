"""What an auditor asks beyond the number: fair comparison, the second engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, cast

from flask import Blueprint, Response

from indicators.answer import NotFoundError, catalogue_of, find_indicator, find_level
from indicators.compare import MODES, Mode, compare
from indicators.fact_card import FactCard
from indicators.standing.explained import explain_fact, is_fact
from indicators.trust import trust_panel
from ioc.calendar import WorkCalendar
from ioc.errors import UsageError
from ioc.period import Period
from ioc.published import Publication, Reader
from ioc.words import significant
from ioc_api.request import choose, instant, parameters

SLICE = ("slice_dim", "slice_value")


def fact_of(reader: Reader, asked: Mapping[str, str], calendar: WorkCalendar, *, again: bool = False) -> FactCard:
    """The card of a number that is no observation; `slice_value` names its part. NotFoundError for what was not
    published."""
    try:
        return explain_fact(
            reader, asked["indicator"], asked["unit"], asked["period"], asked.get("slice_value", ""), again=again,
            calendar=calendar,
        )  # fmt: skip
    except UsageError as error:
        raise NotFoundError(error.message, remedy=error.remedy) from error


def add_audit_routes(api: Blueprint, publication: Publication, calendar: Callable[[], WorkCalendar]) -> None:
    """Hang the routes on the blueprint of the API; `calendar` gives the working days of the moment."""

    @api.get("/api/v1/comparison")
    def comparison() -> Response:
        asked = parameters("indicator", "unit", "period", optional=("mode", "as_of", *SLICE))
        with publication.reader(as_of=instant(asked.get("as_of"))) as reader:
            catalogue = catalogue_of(reader)
            find_level(reader, asked["unit"], find_indicator(catalogue, asked["indicator"]))
            found = compare(
                reader,
                catalogue,
                asked["indicator"],
                asked["unit"],
                asked["period"],
                mode=cast(Mode, choose(asked.get("mode"), "mode", MODES, default="last_year")),
                calendar=calendar(),
                slice_dim=asked.get("slice_dim", ""),
                slice_value=asked.get("slice_value", ""),
            )
            return send_json(found.to_dict())

    @api.get("/api/v1/trust")
    def trust() -> Response:
        asked = parameters("unit", "period")
        with publication.reader() as reader:
            find_level(reader, asked["unit"])
            return send_json(trust_panel(reader, asked["unit"], asked["period"], calendar=calendar()).to_dict())

    @api.get("/api/v1/check")
    def check() -> Response:
        from indicators.second.single import recompute_one  # pandas: only where somebody asks for it

        asked = parameters("indicator", "unit", "period", optional=SLICE)
        with publication.reader() as reader:
            if is_fact(asked["indicator"]):
                again = fact_of(reader, asked, calendar(), again=True).again
                return send_json({**asked, **({} if again is None else asdict(again))})
            catalogue = catalogue_of(reader)
            entry = find_indicator(catalogue, asked["indicator"])
            find_level(reader, asked["unit"])
            part = {name: asked.get(name, "") for name in SLICE}
            seen = reader.observation(entry.id, asked["unit"], Period.parse(asked["period"]).key, **part)
            if seen is None:
                raise NotFoundError(f"{entry.id} has no number for {asked['unit']} in {asked['period']}")
            again = recompute_one(reader, catalogue, seen)
            values = (seen.value, again.value)
            agrees = (
                significant(values[0]) == significant(values[1])
                if values[0] is not None and values[1] is not None
                else values == (None, None)
            )
            return send_json(
                {
                    "shown": {"value": seen.value, "numerator": seen.numerator, "denominator": seen.denominator},
                    "second_engine": {
                        "value": again.value, "numerator": again.numerator, "denominator": again.denominator,
                    },
                    "agrees": agrees,
                }
            )  # fmt: skip


def send_json(document: dict[str, Any]) -> Response:
    """One JSON document, never kept by a cache."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    response = Response(text, content_type="application/json; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response

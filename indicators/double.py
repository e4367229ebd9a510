"""The double run: what the other definitions of an indicator gave for the same unit and periods (METHODS 5.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Any

from ioc.catalogue import Catalogue
from ioc.published import Reader
from ioc.value import Observation

_COLUMNS = ", ".join(field.name for field in fields(Observation))


def by_other_definitions(
    reader: Reader, catalogue: Catalogue, shown: Sequence[Observation]
) -> dict[str, tuple[Observation, ...]]:
    """Period key -> the numbers by other definitions than the shown one, oldest definition first.

    `shown` are numbers of one indicator, unit and slice. Empty where the definition never changed: nothing is asked.
    """
    if not shown or len(catalogue.versions_of(shown[0].indicator)) < 2:
        return {}
    first = shown[0]
    version = {item.period: item.version for item in shown}
    where = (
        "indicator = ? AND unit = ? AND slice_dim = ? AND slice_value = ? AND basis = 'as_then' AND view = 'official' "
        "AND list_contains(?, period)"
    )
    params: list[object] = [first.indicator, first.unit, first.slice_dim, first.slice_value, sorted(version)]
    if reader.as_of is None:
        sql = f"SELECT {_COLUMNS} FROM mart.observation WHERE {where} /*scope unit*/ ORDER BY period, version"
    else:
        sql = (
            f"SELECT {_COLUMNS} FROM mart.observation_vintage WHERE {where} AND known_at <= ? /*scope unit*/ "
            "QUALIFY row_number() OVER (PARTITION BY period, version ORDER BY known_at DESC, rowid DESC) = 1 "
            "ORDER BY period, version"
        )
        params.append(reader.as_of)
    found: dict[str, tuple[Observation, ...]] = {}
    for row in reader.select(sql, params):
        item = Observation(**row)  # type: ignore[arg-type]
        if item.version != version[item.period]:
            found[item.period] = (*found.get(item.period, ()), item)
    return found


def definition_breaks(catalogue: Catalogue, shown: Sequence[Observation]) -> list[dict[str, Any]]:
    """Where a series goes over to another definition: first period, version, day and what changed (both languages)."""
    found = []
    for before, after in pairwise(shown):
        if before.version != after.version:
            entry = catalogue.definition(after.indicator, after.version)
            change = None if entry.change is None else entry.change.model_dump()
            day = entry.valid_from.isoformat()
            found.append({"period": after.period, "version": after.version, "valid_from": day, "change": change})
    return found

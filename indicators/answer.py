"""One number as `ioc get` and the API give it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from indicators.double import by_other_definitions
from indicators.measure.external import ELSEWHERE
from ioc.catalogue import Catalogue, Indicator
from ioc.errors import IocError, UsageError
from ioc.period import Period
from ioc.published import Reader
from ioc.status import judge
from ioc.value import Observation


class NotFoundError(IocError):
    """What was asked for does not exist in the published version."""


def catalogue_of(reader: Reader) -> Catalogue:
    """The catalogue the published version was measured with (read once for a version)."""
    return _read(reader.catalogue_json())


@lru_cache(maxsize=4)
def _read(text: str) -> Catalogue:
    return Catalogue.from_json(text)


def find_indicator(catalogue: Catalogue, indicator: str) -> Indicator:
    """The definition; NotFoundError with a suggestion."""
    try:
        return catalogue.indicator(indicator)
    except UsageError as error:
        raise NotFoundError(error.message, remedy=error.remedy) from None


def find_level(reader: Reader, unit: str, entry: Indicator | None = None) -> str:
    """The level of a unit; NotFoundError when the code is unknown. Published figures (`entry`) name units elsewhere."""
    if entry is not None and entry.kind == "external":
        return ELSEWHERE
    for row in reader.units():
        if row.unit_code == unit:
            return row.unit_level
    raise NotFoundError(f"no unit {unit!r}", remedy="use a code such as 51, 21289 or H48.01")


def answer(
    reader: Reader,
    catalogue: Catalogue,
    indicator: str,
    unit: str,
    period: str,
    *,
    slice_dim: str = "",
    slice_value: str = "",
) -> dict[str, Any]:
    """The number with all that tells what it is; NotFoundError when it was never measured."""
    entry = find_indicator(catalogue, indicator)
    level = find_level(reader, unit, entry)
    key = Period.parse(period).key
    found = reader.observation(entry.id, unit, key, slice_dim=slice_dim, slice_value=slice_value)
    if found is None:
        why, remedy = explain_absence(reader, entry, unit, level, Period.parse(key), slice_dim, slice_value)
        raise NotFoundError(f"{indicator} has no number for {unit} in {key}: {why}", remedy=remedy)
    plain = {**describe(catalogue, entry, found, level), "sources": deliverers(reader, catalogue, entry)}
    doubles = by_other_definitions(reader, catalogue, [found]).get(key)
    return {**plain, "by_other_definitions": describe_doubles(doubles)} if doubles else plain


def deliverers(reader: Reader, catalogue: Catalogue, entry: Indicator) -> list[str]:
    """The sources whose rows the number can consist of: those that feed its dataset and have delivered."""
    wanted = catalogue.dataset_of(entry).sources
    return [
        f"{one.source}/{one.dataset}"
        for one in reader.sources()
        if (one.source in wanted or f"{one.source}/{one.dataset.replace('-', '_')}" in wanted) and one.rows_total
    ]


def explain_absence(
    reader: Reader, entry: Indicator, unit: str, level: str, period: Period, slice_dim: str, slice_value: str
) -> tuple[str, str]:
    """Why there is no observation at all, and what to do: another level or kind of period, before or after what was
    measured, or never measured for this unit."""
    measured = f"it is measured for {', '.join(entry.levels)} by {', '.join(entry.periods)}"
    if entry.levels and level not in entry.levels:
        return f"it is not measured for a {level}", measured
    if period.kind not in entry.periods:
        return f"it is not measured by {period.kind}", measured
    if slice_dim:
        return f"there is no part {slice_dim}={slice_value}", f"its parts: {', '.join(entry.slices) or 'none'}"
    known = [one.period for one in reader.series(entry.id, unit, period.kind, count=1000)]
    if not known:
        return "nothing was ever measured for this unit", "read a source that feeds it (`ioc sources`), then ask again"
    first, last = Period.parse(known[0]), Period.parse(known[-1])
    if period.start < first.start:
        return (
            f"its history begins with {first.key}",
            "older records are measured when config.yaml says history_from: YYYY-MM-DD; then `ioc run`",
        )
    if period.start > last.start:
        return f"the last one is {last.key}", "ask again when the period has begun and its source was read"
    return f"it has {first.key} to {last.key}, not this one", "look at `ioc sources`, then `ioc run`"


def describe(catalogue: Catalogue, entry: Indicator, found: Observation, level: str) -> dict[str, Any]:
    """An observation with its status, target and names, as plain values."""
    target = catalogue.target_for(entry.id, found.unit, level, Period.parse(found.period))
    status = judge(found, entry, target)
    plain = found.to_dict()
    return {
        "indicator": entry.id,
        "version": found.version,
        "name": entry.name.model_dump(),
        "unit": found.unit,
        "unit_level": found.unit_level,
        "period": found.period,
        **({"slice_dim": found.slice_dim, "slice_value": found.slice_value} if found.slice_dim else {}),
        "value": found.value,
        "numerator": found.numerator,
        "denominator": found.denominator,
        "comparator": found.comparator,
        "state": found.state,
        "quality": found.quality,
        "provenance": found.provenance,
        "status": status.level,
        "delta": status.delta,
        "target": None
        if target is None
        else {
            "operator": target.operator, "value": float(target.value), "text": target.text.model_dump(),
            "path": target.path, "status": target.status, "basis": target.basis,
            "promised": float(target.value if target.promised is None else target.promised),
            "reach_on": None if target.reach_on is None else target.reach_on.isoformat(),
        },
        "measure_unit": entry.measure_unit,
        "as_of": plain["as_of"],
        "data_as_of": plain["data_as_of"],
        "known_at": plain["known_at"],
        "source": found.source,
        "run": found.run_id,
    }  # fmt: skip


def describe_doubles(found: tuple[Observation, ...]) -> list[dict[str, Any]]:
    """Numbers by other definitions of the same indicator, as plain values (a double run)."""
    names = ("version", "value", "numerator", "denominator", "comparator", "state", "quality")
    return [{name: getattr(one, name) for name in names} for one in found]

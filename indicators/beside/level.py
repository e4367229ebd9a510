"""How many units of a level have a status, with the units: the list has as many rows as the number says."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from typing import Any, cast

from indicators.fact_card import Again, Counted, Listed, Question, compare_again
from indicators.ranked import worst_first
from ioc.catalogue import Indicator
from ioc.errors import UsageError
from ioc.status import Status, judge
from ioc.value import Observation

STATUSES = ("bad", "watch", "good", "unknown", "not_applicable")
ALL, RANKED = "all", "ranked"


def part_of(indicator: str, level: str, status: str) -> str:
    """What names the count in a card's key: 'procedures.on_time:commune:watch'."""
    return f"{indicator}:{level}:{status}"


def count_units(asked: Question) -> Counted:
    """The units of a level by status of one number; 'all' of them, or the 'ranked' ones, best place first.

    A unit without a number is `unknown`; one where nothing occurred is `not_applicable`. Raises UsageError for an
    unknown indicator, level or status.
    """
    indicator, level, status = _read(asked)
    key, members = asked.period.key, _members(asked, level)
    found = {item.unit: item for item in asked.reader.level(indicator.id, level, key) if item.unit in members}
    rows = [_row(asked, indicator, level, unit, found.get(unit)) for unit in sorted(members)]
    if status == RANKED:
        ordered = [item.unit for item in worst_first(list(found.values()), indicator)]
        by_unit = {str(row["unit"]): row for row in rows}
        rows = [{"place": len(ordered) - at, **by_unit[unit]} for at, unit in reversed(list(enumerate(ordered)))]
    elif status != ALL:
        rows = [row for row in rows if row["status"] == status]
    columns = ("place",) if status == RANKED else ()
    listed = Listed((*columns, "unit", "value", "target", "delta", "status"), tuple(rows), len(rows), indicator.id)
    newest = max((item.known_at for item in found.values() if item.known_at is not None), default=None)
    return Counted(
        {"count": len(rows), "of": len(members)}, listed, known_at=newest,
        again=lambda: _again(asked, indicator, level, status, len(rows)),
        part_name={"vi": indicator.short_name.vi, "en": indicator.short_name.en},
    )  # fmt: skip


def _read(asked: Question) -> tuple[Indicator, str, str]:
    name, _, rest = asked.part.partition(":")
    level, _, status = rest.partition(":")
    indicator = asked.catalogue.indicator(name)
    if level not in indicator.levels or status not in (*STATUSES, ALL, RANKED):
        raise UsageError(f"no count {asked.part!r}", remedy=f"write it like {part_of(name, 'commune', 'watch')}")
    return indicator, level, status


def _members(asked: Question, level: str) -> set[str]:
    return {one.unit_code for one in asked.reader.units() if one.unit_kind == level and one.valid_to is None}


def _row(asked: Question, indicator: Indicator, level: str, unit: str, item: Observation | None) -> dict[str, Any]:
    target = asked.catalogue.target_for(indicator.id, unit, level, asked.period)
    status = judge(item, indicator, target)
    return {
        "unit": unit,
        "value": item.value if item is not None else None,
        "target": float(target.value) if target is not None else None,
        "delta": status.delta,
        "status": _status(item, status),
        "card": f"{indicator.id}|{unit}|{asked.period.key}" if item is not None else "",
    }


def _status(item: Observation | None, status: Status) -> str:
    if item is None:
        return "unknown"
    return "not_applicable" if item.state == "not_applicable" else status.level


def _again(asked: Question, indicator: Indicator, level: str, status: str, published: int) -> Again:
    """Counted from the tall table itself, each value taken anew from its n and N before it is judged."""
    names = ", ".join(one.name for one in fields(Observation))
    rows = asked.reader.select(
        f"""SELECT {names} FROM mart.observation WHERE indicator = ? AND unit_level = ? AND period = ?
        AND basis = 'as_then' AND slice_dim = '' /*scope unit*/
        QUALIFY version = max(version) OVER (PARTITION BY unit)""",
        [indicator.id, level, asked.period.key],
    )
    members = _members(asked, level)
    found = [_renewed(Observation(**cast(Any, row)), indicator) for row in rows if str(row["unit"]) in members]
    if status == ALL:
        return compare_again([len(members)], [published])
    if status == RANKED:
        return compare_again([sum(_is_ranked(item) for item in found)], [published])
    by_status = Counter(_row(asked, indicator, level, item.unit, item)["status"] for item in found)
    by_status["unknown"] += len(members) - len(found)
    return compare_again([by_status[status]], [published])


def _renewed(item: Observation, indicator: Indicator) -> Observation:
    """The same number with its value out of n and N, where it has both."""
    if item.value is None or item.numerator is None or not item.denominator or not indicator.is_measured:
        return item
    return replace(item, value=item.numerator * indicator.scale / item.denominator)


def _is_ranked(item: Observation) -> bool:
    return item.value is not None and item.quality not in ("suppressed", "pending", "rejected")

"""Codes and names of places in a batch become units of the register, by code first, then by full name with type."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pyarrow as pa

from ioc.unit import UnitRegistry
from pipelines.normalise import quoted
from pipelines.spec import DatasetSpec, PlaceRule

MERGER = date(2025, 7, 1)  # communes of two tiers since; codes before are former ones
BEFORE = date(2025, 6, 30)


def resolve(
    registry: UnitRegistry, rule: PlaceRule, code: str | None, name: str | None, former: bool
) -> tuple[str | None, bool]:
    """The measured unit of a code, and whether the code is known at all.

    A former commune that was divided, or a commune of another province, is known but has no unit here.
    """
    if rule.kind != "commune":
        if code is not None and code in registry:
            return registry.measured_as(code), True
        if rule.kind == "agency" or (code is None and name is None):
            return None, False
    match = registry.find_commune(code, name, on=BEFORE if former else None)
    if match.unit is not None:
        return registry.measured_as(match.unit.code), True
    is_known = code is not None and ("divided" in match.reason or "province" in match.reason)
    return None, is_known and rule.kind == "commune"


def register_places(
    cursor: Any, spec: DatasetSpec, registry: UnitRegistry, typed: Mapping[str, str]
) -> tuple[str, str]:
    """Resolve the distinct codes of the view `landed`; returns the SQL joins and the extra columns they bring.

    `typed` holds the SQL that types each landed column.
    """
    joins, extra = [], []
    for number, (name, column) in enumerate(spec.columns.items()):
        rule = column.place
        if rule is None:
            continue
        code = f"t.{quoted(name)}"
        beside = f"t.{quoted(rule.name)}" if rule.name else code  # a column may hold names instead of codes
        day = f"t.{quoted(rule.on)}" if rule.on else ""
        if rule.on and spec.columns[rule.on].type in ("local_time", "instant"):
            day = f"CAST({day} + INTERVAL 7 HOUR AS DATE)"
        former = f"coalesce({day} < DATE '{MERGER}', false)" if rule.on else "false"
        needed = [name, *(other for other in (rule.name, rule.on) if other)]
        inner = ", ".join(f"{typed[other]} AS {quoted(other)}" for other in dict.fromkeys(needed))
        distinct = cursor.execute(
            f"SELECT DISTINCT {code}, {beside}, {former} FROM (SELECT {inner} FROM landed) t"
        ).fetchall()
        found = [resolve(registry, rule, *row) for row in distinct]
        table = pa.table(
            {
                "code": pa.array([row[0] for row in distinct], pa.string()),
                "name": pa.array([row[1] for row in distinct], pa.string()),
                "former": pa.array([row[2] for row in distinct], pa.bool_()),
                "unit": pa.array([unit for unit, _ in found], pa.string()),
                "known": pa.array([known for _, known in found], pa.bool_()),
            }
        )
        cursor.register(f"place_{number}", table)
        alias = f"p{number}"
        joins.append(
            f"LEFT JOIN place_{number} {alias} ON {alias}.code IS NOT DISTINCT FROM {code} "
            f"AND {alias}.name IS NOT DISTINCT FROM {beside} AND {alias}.former = {former}"
        )
        extra += [f", {alias}.unit AS {quoted(name + '__unit')}", f", {alias}.known AS {quoted(name + '__known')}"]
    return " ".join(joins), "".join(extra)

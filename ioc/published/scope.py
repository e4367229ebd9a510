"""What a viewer may see, and how it enters a query."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ioc.errors import IocError
from ioc.published.listing import TABLES

_UNIT_TABLES = re.compile(
    r"\b(?:core|mart)\s*\.\s*\"?("
    + "|".join(t.name.partition(".")[2] for t in TABLES if t.unit_column)
    + r")\b",
    re.I,
)
_SCOPE_MARK = re.compile(r"/\*\s*scope\s+([a-z_][a-z0-9_.]*)\s*\*/")


class ScopeError(IocError):
    """The viewer's scope does not cover what was asked, or the query has no place for it."""


@dataclass(frozen=True)
class Scope:
    """Which units a viewer may see: None is the whole province. Part of every cache key."""

    units: frozenset[str] | None = None

    def allows(self, unit: str) -> bool:
        return self.units is None or unit in self.units


PROVINCE_WIDE = Scope()


def apply_scope(sql: str, scope: Scope) -> str:
    """Our own SQL with its `/*scope column*/` marks filled in; fails closed with ScopeError when there is
    none."""
    if scope.units is None:
        return sql
    if _UNIT_TABLES.search(sql) and not _SCOPE_MARK.search(sql):
        raise ScopeError(
            "the query has no place for the viewer's scope", remedy="write /*scope unit_code*/ in it"
        )
    listed = ", ".join("'" + unit.replace("'", "''") + "'" for unit in sorted(scope.units)) or "NULL"
    return _SCOPE_MARK.sub(lambda mark: f" AND {mark.group(1)} IN ({listed})", sql)


def need_province(scope: Scope, what: str) -> None:
    """Refuse a narrow scope what has no unit to narrow it by."""
    if scope.units is not None:
        raise ScopeError(f"{what} is for viewers of the whole province")

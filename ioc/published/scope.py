"""What a viewer may see, and how it enters a query."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ioc.errors import IocError
from ioc.published.listing import TABLES

_UNIT_TABLES = "|".join(table.name.partition(".")[2] for table in TABLES if table.unit_column)
_MENTION = re.compile(rf"\b(?:{_UNIT_TABLES})\b", re.I)
_REFERENCE = re.compile(rf'(?:\bfrom|\bjoin|,)\s*\(?\s*(?:"?\w+"?\s*\.\s*)*"?(?:{_UNIT_TABLES})\b', re.I)
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
    """Our own SQL with its `/*scope column*/` marks filled in.

    For a narrow scope, every reference to a table with units needs a mark of its own; fails closed with
    ScopeError.
    """
    if scope.units is None:
        return sql
    marks = len(_SCOPE_MARK.findall(sql))
    needed = max(len(_REFERENCE.findall(sql)), 1 if _MENTION.search(sql) else 0)
    if marks < needed:
        raise ScopeError(
            f"the query has {marks} places for the viewer's scope and needs {needed}",
            remedy="write /*scope unit_code*/ after the conditions of each table",
        )
    listed = ", ".join("'" + unit.replace("'", "''") + "'" for unit in sorted(scope.units)) or "NULL"
    return _SCOPE_MARK.sub(lambda mark: f" AND {mark.group(1)} IN ({listed})", sql)


def need_province(scope: Scope, what: str) -> None:
    """Refuse a narrow scope what has no unit to narrow it by."""
    if scope.units is not None:
        raise ScopeError(f"{what} is for viewers of the whole province")

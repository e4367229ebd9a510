"""Published versions: immutable copies of listed tables, and the Reader, the only door to them."""

from ioc.published.build import publish
from ioc.published.holder import Publication
from ioc.published.reader import PROVINCE_WIDE, QueryTimeout, Reader, Scope, ScopeError
from ioc.published.rows import Load, Quarantined, Score, SourceState, Unit, Version

__all__ = [
    "PROVINCE_WIDE",
    "Load",
    "Publication",
    "Quarantined",
    "QueryTimeout",
    "Reader",
    "Scope",
    "ScopeError",
    "Score",
    "SourceState",
    "Unit",
    "Version",
    "publish",
]

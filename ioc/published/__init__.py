"""Published versions: immutable copies of listed tables, and the Reader, the only door to them."""

from ioc.published.build import publish
from ioc.published.fetch import DamagedVersion, QueryTimeout
from ioc.published.holder import Publication
from ioc.published.reader import MAX_ROWS, Reader
from ioc.published.restore import restore_measured
from ioc.published.retention import Retention
from ioc.published.rows import Load, Quarantined, Score, SourceState, Unit, Version
from ioc.published.scope import PROVINCE_WIDE, Scope, ScopeError

__all__ = [
    "MAX_ROWS",
    "PROVINCE_WIDE",
    "DamagedVersion",
    "Load",
    "Publication",
    "Quarantined",
    "QueryTimeout",
    "Reader",
    "Retention",
    "Scope",
    "ScopeError",
    "Score",
    "SourceState",
    "Unit",
    "Version",
    "publish",
    "restore_measured",
]

"""All pages, in the order of the menu."""

from layouts.pages.digital import DIGITAL
from layouts.pages.overview import OVERVIEW
from layouts.pages.procedures import PROCEDURES
from layouts.pages.quality import QUALITY
from layouts.pages.records import RECORDS
from layouts.pages.reporting import REPORTING
from layouts.pages.scores import SCORE_PAGES
from layouts.pages.shared import SHARED
from layouts.pages.society import SOCIETY
from layouts.pages.sources import SOURCES
from layouts.pages.traffic import TRAFFIC

PAGES = (
    OVERVIEW,
    PROCEDURES,
    QUALITY,
    REPORTING,
    TRAFFIC,
    DIGITAL,
    SHARED,
    SOCIETY,
    *SCORE_PAGES,
    SOURCES,
    RECORDS,
)

__all__ = ["PAGES"]

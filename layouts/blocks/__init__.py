"""What a page can be made of: each function here names a number and gives a block."""

from layouts.blocks.counts import counts
from layouts.blocks.group import group
from layouts.blocks.heat import heat
from layouts.blocks.kpi import kpi
from layouts.blocks.map import commune_map
from layouts.blocks.parts import parts
from layouts.blocks.quotes import quotes
from layouts.blocks.ranking import ranking
from layouts.blocks.spoken import spoken
from layouts.blocks.table import table
from layouts.blocks.trend import trend
from layouts.blocks.trust import trust

__all__ = [
    "commune_map", "counts", "group", "heat", "kpi", "parts", "quotes", "ranking", "spoken", "table", "trend", "trust",
]  # fmt: skip

"""Words, numbers and dates in Vietnamese and English; the only place where rounding happens."""

from ioc.words.catalogue import Words
from ioc.words.dates import (
    format_age,
    format_date,
    format_date_long,
    format_datetime,
    format_time,
    format_weekday,
)
from ioc.words.letters import collation_key, fold, match_key
from ioc.words.numbers import (
    format_delta,
    format_number,
    format_ratio,
    format_value,
    round_half_up,
    significant,
)

__all__ = [
    "Words",
    "collation_key",
    "fold",
    "format_age",
    "format_date",
    "format_date_long",
    "format_datetime",
    "format_delta",
    "format_number",
    "format_ratio",
    "format_time",
    "format_value",
    "format_weekday",
    "match_key",
    "round_half_up",
    "significant",
]

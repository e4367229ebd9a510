"""Where the communes of a province stand: official scores by the book, and beside them how sure, why and what next."""

from indicators.standing.editions import (
    edition_in_force,
    find_editions,
    keep_editions,
    load_editions,
    published_editions,
)
from indicators.standing.scoring import score_communes

__all__ = [
    "edition_in_force", "find_editions", "keep_editions", "load_editions", "published_editions", "score_communes",
]  # fmt: skip

"""The editions of one scorecard: which one is in force for a period, which ones run beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from indicators.measure.clock import Cursor, rows_of
from indicators.score import Scorecard
from indicators.score.reading import parse_scorecard, read_text
from indicators.standing.writing import replace_rows
from ioc.errors import ConfigError
from ioc.period import Period
from ioc.published import Reader

SHIPPED = Path(__file__).parents[1] / "scorecards"
COMMUNE_INDEX = "demo-commune-dti"
EDITION_SCHEMA = 10  # versions of a schema before this one carry no editions
_SCORED = (
    "mart.score", "mart.standing", "mart.score_rate", "mart.score_summary", "mart.score_pair", "mart.next_point",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition and the text it was read from; `file` is a name for people."""

    card: Scorecard
    file: str
    text: str


def find_editions(scorecard: str = COMMUNE_INDEX, overlay: Path | None = None) -> list[Edition]:
    """All editions of a scorecard, oldest first, shipped and of the overlay.

    A file of the overlay takes the place of a shipped one with the same name or the same edition; its own name is
    free. An edition whose points are not loaded yet cannot score and is left out. Raises ConfigError for a file with a
    fault, and when no edition is left.
    """
    own = sorted(overlay.glob("*.yaml")) if overlay is not None and overlay.is_dir() else []
    names = {path.name for path in own}
    shipped = [path for path in sorted(SHIPPED.glob(f"{scorecard}-*.yaml")) if path.name not in names]
    found: dict[str, Edition] = {}
    for path in [*shipped, *own]:
        text = read_text(path)
        card = parse_scorecard(text, path)
        if card.id == scorecard and not card.to_be_loaded():
            found[card.edition] = Edition(card, path.name, text)
    if not found:
        raise ConfigError(scorecard, None, "no edition of this scorecard can score", remedy="see docs/scorecards.md")
    return in_order(found.values())


def in_order(editions: Iterable[Edition]) -> list[Edition]:
    """Oldest first."""
    return sorted(editions, key=lambda one: (one.card.valid_from or date.min, one.card.edition))


def load_editions(scorecard: str = COMMUNE_INDEX, overlay: Path | None = None) -> list[Scorecard]:
    """The scorecards of `find_editions`."""
    return [one.card for one in find_editions(scorecard, overlay)]


def parse_editions(texts: Iterable[tuple[str, str]]) -> list[Scorecard]:
    """The scorecards of (file name, text), as `mart.edition` keeps them, oldest first."""
    return [one.card for one in in_order(Edition(parse_scorecard(text, file), file, text) for file, text in texts)]


def published_editions(reader: Reader) -> list[Scorecard]:
    """The editions a version was scored by, oldest first; empty for one that scored nothing or is older than that."""
    if reader.version.schema_version < EDITION_SCHEMA:
        return []
    rows = reader.select("SELECT file, body FROM mart.edition ORDER BY valid_from NULLS FIRST, edition")
    return list(_parsed(tuple((str(row["file"]), str(row["body"])) for row in rows)))


@lru_cache(maxsize=4)
def _parsed(texts: tuple[tuple[str, str], ...]) -> tuple[Scorecard, ...]:
    return tuple(parse_editions(texts))


def keep_editions(cursor: Cursor, editions: Sequence[Edition]) -> None:
    """Write what communes are scored by into `mart.edition`, so that a version carries its own editions.

    What an edition scored that is no longer there goes with it: it would stand beside the one in force now.
    """
    card, names = editions[0].card.id, [one.card.edition for one in editions]
    for table in _SCORED:
        cursor.execute(f"DELETE FROM {table} WHERE scorecard = ? AND NOT list_contains(?, edition)", [card, names])
    rows = [
        (
            one.card.id, one.card.edition, one.card.valid_from, one.card.legal_status, one.file, one.text,
            hashlib.sha256(one.text.encode()).hexdigest(),
        )
        for one in editions
    ]  # fmt: skip
    replace_rows(cursor, "mart.edition", rows, where="true", params=[])


def kept_editions(cursor: Cursor) -> list[Edition]:
    """What `keep_editions` wrote last; empty before the first scoring."""
    rows = rows_of(cursor, "SELECT file, body FROM mart.edition")
    return in_order(Edition(parse_scorecard(body, file), file, body) for file, body in rows)


def edition_in_force(editions: Sequence[Scorecard], period: str) -> Scorecard:
    """The newest edition that was valid when the period began; the oldest one for periods before all of them."""
    start = Period.parse(period).start
    valid = [card for card in editions if card.valid_from is None or card.valid_from <= start]
    return valid[-1] if valid else editions[0]

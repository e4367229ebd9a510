"""The editions of one scorecard: which one is in force for a period, which ones run beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from indicators.score import Scorecard, load_scorecard
from ioc.errors import ConfigError
from ioc.period import Period

SHIPPED = Path(__file__).parents[1] / "scorecards"
COMMUNE_INDEX = "demo-commune-dti"


def load_editions(scorecard: str = COMMUNE_INDEX, overlay: Path | None = None) -> list[Scorecard]:
    """All editions of a scorecard, oldest first; a file of the overlay with the same name comes first.

    An edition whose points are not loaded yet cannot score and is left out. Raises ConfigError when none is left.
    """
    files = {path.name: path for path in sorted(SHIPPED.glob(f"{scorecard}-*.yaml"))}
    if overlay is not None and overlay.is_dir():
        files |= {path.name: path for path in sorted(overlay.glob(f"{scorecard}-*.yaml"))}
    cards = [card for card in map(load_scorecard, files.values()) if card.id == scorecard and not card.to_be_loaded()]
    if not cards:
        raise ConfigError(scorecard, None, "no edition of this scorecard can score", remedy="see docs/scorecards.md")
    return sorted(cards, key=lambda card: (card.valid_from or date.min, card.edition))


def edition_in_force(editions: Sequence[Scorecard], period: str) -> Scorecard:
    """The newest edition that was valid when the period began; the oldest one for periods before all of them."""
    start = Period.parse(period).start
    valid = [card for card in editions if card.valid_from is None or card.valid_from <= start]
    return valid[-1] if valid else editions[0]

"""Every number of the demo, computed a second time from the core tables."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

from indicators.second import read_tables, recompute
from ioc.catalogue import Catalogue
from ioc.period import Period
from ioc.published import Publication
from ioc.words import significant


def recent(keys: list[str], count: int) -> list[str]:
    """The last periods by their end."""
    return sorted(keys, key=lambda key: Period.parse(key).end)[-count:]


def close(one: float | None, other: float | None) -> bool:
    """Equal to 12 significant digits, or both absent."""
    return one == other if one is None or other is None else significant(one) == significant(other)


def compare(home: Path, domains: set[str]) -> tuple[int, list[object]]:
    """Published value, n, N and state against the second engine.

    All measured and reported indicators of the domains x declared levels x the last 3 months and 2 quarters x every
    unit. Returns how many numbers were compared, and those that differ.
    """
    publication = Publication(home)
    compared, wrong = 0, list[object]()
    with publication.reader() as reader:
        catalogue = Catalogue.from_json(reader.catalogue_json())
        tables = read_tables(reader, catalogue)
        periods = [*recent(reader.periods("month"), 3), *recent(reader.periods("quarter"), 2)]
        moment = reader.version.published_at.astimezone(UTC)
        for indicator in catalogue.indicators.values():
            if indicator.kind in ("score", "external") or indicator.domain not in domains:
                continue
            for level in indicator.levels:
                for period in periods:
                    for seen in reader.level(indicator.id, level, period):
                        again = recompute(tables, catalogue, indicator.id, seen.unit, period, now=moment)
                        compared += 1
                        parts = ("value", "numerator", "denominator")
                        same = all(close(getattr(seen, part), getattr(again, part)) for part in parts)
                        if not same or seen.state != again.state:
                            wrong.append((indicator.id, seen.unit, period, seen.state, seen.value, again))
    publication.close()
    return compared, wrong

"""What a scoring reads from the warehouse: observations of a period, what is known of communes, digests of both."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from indicators.measure.clock import Cursor, rows_of
from indicators.score import Scorecard, ScoreTable, build_table
from indicators.standing.peers import Place
from ioc.period import Period

POPULATION, POVERTY, DOSSIERS = "reporting.population", "reporting.poor_households", "procedures.received"


def inputs_of_editions(editions: Sequence[Scorecard]) -> list[str]:
    """The indicators any of the editions is fed by."""
    return sorted({c.indicator for card in editions for c in card.criteria() if c.indicator})


def digest_periods(cursor: Cursor, indicators: Sequence[str], kinds: Mapping[str, int]) -> dict[str, str]:
    """The newest measured periods of each kind (so many of each), oldest first, with a digest of their inputs."""
    found = rows_of(
        cursor,
        f"""SELECT period, CAST(sum(hash(unit, indicator, value, numerator, denominator, state, known_at)) AS VARCHAR)
        FROM mart.observation
        WHERE unit_level = 'commune' AND period_kind IN ({marks(list(kinds))}) AND slice_dim = ''
          AND basis = 'as_then' AND view = 'official' AND indicator IN ({marks(indicators)})
        GROUP BY period, period_kind HAVING count(*) FILTER (WHERE state IN ('value', 'zero')) > 0
        QUALIFY row_number() OVER (PARTITION BY period_kind ORDER BY period DESC) <= CASE period_kind
          {" ".join(f"WHEN '{kind}' THEN {int(count)}" for kind, count in kinds.items())} END
        ORDER BY period""",
        [*kinds, *indicators],
    )
    return dict(found)


def read_inputs(
    cursor: Cursor, card: Scorecard, indicators: Sequence[str], types: Mapping[str, str], period: str
) -> tuple[ScoreTable, datetime | None]:
    """The long table of a period with its newest landing; a unit that reported nothing still has its line.

    While two definitions of an indicator are measured beside each other, the newer one is scored by.
    """
    found = rows_of(
        cursor,
        f"SELECT unit, indicator, value, numerator, denominator, state, known_at FROM mart.observation "
        f"WHERE unit_level = 'commune' AND period = ? AND slice_dim = '' AND basis = 'as_then' AND view = 'official' "
        f"AND indicator IN ({marks(indicators)}) "
        f"QUALIFY version = max(version) OVER (PARTITION BY unit, indicator) ORDER BY unit, indicator",
        [period, *indicators],
    )
    columns: dict[str, list[object]] = {
        name: [] for name in (card.table.unit, "indicator", "value", "numerator", "denominator", "state", "unit_type")
    }
    known: list[datetime] = []
    for unit, indicator, value, top, bottom, state, known_at in found:
        cells = (unit, indicator, value, whole(top), whole(bottom), state, types.get(unit, ""))
        for name, cell in zip(columns, cells, strict=True):
            columns[name].append(cell)
        if known_at is not None:
            known.append(known_at)
    return build_table(columns, card.table), max(known, default=None)


def read_places(cursor: Cursor, period: str, terrain: Mapping[str, str]) -> list[Place]:
    """Every commune with what was last reported of it by the end of the period: people, poverty, dossiers of a year."""
    end = Period.parse(period).end
    units = rows_of(
        cursor,
        "SELECT unit_code, unit_type, area_km2 FROM core.unit WHERE unit_kind = 'commune' ORDER BY unit_code",
    )
    found = rows_of(
        cursor,
        """SELECT unit, indicator, value FROM mart.observation
        WHERE indicator IN (?, ?, ?) AND unit_level = 'commune' AND slice_dim = '' AND basis = 'as_then'
          AND view = 'official' AND state IN ('value', 'zero') AND period_start <= ?
          AND (indicator <> ? OR period_kind = 'year')
        QUALIFY row_number() OVER (
          PARTITION BY unit, indicator ORDER BY period_end DESC, period, version DESC) = 1""",
        [POPULATION, POVERTY, DOSSIERS, end, DOSSIERS],
    )
    known = {(unit, indicator): float(value) for unit, indicator, value in found if value is not None}
    return [
        Place(
            code, kind, terrain.get(code, "island" if kind == "đặc khu" else ""), known.get((code, POPULATION)), area,
            known.get((code, POVERTY)), known.get((code, DOSSIERS)),
        )
        for code, kind, area in units
    ]  # fmt: skip


def digest(*parts: object) -> str:
    """sha256 of the texts of some values."""
    return hashlib.sha256("\n".join(repr(part) for part in parts).encode()).hexdigest()


def whole(count: float | None) -> int | float | None:
    """Counts are whole numbers; a float such as 12.0 is given back as 12 so that bands compare exactly."""
    return int(count) if count is not None and float(count).is_integer() else count


def marks(items: Sequence[object]) -> str:
    """Question marks for a list of parameters."""
    return ", ".join("?" for _ in items)

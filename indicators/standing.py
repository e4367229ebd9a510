"""Commune scores of the province: a scorecard applied to measured observations, written to mart.score.

The official score follows the scorecard to the letter; rank intervals and tiers stand beside it and never alter it.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from indicators.measure.clock import Cursor, rows_of, stored
from indicators.score import Scorecard, ScoreResult, ScoreTable, build_table, load_scorecard, score_table
from indicators.score.engine import period_kind
from indicators.score.official import Setting
from indicators.score.uncertainty import RankIntervals, draw_ranks

SCORECARDS = Path(__file__).with_name("scorecards")
DEMONSTRATION = "demo-commune-dti-1.yaml"
KINDS = {"month": 13, "quarter": 8}  # periods back: a year to compare with, and the quarters of two years
DRAWS = 2000
_TEXT, _REAL, _WHOLE = pa.string(), pa.float64(), pa.int32()
_SCHEMA = pa.schema(
    [
        *((name, _TEXT) for name in ("scorecard", "edition", "unit", "period", "node", "parent", "layer")),
        *((name, _REAL) for name in ("score", "max_score", "weight", "contribution")),
        *((name, _WHOLE) for name in ("rank", "rank_low", "rank_high", "tier")),
        *((name, _TEXT) for name in ("state", "note", "recipe_hash")),
        ("known_at", pa.timestamp("us")),
        ("run_id", _TEXT),
    ]
)
_COLUMNS = ", ".join(_SCHEMA.names)


def score_communes(
    cursor: Cursor,
    *,
    now: datetime,
    run_id: str,
    scorecard: Scorecard | None = None,
    kinds: Mapping[str, int] = KINDS,
    draws: int = DRAWS,
    marks: MutableMapping[str, str] | None = None,
) -> int:
    """Score every commune in the newest measured periods of `kinds` (so many of each); returns the rows written.

    Runs in the caller's transaction after `measure`. A period whose inputs did not change keeps its rows, so that
    a refresh scores the current periods only; `marks` (period -> inputs, kept by the caller from one scoring of a
    warehouse to the next) spares even reading them. Older periods keep the rows they have. Intervals are the 5 %
    and 95 % quantiles of `draws` re-rankings; the seed is the period, so the same inputs give the same interval.
    """
    card = scorecard or load_scorecard(SCORECARDS / DEMONSTRATION)
    inputs = sorted({criterion.indicator for criterion in card.criteria() if criterion.indicator})
    types = dict(rows_of(cursor, "SELECT unit_code, unit_type FROM core.unit WHERE unit_level = 'commune'"))
    digests = _digests(cursor, card, inputs, kinds, types)
    kept = {
        (period, digest)
        for period, digest in rows_of(
            cursor,
            "SELECT DISTINCT period, recipe_hash FROM mart.score WHERE scorecard = ? AND edition = ?",
            [card.id, card.edition],
        )
    }
    scored = {period for period, _ in kept}
    written = 0
    for period, mark in digests.items():
        if marks is not None:
            if period in scored and marks.get(period) == mark:
                continue
            marks[period] = mark
        table, known_at = _inputs_of(cursor, card, inputs, types, period)
        result = score_table(card, table, period=period, absent="not_reported")
        digest = f"{result.recipe_hash}:{result.data_hash}"
        if (period, digest) in kept:
            continue
        intervals = draw_ranks(
            Setting(card, table, period, period_kind(period)), seed=_seed(period), draws=draws, groups=None
        )
        cursor.execute(
            "DELETE FROM mart.score WHERE scorecard = ? AND edition = ? AND period = ?", [card.id, card.edition, period]
        )
        rows = list(_rows(card, result, intervals, period, digest, known_at or stored(now), run_id))
        cells = zip(_SCHEMA, zip(*rows, strict=True), strict=True)
        cursor.register("scored", pa.table([pa.array(cell, kind.type) for kind, cell in cells], schema=_SCHEMA))
        cursor.execute(f"INSERT INTO mart.score ({_COLUMNS}) SELECT {_COLUMNS} FROM scored")
        cursor.unregister("scored")
        written += len(rows)
    return written


def _digests(
    cursor: Cursor, card: Scorecard, inputs: Sequence[str], kinds: Mapping[str, int], types: dict[str, str]
) -> dict[str, str]:
    """The periods to score, each with a digest of everything its scores rest on."""
    ground = hashlib.sha256(repr((card, sorted(types.items()))).encode()).hexdigest()
    found = rows_of(
        cursor,
        f"""SELECT period, period_kind,
          CAST(sum(hash(unit, indicator, value, numerator, denominator, state, known_at)) AS VARCHAR)
        FROM mart.observation
        WHERE unit_level = 'commune' AND period_kind IN ({_marks(list(kinds))}) AND slice_dim = ''
          AND basis = 'as_then' AND view = 'official' AND indicator IN ({_marks(inputs)})
        GROUP BY period, period_kind HAVING count(*) FILTER (WHERE state IN ('value', 'zero')) > 0
        QUALIFY row_number() OVER (PARTITION BY period_kind ORDER BY period DESC) <= CASE period_kind
          {" ".join(f"WHEN '{kind}' THEN {int(count)}" for kind, count in kinds.items())} END
        ORDER BY period""",
        [*kinds, *inputs],
    )
    return {period: f"{ground}:{digest}" for period, _, digest in found}


def _inputs_of(
    cursor: Cursor, card: Scorecard, inputs: Sequence[str], types: dict[str, str], period: str
) -> tuple[ScoreTable, datetime | None]:
    """The long table of a period with its newest landing; a unit that reported nothing still has its line."""
    found = rows_of(
        cursor,
        f"SELECT unit, indicator, value, numerator, denominator, state, known_at FROM mart.observation "
        f"WHERE unit_level = 'commune' AND period = ? AND slice_dim = '' AND basis = 'as_then' AND view = 'official' "
        f"AND indicator IN ({_marks(inputs)}) ORDER BY unit, indicator",
        [period, *inputs],
    )
    columns: dict[str, list[object]] = {
        name: [] for name in (card.table.unit, "indicator", "value", "numerator", "denominator", "state", "unit_type")
    }
    known: list[datetime] = []
    for unit, indicator, value, top, bottom, state, known_at in found:
        cells = (unit, indicator, value, _whole(top), _whole(bottom), state, types.get(unit, ""))
        for name, cell in zip(columns, cells, strict=True):
            columns[name].append(cell)
        if known_at is not None:
            known.append(known_at)
    return build_table(columns, card.table), max(known, default=None)


def _rows(
    card: Scorecard,
    result: ScoreResult,
    intervals: RankIntervals,
    period: str,
    digest: str,
    known_at: datetime,
    run_id: str,
) -> Iterable[tuple[Any, ...]]:
    low, high = intervals.interval()
    tiers = intervals.tiers()
    place = {unit: position for position, unit in enumerate(intervals.units)}
    for unit in result.units:
        at = place[unit.unit]
        yield (
            card.id,
            card.edition,
            unit.unit,
            period,
            card.id,
            None,
            result.layer,
            unit.score,
            unit.available,
            None,
            unit.score,
            unit.rank,
            round(float(low[at])),
            round(float(high[at])),
            tiers[at],
            "missing" if unit.score is None else "provisional" if unit.provisional else "value",
            unit.band,
            digest,
            known_at,
            run_id,
        )
        for part in result.parts(unit.unit):
            yield (
                card.id,
                card.edition,
                unit.unit,
                period,
                part.node,
                part.parent or card.id,
                result.layer,
                part.points.value(),
                part.available.value(),
                None,
                part.contribution,
                None,
                None,
                None,
                None,
                part.state,
                part.note.text("vi") if part.note else None,
                digest,
                known_at,
                run_id,
            )


def _whole(count: float | None) -> int | float | None:
    """Counts are whole numbers; a float such as 12.0 is given back as 12 so that bands compare exactly."""
    return int(count) if count is not None and float(count).is_integer() else count


def _seed(period: str) -> int:
    return zlib.crc32(period.encode())


def _marks(items: Sequence[object]) -> str:
    return ", ".join("?" for _ in items)

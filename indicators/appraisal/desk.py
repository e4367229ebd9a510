"""What the appraisal desk shows, computed once with the numbers and published as tables."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import numpy as np

from indicators.appraisal.claims import Claim, ClaimEntry, read_claims
from indicators.appraisal.findings import find, over_claims
from indicators.appraisal.provisional import Provisional, draw_provisional
from indicators.measure.clock import Cursor, rows_of, stored
from indicators.standing.inputs import read_places
from indicators.standing.peers import choose_peers
from indicators.standing.writing import replace_rows
from ioc.errors import PeriodError
from ioc.period import Period

_TABLES = ("mart.appraisal", "mart.appraisal_standing", "mart.claim_criterion", "mart.finding")


def appraise(
    cursor: Cursor,
    *,
    now: datetime,
    entries: Iterable[ClaimEntry] = (),
    terrain: Mapping[str, str] | None = None,
) -> int:
    """Write the four tables of the appraisal for every period with claims; returns the rows written.

    Runs in the caller's transaction, after `measure`. The seed is the period: the same claims give the same draws.
    """
    claims = read_claims(cursor, entries, now=now)
    units = [
        code for (code,) in rows_of(cursor, "SELECT unit_code FROM core.unit WHERE unit_kind = 'commune' ORDER BY 1")
    ]
    known = set(units)
    periods: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.unit in known:
            periods.setdefault(claim.period, []).append(claim)
    for table in _TABLES:
        cursor.execute(f"DELETE FROM {table}")
    written, history = 0, list[Claim]()
    for period in sorted(periods):
        found = periods[period]
        history += [claim for claim in found if claim.verified is not None]
        criteria = sorted({claim.criterion for claim in found})
        standing = draw_provisional(found, units, criteria, history, seed=zlib.crc32(period.encode()))
        try:
            places = read_places(cursor, Period.parse(period).key, terrain or {})
        except PeriodError:
            continue
        findings = find(found, choose_peers(places))
        moment = max((claim.at for claim in found if claim.at is not None), default=stored(now))
        written += replace_rows(
            cursor, "mart.appraisal", _claim_rows(found, standing, moment), where="period = ?", params=[period]
        )
        written += replace_rows(
            cursor,
            "mart.appraisal_standing",
            _unit_rows(period, found, standing, moment),
            where="period = ?",
            params=[period],
        )
        by_criterion = [(period, o.name, o.cells, o.claimed, o.over, o.ratio) for o in over_claims(found, "criterion")]
        written += replace_rows(cursor, "mart.claim_criterion", by_criterion, where="period = ?", params=[period])
        rows = [(period, f.unit, f.kind, f.value, f.bound, f.deviation, moment) for f in findings]
        written += replace_rows(cursor, "mart.finding", rows, where="period = ?", params=[period])
    return written


def _claim_rows(claims: list[Claim], standing: Provisional, moment: datetime) -> list[tuple[Any, ...]]:
    waiting = {(one.claim.unit, one.claim.criterion): one for one in standing.queue}
    rows = []
    for claim in claims:
        one = waiting.get((claim.unit, claim.criterion))
        rows.append(
            (
                claim.period, claim.unit, claim.criterion, claim.self_value, claim.verified, claim.final, claim.status,
                claim.evidence, claim.reason, claim.by, claim.at, one.expected if one else None,
                one.impact if one else None, one.place if one else None, moment,
            )
        )  # fmt: skip
    return rows


def _unit_rows(period: str, claims: list[Claim], standing: Provisional, moment: datetime) -> list[tuple[Any, ...]]:
    over = {one.name: one for one in over_claims(claims, "unit")}
    pending: dict[str, int] = {}
    disputed: dict[str, int] = {}
    for claim in claims:
        pending[claim.unit] = pending.get(claim.unit, 0) + int(claim.counts is None)
        disputed[claim.unit] = disputed.get(claim.unit, 0) + int(claim.status == "disputed")
    rows = []
    for place, unit in enumerate(standing.units):
        mine = over.get(unit)
        rows.append(
            (
                period, unit, float(standing.self_score[place]), standing.self_rank[place],
                float(standing.verified_score[place]), standing.verified_rank[place],
                float(standing.expected_score[place]), int(np.rint(standing.expected_rank[place])),
                int(np.rint(standing.low[place])), int(np.rint(standing.high[place])), pending.get(unit, 0),
                disputed.get(unit, 0), mine.claimed if mine else None, mine.over if mine else None,
                mine.ratio if mine else None, mine.cells if mine else 0, moment,
            )
        )  # fmt: skip
    return rows

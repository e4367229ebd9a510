"""What may be entered into the book of the appraisal, by whom and when; the command and the page ask the same rules."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from indicators.appraisal.claims import Claim, ClaimEntry, enter, may_dispute
from ioc.errors import PeriodError, UsageError
from ioc.period import Period
from ioc.published import Reader
from ioc.status import LOCAL
from ioc.words import match_key

Key = tuple[str, str, str]  # period, unit, criterion
COMMUNE_SIDE, APPRAISER_SIDE = ("self", "dispute"), ("verify", "answer")
_CRITERION = re.compile(r"[A-Z0-9.]{1,20}")
_ASSESSED = """SELECT period, unit_code, criterion_code, self_value, verified_value, final_value, status,
  coalesce(evidence_ref, '') AS evidence, greatest(assessed_at, known_at) AS seen
  FROM core.assessment WHERE period = ? /*scope unit_code*/"""


class Refused(UsageError):
    """An entry the rules do not allow. `code` names the rule, so that a page can say it in its reader's language."""

    def __init__(self, code: str, message: str, *, remedy: str = "", **params: object) -> None:
        self.code, self.params = code, params
        super().__init__(message, remedy=remedy)


def claims_of(reader: Reader, period: str, entries: Iterable[ClaimEntry], *, now: datetime) -> dict[Key, Claim]:
    """The claims of a period as they stand at this moment: what the source systems delivered (as published) with every
    entry of the book on top, those that are not measured yet as well."""
    found: dict[Key, Claim] = {}
    for row in reader.select(_ASSESSED, [period]):
        key = (str(row["period"]), str(row["unit_code"]), str(row["criterion_code"]))
        seen: Any = row["seen"]
        values: Any = (row[name] for name in ("self_value", "verified_value", "final_value"))
        own, verified, final = values
        at = seen.astimezone(UTC).replace(tzinfo=None) if seen is not None else None
        found[key] = Claim(*key, own, verified, final, str(row["status"]), str(row["evidence"]), at=at)
    return enter(found, entries, now=now)


def criteria_of(reader: Reader, entries: Iterable[ClaimEntry]) -> list[str]:
    """The criteria anybody ever claimed, in order."""
    rows = reader.select("SELECT DISTINCT criterion_code FROM core.assessment WHERE true /*scope unit_code*/")
    return sorted({str(row["criterion_code"]) for row in rows} | {one.criterion for one in entries if one.criterion})


def check_entry(
    kind: str,
    key: Key,
    claims: dict[Key, Claim],
    entries: Sequence[ClaimEntry],
    *,
    by: str,
    now: datetime,
    communes: Collection[str],
    criteria: Collection[str],
) -> None:
    """Refuse what the rules do not allow for one cell: an unknown commune or criterion, a closed cell, a claim over a
    verified value, one person on both sides, a dispute outside its window, an answer to no dispute.

    `criteria` are the known ones (empty: the first claims of a province, any code is taken). Raises Refused.
    """
    period, unit, criterion = key
    where = f"{unit} {criterion} of {period}"
    check_period(period, now)
    if unit not in communes:
        raise Refused("unit", f"no commune {unit!r}", remedy="give a five-digit commune code", unit=unit)
    if not _CRITERION.fullmatch(criterion):
        raise Refused("criterion", f"cannot read criterion {criterion!r}", remedy="write it like XA.01",
                      criterion=criterion)  # fmt: skip
    if criteria and criterion not in criteria:
        raise Refused("criterion", f"nobody ever claimed criterion {criterion!r}",
                      remedy=f"one of {', '.join(sorted(criteria))}; `--new-criterion` begins another",
                      criterion=criterion)  # fmt: skip
    claim = claims.get(key)
    if claim is not None and claim.status == "final":
        raise Refused("final", f"{where} is final", remedy="a closed period is not changed")
    if kind == "self":
        if claim is not None and claim.status != "self":
            raise Refused("verified", f"{where} is {claim.status}", remedy="dispute the verified value instead")
    elif claim is None:
        raise Refused("unclaimed", f"{unit} claimed nothing for {criterion} in {period}",
                      remedy="enter the claim first")  # fmt: skip
    elif kind == "verify" and claim.status == "disputed":
        raise Refused("disputed", f"{where} is disputed", remedy="answer the dispute")
    elif kind == "dispute" and not may_dispute(claim, now.astimezone(UTC).replace(tzinfo=None)):
        raise Refused("window", f"{where} cannot be disputed", remedy="only verified values, for 10 days")
    elif kind == "answer" and claim.status != "disputed":
        raise Refused("no_dispute", f"{where} is not disputed", remedy="use `ioc appraisal verify`")
    _check_sides(kind, key, entries, by)


def _check_sides(kind: str, key: Key, entries: Sequence[ClaimEntry], by: str) -> None:
    """One person stands on one side of a cell: who claims or disputes does not verify or answer, nor the other way."""
    other = COMMUNE_SIDE if kind in APPRAISER_SIDE else APPRAISER_SIDE
    for one in entries:
        is_same = (one.period, one.unit, one.criterion) == key and match_key(one.operator) == match_key(by)
        if is_same and one.kind in other:
            code = "own_claim" if kind in APPRAISER_SIDE else "own_verdict"
            did = "entered this claim and cannot verify it" if code == "own_claim" else "verified this and cannot claim"
            raise Refused(code, f"{by} {did}", remedy="another operator does", by=by)


def check_period(period: str, now: datetime) -> None:
    """Refuse a key that is no period and a period that has not begun. Raises Refused."""
    try:
        begins = Period.parse(period).start
    except PeriodError as error:
        raise Refused("period", str(error), period=period) from error
    if begins > now.astimezone(LOCAL).date():
        raise Refused("future", f"{period} has not begun", remedy="claim when it runs or is over", period=period)


def check_close(period: str, claims: dict[Key, Claim], *, override: bool, now: datetime) -> str:
    """Refuse to close a period without verified values, or over unanswered disputes unless by name (`override`).

    Returns the reason that is kept: how many disputes it was closed over, '' for none. Raises Refused.
    """
    check_period(period, now)
    mine = [claim for claim in claims.values() if claim.period == period]
    if not any(claim.verified is not None and claim.final is None for claim in mine):
        raise Refused("nothing_to_close", f"nothing verified in {period} is open", remedy="see the appraisal desk",
                      period=period)  # fmt: skip
    waiting = sorted((claim.unit, claim.criterion) for claim in mine if claim.status == "disputed")
    if waiting and not override:
        named = ", ".join(" ".join(one) for one in waiting[:5])
        raise Refused("open_disputes", f"{len(waiting)} disputes of {period} are unanswered: {named}",
                      remedy="answer them, or close with --override", count=len(waiting))  # fmt: skip
    return f"closed over {len(waiting)} unanswered disputes" if waiting else ""

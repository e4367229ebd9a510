"""Self, verified, final: three stored values of a criterion, and who said so (METHODS 2.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from indicators.measure.clock import Cursor, rows_of, stored

DISPUTE_DAYS = 10  # a commune may dispute a verification for so many days


class ClaimEntry(Protocol):
    """An entry by a named local operator (ioc.store.appraisal.Entry)."""

    @property
    def kind(self) -> str: ...
    @property
    def period(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def criterion(self) -> str: ...
    @property
    def value(self) -> float | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def evidence(self) -> str: ...
    @property
    def operator(self) -> str: ...
    @property
    def entered_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Claim:
    """One criterion of one commune in one period; values 0 to 100. `by` is empty where a source system said so.

    `status`: self (waits for the appraiser) | verified (may be disputed) | disputed (waits for an answer) | final.
    """

    period: str
    unit: str
    criterion: str
    self_value: float | None = None
    verified: float | None = None
    final: float | None = None
    status: str = "self"
    evidence: str = ""
    reason: str = ""
    by: str = ""
    at: datetime | None = None  # as stored: UTC without zone

    @property
    def counts(self) -> float | None:
        """The value in force: the final one, else the verified one; None while it waits for the appraiser."""
        return self.final if self.final is not None else self.verified

    @property
    def over_claim(self) -> float:
        """Points claimed beyond what was verified, never below zero."""
        return max(0.0, (self.self_value or 0.0) - self.verified) if self.verified is not None else 0.0


def read_claims(cursor: Cursor, entries: Iterable[ClaimEntry] = (), *, now: datetime) -> list[Claim]:
    """All claims of the source systems with the entries of operators on top, ordered by period, unit, criterion."""
    rows = rows_of(
        cursor,
        """SELECT period, unit_code, criterion_code, self_value, verified_value, final_value, status,
          coalesce(evidence_ref, ''), '', '', greatest(assessed_at, known_at)
        FROM core.assessment WHERE unit_code IN (SELECT unit_code FROM core.unit WHERE unit_kind = 'commune')""",
    )
    found = {(row[0], row[1], row[2]): Claim(*row) for row in rows}
    return sorted(
        enter(found, entries, now=now).values(), key=lambda claim: (claim.period, claim.unit, claim.criterion)
    )


def enter(
    claims: Mapping[tuple[str, str, str], Claim], entries: Iterable[ClaimEntry], *, now: datetime
) -> dict[tuple[str, str, str], Claim]:
    """Claims after the entries, in the order they were made.

    A closed period makes every verified value final. A dispute that came after the window, or against nothing
    verified, changes nothing; the commands refuse it before it is written.
    """
    found, today = dict(claims), stored(now)
    for entry in entries:
        moment = entry.entered_at.astimezone(UTC).replace(tzinfo=None)
        if moment > today:
            continue
        if entry.kind == "close":
            for key, claim in list(found.items()):
                if key[0] == entry.period and claim.verified is not None and claim.final is None:
                    found[key] = replace(claim, final=claim.verified, status="final", by=entry.operator, at=moment)
            continue
        key = (entry.period, entry.unit, entry.criterion)
        claim = found.get(key, Claim(*key))
        if claim.status == "final":
            continue
        told = replace(claim, by=entry.operator, at=moment, evidence=entry.evidence or claim.evidence)
        if entry.kind == "self":
            found[key] = replace(told, self_value=entry.value, verified=None, status="self", reason=entry.reason)
        elif entry.kind == "verify":
            found[key] = replace(told, verified=entry.value, status="verified", reason=entry.reason)
        elif entry.kind == "dispute" and may_dispute(claim, moment):
            found[key] = replace(told, status="disputed", reason=entry.reason)
        elif entry.kind == "answer" and claim.status == "disputed":
            value = entry.value if entry.value is not None else claim.verified
            found[key] = replace(told, verified=value, status="verified", reason=entry.reason)
    return found


def may_dispute(claim: Claim, moment: datetime) -> bool:
    """Whether a commune may still dispute: something is verified, nothing final, and the window is open."""
    if claim.verified is None or claim.status != "verified":
        return False
    return claim.at is None or moment <= claim.at + timedelta(days=DISPUTE_DAYS)


def open_disputes(claims: Sequence[Claim], period: str) -> list[Claim]:
    """Disputes of a period that nobody has answered; a period does not close over them unless by name."""
    return [claim for claim in claims if claim.period == period and claim.status == "disputed"]

"""Our count of dossiers received against the national portal's: explained to zero, or the residue is shown."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from indicators.concordance.today import Asked
from indicators.measure.cells import instant_sql, quote
from indicators.trust.window import Scope

QUEUE = timedelta(days=4)  # the queue to the portal has stood for up to three days: later than that is lost


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Records of the portal = ours - waiting - lost + elsewhere - other_days + unknown + twice + residue."""

    ours: int
    portal: int  # records, twins counted
    twice: int  # further records of a dossier the portal has already
    waiting: int  # ours, not there yet, still within the queue's time
    lost: int  # ours, not there, too long ago for the queue
    moved_out: int  # ours of these days, there under other days
    moved_in: int  # there under these days, ours of other days
    unknown: int  # there, not ours

    @property
    def residue(self) -> int:
        """What stays unexplained."""
        explained = self.ours - self.waiting - self.lost - self.moved_out + self.moved_in + self.unknown + self.twice
        return self.portal - explained

    def to_dict(self) -> dict[str, Any]:
        """Counts with the residue."""
        return {**asdict(self), "residue": self.residue}


@dataclass(frozen=True, slots=True)
class Mismatch:
    """How many dossiers of an agency the portal does not have."""

    agency: str
    missing: int
    ours: int


def reconcile(reader: Asked, scope: Scope) -> Reconciled | None:
    """Match by the dossier's code; what differs is put into exactly one class. None before the portal's history.

    What the portal has is judged at the newest moment known, so that its queue has had its time.
    """
    first = reader.select("SELECT min(received_on) AS first FROM core.portal_dossier WHERE true /*scope unit_code*/")
    begins = first[0]["first"]
    if not isinstance(begins, date) or begins > scope.first:
        return None
    classes = ", ".join(f"{total} AS {name}" for name, (_, total) in _classes(scope).items())
    row = reader.select(f"{_matched_sql(scope)} SELECT {classes} FROM matched")[0]
    return Reconciled(**{name: int(str(value)) for name, value in row.items()})


def _classes(scope: Scope) -> dict[str, tuple[str, str]]:
    """What each count takes of the matched dossiers: the condition, and the total."""
    still = instant_sql(scope.seen_at - QUEUE)
    conditions = {
        "ours": "own_in",
        "waiting": f"own_in AND their_on IS NULL AND own_at >= {still}",
        "lost": f"own_in AND their_on IS NULL AND own_at < {still}",
        "moved_out": "own_in AND their_on IS NOT NULL AND NOT their_in",
        "moved_in": "their_in AND own_on IS NOT NULL AND NOT own_in",
        "unknown": "their_in AND own_on IS NULL",
    }
    counted = {name: (condition, f"count(*) FILTER (WHERE {condition})") for name, condition in conditions.items()}
    return {
        **counted,
        "portal": ("their_in", "coalesce(sum(records) FILTER (WHERE their_in), 0)"),
        "twice": ("their_in AND records > 1", "coalesce(sum(records - 1) FILTER (WHERE their_in), 0)"),
    }


def _matched_sql(scope: Scope) -> str:
    """The dossiers of these days on either side, matched by their codes: WITH clauses that end in `matched`."""
    days = f"BETWEEN DATE '{scope.first}' AND DATE '{scope.last}'"
    return f"""WITH asked AS (
          SELECT dossier_code FROM core.dossier WHERE {scope.where} AND received_on {days} /*scope unit_code*/
          UNION SELECT dossier_code FROM core.portal_dossier WHERE {scope.where} AND received_on {days}
            /*scope unit_code*/
        ), ours AS (
          SELECT dossier_code, any_value(received_on) AS own_on, any_value(received_at) AS own_at FROM core.dossier
          WHERE {scope.where} AND received_at < {instant_sql(scope.seen_at)} AND dossier_code IN (FROM asked)
            /*scope unit_code*/ GROUP BY dossier_code
        ), theirs AS (
          SELECT dossier_code, any_value(received_on) AS their_on, count(*) AS records FROM core.portal_dossier
          WHERE {scope.where} AND arrived_at < {instant_sql(scope.seen_at)} AND dossier_code IN (FROM asked)
            /*scope unit_code*/ GROUP BY dossier_code
        ), matched AS (SELECT *, own_on {days} AS own_in, their_on {days} AS their_in
          FROM ours FULL JOIN theirs USING (dossier_code))"""


def matched_sql(scope: Scope, part: str) -> str:
    """The dossiers that one count of the reconciliation takes: day with us, day and records on the portal."""
    condition, _ = _classes(scope)[part]
    return (
        f"{_matched_sql(scope)} SELECT dossier_code, own_on, their_on, coalesce(records, 0) AS records, "
        f"TRUE AS counted FROM matched WHERE {condition}"
    )


def missing_sql(scope: Scope, agency: str) -> str:
    """The dossiers of an agency as `mismatches` counts them; `counted` are those the portal does not have."""
    return f"""WITH d AS (SELECT DISTINCT dossier_code, unit_code, received_on AS own_on FROM core.dossier
              WHERE {scope.where} AND agency_code = {quote(agency)}
              AND received_on BETWEEN DATE '{scope.first}' AND DATE '{scope.last}' /*scope unit_code*/)
        SELECT d.dossier_code, d.unit_code, d.own_on, p.dossier_code IS NULL AS counted FROM d
        LEFT JOIN (SELECT DISTINCT dossier_code FROM core.portal_dossier
                   WHERE arrived_at < {instant_sql(scope.seen_at)} AND dossier_code IN (SELECT dossier_code FROM d)
                   /*scope unit_code*/) p USING (dossier_code)"""


def mismatches(reader: Asked, scope: Scope, most: int = 8) -> list[Mismatch]:
    """The agencies with the most dossiers that the portal does not have."""
    days = f"BETWEEN DATE '{scope.first}' AND DATE '{scope.last}'"
    rows = reader.select(
        f"""WITH d AS (SELECT DISTINCT dossier_code, agency_code FROM core.dossier
              WHERE {scope.where} AND received_on {days} /*scope unit_code*/)
        SELECT agency_code AS agency, count(*) AS ours, count(*) FILTER (WHERE p.dossier_code IS NULL) AS missing
        FROM d LEFT JOIN (SELECT DISTINCT dossier_code FROM core.portal_dossier
                   WHERE arrived_at < {instant_sql(scope.seen_at)} AND dossier_code IN (SELECT dossier_code FROM d)
                   /*scope unit_code*/) p USING (dossier_code)
        GROUP BY agency_code HAVING missing > 0 ORDER BY missing DESC, agency LIMIT {int(most)}"""
    )
    return [Mismatch(str(row["agency"]), int(str(row["missing"])), int(str(row["ours"]))) for row in rows]

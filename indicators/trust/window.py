"""What a trust panel looks at: the unit and days, as conditions of the records of dossiers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from indicators.measure.cells import instant_sql, quote

SETTLED = "is_settled AND finished_on BETWEEN DATE '{first}' AND DATE '{last}' AND finished_at < {as_of}"


@dataclass(frozen=True, slots=True)
class Scope:
    """A unit (None: the whole province), a run of days, and the moment open and overdue are judged at (UTC)."""

    unit: str | None
    first: date
    last: date
    begins: datetime
    as_of: datetime
    seen_at: datetime  # how far what the portal has is known: later than as_of for a period that is over

    @property
    def where(self) -> str:
        """The condition on the unit."""
        return "true" if self.unit is None else f"unit_code = {quote(self.unit)}"

    @property
    def moment(self) -> str:
        """`as_of` in SQL."""
        return instant_sql(self.as_of)

    @property
    def settled(self) -> str:
        """Settled in these days."""
        return SETTLED.format(first=self.first, last=self.last, as_of=self.moment)

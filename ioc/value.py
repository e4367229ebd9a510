"""A number as the product knows it: value, n/N, comparator, state, provenance and the four clocks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

State = Literal["value", "zero", "missing", "not_due", "not_applicable"]
Comparator = Literal["=", "<", ">", "<=", ">=", "≈"]  # ≈ about

STATES: tuple[State, ...] = ("value", "zero", "missing", "not_due", "not_applicable")


@dataclass(frozen=True, slots=True)
class Observation:
    """One indicator of one unit in one period (DECISIONS 3).

    `value` is in the indicator's measure unit (a percentage is 0..100); `numerator` and `denominator` are the
    counts it came from, None where the source reports a bare value. `value` is None unless the state is value or zero.
    All instants are UTC: `as_of` judges open and overdue, `data_as_of` is the moment the sources are complete
    through, `known_at` the landing of the newest input.
    """

    indicator: str
    version: int
    unit: str
    unit_level: str
    period: str
    period_kind: str
    period_start: date
    period_end: date
    basis: str
    view: str
    slice_dim: str
    slice_value: str
    value: float | None
    numerator: float | None
    denominator: float | None
    comparator: Comparator
    state: State
    quality: str
    provenance: str
    as_of: datetime | None
    data_as_of: datetime | None
    known_at: datetime | None
    source: str
    run_id: str

    def to_dict(self) -> dict[str, Any]:
        """A plain dictionary with ISO dates, for JSON."""
        plain = asdict(self)
        for key, item in plain.items():
            if isinstance(item, datetime):
                utc = item.astimezone(UTC).replace(tzinfo=None) if item.tzinfo else item
                plain[key] = f"{utc.isoformat()}Z"
            elif isinstance(item, date):
                plain[key] = item.isoformat()
        return plain

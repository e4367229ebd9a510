"""What a unit is: one code space for provinces, communes and agencies (DECISIONS 1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

LEVELS = {
    "country": "country",
    "province": "province",
    "commune": "commune",
    "department": "department",
    "commune_agency": "commune",
    "district_agency": "province",  # closed offices of before 1 July 2025 (DECISIONS 8)
}


@dataclass(frozen=True, slots=True)
class AdminUnit:
    """A province, commune or agency. Codes are text with their leading zeros; coordinates WGS84; area in
    km2.
    """

    code: str  # 51 | 21289 | H48.01
    kind: str  # country | province | commune | department | commune_agency | district_agency
    unit_type: str  # tỉnh, thành phố, xã, phường, đặc khu, sở, ...
    name: str  # without its type: Sơn Hà
    full_name: str  # Xã Sơn Hà
    name_en: str  # Son Ha Commune
    parent_code: str | None
    commune_code: str | None  # of a commune agency: the commune it counts for
    valid_from: date | None
    valid_to: date | None  # last day
    lon: float | None
    lat: float | None
    area_km2: float | None  # None where the packaged figure is doubtful
    is_invented: bool
    former_codes: tuple[str, ...] = ()  # other codes of the same unit that lists carry
    duty_contact: str | None = None  # by position, never a person

    def exists_on(self, day: date) -> bool:
        """Whether the unit is in being on this day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    @property
    def level(self) -> str:
        """The level its numbers count for: province, commune or department."""
        return LEVELS[self.kind]


@dataclass(frozen=True, slots=True)
class Match:
    """What a delivered code or name turned out to be; `unit` is None where it is unknown or ambiguous.

    `how`: code | alias | succession | name | none. `reason` says why there is no unit, or what did not agree.
    """

    unit: AdminUnit | None
    how: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Succession:
    """A commune of 1 July 2025 that a former commune went into.

    `weight` is the share of the former commune, 1 where it went whole, None where it was divided and no
    share is known (an equal split must then be marked as estimated).
    """

    new_code: str
    weight: float | None
    is_exact: bool
    basis: str = ""

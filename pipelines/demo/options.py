"""What a demo province is built from."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from ioc.errors import UsageError

FULL_SIZE = 1_200_000  # dossiers of the default province in 24 months at scale 1
DEFAULT_SCALE = 0.2


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """Province code, seed number, scale (1 is about 1.2 million dossiers in 24 months), months of history."""

    province: str = "51"
    seed: int = 20250701
    scale: float = DEFAULT_SCALE
    months: int = 24

    def __post_init__(self) -> None:
        if not 0 < self.scale <= 4:
            raise UsageError(f"scale {self.scale} is out of range", remedy="give more than 0 and at most 4")
        if not 1 <= self.months <= 36:
            raise UsageError(f"months {self.months} is out of range", remedy="give 1 to 36")

    def to_dict(self) -> dict[str, str | int | float]:
        """Plain values, for demo.json."""
        return asdict(self)

"""The analytical recipe: the replayable list of steps from raw columns to a composite index.

The idea of a log that is changed and replayed is COINr's; here the recipe is part of the edition and is
hashed
into every score, so that a number can be made again (METHODS 2.2).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from indicators.score.exact import Exact, ExactNumber
from indicators.score.form import Strict


class Denominate(Strict):
    """Divide each indicator by the column its criterion names in `per`."""

    step: Literal["denominate"]


class Impute(Strict):
    """Fill missing cells with the mean or median, within `group` when one is named; every fill is flagged."""

    step: Literal["impute"]
    method: Literal["mean", "median"] = "mean"
    group: str | None = None


class Treat(Strict):
    """Winsorise, then log, until |skew| < skew or kurtosis < kurtosis (METHODS 2.5)."""

    step: Literal["treat"]
    max_winsorised: int = Field(default=5, ge=0)
    skew: float = 2.0
    kurtosis: float = 3.5


class Normalise(Strict):
    """Bring columns to one scale; `low`/`high` for minmax, `mean`/`sd` for zscore, `scale` for goalposts."""

    step: Literal["normalise"]
    method: Literal[
        "minmax",
        "zscore",
        "rank",
        "borda",
        "percentile_rank",
        "distance_to_target",
        "goalposts",
        "fraction_of_max",
        "distance_to_reference",
    ]
    low: float = 0.0
    high: float = 100.0
    mean: float = 10.0
    sd: float = 2.0
    scale: float = 1.0
    cap: bool = True
    reference: str | None = None


class Aggregate(Strict):
    """Functions from the lowest level up (the last one repeats) and the share of children that must be
    there."""

    step: Literal["aggregate"]
    functions: tuple[Literal["arithmetic", "geometric", "harmonic", "median"], ...] = ("arithmetic",)
    availability: ExactNumber = Exact(2, 3)


Step = Annotated[Denominate | Impute | Treat | Normalise | Aggregate, Field(discriminator="step")]
Recipe = tuple[Step, ...]

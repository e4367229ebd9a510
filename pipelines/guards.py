"""What guards a dataset as a whole: volume, form, order of magnitude, deletions, the daily comparison."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Guard(BaseModel):
    """Frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Volume(Guard):
    """How many rows a full delivery may hold; `shrink` is the share of the last full delivery it must reach.

    `band`: a day may hold this share more (and, in a delivery of everything, less) than the median of the same weekday
    in the eight weeks before; days with a median below `least` are not judged.
    """

    minimum: int = 0
    maximum: int = 5_000_000
    shrink: float = Field(default=0.5, ge=0, le=1)
    band: float | None = Field(default=None, gt=0, le=10)
    least: int = 20


class Drift(Guard):
    """What happens when the form of a delivery changes.

    new (columns the contract does not know; they are never landed): discard leaves them behind and says so, freeze
    holds the batch. missing (an optional column; a required one always holds): evolve leaves it empty and says so,
    freeze holds. retyped (a value not readable as its type): discard refuses the row, evolve empties an optional value
    and says so, freeze holds the batch at the first.
    """

    new: Literal["discard", "freeze"] = "discard"
    missing: Literal["evolve", "freeze"] = "evolve"
    retyped: Literal["discard", "evolve", "freeze"] = "discard"


class Deletions(Guard):
    """How rows that the source deleted are known.

    none: they are not. snapshot: a delivery of everything lacks them. flag: `column` holds one of `values`. reconcile:
    the reading of everything that `ioc reconcile` makes when days differ lacks them. `most`: the share that may vanish
    at once.
    """

    mode: Literal["none", "snapshot", "flag", "reconcile"] = "none"
    column: str = ""
    values: tuple[str | int | bool, ...] = ()
    most: float = Field(default=0.02, gt=0, le=1)

    def check_against(self, columns: Collection[str]) -> None:
        """Raise ValueError when the column of the flag is none of the dataset."""
        if self.mode == "flag" and (self.column not in columns or not self.values):
            raise ValueError(f"deletions: flag needs 'column' among the columns and 'values'; '{self.column}' is none")


class Reconcile(Guard):
    """What is compared with the source per day: rows by `day` (column of the source; `core_day` in core), and sums.

    `sums` are written source column: core column. `days`: how far back.
    """

    day: str
    core_day: str
    sums: dict[str, str] = {}
    days: int = Field(default=35, ge=1, le=400)


class Scale(Guard):
    """The order of magnitude of `columns` of a core table stays within `factor`, among the rows that agree in `by`."""

    columns: tuple[str, ...] = Field(min_length=1)
    by: tuple[str, ...] = ()
    factor: float = Field(default=30, gt=1)

"""The core tables as the catalogue sees them: typed columns, and the sources that fill them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ioc.catalogue.entry import Entry, LocalText, suggest

ColumnType = Literal["text", "number", "boolean", "date", "timestamp"]
LINEAGE = ("source", "load_id", "known_at")  # every core row has them: where it came from, by which load, when


class Column(Entry):
    """One column of a core table, as expressions may use it.

    `kept` says why a column stays that no expression reads and no record list shows: `ioc check` asks for it.
    """

    type: ColumnType
    label: LocalText | None = None
    in_records: bool = False
    kept: str | None = Field(default=None, min_length=3)


class Dataset(Entry):
    """A core table as the catalogue sees it: typed columns, the unit column, and the sources that fill it.

    `sources` are '<source>' or '<source>/<dataset>' as in ops.source_state; `key` names a record in lists;
    `history_by` is the date column whose earliest day begins the history. `complete_when` all: data reach as
    far as the slowest source; any: the sources fill one table in turn (archive, then live), the fastest counts.
    `history_from` first_record: periods count from the year of the first record, not from its first whole month.
    `then` and `today`: columns of where the person lives, by the codes of the day and by those of today; with them
    records of closed offices can be brought to today's map. `arrived`: when an event of the record reached the source
    system (late events are told from corrections by it).
    """

    table: str = Field(pattern=r"^(core|mart|ops)\.[a-z_]+$")
    unit: str
    parent: str | None = None  # column of the unit above, whose numbers add those of its units
    key: str
    history_by: str
    sources: tuple[str, ...] = ()
    complete_when: Literal["all", "any"] = "all"
    history_from: Literal["whole_month", "first_record"] = "whole_month"
    then: str | None = None
    today: str | None = None
    arrived: str | None = None
    columns: dict[str, Column]

    @model_validator(mode="after")
    def check(self) -> Dataset:
        """The named columns exist."""
        for name in (self.unit, self.key, self.history_by, self.parent, self.then, self.today, self.arrived):
            if name is not None and name not in self.columns:
                raise ValueError(f"no column {name!r}{suggest(name, self.columns)}")
        return self

    def structural(self) -> frozenset[str]:
        """The columns that the product itself reads, whatever the indicators ask."""
        named = (self.unit, self.key, self.history_by, self.parent, self.then, self.today, self.arrived)
        return frozenset((*LINEAGE, *(name for name in named if name is not None)))

"""The core tables as pandas frames, read once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from indicators.expression import columns_in, parse_condition, parse_moment, parse_total
from ioc.catalogue import Catalogue, Dataset, Indicator

HELD = 8  # definitions whose rows are kept ready: those of a combined number take turns
PAGE = 50_000  # what a Reader gives at a time


@dataclass
class Tables:
    """Frames by dataset, the units, and how far each dataset reaches."""

    frames: dict[str, pd.DataFrame]
    units: pd.DataFrame
    states: pd.DataFrame
    grace: pd.DataFrame  # declared reporting grace: unit_code, from_on, to_on
    kept: dict[Any, Any] = field(default_factory=dict, repr=False)
    recent: OrderedDict[Any, dict[Any, Any]] = field(default_factory=OrderedDict, repr=False)

    def keep(self, group: object, key: object, make: Callable[[], Any]) -> Any:
        """What `make` gives, once for a key; the groups (definitions) used last are held, older ones forgotten."""
        held = self.recent.setdefault(group, {})
        self.recent.move_to_end(group)
        while len(self.recent) > HELD:
            self.recent.popitem(last=False)
        if key not in held:
            held[key] = make()
        return held[key]

    def unit(self, code: str) -> Any:
        """The row of a measured unit."""
        if "units" not in self.kept:
            self.kept["units"] = {row["unit_code"]: row for row in self.units.to_dict("records")}
        return self.kept["units"][code]

    def reach(self, dataset: Dataset, now: datetime) -> pd.Timestamp:
        """The moment the dataset is complete through, UTC without zone, never after `now`."""
        key = ("reach", dataset.table, tuple(dataset.sources), now)
        if key not in self.kept:
            self.kept[key] = self._reach(dataset, now)
        found: pd.Timestamp = self.kept[key]
        return found

    def _reach(self, dataset: Dataset, now: datetime) -> pd.Timestamp:
        limit = pd.Timestamp(now).tz_convert("UTC").tz_localize(None)
        marks = []
        for _, row in self.states.dropna(subset=["complete_through"]).iterrows():
            names = {row["source"], f"{row['source']}/{str(row['dataset']).replace('-', '_')}"}
            if names & {source.replace("-", "_") if "/" in source else source for source in dataset.sources}:
                marks.append(pd.Timestamp(row["complete_through"]))
        if not marks:
            return limit
        return min(max(marks) if dataset.complete_when == "any" else min(marks), limit)


def read_tables(source: Any, catalogue: Catalogue) -> Tables:
    """All frames that the catalogue needs, only the columns in use, from a warehouse cursor or a Reader."""
    frames = {}
    for name, dataset in catalogue.datasets.items():
        defined = (*catalogue.indicators.values(), *catalogue.earlier)
        users = [one for one in defined if one.dataset == name and one.kind != "score"]
        if users:
            columns = sorted(
                set().union(*(used_columns(dataset, one) for one in users))
                | {dataset.unit, *([dataset.parent] if dataset.parent else [])}
            )
            chosen = ", ".join(f'"{column}"' for column in columns)
            frames[name] = _fetch(source, f"SELECT {chosen} FROM {dataset.table}")
    return Tables(frames, *read_registers(source))


def read_registers(source: Any) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The units that are measured, how far the sources reach, and the declared grace."""
    units = _fetch(
        source,
        "SELECT unit_code, unit_kind, unit_level, valid_from, valid_to FROM core.unit "
        "WHERE unit_kind IN ('province', 'commune', 'department', 'source', 'dataset')",
    )
    grace = _fetch(source, "SELECT unit_code, from_on, to_on FROM ops.grace")
    states = _fetch(source, "SELECT source, dataset, complete_through FROM ops.source_state")
    return units, states, grace


def read_frame(source: Any, sql: str, params: list[Any]) -> pd.DataFrame:
    """The rows of one query of a Reader as a frame."""
    return _fetch(source, sql, params)


def used_columns(dataset: Dataset, indicator: Indicator) -> set[str]:
    """The columns that an indicator's definition reads."""
    types = {name: column.type for name, column in dataset.columns.items()}
    if indicator.reported is not None:
        return {
            "field_code",
            "period",
            "value",
            "numerator",
            "denominator",
            "submitted_at",
            "known_at",
            "source",
        }
    found: set[str] = set(indicator.slices)
    if indicator.parts is not None:
        found.add(dataset.history_by)  # the opening of the first month is not known
    if indicator.where is not None:
        found |= columns_in(parse_condition(indicator.where, types))
    for text in (indicator.numerator, indicator.denominator):
        found |= columns_in(parse_total(text, types)) if text is not None else set()
    for text in (indicator.period_by, indicator.enters_on, indicator.leaves_on):
        found |= columns_in(parse_moment(text, types)) if text is not None else set()
    return found


def _fetch(source: Any, sql: str, params: list[Any] | None = None) -> pd.DataFrame:
    if hasattr(source, "select"):
        pages: list[dict[str, object]] = []
        while True:
            page = source.select(f"{sql} ORDER BY rowid LIMIT {PAGE} OFFSET {len(pages)}", params or [])
            pages += page
            if len(page) < PAGE:
                return _without_zones(pd.DataFrame(pages))
    return _without_zones(source.execute(sql).df())


def _without_zones(frame: pd.DataFrame) -> pd.DataFrame:
    for column in frame.columns:
        if isinstance(frame[column].dtype, pd.DatetimeTZDtype):
            frame[column] = frame[column].dt.tz_convert("UTC").dt.tz_localize(None)
    return frame

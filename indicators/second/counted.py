"""What a definition counts: every row of its dataset is worked out once, units and periods then take theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from indicators.expression import condition_holds, parse_condition, parse_moment, parse_total, prepare_total, row_values
from indicators.second.tables import used_columns
from ioc.catalogue import Dataset, Indicator

SEVEN = pd.Timedelta(hours=7)
Mask = NDArray[np.bool_]
Places = NDArray[np.intp]
Moments = NDArray[np.datetime64]


@dataclass
class Counted:
    """The rows that a definition takes (its `where`), and what each of them brings.

    Rows are named by their places in `rows`; `top` and `bottom` add up chosen places (or a mask over all).
    """

    frame: pd.DataFrame  # all rows of the dataset
    rows: pd.DataFrame  # those it takes, the columns it reads
    top: Callable[[Places], float]
    bottom: Callable[[Places], float] | None
    by_day: bool  # whether it counts by days, not by instants
    days: Moments  # the local day of each row; none where the data does not reach yet (flows, snapshots)
    span: tuple[Moments, Moments] | None  # when each row enters the stock and when it leaves it
    kept: dict[Any, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, entry: Indicator, dataset: Dataset, frame: pd.DataFrame, reach: pd.Timestamp) -> Counted:
        """Works the rows of a dataset's frame out; `reach` is the moment they are complete through."""
        types = {name: column.type for name, column in dataset.columns.items()}
        parent = {dataset.parent} if dataset.parent else set()
        rows = frame[sorted((used_columns(dataset, entry) | {dataset.unit} | parent) & set(frame.columns))]
        if entry.where:
            rows = rows[condition_holds(rows, parse_condition(entry.where, types))]
        assert entry.numerator is not None
        below = entry.denominator
        top = prepare_total(rows, parse_total(entry.numerator, types))
        bottom = None if below is None else prepare_total(rows, parse_total(below, types))
        if entry.kind in ("stock", "stock_ratio"):
            assert entry.enters_on is not None
            assert entry.leaves_on is not None
            enters, leaves = (parse_moment(text, types) for text in (entry.enters_on, entry.leaves_on))
            span = tuple(row_values(rows, moment).to_numpy("datetime64[us]") for moment in (enters, leaves))
            none = np.empty(0, dtype="datetime64[us]")
            return cls(frame, rows, top, bottom, enters.type == "date", none, (span[0], span[1]))
        assert entry.period_by is not None
        moment = parse_moment(entry.period_by, types)
        return cls(frame, rows, top, bottom, moment.type == "date", local_days(rows, moment, reach), None)

    def places(self, column: str, unit: str | None, slice_dim: str, slice_value: str) -> Places:
        """The rows of a unit (None: of all) in a slice."""
        key = (column, unit, slice_dim, slice_value)
        if key not in self.kept:
            own = np.arange(len(self.rows)) if unit is None else self._by(column).get(unit, np.empty(0, dtype=np.intp))
            if slice_dim:
                values = self._keep(("values", slice_dim), lambda: self._texts(slice_dim))
                own = own[values[own] == slice_value]
            self.kept[key] = own
        found: Places = self.kept[key]
        return found

    def numbered(self, column: str) -> Places:
        """The unit of each row as a number from 0."""
        found: Places = self._keep(
            ("numbered", column), lambda: pd.factorize(self.rows[column], use_na_sentinel=False)[0]
        )
        return found

    def _by(self, column: str) -> dict[str, Places]:
        found: dict[str, Places] = self._keep(("by", column), lambda: self.rows.groupby(column).indices)
        return found

    def _texts(self, column: str) -> NDArray[np.object_]:
        found: NDArray[np.object_] = self.frame.loc[self.rows.index, column].fillna("").to_numpy(object)
        return found

    def _keep(self, key: object, make: Callable[[], Any]) -> Any:
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]


def local_days(rows: pd.DataFrame, moment: Any, reach: pd.Timestamp) -> Moments:
    """The local day of each row; rows dated after the data's reach get none."""
    values = row_values(rows, moment)
    if moment.type == "date":
        last_day = (reach - pd.Timedelta(microseconds=1) + SEVEN).normalize()
        days = values.where(values <= last_day)
    else:
        days = (values.where(values < reach) + SEVEN).dt.normalize()
    found: Moments = days.to_numpy("datetime64[us]")
    return found

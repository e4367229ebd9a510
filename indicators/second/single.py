"""One published number again by the second engine: only its own rows are read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from indicators.expression import columns_in, parse_moment
from indicators.second.engine import Recomputed, recompute
from indicators.second.tables import Tables, read_frame, read_registers, read_tables, used_columns
from ioc.catalogue import Catalogue, Indicator
from ioc.catalogue.model import FLOW_KINDS
from ioc.errors import UsageError
from ioc.period import Period
from ioc.published import Reader
from ioc.value import Observation

MARGIN = timedelta(days=3)  # rows are read with room to spare; the engine itself cuts the days


def recompute_one(reader: Reader, catalogue: Catalogue, observation: Observation) -> Recomputed:
    """The number by pandas, from the published rows of its unit around its period.

    Raises UsageError for a number that neither records nor filings make (a score, an external figure).
    """
    entry = catalogue.definition(observation.indicator, observation.version)
    if entry.kind == "combined":  # its parts are numbers of other units and periods: all rows are read
        whole = read_tables(reader, catalogue)
        moment = reader.version.published_at
        return recompute(whole, catalogue, entry.id, observation.unit, observation.period, now=moment)
    if not entry.is_measured and entry.kind != "reported":
        raise UsageError(f"{entry.id} is not computed from records", remedy="see where it was published")
    dataset = catalogue.dataset_of(entry)
    columns = sorted(used_columns(dataset, entry) | {dataset.unit, *([dataset.parent] if dataset.parent else [])})
    conditions, params = _around(entry, catalogue, observation)
    mark = f"/*scope {dataset.unit}*/"
    chosen = ", ".join(f'"{column}"' for column in columns)
    frame = read_frame(reader, f"SELECT {chosen} FROM {dataset.table} WHERE {conditions} {mark}", params)
    if frame.empty:
        frame = frame.reindex(columns=columns)
    tables = Tables({entry.dataset: frame}, *read_registers(reader))
    return recompute(
        tables, catalogue, entry.id, observation.unit, observation.period, now=reader.version.published_at,
        slice_dim=observation.slice_dim, slice_value=observation.slice_value, version=entry.version,
    )  # fmt: skip


def _around(entry: Indicator, catalogue: Catalogue, item: Observation) -> tuple[str, list[Any]]:
    """A coarse choice of rows that surely holds all that count."""
    dataset = catalogue.dataset_of(entry)
    if entry.reported is not None:
        return "field_code = ?", [entry.reported.field]
    conditions, params = ["true"], list[Any]()
    if item.unit_level in ("commune", "department"):
        conditions.append(f'"{dataset.unit}" = ?')
        params.append(item.unit)
    if entry.kind in FLOW_KINDS and entry.period_by is not None:
        types = {name: column.type for name, column in dataset.columns.items()}
        moments = columns_in(parse_moment(entry.period_by, types))
        period = Period.parse(item.period)
        if len(moments) == 1:
            conditions.append(f'CAST("{next(iter(moments))}" AS DATE) BETWEEN ? AND ?')
            params += [period.start - MARGIN, period.end + MARGIN]
    return " AND ".join(conditions), params

"""Reported numbers again: found in the frame of filed values by the rules of the definition."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from indicators.second.tables import Tables
from ioc.catalogue import Indicator
from ioc.period import Period

Three = tuple[float | None, float | None, float | None]  # value, numerator, denominator
Filed = dict[str, Three]  # what a unit filed, by period
Answer = tuple[float | None, float | None, float | None, str]


def recompute_reported(
    tables: Tables, entry: Indicator, unit: str, unit_row: Any, period: Period, *, now: datetime
) -> Answer:
    """value, numerator, denominator, state of a reported number."""
    rule = entry.reported
    assert rule is not None
    asked = ("filed", entry.id, entry.version)
    if asked not in tables.kept:
        rows = _filed(tables.frames[entry.dataset], rule.field)
        if entry.roll_up == "ratio":
            rows = _with_province(rows, tables)
        tables.kept[asked] = _by_unit(rows)
    mine: Filed = tables.kept[asked].get(unit, {})
    today = (pd.Timestamp(now).tz_convert("UTC") + pd.Timedelta(hours=7)).tz_localize(None).normalize()
    is_due = today > pd.Timestamp(period.end) + pd.Timedelta(days=rule.due_days)
    found = _find(mine, rule.key, rule.takes, period, must_be_whole=is_due)
    if found is None:
        born = unit_row["valid_from"]
        early = pd.notna(born) and pd.Timestamp(born) > pd.Timestamp(period.end)
        return None, None, None, "not_applicable" if early else "missing" if is_due else "not_due"
    value, top, bottom = found
    if rule.reads == "ratio" and top is not None and bottom:
        value = top * entry.scale / bottom
    if value is None:
        return None, None, None, "missing"
    return value, top, bottom, "zero" if value == 0 else "value"


def _filed(frame: pd.DataFrame, field: str) -> pd.DataFrame:
    """The counting row of each unit and period: the one filed last."""
    own = frame[frame["field_code"] == field]
    ordered = own.sort_values(["submitted_at", "known_at", "source"], na_position="first", kind="stable")
    return ordered.drop_duplicates(["unit_code", "period"], keep="last")


def _by_unit(filed: pd.DataFrame) -> dict[str, Filed]:
    """What each unit filed, by period."""
    found: dict[str, Filed] = {}
    columns = [filed[name] for name in ("unit_code", "period", "value", "numerator", "denominator")]
    for unit, period, *numbers in zip(*columns, strict=True):
        value, top, bottom = (_number(item) for item in numbers)
        found.setdefault(unit, {})[period] = (value, top, bottom)
    return found


def _with_province(filed: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """Adds the province as the sum of its units where it filed nothing itself."""
    province = tables.units.loc[tables.units["unit_level"] == "province", "unit_code"].iloc[0]
    parts = filed[(filed["unit_code"] != province) & filed["numerator"].notna() & filed["denominator"].notna()]
    own = set(filed.loc[filed["unit_code"] == province, "period"])
    rows = []
    for key, group in parts.groupby("period"):
        if key not in own:
            sums = {name: _add(group[name]) for name in ("value", "numerator", "denominator")}
            rows.append({"unit_code": province, "period": key, **sums})
    return pd.concat([filed, pd.DataFrame(rows)], ignore_index=True) if rows else filed


def _find(mine: Filed, key: str, takes: str, period: Period, *, must_be_whole: bool) -> Three | None:
    if takes == "same" or key == "same" or (period.kind == key and takes != "difference"):
        return mine.get(period.key)
    suffix = ".ytd" if key == "ytd" else ""
    months = [f"{stamp:%Y-%m}{suffix}" for stamp in pd.date_range(period.start, period.end, freq="MS")]
    present = [month for month in months if month in mine]
    if not present or (must_be_whole and present[-1] != months[-1]):
        return None
    if takes == "last":
        return mine[present[-1]]
    if takes == "sum":
        if must_be_whole and len(present) < len(months):
            return None
        value, top, bottom = (
            _number(_add(pd.Series(part, dtype="float64")))
            for part in zip(*(mine[month] for month in present), strict=True)
        )
        return value, top, bottom
    end = mine[present[-1]]
    if period.start.month == 1:
        return end[0], None, None
    before = mine.get(f"{pd.Timestamp(period.start) - pd.DateOffset(months=1):%Y-%m}.ytd")
    if before is None or before[0] is None or end[0] is None:
        return None
    return round((end[0] - before[0]) * 1_000_000) / 1_000_000, None, None


def _add(values: Any) -> float:
    if values.isna().any():
        return float("nan")
    return float(np.sum(np.round(values.to_numpy(dtype="float64") * 1e6).astype("int64")) / 1e6)


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)

"""The traffic platform's archive export: one compressed CSV a month, the running month through yesterday."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from pipelines.demo.moment import iso_utc, month_first
from pipelines.demo.traffic import BIN, Flow, TrafficMaker

HEADER = "id,dateObservedFrom,dateObservedTo,intensity,averageVehicleSpeed,occupancy,motorcycleShare\n"


def archive_name(index: int) -> str:
    """File name of a month."""
    return f"traffic-{month_first(index):%Y-%m}.csv.gz"


def export_month(maker: TrafficMaker, index: int, before: np.datetime64, folder: Path) -> Path | None:
    """Write a month's file with the days before a local day; None when there is no such day. Replaces whole."""
    flow = maker.month(index)
    count = int(np.searchsorted(flow.days, before.astype("M8[D]")))
    if count == 0:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / archive_name(index)
    aside = path.with_name(f".{path.name}.part")
    plain = pa.BufferOutputStream()
    plain.write(HEADER.encode())
    options = pacsv.WriteOptions(include_header=False, quoting_style="none", batch_size=65_536)
    pacsv.write_csv(_table(maker, flow, count), plain, options)
    aside.write_bytes(gzip.compress(plain.getvalue(), compresslevel=1, mtime=0))
    aside.replace(path)
    return path


def _table(maker: TrafficMaker, flow: Flow, count: int) -> pa.Table:
    sites = len(maker.sites)
    starts = flow.starts[: count * 96]
    kept = ~flow.is_silent[:count].ravel()
    codes = pa.array([site.code for site in maker.sites])
    row = pa.array(np.repeat(np.arange(len(starts)), sites)[kept])
    site = pa.array(np.tile(np.arange(sites), len(starts))[kept])
    speed = flow.speed[:count].ravel()[kept]
    return pa.table(
        {
            "id": codes.take(site),
            "from": pa.array(iso_utc(starts).tolist()).take(row),
            "to": pa.array(iso_utc(starts + BIN).tolist()).take(row),
            "intensity": pa.array(flow.intensity[:count].ravel()[kept]),
            "speed": pa.array(speed, mask=np.isnan(speed)),
            "occupancy": pa.array(flow.occupancy[:count].ravel()[kept]),
            "share": pa.array(flow.motorcycles[:count].ravel()[kept]),
        }
    )

"""The data covenant (phiếu cam kết dữ liệu): source.yaml as plain values, for the printed page and the published copy.

It holds what the machine enforces as the contract and nothing else; `fingerprint` changes when any of it does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from ioc.settings import SourceSettings
from pipelines.holding import MOST_BAD_ROWS, MOST_BAD_SHARE
from pipelines.spec import ColumnSpec, DatasetSpec, SourceSpec
from pipelines.supply import part_length, replace_rows


def covenant_of(spec: SourceSpec, entry: SourceSettings | None = None) -> dict[str, Any]:
    """The covenant of a source; `entry` (its lines of config.yaml) says when it is read."""
    body: dict[str, Any] = {
        "source": spec.id,
        "domain": spec.domain,
        "kind": spec.kind,
        "name": spec.name.model_dump(),
        "owner": spec.owner.model_dump(),
        "freshness": spec.freshness.model_dump(),
        "part_hours": int(part_length(spec.freshness).total_seconds() // 3600),
        "needs": list(spec.needs),
        "tolerance": {"rows": MOST_BAD_ROWS, "share": MOST_BAD_SHARE},
        "datasets": [_dataset(name, dataset) for name, dataset in spec.datasets.items()],
    }
    body["fingerprint"] = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:12]
    if entry is not None:
        body["rhythm"] = {"every": entry.every, "at": list(entry.at), "on": list(entry.on)}
    return body


def _dataset(name: str, spec: DatasetSpec) -> dict[str, Any]:
    return {
        "dataset": name,
        "fields": [_field(key, column, key in spec.key) for key, column in spec.columns.items()],
        "key": list(spec.key),
        "rules": [{"id": rule.id, "field": rule.field, "vi": rule.vi, "en": rule.en} for rule in spec.rules],
        "volume": spec.volume.model_dump(),
        "may_be_empty": spec.empty == "allow",
        "owes": None if spec.owes is None else spec.owes.model_dump(mode="json"),
        "feeds": list(spec.into),
        "layout": spec.request.get("layout"),
    }


def _field(name: str, column: ColumnSpec, is_key: bool) -> dict[str, Any]:
    return {
        "name": name,
        "path": column.path,
        "type": column.type,
        "required": column.required or is_key,
        "values": [str(value) for value in column.values],
        "minimum": column.minimum,
        "maximum": column.maximum,
        "pattern": column.pattern,
        "place": None if column.place is None else column.place.kind,
    }


def keep_covenants(
    cursor: Any, specs: Mapping[str, SourceSpec], entries: Mapping[str, SourceSettings], known_at: Any
) -> bool:
    """Bring ops.covenant to what is in force, in the caller's transaction; True when something changed."""
    rows = []
    for name, spec in specs.items():
        body = json.dumps(covenant_of(spec, entries.get(name)), ensure_ascii=False, sort_keys=True)
        same = cursor.execute(
            "SELECT known_at FROM ops.covenant WHERE source = ? AND body = ?", [name, body]
        ).fetchone()
        rows.append({"source": name, "body": body, "known_at": same[0] if same else known_at})
    schema = pa.schema([("source", pa.string()), ("body", pa.string()), ("known_at", pa.timestamp("us"))])
    return replace_rows(cursor, "ops.covenant", "true", pa.Table.from_pylist(rows, schema=schema))

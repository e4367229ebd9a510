"""Where the web geometry of a province lies, and what its meta data say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path("published", "geo")
META = "meta.json"


def map_meta(home: Path, province: str) -> dict[str, Any]:
    """The meta data of the province's map with `url` set to its address; {} when no boundaries were built
    yet.

    Keys: url, is_schematic, attribution, lon_range, lat_range, insets, label_points.
    """
    path = home / FOLDER / META
    if not path.is_file():
        return {}
    meta: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["province"]
    if meta["code"] != province:
        return {}
    return {**meta, "url": f"/geo/{meta['communes']}"}

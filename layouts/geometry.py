"""Where the shapes of the map are: the list beside the published geometry, read once a process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ioc.errors import StorageError


def load_geo_meta(home: Path, province: str) -> dict[str, Any]:
    """Frame, insets, label points and address of a province's communes; {} while no geometry is published.

    Raises StorageError when the list is there but unreadable or of another province.
    """
    path = home / "published" / "geo" / "meta.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise StorageError(
            f"{path.name} of the map is not readable: {error}", remedy="build the map files again"
        ) from error
    meta = dict(content["province"])
    if meta["code"] != province:
        raise StorageError(
            f"the map files are of province {meta['code']}, not {province}", remedy="build them again"
        )
    return {**meta, "url": f"/geo/{meta['communes']}"}

"""Draw a boundary file as SVG: ``python data/boundaries/sketch.py schematic/51.json.gz 51.svg``.

Takes the shipped ``*.json.gz`` and the map files; a third argument may give west,south,east,north in degrees.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry import shape

PIXELS = 1200


def draw_svg(shapes: dict[str, shapely.Geometry], box: tuple[float, float, float, float]) -> str:
    """SVG text with one path a unit, in a plain projection that keeps the middle latitude true."""
    west, south, east, north = box
    squeeze = float(np.cos(np.radians((south + north) / 2)))
    scale = PIXELS / max((east - west) * squeeze, north - south)
    paths = []
    for number, (code, one) in enumerate(sorted(shapes.items())):
        rings = [ring for part in shapely.get_parts(one) for ring in (part.exterior, *part.interiors)]
        lines = (
            "L".join(f"{(x - west) * squeeze * scale:.1f},{(north - y) * scale:.1f}" for x, y in r.coords)
            for r in rings
        )
        path = "".join(f"M{line}Z" for line in lines)
        paths.append(f'<path id="u{code}" d="{path}" fill="hsl({number * 137 % 360},45%,75%)" stroke="#333"/>')
    width, height = (east - west) * squeeze * scale, (north - south) * scale
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}">'
    return f"{head}<rect width='100%' height='100%' fill='#fff'/>{''.join(paths)}</svg>"


def main(arguments: list[str]) -> int:
    """Read, draw, write."""
    source, target, *rest = arguments
    content = Path(source).read_bytes()
    document = json.loads(gzip.decompress(content) if source.endswith(".gz") else content)
    shapes = {feature["id"]: shape(feature["geometry"]) for feature in document["features"]}
    bounds = [float(value) for value in rest[0].split(",")] if rest else shapely.total_bounds(list(shapes.values()))
    Path(target).write_text(draw_svg(shapes, (bounds[0], bounds[1], bounds[2], bounds[3])), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

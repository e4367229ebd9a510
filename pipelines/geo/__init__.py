"""Boundaries: import an official file, and write the geometry that the maps draw (see docs/boundaries.md)."""

from pipelines.geo.boundary_file import BoundaryError
from pipelines.geo.boundary_import import ImportReport, import_boundaries
from pipelines.geo.map_files import MapFiles, build_map_files

__all__ = ["BoundaryError", "ImportReport", "MapFiles", "build_map_files", "import_boundaries"]

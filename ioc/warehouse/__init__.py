"""The warehouse: one DuckDB file, one writer process."""

from ioc.warehouse.database import Warehouse, WarehouseFatal
from ioc.warehouse.merge import MergeResult
from ioc.warehouse.migrate import schema_version

__all__ = ["MergeResult", "Warehouse", "WarehouseFatal", "schema_version"]

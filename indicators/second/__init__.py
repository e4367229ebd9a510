"""The second engine: any number again, by pandas, from the core tables; shares no SQL with the first."""

from indicators.second.engine import Recomputed, recompute
from indicators.second.tables import Tables, read_tables

__all__ = ["Recomputed", "Tables", "read_tables", "recompute"]

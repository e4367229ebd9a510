"""What was measured and cannot be measured again: brought back from the newest sound published version.

A warehouse that was lost is loaded anew from the landing zone. What is not in any landing are the earlier values of an
observation and when each was known (vintages); they are in every published version.
"""

from __future__ import annotations

import logging
from pathlib import Path

import duckdb

from ioc.errors import StorageError
from ioc.published import folder as files
from ioc.published.verify import check
from ioc.warehouse import Warehouse

log = logging.getLogger(__name__)


def restore_measured(warehouse: Warehouse, home: Path) -> int | None:
    """Fill the empty tables of `mart` from the newest published version that is sound; returns its id, None without.

    Columns that only one side knows are left out. Raises StorageError when the warehouse is not empty there.
    """
    folder = home.resolve() / "published"
    for version in reversed(files.list_versions(folder)):
        path = folder / files.file_name(version)
        try:
            fault = check(str(path), version)
        except duckdb.Error as error:
            fault = str(error)
        if fault:
            log.warning("version %d is not used to restore: %s", version, fault)
            continue
        _copy(warehouse, path)
        return version
    return None


def _copy(warehouse: Warehouse, path: Path) -> None:
    cursor = warehouse.cursor()
    place = str(path).replace("'", "''")
    cursor.execute(f"ATTACH '{place}' AS kept (READ_ONLY)")
    try:
        with warehouse.transaction() as writer:
            pairs = writer.execute(
                """SELECT k.table_name, list(k.column_name) FROM duckdb_columns() k JOIN duckdb_columns() w
                ON w.database_name = current_database() AND w.schema_name = 'mart' AND w.table_name = k.table_name
                AND w.column_name = k.column_name
                WHERE k.database_name = 'kept' AND k.schema_name = 'mart' GROUP BY 1 ORDER BY 1"""
            ).fetchall()
            for table, columns in pairs:
                if writer.execute(f"SELECT count(*) FROM mart.{table}").fetchone() != (0,):
                    raise StorageError(f"mart.{table} is not empty", remedy="restore into a new warehouse only")
                names = ", ".join(columns)
                writer.execute(f"INSERT INTO mart.{table} ({names}) SELECT {names} FROM kept.mart.{table}")
    finally:
        cursor.execute("DETACH kept")
        cursor.close()

"""Run by publish in a fresh process, on its own: opens a built version read-only and checks what it promises.

Usage: verify.py FILE VERSION. Ends with 0, or with 1 and a reason on standard error. Imports nothing of
ours, to
start fast and to see the file as a stranger does.
"""

from __future__ import annotations

import sys

import duckdb


def check(path: str, version_id: int) -> str:
    """The first thing wrong with the file, '' when all is well."""
    connection = duckdb.connect(path, read_only=True, config={"threads": "2", "memory_limit": "1GB"})
    ids = connection.execute("SELECT id FROM meta.version").fetchall()
    if ids != [(version_id,)]:
        return f"the version row says {ids}"
    if connection.execute("SELECT count(*) FROM meta.catalogue WHERE body IS NOT NULL").fetchone() != (1,):
        return "the catalogue is not there"
    for table, promised in connection.execute("SELECT table_name, row_count FROM meta.table_count").fetchall():
        found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        if found != (promised,):
            return f"{table} has {found} rows, {promised} were promised"
    made = connection.execute("SELECT count(*) FROM duckdb_indexes()").fetchone()
    kept = connection.execute(
        "SELECT count(*) FROM duckdb_constraints() WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE')"
    ).fetchone()
    if made != (0,) or kept != (0,):
        return "it holds an index or a key constraint"
    return ""


def main() -> int:
    try:
        fault = check(sys.argv[1], int(sys.argv[2]))
    except duckdb.Error as error:
        fault = str(error).replace("\n", " ")
    if fault:
        sys.stderr.write(f"{fault}\n")
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())

"""Merge landed Parquet into a DuckDB table by the Arrow path of dlt; run by a Python that has it, imports nothing else.

Arguments: a folder for dlt's state, then the Parquet files. Prints one line: rows, seconds, processor seconds.
"""

import os
import sys
import time


def main(folder: str, files: list[str]) -> None:
    """Load the files once, keyed by dossier code, as `merge`; without a contract."""
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    os.environ["DLT_DATA_DIR"] = folder
    import dlt
    import pyarrow.parquet as pq

    tables = [pq.read_table(file).drop_columns(["_position", "_file"]) for file in files]
    began, used = time.perf_counter(), time.process_time()
    pipeline = dlt.pipeline(
        "bench", pipelines_dir=folder, destination=dlt.destinations.duckdb(os.path.join(folder, "bench.duckdb"))
    )

    @dlt.resource(name="ho_so", write_disposition="merge", primary_key="ma_ho_so")
    def rows() -> object:
        yield from tables

    pipeline.run(rows(), loader_file_format="parquet")
    print(sum(table.num_rows for table in tables), time.perf_counter() - began, time.process_time() - used)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

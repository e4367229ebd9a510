"""Reads a Parquet file in a process of its own with hard limits. Started by path; of ours it imports the limits only.

Arguments: memory in MB, CPU seconds, the file. Standard output: one JSON line with the names of its columns; after a
JSON line on standard input that names the wanted ones, their rows as an Arrow stream. What is wrong with the file is a
JSON line `{"error": text}` in place of the names.
"""

import json
import sys

from sheet_child import confine


def main(memory_mb: int, cpu_seconds: int, path: str) -> None:
    """Read the wanted columns, one thread, a part at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pa.set_memory_pool(pa.system_memory_pool())
    pa.set_cpu_count(1)
    confine(memory_mb, cpu_seconds)
    out = sys.stdout.buffer
    try:
        file = pq.ParquetFile(path, memory_map=False, pre_buffer=False)
        said = {"names": list(file.schema_arrow.names)}
    except (Exception, MemoryError) as error:  # the boundary of this process: the parent is told
        said = {"error": f"{type(error).__name__}: {error}"[:300]}
    out.write(json.dumps(said).encode() + b"\n")
    out.flush()
    if "error" in said:
        return
    wanted = json.loads(sys.stdin.readline())
    schema = pa.schema([file.schema_arrow.field(name) for name in wanted])
    with pa.ipc.new_stream(out, schema) as stream:
        for batch in file.iter_batches(columns=wanted, use_threads=False):
            stream.write_batch(batch.select(wanted))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])

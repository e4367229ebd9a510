"""Reads spreadsheets in a process of its own with hard limits. Started by path; imports nothing of ours.

Arguments: memory in MB, CPU seconds, most rows, the sheet (name, #number, '' for the first), then the files. Standard
output: one JSON line per row, `[file number, sheet, row number, [cells]]`, and `[file number, "done", rows]` or
`[file number, "error", text]`.
"""

import datetime
import json
import math
import os
import resource
import sys

FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "ctypes.")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def confine(memory_mb: int, cpu_seconds: int) -> None:
    """From here on: so much memory and processor time, no file written, no other process, no network."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    for kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NPROC):
        resource.setrlimit(kind, (0, 0))
    sys.addaudithook(refuse)


def refuse(event: str, given: tuple[object, ...]) -> None:
    """Raise for what a reader of spreadsheets never does."""
    if event.startswith(FORBIDDEN):
        raise PermissionError(f"{event} is not allowed here")
    if event == "open" and isinstance(given[2], int) and given[2] & WRITING:
        raise PermissionError("writing a file is not allowed here")


def plain(value: object) -> object:
    """A cell as JSON: days and instants as ISO text, empty as null."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value


def say(line: list[object]) -> None:
    """One line for the parent."""
    sys.stdout.write(json.dumps(line) + "\n")


def chosen(names: list[str], sheet: str) -> str:
    """The name of the wanted sheet."""
    if not sheet:
        return names[0]
    if sheet[0] == "#" and sheet[1:].isdigit() and 1 <= int(sheet[1:]) <= len(names):
        return names[int(sheet[1:]) - 1]
    if sheet not in names:
        raise ValueError(f"no sheet {sheet}; the file has {', '.join(names)}")
    return sheet


def main(memory_mb: int, cpu_seconds: int, most_rows: int, sheet: str, paths: list[str]) -> None:
    """Read one sheet of each file."""
    from python_calamine import CalamineWorkbook

    confine(memory_mb, cpu_seconds)

    for number, path in enumerate(paths):
        try:
            book = CalamineWorkbook.from_path(path)
            name = chosen(book.sheet_names, sheet)
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        except (Exception, MemoryError) as error:  # the boundary of this process: the parent is told
            say([number, "error", f"{type(error).__name__}: {error}"[:300]])
            continue
        if len(rows) > most_rows:
            say([number, "error", f"more than {most_rows} rows"])
            continue
        for index, row in enumerate(rows, start=1):
            say([number, name, index, [plain(value) for value in row]])
        say([number, "done", len(rows)])
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5:])

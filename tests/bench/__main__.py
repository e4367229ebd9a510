"""The bench: `make bench`, or `python -m tests.bench [--full] [--largest] [--home HOME] [--only demo,numbers,...]`.

Prints a table and, after a whole run, writes docs/bench.md. It never fails because something is slow.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.bench_browser import bench_browser
from tests.bench.bench_demo import ROOT, bench_demo
from tests.bench.bench_ingest import bench_ingest
from tests.bench.bench_numbers import bench_numbers
from tests.bench.bench_pages import bench_pages
from tests.bench.bench_scale import bench_scale
from tests.bench.bench_score import bench_score
from tests.bench.document import load, print_group, write_document
from tests.bench.rows import Row

PAGE = ROOT / "docs" / "bench.md"


def main() -> None:
    """Run what was asked for, one group after the other."""
    options = read_options()
    began, before, groups = time.perf_counter(), load(), dict[str, list[Row]]()
    with tempfile.TemporaryDirectory(prefix="ioc-bench-") as folder:
        home = Path(folder) / "home"
        if options.home:
            copy_home(options.home, home)
        steps: dict[str, tuple[str, Callable[[], list[Row]]]] = {
            "demo": ("From nothing to a published version", lambda: bench_demo(home)),
            "ingest": ("A million dossiers in", bench_ingest),
            "numbers": ("Measuring, publishing, reading", lambda: bench_numbers(home)),
            "scale": (
                "Measuring at the size of a large province",
                lambda: bench_scale(largest=options.full or options.largest),
            ),
            "pages": ("Time of the server, weight of a refresh", lambda: bench_pages(home)),
            "browser": ("In the browser", lambda: bench_browser(home)),
            "score": ("Scoring", bench_score),
            "full": ("The province at full size", lambda: bench_demo(Path(folder) / "full", scale="1")),
        }
        skipped = ({"demo"} if options.home else set()) | (set() if options.full else {"full"})
        wanted = [name for name in options.only.split(",") if name] or [name for name in steps if name not in skipped]
        for name in wanted:
            title, act = steps[name]
            groups[title] = act()
            print_group(title, groups[title])
    seconds = time.perf_counter() - began
    print(f"\n{seconds:.0f} s; load average before {before}, after {load()}")
    if not options.only and not options.home:
        size = "the demo province as shipped, built from nothing for this run (config.yaml says its scale and months)"
        PAGE.write_text(
            write_document(groups, now=datetime.now(UTC), before=before, after=load(), seconds=seconds, size=size),
            encoding="utf-8",
        )
        print(f"written: {PAGE.relative_to(ROOT)}")


def read_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="also build the province at full size")
    parser.add_argument("--largest", action="store_true", help="also measure 10 M dossiers (6 GB of disk)")
    parser.add_argument("--home", type=Path, help="work on a copy of this home instead of building one")
    parser.add_argument(
        "--only", default="", help="groups by name, with commas: demo,ingest,numbers,scale,pages,browser,score,full"
    )
    return parser.parse_args()


def copy_home(source: Path, home: Path) -> None:
    """What measuring and showing need; source systems and landing stay where they are."""
    for name in ("warehouse", "published"):
        shutil.copytree(source / name, home / name)
    shutil.copy(source / "app.sqlite", home / "app.sqlite")


if __name__ == "__main__":
    main()

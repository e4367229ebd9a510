"""S-11: a second writer is refused, also after the database file was copied inside the first one's
process."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.warehouse_fixture import insert, open_warehouse

ROOT = Path(__file__).resolve().parents[3]
SECOND = """
import sys
from pathlib import Path
from ioc.errors import IocError
from ioc.lock import IngestLock
from ioc.warehouse import Warehouse
try:
    with IngestLock(Path(sys.argv[1])) as lock:
        Warehouse.open(Path(sys.argv[1]), lock=lock)
except IocError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


def second_writer(home):
    return subprocess.run(
        [sys.executable, "-c", SECOND, str(home)], capture_output=True, text=True, check=False, cwd=ROOT
    )


def test_s11_second_ingest_exits_with_a_message(tmp_path):
    with open_warehouse(tmp_path):
        refused = second_writer(tmp_path)
    assert refused.returncode == 1
    assert "BusyError: another ingest process holds this home (pid" in refused.stderr
    assert second_writer(tmp_path).returncode == 0


def test_s11_our_lock_holds_after_the_file_was_copied_in_process(tmp_path):
    """Closing the copy's source drops the engine's own lock (finding 4); ours lies on another file."""
    with open_warehouse(tmp_path) as warehouse:
        insert(warehouse, {"rating": [{"rating_code": "a"}]})
        shutil.copyfile(warehouse.path, tmp_path / "copy.duckdb")
        (tmp_path / "ingest.lock").read_text()
        assert second_writer(tmp_path).returncode == 1
        insert(warehouse, {"rating": [{"rating_code": "b"}]})
    with open_warehouse(tmp_path) as warehouse:
        found = warehouse.cursor().execute("SELECT count(*) FROM core.rating").fetchone()
    assert found == (2,)

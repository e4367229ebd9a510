"""S-12 and S-16: readers in many threads while versions change; no error, no torn answer, no other's
answer."""

import os
import threading
from datetime import timedelta

import pytest

from ioc.published import Publication, Scope
from tests.faults.storage.size import rounds
from tests.warehouse_fixture import NOW, make_home, observation, open_warehouse, publish_now

THREADS = 8
UNITS = [str(21000 + i) for i in range(96)]


def run_threads(body):
    """Run `body(number)` in every thread; returns what they raised."""
    faults = []

    def guarded(number):
        try:
            body(number)
        except BaseException as error:
            faults.append(repr(error))

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    return threads, faults


def open_files():
    return len(os.listdir("/proc/self/fd"))


def resident_mb():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


@pytest.mark.timeout(1800)  # the full count takes minutes
def test_s12_hot_swap(tmp_path):
    rows = [{"indicator": "a.b", "unit": unit, "period": "2026-06", "value": 0.0} for unit in UNITS]
    home = make_home(tmp_path, [observation(**row) for row in rows])
    publication = Publication(home, check_seconds=0)
    stop = threading.Event()
    reads = [0] * THREADS

    def read(number):
        last = 0
        while not stop.wait(0.05):
            with publication.reader() as reader:
                assert reader.version.id >= last, "the version went back"
                last = reader.version.id
                values = {item.value for item in reader.level("a.b", "commune", "2026-06")}
                stored = reader.select("SELECT id FROM meta.version")[0]["id"]
                assert len(values) == 1, "two states in one answer"
                assert stored == last
                assert values == {float(last - int(NOW.timestamp() * 1000))}, "data of another version"
            reads[number] += 1

    threads, faults = run_threads(read)
    with open_warehouse(home) as warehouse:
        settled = None
        for swap in range(1, rounds(20, 200) + 1):
            with warehouse.transaction() as cursor:
                cursor.execute("UPDATE mart.observation SET value = ?", [float(swap)])
            version = publish_now(warehouse, home, now=NOW + timedelta(milliseconds=swap))
            assert version.id == int(NOW.timestamp() * 1000) + swap
            if swap == 5:
                settled = (open_files(), resident_mb())
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert min(reads) > 0
    with publication.reader() as reader:
        assert reader.version.id == version.id
    assert publication.degraded == ""
    assert open_files() <= settled[0] + THREADS
    assert resident_mb() <= settled[1] + 150
    publication.close()


@pytest.mark.timeout(1800)
def test_s16_every_thread_gets_its_own_answer(tmp_path):
    rows = [{"indicator": "a.b", "unit": unit, "period": "2026-06", "value": float(unit)} for unit in UNITS]
    home = make_home(tmp_path, [observation(**row) for row in rows])
    publication = Publication(home)
    wrong = []

    def ask(number):
        unit = UNITS[number]
        for turn in range(1000):
            scope = Scope(frozenset({unit})) if turn % 2 else Scope()
            with publication.reader(scope=scope) as reader:
                found = reader.observation("a.b", unit, "2026-06")
                if found is None or (found.unit, found.value) != (unit, float(unit)):
                    wrong.append((unit, found))

    threads, faults = run_threads(ask)
    for thread in threads:
        thread.join()
    assert faults == []
    assert wrong == []
    publication.close()

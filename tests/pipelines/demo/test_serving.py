"""The systems are alive while they are served, and resume after a stop."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from ioc.errors import UsageError
from pipelines.demo import DemoOptions, DemoSystems
from tests.pipelines.demo.conftest import NOW

TINY = DemoOptions(scale=0.004, months=2)


def count(systems: DemoSystems) -> int:
    with systems.one_stop.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM ho_so").scalar_one())


def test_new_dossiers_appear_while_serving_and_after_a_restart(tmp_path: Path) -> None:
    built = DemoSystems.build(tmp_path, TINY, NOW)
    before = count(built)
    moment, ticked, stop = [NOW], threading.Event(), threading.Event()

    def clock():  # type: ignore[no-untyped-def]
        if moment[0] > NOW and served.advanced_to >= moment[0]:
            ticked.set()
        return moment[0]

    served = DemoSystems.open(tmp_path)
    thread = threading.Thread(target=served.serve, args=(clock, stop), kwargs={"period": 0.02})
    thread.start()
    moment[0] = NOW + timedelta(hours=6)
    assert ticked.wait(60)
    ports = json.loads((tmp_path / "demo" / "ports.json").read_text())
    total = httpx.get(f"{ports['base_url']}/portal/ho-so", params={"page_size": 1}).json()["total"]
    stop.set()
    thread.join(60)
    assert not thread.is_alive()
    assert not (tmp_path / "demo" / "ports.json").exists()
    assert count(served) > before
    assert total > 0
    resumed = DemoSystems.open(tmp_path)
    assert resumed.advanced_to == NOW + timedelta(hours=6)
    between = count(resumed)
    resumed.advance(NOW + timedelta(days=3))
    assert count(resumed) > between


def test_clear_errors_before_anything_is_built(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ioc demo"):
        DemoSystems.open(tmp_path)
    with pytest.raises(UsageError, match="no province '99'"):
        DemoSystems.build(tmp_path, DemoOptions(province="99"), NOW)
    with pytest.raises(UsageError, match="scale"):
        DemoOptions(scale=0)


@pytest.mark.parametrize("province", ["68", "46", "79"])
def test_other_provinces_build(tmp_path: Path, province: str) -> None:
    systems = DemoSystems.build(tmp_path, DemoOptions(province=province, scale=0.002, months=2), NOW)
    assert count(systems) > 50
    with systems.one_stop.engine.connect() as connection:
        agencies = connection.exec_driver_sql("SELECT count(*) FROM co_quan WHERE cap = 'XA'").scalar_one()
    assert agencies == len(systems.place.communes)
    assert len(systems.traffic.sites) == 14

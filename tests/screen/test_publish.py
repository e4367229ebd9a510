"""A desk page left open while a new version arrives: texts and traces change, every node stays."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server as make_listener

from tests.screen import watch
from tests.screen.fixture_home import shipped_catalogue
from tests.screen.serve import make_server
from tests.screen.watch import until
from tests.warehouse_fixture import open_warehouse, publish_now

pytestmark = pytest.mark.screen
LATER = datetime(2026, 10, 6, 2, 40, tzinfo=UTC)
RAISE = """UPDATE mart.observation SET value = value + 1 WHERE indicator = 'procedures.received' AND unit = '51'
AND value IS NOT NULL"""


@pytest.fixture
def own_home(screen_home: Path, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A copy of the tests' home with a server of its own, because the test publishes into it."""
    home = tmp_path / "home"
    shutil.copytree(screen_home, home)
    listener = make_listener("127.0.0.1", 0, make_server(home), threaded=True)
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.server_port}", home
    listener.shutdown()
    thread.join(5)


def publish_one_more(home: Path) -> None:
    """A version in which one number of the province, in all its periods, is larger by one."""
    with open_warehouse(home, now=LATER) as warehouse:
        with warehouse.transaction() as cursor:
            cursor.execute(RAISE)
        publish_now(warehouse, home, now=LATER, catalogue_json=shipped_catalogue().to_json())


def test_a_desk_page_changes_only_what_the_new_version_changed(chromium: Any, own_home: tuple[str, Path]) -> None:
    address, home = own_home
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(60_000)
    page.goto(f"{address}/procedures")
    page.wait_for_selector(".choroplethlayer path")
    until(page, "[...document.querySelectorAll('.k-age[data-as-of]')].every(one => one.textContent !== '')")
    card = ".kpi[data-card^='procedures.received|51|'] .k-val"
    before = int(page.inner_text(card).replace(".", ""))
    settled = page.inner_text(".kpi[data-card^='procedures.settled|'] .k-val")
    page.wait_for_timeout(1000)
    page.evaluate(watch.START, watch.PARTS)
    publish_one_more(home)
    page.evaluate("window.dash_clientside.set_props('tick', { n_intervals: 1 })")  # the beat of 15 s, now
    shown = f'document.querySelector("{card}").textContent.replaceAll(".", "")'
    until(page, f"Number({shown}) === {before + 1}")
    page.wait_for_timeout(500)
    found = page.evaluate(watch.STOP)
    assert (found["replaced"], found["lost"], found["disturbed"]) == ([], [], [])
    cards = [name for name in found["changed"] if "|" in name]
    assert len(cards) == 1
    assert cards[0].startswith("procedures.received|51|")
    assert len([name for name in found["same"] if "|" in name]) >= 10
    assert page.inner_text(".kpi[data-card^='procedures.settled|'] .k-val") == settled
    page.close()

"""The desk in a real browser: acts by a named operator, refused from elsewhere; the covenant on one A4 page."""

from __future__ import annotations

import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from ioc.published import Publication
from ioc.store import AppStore, Desk
from layouts.desk.routes import create_desk
from layouts.words import load_words
from tests.screen.conftest import listening
from tests.screen.fixture_home import NOW

pytestmark = pytest.mark.screen


@pytest.fixture(scope="module")
def home(screen_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tests' home, because acts are written into it."""
    return Path(shutil.copytree(screen_home, tmp_path_factory.mktemp("desk") / "home"))


@pytest.fixture(scope="module")
def server(home: Path) -> Flask:
    made = Flask("ioc", static_folder=None)
    publication = Publication(home, check_seconds=0.2)
    create_desk(made, SimpleNamespace(language="vi"), publication, load_words(), now=lambda: NOW)
    return made


@pytest.fixture(scope="module")
def address(server: Flask) -> Iterator[str]:
    with listening(server) as found:
        yield found


@pytest.fixture
def store(home: Path) -> Iterator[AppStore]:
    opened = AppStore.open(home)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("headers", "host", "status"),
    [
        ({"Origin": "http://localhost"}, "localhost", 303),
        ({"Sec-Fetch-Site": "same-origin"}, "localhost", 303),
        ({}, "localhost", 403),
        ({"Origin": "http://evil.example"}, "localhost", 403),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"}, "localhost", 403),
        ({"Origin": "http://evil.example"}, "evil.example", 403),  # a foreign name that resolves to this machine
    ],
)
def test_acts_come_from_this_server_only(server: Flask, headers: dict[str, str], host: str, status: int) -> None:
    answer = server.test_client().post(
        "/desk/one_stop/act", data={"operator": "Nguyễn Thị Hoa", "act": "run"}, headers=headers,
        base_url=f"http://{host}",
    )  # fmt: skip
    assert answer.status_code == status


def test_what_a_command_asked_stands_on_the_desk_too(server: Flask, store: AppStore) -> None:
    """`ioc run one_stop` while the ingest process lives is a request without an operator's name."""
    asked = store.add_request("run", {"sources": ["one_stop"]}, now=NOW)
    client = server.test_client()
    for path in ("/desk/one_stop", f"/desk/request/{asked}"):
        answer = client.get(path)
        assert (answer.status_code, "Đọc nguồn ngay" in answer.text) == (200, True), path
    assert f"/desk/request/{asked}" in client.get("/desk/one_stop").text


def test_acts_come_from_this_machine_only(server: Flask) -> None:
    answer = server.test_client().post(
        "/desk/one_stop/act", data={"operator": "Hoa Nguyen", "act": "run"}, headers={"Origin": "http://localhost"},
        environ_base={"REMOTE_ADDR": "10.1.2.3"},
    )  # fmt: skip
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/desk/one_stop/act", {"operator": "", "act": "run"}),
        ("/desk/one_stop/act", {"operator": "Nguyễn Thị Hoa", "act": "drop"}),
        ("/desk/nothing/act", {"operator": "Nguyễn Thị Hoa", "act": "run"}),
        ("/desk/upload", {"operator": "Nguyễn Thị Hoa"}),
        ("/desk/entry", {"operator": "Nguyễn Thị Hoa", "ma_don_vi": "99999"}),
    ],
)
def test_what_cannot_be_done_is_a_sentence(server: Flask, store: AppStore, path: str, form: dict[str, str]) -> None:
    before = len(Desk(store).requests(1000))
    answer = server.test_client().post(path, data=form, headers={"Origin": "http://localhost"})
    assert answer.status_code == 400
    assert "Traceback" not in answer.text
    assert len(Desk(store).requests(1000)) == before


def test_an_operator_pauses_a_source_and_is_named(chromium: Any, address: str, store: AppStore) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{address}/desk/one_stop")
    page.fill("input[name=operator]", "Nguyễn Thị Hoa")
    page.fill("input[name=reason]", "bảo trì máy chủ")
    page.click("button[value=pause]")
    page.wait_for_url(re.compile(r"/desk/request/\d+"))
    asked = Desk(store).requests(1)[0]
    assert (asked.kind, asked.args["source"], asked.args["by"]) == ("pause", "one_stop", "Nguyễn Thị Hoa")
    assert asked.args["reason"] == "bảo trì máy chủ"
    assert "Nguyễn Thị Hoa" in page.inner_text("main")
    later = context.new_page()  # the page of the request asks again by itself until it is done
    later.goto(f"{address}/desk/one_stop")
    assert later.input_value("input[name=operator]") == "Nguyễn Thị Hoa"
    context.close()


def test_a_figure_by_hand_needs_a_second_person(chromium: Any, address: str, store: AppStore) -> None:
    page = chromium.new_page()
    page.goto(f"{address}/desk/forms")
    form = page.locator("form[action^='/desk/entry?']")
    form.locator("input[name=operator]").fill("Nguyễn Thị Hoa")
    form.locator("input[name=gia_tri]").fill("1.234,5")
    form.locator("input[name=so_van_ban]").fill("12/BC-UBND")
    form.locator("button").click()
    page.wait_for_url(re.compile("said=kept"))
    entry = Desk(store).entries()[0]
    assert (entry.status, entry.body["gia_tri"], entry.entered_by) == ("waiting", "1234.5", "Nguyễn Thị Hoa")
    decide = page.locator(f"form[action^='/desk/entry/{entry.id}']")
    decide.locator("input[name=operator]").fill("nguyễn thị hoa")
    decide.locator("button[value=approve]").click()
    page.wait_for_selector("[role=alert]")
    assert "second person" in page.inner_text("main")
    page.close()


@pytest.mark.parametrize("source", ["one_stop", "report_files", "traffic_live", "task_service"])
def test_a_covenant_is_one_page_of_a4(chromium: Any, address: str, source: str, tmp_path: Path) -> None:
    page = chromium.new_page()
    page.goto(f"{address}/desk/{source}/covenant")
    page.pdf(path=str(tmp_path / "covenant.pdf"), prefer_css_page_size=True)
    content = (tmp_path / "covenant.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page[^s]", content)) == 1
    assert page.locator("h1").inner_text() == load_words()("desk.covenant", "vi")
    page.close()


@pytest.mark.parametrize(
    "path", ["one_stop", "one_stop/month", "one_stop/covenant", "forms", "national_portal?lang=en", "appraisal"]
)
def test_desk_pages_fit_a_phone(chromium: Any, address: str, path: str) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    answer = page.goto(f"{address}/desk/{path}")
    assert answer.status == 200
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_an_unknown_source_is_said_so(address: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{address}/desk/nothing")
    assert caught.value.code == 404

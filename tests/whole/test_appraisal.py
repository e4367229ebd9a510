"""The appraisal on its pages, from a commune's claim to the closed period (issue 5.3), in a browser on a demo province.

The numbers follow by the same publication that the ingest process makes when the page asks for it.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from markupsafe import escape
from werkzeug.serving import make_server as make_listener

from ioc.lock import IngestLock
from ioc.period import Period
from ioc.published import Publication
from ioc.settings import load_settings
from ioc.store import AppStore
from ioc.store.appraisal import AppraisalBook
from ioc_cli.measuring import measure_and_publish
from ioc_cli.worker import open_context
from layouts.desk.routes import create_desk
from layouts.words import load_words
from pipelines.schedule import default_handlers

WORDS = load_words()
IS_FULL = os.environ.get("IOC_FAULTS") == "full"
CELL = "SELECT * FROM mart.appraisal WHERE period = ? AND unit = ? AND criterion = ?"
STANDING = "SELECT * FROM mart.appraisal_standing WHERE period = ? AND unit = ?"


class Office:
    """A copy of the demo home with its pages on an address; `keep_up` does what the ingest process would."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.publication = Publication(home, check_seconds=0.0)
        self.server = Flask("ioc", static_folder=None)
        create_desk(self.server, SimpleNamespace(language="vi"), self.publication, WORDS)
        self.listener = make_listener("127.0.0.1", 0, self.server, threaded=True)
        self.address = f"http://127.0.0.1:{self.listener.server_port}"
        self.thread = threading.Thread(target=self.listener.serve_forever, daemon=True)
        self.thread.start()

    def rows(self, sql: str, *params: object) -> list[dict[str, Any]]:
        self.publication.refresh()
        with self.publication.reader() as reader:
            return reader.select(sql, params)

    def keep_up(self) -> int:
        """Execute what waits, as the ingest process does; returns how many requests there were."""
        settings, done = load_settings(None, self.home, {}), 0
        with IngestLock(self.home) as lock:
            ctx = open_context(settings, self.home, lock, datetime.now(UTC))
            while (request := ctx.store.take_request(now=ctx.now)) is not None:
                result = default_handlers(measure_and_publish)[request.kind](ctx, request.args)
                ctx.store.finish_request(request.id, result, now=ctx.now)
                done += 1
            ctx.warehouse.close()
            ctx.store.close()
        return done

    def post(self, kind: str, **form: str) -> Any:
        return self.server.test_client().post(
            f"/desk/appraisal/{kind}?lang=en", data=form, headers={"Origin": "http://localhost"}
        )

    def book(self, period: str) -> list[tuple[str, float | None, str]]:
        store = AppStore.open(self.home)
        try:
            return [(one.kind, one.value, one.operator) for one in AppraisalBook(store).entries(period)]
        finally:
            store.close()


@pytest.fixture(scope="module")
def office(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    home = tmp_path_factory.mktemp("appraisal") / "home"
    shutil.copytree(demo_home, home, ignore=shutil.ignore_patterns("*.lock"))
    made = Office(home)
    yield made
    made.listener.shutdown()
    made.thread.join(5)
    made.publication.close()


def fill(
    page: Any, kind: str, *, operator: str, value: str = "", reason: str = "", evidence: Path | None = None
) -> None:
    """Fill and send one form of a cell, as a person does."""
    form = page.locator(f"form[action^='/desk/appraisal/{kind}']")
    form.locator("input[name=operator]").fill(operator)
    if value:
        form.locator("input[name=value]").fill(value)
    if reason:
        form.locator("input[name=reason]").fill(reason)
    if evidence is not None:
        form.locator("input[name=evidence]").set_input_files(str(evidence))
    form.locator("button").click()
    page.wait_for_selector("p.note.good")


def first_in_queue(office: Office) -> dict[str, Any]:
    """The cell to verify first. In the weeks of a year when all is closed and nothing claimed yet, three communes claim
    for the quarter that runs."""
    sql = "SELECT * FROM mart.appraisal WHERE queue_place = 1 ORDER BY period DESC LIMIT 1"
    if not office.rows(sql):
        period = Period.of(datetime.now(UTC).date(), "quarter").key
        for row in office.rows("SELECT DISTINCT unit FROM mart.appraisal ORDER BY unit LIMIT 3"):
            claim = {"unit": row["unit"], "criterion": "XA.01", "value": "88", "operator": "Phạm Thị Lan"}
            assert office.post("self", period=period, **claim).status_code == 303
        assert office.keep_up() == 1
    return office.rows(sql)[0]


def test_claim_verify_dispute_answer_close_on_the_page(office: Office, chromium: Any, tmp_path: Path) -> None:
    first = first_in_queue(office)
    period, unit, criterion = first["period"], first["unit"], first["criterion"]
    less = round(first["expected"] / 2, 1)  # a result that disappoints
    key, before = (period, unit, criterion), office.rows(STANDING, period, unit)[0]
    proof = tmp_path / "report.pdf"
    proof.write_bytes(b"%PDF-1.7 a report of the commune")
    page = chromium.new_page(locale="vi-VN")
    page.goto(f"{office.address}/desk/appraisal?period={period}")
    page.locator("td a", has_text=WORDS("desk.ap_verify_do", "vi")).first.click()  # the first of the queue
    assert criterion in page.inner_text("h1")

    fill(page, "self", operator="Phạm Thị Lan", value="91,5", evidence=proof)
    shown = f"{less}".replace(".", ",")
    fill(page, "verify", operator="Trần Văn Bình", value=shown, reason="hai dịch vụ chưa chạy")
    assert office.book(period)[-2:] == [("self", 91.5, "Phạm Thị Lan"), ("verify", less, "Trần Văn Bình")]
    assert page.locator("p.note.watch").count() == 1, "the page says that the numbers follow"
    assert office.rows(STANDING, period, unit)[0] == before, "nothing changed before the publication"
    assert office.keep_up() == 1, "one publication serves both entries"

    cell, after = office.rows(CELL, *key)[0], office.rows(STANDING, period, unit)[0]
    assert (cell["self_value"], cell["verified_value"], cell["status"]) == (91.5, less, "verified")
    assert (cell["reason"], cell["entered_by"]) == ("hai dịch vụ chưa chạy", "Trần Văn Bình")
    assert cell["queue_place"] is None
    assert after["pending"] == before["pending"] - 1
    assert after["expected_score"] < before["expected_score"]
    assert after["expected_rank"] > before["expected_rank"], "half of what was expected of the claim costs places"
    assert after["over_claimed"] == pytest.approx((before["over_claimed"] or 0) + 91.5 - less)
    queue = office.rows("SELECT unit, criterion FROM mart.appraisal WHERE period = ? AND queue_place = 1", period)
    assert [(one["unit"], one["criterion"]) for one in queue] != [(unit, criterion)], "the next cell leads the queue"

    page.reload()
    assert page.locator("p.note.watch").count() == 0
    assert str(after["expected_rank"]) in page.inner_text("#provisional")
    with page.expect_download() as got:
        page.locator("dl.facts a").click()
    assert Path(got.value.path()).read_bytes() == proof.read_bytes()
    fill(page, "dispute", operator="Phạm Thị Lan", reason="đã chạy từ 12/9")
    page.goto(f"{office.address}/desk/appraisal?period={period}")
    assert "đã chạy từ 12/9" in page.inner_text("main")
    page.locator("td a", has_text=WORDS("desk.ap_answer_do", "vi")).first.click()
    fill(page, "answer", operator="Trần Văn Bình", value="78", reason="đã xem nhật ký")
    page.goto(f"{office.address}/desk/appraisal?period={period}")
    close = page.locator("form[action^='/desk/appraisal/close']")
    close.locator("input[name=operator]").fill("Lê Văn Chủ")
    close.locator("button").click()
    page.wait_for_selector("p.note.good")
    page.goto(f"{office.address}/desk/appraisal/cell?period={period}&unit={unit}&criterion={criterion}")
    assert WORDS("desk.ap_closed", "vi") in page.inner_text("main")
    assert page.locator("dl.facts dd b").all_inner_texts() == ["91,5", "78,0", "78,0"]
    assert page.locator("form[method=post]").count() == 0
    page.close()
    refused = office.post(
        "dispute", operator="Phạm Thị Lan", period=period, unit=unit, criterion=criterion, reason="no"
    )
    assert refused.status_code == 400
    assert WORDS("desk.ap_no_final", "en") in refused.text
    if IS_FULL:
        assert office.keep_up() == 1
        closed = office.rows(CELL, *key)[0]
        assert (closed["final_value"], closed["status"], closed["entered_by"]) == (78.0, "final", "Lê Văn Chủ")
        assert office.rows(STANDING, period, unit)[0]["expected_score"] > after["expected_score"]


@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        ("self", {"unit": "99999"}, "unit"),
        ("self", {"unit": "51"}, "unit"),
        ("self", {"criterion": "XA.99"}, "criterion"),
        ("self", {"criterion": "<SCRIPT>"}, "criterion"),
        ("self", {"period": "2026-Q9"}, "period"),
        ("self", {"period": "2099-Q1"}, "future"),
        ("self", {"value": "101"}, "value"),
        ("self", {"value": "-1"}, "value"),
        ("self", {"value": "ten"}, "value"),
        ("self", {"value": ""}, "value"),
        ("self", {"value": "1e1"}, "value"),
        ("verify", {"reason": "  "}, "reason"),
        ("verify", {"operator": "phạm  thị LAN"}, "own_claim"),
        ("dispute", {}, "window"),
        ("answer", {}, "no_dispute"),
        ("close", {"period": "2020-Q1"}, "nothing_to_close"),
    ],
)
def test_what_the_rules_refuse_is_said_and_not_written(
    office: Office, kind: str, change: dict[str, str], code: str
) -> None:
    period = Period.of(datetime.now(UTC).date(), "quarter").key  # nobody claimed anything in the quarter that runs
    unit = office.rows("SELECT min(unit) AS unit FROM mart.appraisal")[0]["unit"]
    form = {"period": period, "unit": unit, "criterion": "XA.02", "value": "70", "operator": "Phạm Thị Lan"}
    if kind != "self" and not office.book(period):
        assert office.post("self", **form).status_code == 303
    before = office.book(period)
    who = "Phạm Thị Lan" if kind == "self" else "Trần Văn Bình"
    given = {**form, "reason": "seen", "operator": who, **change}
    answer = office.post(kind, **given)
    asked = {"unit": given["unit"], "criterion": given["criterion"], "period": given["period"], "by": "phạm thị LAN"}
    assert answer.status_code == 400
    assert str(escape(WORDS(f"desk.ap_no_{code}", "en", count=0, **asked))) in answer.text
    assert office.book(period) == before


def test_entries_from_elsewhere_and_files_that_are_not_what_they_say_are_refused(office: Office) -> None:
    client = office.server.test_client()
    form = {"operator": "Phạm Thị Lan", "period": "2026-Q3", "unit": "21025", "criterion": "XA.01", "value": "70"}
    for headers in (
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    ):
        assert client.post("/desk/appraisal/self", data=form, headers=headers).status_code == 403
    assert client.post("/desk/appraisal/self", data=form, headers={"Origin": "http://localhost"},
                       environ_base={"REMOTE_ADDR": "10.1.2.3"}).status_code == 403  # fmt: skip
    assert office.post("erase", **form).status_code == 400
    for path in ("../app.sqlite", "%2e%2e%2fapp.sqlite", "a" * 64 + ".pdf", "x.exe"):
        assert client.get(f"/desk/appraisal/evidence/{path}").status_code == 404
    folder = office.home / "evidence"
    folder.mkdir(exist_ok=True)
    kept = sorted(folder.iterdir())
    free = office.rows("SELECT unit_code AS unit FROM core.unit WHERE unit_kind = 'commune' ORDER BY 1 DESC LIMIT 1")[0]
    for name, content in (("run.exe", b"MZ"), ("report.pdf", b"MZ not a report"), ("table.csv", b"a\0b")):
        with (office.home / name).open("wb+") as file:
            file.write(content)
            file.seek(0)
            answer = client.post(
                "/desk/appraisal/self", data={**form, **free, "period": "2026-Q4", "evidence": (file, name)},
                headers={"Origin": "http://localhost"}, content_type="multipart/form-data",
            )  # fmt: skip
        assert answer.status_code == 400
    assert sorted(folder.iterdir()) == kept

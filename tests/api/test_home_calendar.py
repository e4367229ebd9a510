"""A province's calendar.csv counts wherever numbers are compared: API, pages, the desk's and the wall's deadlines."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from ioc.calendar import WorkCalendar
from ioc.catalogue import FreshnessRule
from ioc.home_calendar import HomeCalendar
from ioc.published import Publication
from ioc.status import due_at
from ioc_api import create_api
from layouts.analyst import dress
from layouts.pages import PAGES
from layouts.render import Renderer
from layouts.words import load_words
from tests.api.test_api import publication  # noqa: F401 - the small province
from tests.indicators import small_core

HEADER = "date,is_working,reason_vi,reason_en,legal_basis,version\n"
REST = HEADER + "2026-07-15,0,Ngày truyền thống tỉnh,Province day,QĐ 1/QĐ-UBND,2026-local\n"
ASK = "indicator=procedures.received&unit=51&period=2026-07&mode=previous"
CARD = "?unit=51&period=2026-07&lang=en&card=procedures.received%7C51%7C2026-07"


@pytest.fixture
def calendar_file(publication: Publication) -> Iterator[Path]:  # noqa: F811
    path = publication.home / "calendar.csv"
    yield path
    path.unlink(missing_ok=True)


def test_comparisons_of_api_and_pages_follow_the_calendar_of_the_home(
    publication: Publication,  # noqa: F811
    calendar_file: Path,
) -> None:
    server = Flask("test")
    server.register_blueprint(create_api(publication))
    renderer = Renderer(
        publication, tuple(dress(page, PAGES) for page in PAGES), load_words(), now=lambda: small_core.NOW
    )

    def days() -> int:
        return int(json.loads(server.test_client().get(f"/api/v1/comparison?{ASK}").data)["now"]["working_days"])

    def card() -> str:
        body, _ = renderer.body("/records", CARD)
        return json.dumps(body.to_plotly_json(), default=lambda node: node.to_plotly_json(), ensure_ascii=False)

    shipped = WorkCalendar.load().working_days_between(datetime(2026, 6, 30).date(), datetime(2026, 7, 31).date())
    assert days() == shipped
    before = card().count(f"{shipped} working days")
    calendar_file.write_text(REST, encoding="utf-8")
    assert days() == shipped - 1
    assert f"{shipped - 1} working days" in card()
    assert card().count(f"{shipped} working days") < before  # last year's July keeps its own days


def test_a_fault_in_the_file_keeps_the_last_good_table(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path, day = tmp_path / "calendar.csv", datetime(2026, 7, 15).date()
    calendar = HomeCalendar(tmp_path)
    assert calendar.now().is_working(day)
    path.write_text(REST, encoding="utf-8")
    assert not calendar.now().is_working(day)
    path.write_text(REST + "2026-07-16,no,a,b,c,d\n", encoding="utf-8")
    assert not calendar.now().is_working(day)
    assert calendar.now().is_working(day + timedelta(days=1))
    assert ["calendar.csv:3" in record.getMessage() for record in caplog.records] == [True], "said once"
    path.unlink()
    assert calendar.now().is_working(day)


def test_a_deadline_in_working_days_follows_it_and_survives_a_year_nobody_entered(tmp_path: Path) -> None:
    (tmp_path / "calendar.csv").write_text(REST, encoding="utf-8")
    rule, home = FreshnessRule(due="+1wd 17:00"), HomeCalendar(tmp_path).now()
    reached = datetime(2026, 7, 14, 5, tzinfo=UTC)
    assert due_at(rule, reached, home) - due_at(rule, reached, WorkCalendar.load()) == timedelta(days=1)
    assert due_at(rule, reached.replace(year=2040), home) == datetime(2040, 7, 15, 10, tzinfo=UTC)
    assert os.listdir(tmp_path) == ["calendar.csv"]

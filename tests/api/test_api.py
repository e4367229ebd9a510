"""The read API over a published small province: answers, refusals, cards, records, health, figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from indicators.checked import load_checked
from indicators.measure import measure
from indicators.record import records
from ioc.published import Publication
from ioc.settings import Settings
from ioc_api import create_api
from ioc_cli.read import COMMANDS
from tests.indicators import small_core
from tests.warehouse_fixture import open_warehouse, publish_now

CATALOGUE = load_checked()
ASK = "indicator=procedures.on_time&unit=51&period=2026-07"


@pytest.fixture(scope="module")
def publication(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publication]:
    home: Path = tmp_path_factory.mktemp("api") / "home"
    with open_warehouse(home, now=small_core.NOW) as warehouse:
        with warehouse.transaction() as cursor:
            for table, rows in small_core.small_province().items():
                small_core.put(cursor, table if "." in table else f"core.{table}", rows)
            ledger = {"load_id": "L1", "source": "one_stop", "dataset": "ho_so", "run_id": "run-7", "landed_path": "p", "sha256": "ab", "loaded_at": datetime(2026, 8, 20)}  # fmt: skip  # noqa: E501
            small_core.put(cursor, "ops.load_ledger", [ledger])
            measure(cursor, CATALOGUE, now=small_core.NOW, run_id="run-7")
        publish_now(warehouse, home, now=small_core.NOW, catalogue_json=CATALOGUE.to_json())
    held = Publication(home)
    yield held
    held.close()


@pytest.fixture(scope="module")
def client(publication: Publication) -> FlaskClient:
    server = Flask("test")
    server.register_blueprint(create_api(publication, clock=lambda: small_core.NOW + timedelta(minutes=10)))
    return server.test_client()


def body(client: FlaskClient, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.data
    found: dict[str, Any] = json.loads(answer.data)
    return found


def test_observation_tells_all_that_an_auditor_asks(client: FlaskClient) -> None:
    found = body(client, f"/api/v1/observation?{ASK}")
    wanted = "indicator version unit period value numerator denominator comparator state status target measure_unit data_as_of known_at source run"  # noqa: E501
    assert set(wanted.split()) <= set(found)
    assert found["value"] == pytest.approx(found["numerator"] * 100 / found["denominator"])
    assert found["run"] == "run-7"
    assert found["data_as_of"].endswith("Z")


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("indicator=procedures.on_tim&unit=51&period=2026-07", 404, "procedures.on_time"),
        ("indicator=procedures.on_time&unit=99&period=2026-07", 404, "no unit '99'"),
        ("indicator=procedures.on_time&unit=51&period=2031-07", 404, "no number"),
        ("indicator=procedures.on_time&unit=51&period=2026-7", 400, "cannot read the period"),
        ("indicator=procedures.on_time&unit=51", 400, "'period' is missing"),
        (f"{ASK}&perod=1", 400, "unknown parameter 'perod'"),
        (f"{ASK}&unit=51", 400, "given 2 times"),
        (f"{ASK}&as_of=yesterday", 400, "as_of"),
        (f"{ASK}&as_of=2026-07-01T00:00:00", 400, "no time zone"),
    ],
)
def test_refusals_say_what_and_how(client: FlaskClient, query: str, status: int, says: str) -> None:
    answer = client.get(f"/api/v1/observation?{query}")
    assert answer.status_code == status
    refused = json.loads(answer.data)
    assert says in refused["error"]
    assert refused["remedy"]


def test_as_of_reads_what_was_known_then(client: FlaskClient) -> None:
    early = client.get(f"/api/v1/observation?{ASK}&as_of=2026-07-01T00:00:00Z")
    assert early.status_code == 404
    late = body(client, f"/api/v1/observation?{ASK}&as_of=2026-08-21T00:00:00Z")
    assert late["value"] == body(client, f"/api/v1/observation?{ASK}")["value"]


def test_version_is_small_and_never_cached(client: FlaskClient) -> None:
    answer = client.get("/api/v1/version")
    assert len(answer.data) <= 300
    assert answer.headers["Cache-Control"] == "no-store"


def test_series_and_level(client: FlaskClient) -> None:
    items = body(client, "/api/v1/series?indicator=procedures.received&unit=51&kind=month&last=2026-07&count=3")[
        "items"
    ]
    assert [item["period"] for item in items] == ["2026-05", "2026-06", "2026-07"]
    units = body(client, "/api/v1/level?indicator=procedures.received&level=commune&period=2026-07")["items"]
    assert [item["unit"] for item in units] == list(small_core.COMMUNES)
    table = client.get("/api/v1/level?indicator=procedures.received&level=commune&period=2026-07&format=csv")
    assert table.data.startswith(b"\xef\xbb\xbfunit,name,period")
    assert len(table.data.splitlines()) == 5


def test_card_leads_to_records_that_give_the_number(client: FlaskClient) -> None:
    card = body(client, f"/api/v1/explain?{ASK}")
    assert card["files"][0]["sha256"] == "ab"
    assert card["freshness"] == {"level": "fresh", "age_seconds": 720, "due_at": "2026-08-20T03:43:00Z"}
    assert card["coverage"] == {"with_values": 1, "declared": 1}
    assert "FROM core.dossier" in card["sql"].replace("(SELECT * FROM", "FROM")
    for key in ("definition", "formula", "legal_basis", "owner", "target", "previous", "same_period_last_year"):
        assert card[key], key
    listed = body(client, f"/api/v1/records?{card['records']}&limit=1000")
    assert listed["agrees"] is True
    assert listed["total"] == card["observation"]["denominator"] == len(listed["rows"])
    assert sum(row["counted"] for row in listed["rows"]) == card["observation"]["numerator"]


def test_records_recompute_every_number(publication: Publication) -> None:
    with publication.reader() as reader:
        seen = 0
        for entry in CATALOGUE.indicators.values():
            for level in entry.levels:
                for period in ("2026-07", "2026-Q2"):
                    for one in reader.level(entry.id, level, period)[-2:]:
                        found = records(reader, CATALOGUE, entry.id, one.unit, period, limit=1)
                        assert found.agrees, (entry.id, one.unit, period, one.value, found.value)
                        seen += 1
    assert seen > 200


def test_lists_and_health(client: FlaskClient) -> None:
    assert len(body(client, "/api/v1/indicators")["items"]) == len(CATALOGUE.indicators)
    assert len(body(client, "/api/v1/sources")["items"]) == len(small_core.small_province()["ops.source_state"])
    assert body(client, "/healthz") == {"status": "ok"}
    assert body(client, "/readyz")["status"] == "ready"
    figures = client.get("/metrics").data.decode()
    assert 'ioc_source_age_seconds{dataset="ho_so",source="one_stop"} 720.0' in figures
    assert 'route="/api/v1/observation",status="404"' in figures


def test_nothing_published_is_not_ready(tmp_path: Path) -> None:
    server = Flask("empty")
    server.register_blueprint(create_api(Publication(tmp_path / "home")))
    client = server.test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    assert client.get("/api/v1/version").status_code == 503
    assert client.get("/metrics").status_code == 200


def test_commands_give_the_same_number(publication: Publication, client: FlaskClient) -> None:
    place = publication.home

    class Stub:
        json = True
        home = place
        settings = Settings(home=place)
        printed: Any = None

        def publication(self) -> Publication:
            return publication

        def emit(self, document: Any, text: str) -> None:
            self.printed, self.text = document, text

    get, explain_number, sources = COMMANDS
    stub = Stub()
    done = CliRunner().invoke(get, ["procedures.on_time", "--period", "2026-07"], obj=stub)
    assert done.exit_code == 0, done.exception
    expected = body(client, f"/api/v1/observation?{ASK}")
    assert stub.printed == {key: value for key, value in expected.items() if key != "published_version"}
    done = CliRunner().invoke(explain_number, ["procedures.on_time", "--period", "2026-07"], obj=stub)
    assert done.exit_code == 0, done.exception
    assert "NĐ 118/2025/NĐ-CP" in stub.text
    done = CliRunner().invoke(sources, [], obj=stub)
    assert done.exit_code == 0, done.exception
    assert len(stub.printed["items"]) == len(small_core.small_province()["ops.source_state"])


def test_a_comparison_over_http_says_what_was_compared(client: FlaskClient) -> None:
    found = body(client, "/api/v1/comparison?indicator=procedures.received&unit=51&period=2026-07&mode=previous")
    assert found["comparable"]
    assert found["now"]["period"] == "2026-07"
    assert found["base"]["period"] == "2026-06"
    assert len(found["sentences"]["vi"]) == len(found["sentences"]["en"]) >= 1
    refused = body(client, "/api/v1/comparison?indicator=reporting.his_coverage&unit=51&period=2026-Q1&mode=previous")
    assert not refused["comparable"]
    assert refused["refused"] == "reason_inequality"
    assert (
        client.get("/api/v1/comparison?indicator=procedures.received&unit=51&period=2026-07&mode=prev").status_code
        == 400
    )


def test_a_number_on_todays_boundaries_over_http(client: FlaskClient) -> None:
    ask = "/api/v1/observation?indicator=procedures.received&unit=21001&period=2025-06&basis=today"
    found = body(client, ask)
    assert found["basis"] == "today"
    assert found["exact_share"] == 1.0
    assert client.get(ask.replace("today", "todays")).status_code == 400


@pytest.mark.parametrize(
    "ask",
    [
        ASK,
        "indicator=procedures.on_time&unit=21001&period=2026-Q2",
        "indicator=procedures.open&unit=51&period=2026-06",
        "indicator=reporting.budget_revenue&unit=51&period=2026-06.ytd",
        "indicator=traffic.volume&unit=21001&period=2026-07",
        "indicator=procedures.received&unit=51&period=2026-07&slice_dim=channel&slice_value=online",
    ],
)
def test_the_second_engine_checks_one_number(client: FlaskClient, ask: str) -> None:
    found = body(client, f"/api/v1/check?{ask}")
    assert found["agrees"], found
    assert found["second_engine"]["value"] is not None


def test_the_card_compares_and_tells_its_versions(client: FlaskClient) -> None:
    card = body(client, f"/api/v1/explain?{ASK}")
    assert [one["mode"] for one in card["comparisons"]] == ["previous", "last_year"]
    assert all(one["sentences"]["vi"] for one in card["comparisons"])
    assert card["restatements"] == []
    assert [one["version"] for one in card["versions"]] == [1]
    past = body(client, "/api/v1/explain?indicator=procedures.received&unit=21001&period=2025-06&basis=today")
    assert past["today"]["exact_share"] == 1.0

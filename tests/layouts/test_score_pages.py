# ruff: noqa: E501  (SQL stays on one line here)
"""The score pages on a small published province: every block draws, in both languages, from published tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from indicators.appraisal import appraise
from indicators.checked import load_checked
from indicators.measure import observe_scores
from indicators.standing import find_editions, keep_editions, load_editions, score_communes
from indicators.standing.editions import Edition, kept_editions
from indicators.standing.inputs import inputs_of_editions
from ioc.lock import IngestLock
from ioc.published import Publication, publish
from ioc.settings import Settings
from ioc.warehouse import Warehouse
from ioc_cli.measuring import editions_of
from layouts.analyst import dress
from layouts.page import NOTE
from layouts.pages import PAGES
from layouts.render import Renderer
from layouts.tree import compact
from layouts.words import load_words

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
UNITS = [f"2{i:04d}" for i in range(1000, 1012)]
PERIODS = {"2026-Q2": (date(2026, 4, 1), date(2026, 6, 30)), "2026-Q3": (date(2026, 7, 1), date(2026, 9, 30))}
PATHS = ("/digital", "/commune", "/compare", "/editions", "/what-if", "/appraisal")


OWN = """
id: dti-tinh-a
edition: "2026"
name: {vi: "Chỉ số của tỉnh A", en: "Index of province A"}
legal_basis: "QĐ 12/QĐ-UBND"
legal_status: provincial
levels: [commune]
policies: {not_reported: zero, not_applicable: reduce_and_rescale}
nodes:
  - id: A
    name: {vi: "Trực tuyến", en: "Online"}
    points: 622.5
    children:
      - {id: A.1, name: {vi: "Nộp trực tuyến", en: "Filed online"}, indicator: procedures.online_submission, unit: "%", form: ratio_to_target, params: {max: 402.5, target: 85.5%}}
      - {id: A.2, name: {vi: "Thanh toán", en: "Payment"}, indicator: procedures.online_payment, unit: "%", form: ratio, params: {max: 220}}
  - {id: B, name: {vi: "Đúng hạn", en: "On time"}, indicator: procedures.on_time, unit: "%", form: piecewise, params: {knots: [[0, 0], [0.5, 100], [1, 377.5]]}}
"""


def build(home: Path, editions: Sequence[Edition]) -> None:
    """Publish twelve communes with two quarters of observations and claims, scored by the editions."""
    rng, catalogue, card = np.random.default_rng(5), load_checked(), editions[0].card.id
    with IngestLock(home) as lock:
        warehouse = Warehouse.open(home, lock=lock, now=NOW)
        with warehouse.transaction() as cursor:
            for code, kind in [("51", "province"), *((unit, "commune") for unit in UNITS)]:
                name = "Tỉnh T" if kind == "province" else f"Xã {code}"
                cursor.execute(
                    "INSERT INTO core.unit (unit_code, unit_kind, unit_level, measured_as, unit_type, name, full_name, "
                    "name_en, parent_code, is_invented) VALUES ($1, $2, $2, $1, $3, $4, $4, $5, '51', true)",
                    [code, kind, "tỉnh" if kind == "province" else "xã", name, f"{code} Commune"],
                )
            for period, (start, end) in PERIODS.items():
                for indicator in inputs_of_editions(load_editions()):  # the same numbers whatever scores them
                    for place, unit in enumerate(UNITS):
                        n = int(rng.integers(20, 300))
                        k = int(rng.binomial(n, 0.55 + 0.03 * place))
                        cursor.execute(
                            "INSERT INTO mart.observation (indicator, version, unit, unit_level, period, period_kind, "
                            "period_start, period_end, basis, view, slice_dim, slice_value, value, numerator, denominator, "
                            "comparator, state, quality, provenance, as_of, data_as_of, known_at) VALUES ($1, 1, $2, "
                            "'commune', $3, 'quarter', $4, $5, 'as_then', 'official', '', '', $6, $7, $8, '=', 'value', "
                            "'final', 'measured', $9, $9, $9)",
                            [indicator, unit, period, start, end, 100 * k / n, k, n, NOW.replace(tzinfo=None)],
                        )
            for place, unit in enumerate(UNITS):
                for number in range(6):
                    verified = None if (place + number) % 4 == 0 else 50.0 + place
                    cursor.execute(
                        "INSERT INTO core.assessment (criterion_code, unit_code, period, self_value, verified_value, status, "
                        "assessed_at, known_at) VALUES (?, ?, '2026-Q3', ?, ?, ?, '2026-10-10', '2026-10-10')",
                        [f"XA.{number:02d}", unit, 52.0 + place, verified, "self" if verified is None else "verified"],
                    )
            score_communes(cursor, now=NOW, run_id="r1", draws=100, editions=[one.card for one in editions])
            keep_editions(cursor, editions)
            appraise(cursor, now=NOW)
            observe_scores(cursor, catalogue, scorecard=card, indicator="digital.commune_index", now=NOW, run_id="r1")
        publish(
            warehouse, home, now=NOW, province="51", catalogue_json=catalogue.to_json(), code_version="1", spare_bytes=0
        )
        warehouse.close()


@contextmanager
def drawing(home: Path) -> Iterator[Renderer]:
    publication = Publication(home)
    yield Renderer(publication, tuple(dress(page, PAGES) for page in PAGES), load_words(), now=lambda: NOW)
    publication.close()


@pytest.fixture(scope="module")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Renderer]:
    home = tmp_path_factory.mktemp("scores")
    build(home, find_editions())
    with drawing(home) as made:
        yield made


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Renderer]:
    """The pages of a province that wrote its own edition, in the folder and by the rules of docs/scorecards.md."""
    home = tmp_path_factory.mktemp("own")
    (home / "scorecards").mkdir()
    (home / "scorecards" / "chi-so-cua-tinh.yaml").write_text(OWN, encoding="utf-8")
    build(home, find_editions("dti-tinh-a", home / "scorecards"))
    with drawing(home) as made:
        yield made


def blocks(renderer: Renderer, path: str, query: str) -> dict[str, dict[str, Any]]:
    page = renderer.page(path)
    assert page is not None
    filled, _, _ = renderer.fill(page, query)
    return {block.kind: content for block, content in zip(page.blocks, filled, strict=True)}


def text(content: Any) -> str:
    return json.dumps(compact(content), ensure_ascii=False, default=str)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_block_draws(renderer: Renderer, path: str, lang: str) -> None:
    found = blocks(renderer, path, f"?period=2026-Q3&unit={UNITS[3]}&lang={lang}")
    assert {kind: content[NOTE] for kind, content in found.items() if content[NOTE]} == {}


def test_the_tier_list_names_every_commune_with_its_interval(renderer: Renderer) -> None:
    body = text(blocks(renderer, "/digital", "?period=2026-Q3")["tiers"]["body"])
    assert all(f"Xã {unit}" in body for unit in UNITS)
    assert body.count('"interval-dot"') == len(UNITS)
    assert all(f"digital.commune_index%7C{unit}%7C2026-Q3" in body for unit in UNITS), "every score opens its card"


def test_a_slider_changes_the_outcome_and_only_the_outcome(renderer: Renderer) -> None:
    plain = blocks(renderer, "/what-if", f"?period=2026-Q3&unit={UNITS[3]}")
    tried = blocks(renderer, "/what-if", f"?period=2026-Q3&unit={UNITS[3]}&w1=0&t3=50")
    before, after = plain["outcome"]["title"].children, tried["outcome"]["title"].children
    first, same = (part.split(" ")[0] for part in before.replace("Trung bình ", "").split(" → "))
    assert first == same, "the edition's own weights give the published mean"
    assert after != before
    assert after.split(" → ")[0] == before.split(" → ")[0], "what is published stays"
    assert (tried["sliders"]["v1"], tried["sliders"]["u3"]) == (0, 50)
    opened = parse_qs(urlsplit(tried["outcome"]["title"].href).query)
    assert opened["card"] == ["whatif.mean|51|2026-Q3|part|t3-50.w1-0"]
    assert (opened["w1"], opened["t3"]) == (["0"], ["50"]), "the sliders stay behind an open card"


def test_compared_communes_come_from_the_address(renderer: Renderer) -> None:
    chosen = f"{UNITS[1]},{UNITS[5]},{UNITS[9]}"
    found = blocks(renderer, "/compare", f"?period=2026-Q3&units={chosen},99999")
    assert found["picker"]["units"] == chosen
    head = text(found["compare"]["body"]).split("tbody")[0]
    assert [f"Xã {unit}" in head for unit in (UNITS[1], UNITS[5], UNITS[9], UNITS[2])] == [True, True, True, False]


def test_the_break_stands_where_the_edition_changes(renderer: Renderer) -> None:
    body = text(blocks(renderer, "/editions", "?period=2026-Q3")["double"]["body"])
    assert body.count("đứt chuỗi") == 1
    assert body.index("Quý II/2026") < body.index("Quý III/2026") < body.index("đứt chuỗi")


def test_the_desk_lists_what_waits(renderer: Renderer) -> None:
    found = blocks(renderer, "/appraisal", "?period=2026-Q3")
    queue = text(found["queue"]["body"])
    assert queue.count("criterion=XA.") == 18, "every line opens its cell"
    assert "/desk/appraisal/cell?lang=vi&period=2026-Q3" in queue
    assert "18 tiêu chí" in text(found["meanwhile"]["sub"])


@pytest.mark.parametrize("path", PATHS)
def test_every_block_draws_a_provinces_own_edition(own: Renderer, path: str) -> None:
    found = blocks(own, path, f"?period=2026-Q3&unit={UNITS[3]}&lang=vi")
    assert {kind: content[NOTE] for kind, content in found.items() if content[NOTE]} == {}


def test_the_pages_show_the_edition_the_version_was_scored_by(own: Renderer) -> None:
    found = blocks(own, "/commune", f"?period=2026-Q3&unit={UNITS[3]}&lang=vi")
    assert "QĐ 12/QĐ-UBND" in found["place"]["sub"]
    falls = text(found["waterfall"]["body"])
    assert [name in falls for name in ("Nộp trực tuyến", "Thanh toán", "Đúng hạn", "Số hóa")] == [
        True,
        True,
        True,
        False,
    ]
    assert "/ 402,50" in falls
    assert "/ 1.000" in falls, "points are those of the edition, not of a hundred"
    widths = [float(width) for width in re.findall(r'"width": "([0-9.]+)%"', falls)]
    assert len(widths) == 4
    assert max(widths) <= 100
    heat = text(blocks(own, "/digital", "?period=2026-Q3&lang=vi")["pillars"]["body"])
    assert [name in heat for name in ("Trực tuyến", "Đúng hạn", "Chính quyền số")] == [True, True, False]


def test_what_if_starts_where_an_own_edition_stands(own: Renderer) -> None:
    query = f"?period=2026-Q3&unit={UNITS[3]}"
    title = blocks(own, "/what-if", query)["outcome"]["title"].children.replace("Trung bình ", "")
    before, after = (part.split(" ")[0] for part in title.split(" → "))
    assert before == after
    sliders = blocks(own, "/what-if", query)["sliders"]
    assert [sliders[f"e{place}"] for place in (1, 2, 3)] == [False, False, True], "a form without one maximum stays"
    assert (
        blocks(own, "/what-if", f"{query}&w1=10")["outcome"]["title"].children
        != blocks(own, "/what-if", query)["outcome"]["title"].children
    )


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (f"score.interval|{UNITS[3]}|2026-Q3", "2.000 lần xếp lại"),
        (f"score.points|{UNITS[3]}|2026-Q3|part|DEMO.people", "Phục vụ người dân"),
        (f"appraisal.cell|{UNITS[3]}|2026-Q3|part|XA.02", "Ba giá trị của một tiêu chí"),
        (f"score.rank|{UNITS[3]}|2020-Q1", "chưa được phát hành"),
        ("score.rank|99999|2026-Q3", "chưa được phát hành"),
    ],
)
def test_a_number_beside_a_score_opens_its_card(renderer: Renderer, key: str, said: str) -> None:
    found = blocks(renderer, "/commune", f"?period=2026-Q3&unit={UNITS[3]}&lang=vi&card={key}")["drawer"]
    assert not found[NOTE]
    assert said in text(found["drawer"])


def test_an_edition_that_is_taken_away_takes_its_scores_along(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "scorecards").mkdir()
    (tmp_path / "scorecards" / "three.yaml").write_text(
        find_editions()[-1].text.replace('edition: "2"', 'edition: "3"').replace("2026-07-01", "2026-09-01"),
        encoding="utf-8",
    )
    with IngestLock(tmp_path) as lock:
        warehouse = Warehouse.open(tmp_path, lock=lock, now=NOW)
        with warehouse.transaction() as cursor:
            own = find_editions(overlay=tmp_path / "scorecards")
            assert [one.card.edition for one in own] == ["1", "2", "3"]
            cursor.execute(
                "INSERT INTO mart.score (scorecard, edition, unit, period) VALUES ('demo-commune-dti', '3', '1', '2026-09')"
            )
            keep_editions(cursor, own)
            assert [one.text for one in kept_editions(cursor)] == [one.text for one in own]
            assert cursor.execute("SELECT count(*) FROM mart.score").fetchone() == (1,)
        faulty = own[-1].text.replace("levels:", "lvels:")
        (tmp_path / "scorecards" / "three.yaml").write_text(faulty, encoding="utf-8")
        here = SimpleNamespace(settings=Settings(home=tmp_path), home=tmp_path, warehouse=warehouse)
        assert [one.text for one in editions_of(here)] == [one.text for one in own], "a fault stops nothing"
        assert "did you mean 'levels'" in caplog.text
        with warehouse.transaction() as cursor:
            keep_editions(cursor, find_editions())
            assert cursor.execute("SELECT count(*) FROM mart.score").fetchone() == (0,)
        warehouse.close()

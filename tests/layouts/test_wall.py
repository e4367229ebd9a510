"""The wall on the server: scenes of the catalogue, counts that add up, one callback, small answers, safe
graphs."""

from __future__ import annotations

import gzip
import itertools
import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from ioc.catalogue import Catalogue
from ioc.errors import ConfigError
from ioc.published import Publication
from layouts.charts.junction import junction_name
from layouts.marks import ABSENT, WIDTH
from layouts.wall import Beat
from layouts.wall.app import density_of
from layouts.wall.scenes import SCENES, choose
from layouts.wall.story import Teller
from tests.layouts.wall_home import NOW, catalogue, publish_next
from tests.screen.serve_wall import create, wall_words


@pytest.fixture(scope="module")
def home(wall_home: Path) -> Path:
    return wall_home


@pytest.fixture(scope="module")
def client(home: Path) -> FlaskClient:
    return create(home).test_client()


@pytest.fixture
def teller(home: Path) -> Iterator[Teller]:
    publication = Publication(home)
    publication.refresh()
    with publication.reader() as reader:
        yield Teller(reader, Catalogue.from_json(reader.catalogue_json()), NOW, "vi")


def components(node: Any) -> Iterator[dict[str, Any]]:
    """Every component of a layout as JSON; the elements inside a tree read like components."""
    if isinstance(node, list):
        for item in node:
            yield from components(item)
    elif isinstance(node, dict) and node.get("type") == "Tree":
        props = node["props"]
        yield from components({"t": props["tag"], "p": {**props["attrs"], "id": props["id"]}, "c": props["tree"]})
    elif isinstance(node, dict) and "t" in node:
        inside = node.get("c")
        yield {"type": str(node["t"]).capitalize(), "props": {**node.get("p", {}), "children": inside}}
        yield from components(inside)
    elif isinstance(node, dict) and "props" in node:
        yield node
        yield from components(node["props"].get("children"))


def test_every_scene_names_indicators_of_the_catalogue() -> None:
    book = catalogue()
    assert len(SCENES) >= 5
    for scene in SCENES:
        assert len(scene.tiles) == 5
        for tile in scene.tiles:
            assert tile.kind in book.indicator(tile.indicator).periods
        if scene.lead:
            assert scene.lead in {tile.indicator for tile in scene.tiles}
            levels = book.indicator(scene.lead).levels
            assert scene.slice_dim in book.indicator(scene.lead).slices if scene.slice_dim else "commune" in levels


def test_words_are_complete_and_each_scene_has_a_name() -> None:
    words = wall_words()
    assert not [gap for gap in words.gaps() if gap.startswith(("wall.", "chart.", "unit."))]
    for scene in SCENES:
        assert words(f"wall.scene.{scene.key}", "en")


def test_scenes_are_chosen_by_name() -> None:
    assert [scene.key for scene in choose(["traffic", "overview"])] == ["traffic", "overview"]
    assert choose([]) == SCENES
    with pytest.raises(ConfigError, match="unknown scene 'trafic'"):
        choose(["trafic"])


@pytest.mark.parametrize(("ratio", "density"), [(3.0, "S"), (4.5, "S"), (5.5, "M"), (8.2, "L")])
def test_density_follows_the_distance(ratio: float, density: str) -> None:
    assert density_of(ratio) == density


@pytest.mark.parametrize("scene", [scene for scene in SCENES if not scene.slice_dim], ids=lambda scene: scene.key)
def test_counts_add_up_to_all_communes(teller: Teller, scene: Any) -> None:
    story = teller.tell(scene)
    assert sum(story.counts.values()) == 96
    assert story.counts["unknown"] >= 2, "communes without data are counted, not left out"


def test_a_junction_is_called_in_the_language_of_the_viewer() -> None:
    shown = junction_name("Ngã tư Trần Phú - Nguyễn Huệ", "vi")
    assert shown.replace("\u00a0", " ") == "Trần Phú – Nguyễn Huệ"
    assert shown.split(" ") == ["Trần\u00a0Phú\u00a0–", "Nguyễn\u00a0Huệ"], "each street keeps its line"
    assert junction_name("Ngã tư Trần Phú - Nguyễn Huệ", "en").replace("\u00a0", " ") == "Tran Phu – Nguyen Hue"
    assert junction_name("Cầu Trà Khúc", "en").replace("\u00a0", " ") == "Cau Tra Khuc"


def test_overview_leads_with_what_is_furthest_off(teller: Teller) -> None:
    story = teller.tell(SCENES[0])
    assert story.lead.indicator.id == "reporting.public_investment"
    assert story.lead.status.level == "bad"


def test_the_shown_period_is_closed(teller: Teller) -> None:
    for scene in SCENES:
        for told in teller.tell(scene).tiles:
            assert told.period is not None
            assert told.period.end < NOW.date()


def test_layout_has_safe_graphs_cards_and_ages(client: FlaskClient) -> None:
    layout = json.loads(client.get("/wall/main/_dash-layout").data)
    found = list(components(layout))
    graphs = [item for item in found if item["type"] == "Graph"]
    assert len(graphs) == 2 * len(SCENES)
    for graph in graphs:
        config = graph["props"]["config"]
        assert config["showSendToCloud"] is False
        assert config["plotlyServerURL"] == ""
        assert graph["props"]["figure"]["data"], f"{graph['props']['id']} is empty"
    cards = [item for item in found if item["type"] == "Article"]
    assert len(cards) == 5 * len(SCENES)
    assert all(card["props"]["data-card"].count("|") == 2 for card in cards)
    assert len([item for item in found if "data-as-of" in item["props"]]) == len(cards)


def test_figures_carry_no_geometry(client: FlaskClient) -> None:
    layout = client.get("/wall/main/_dash-layout").data
    assert b'"geometry"' not in layout
    assert len(gzip.compress(layout)) < 45_000


def test_one_server_callback_a_page(client: FlaskClient) -> None:
    assert len(json.loads(client.get("/wall/main/_dash-dependencies").data)) == 1


def test_both_languages_and_the_entrance(client: FlaskClient) -> None:
    assert b'lang="vi"' in client.get("/wall/main/").data
    assert b'lang="en"' in client.get("/wall/main/en/").data
    assert client.get("/wall/").headers["Location"].endswith("/wall/main/")
    english = client.get("/wall/main/en/_dash-layout").data.decode()
    assert not re.search("[ăđơư]", json.dumps(_shown(json.loads(english)), ensure_ascii=False))


def _shown(layout: Any) -> list[str]:
    """Headings of an English page; names of places keep their letters only where no English name exists."""
    return [str(item["props"].get("children")) for item in components(layout) if item["type"] in ("H2", "H3", "Footer")]


def test_pulse_is_tiny_fresh_and_takes_the_beat(home: Path) -> None:
    beats: list[Beat] = []
    client = create(home, on_beat=beats.append).test_client()
    answer = client.get("/wall/pulse?wall=main&screen=abc&shown=1&build=b&heap=20")
    assert len(answer.data) < 120
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json is not None
    assert int(answer.json["version"]) > 0
    assert (beats[0].wall, beats[0].screen, beats[0].at) == ("main", "abc", NOW)


def test_what_did_not_change_is_not_sent_again(client: FlaskClient) -> None:
    """A refresh without news carries the version and the marks alone, in less than 2 kB."""
    layout = json.loads(client.get("/wall/main/_dash-layout").data)
    held = next(item["props"]["children"] for item in components(layout) if item["props"].get("id") == "wall-marks")
    (spec,) = json.loads(client.get("/wall/main/_dash-dependencies").data)
    outputs = [
        dict(zip(("id", "property"), one.rsplit(".", 1), strict=True)) for one in spec["output"].strip(".").split("...")
    ]

    def ask(marks: str) -> dict[str, Any]:
        state = [{**spec["state"][0], "value": marks}]
        inputs = [{**spec["inputs"][0], "value": "x"}]
        body = {"output": spec["output"], "outputs": outputs, "inputs": inputs, "state": state, "changedPropIds": []}
        answer = client.post("/wall/main/_dash-update-component", json=body)
        assert answer.status_code == 200
        if marks == held:
            assert len(answer.data) < 2_000
        return dict(json.loads(answer.data)["response"])

    assert set(ask(held)) == {"wall-shown", "wall-marks"}
    other = ABSENT + held[WIDTH:]
    assert set(ask(other)) == {"wall-shown", "wall-marks", outputs[2]["id"]}
    assert len(ask("")) == 2 + len(SCENES) * 16


def test_policy_is_strict(client: FlaskClient) -> None:
    policy = client.get("/wall/main/").headers["Content-Security-Policy"]
    assert "unsafe-eval" not in policy
    scripts = re.search(r"script-src ([^;]+)", policy)
    assert scripts is not None
    assert "unsafe-inline" not in scripts[1]


def test_first_load_fits_the_budget(client: FlaskClient) -> None:
    """Bytes over the wire, compressed, of everything the page asks for (2.4 MB at most)."""
    page = client.get("/wall/main/", headers={"Accept-Encoding": "br"})
    text = client.get("/wall/main/").get_data(as_text=True)
    total = len(page.data)
    urls = set(re.findall(r'(?:src|href)="(/wall/[^"]+)"', text))
    prefix = "/wall/main/_dash-component-suites"
    urls |= {f"{prefix}/dash/dcc/async-graph.js", f"{prefix}/plotly/package_data/plotly.min.js"}
    urls |= {"/wall/main/_dash-layout", "/wall/main/_dash-dependencies"}
    for url in sorted(urls):
        answer = client.get(url, headers={"Accept-Encoding": "br"})
        assert answer.status_code == 200, url
        total += len(answer.data)
    assert total < 2_400_000, f"{total} bytes"


def test_a_home_without_a_version_shows_an_empty_wall(tmp_path: Path) -> None:
    client = create(tmp_path).test_client()
    assert client.get("/wall/main/_dash-layout").status_code == 200
    assert client.get("/wall/pulse").json == {
        "version": "0",
        "build": client.get("/wall/pulse").json["build"],
    }  # type: ignore[index]


def test_a_late_source_turns_cards_without_a_new_version(home: Path) -> None:
    def forms(now: datetime) -> list[str]:
        layout = json.loads(create(home, clock=lambda: now).test_client().get("/wall/main/_dash-layout").data)
        return [item["props"]["className"].split()[1] for item in components(layout) if item["type"] == "Article"]

    assert "kpi--normal" in forms(NOW)
    later = forms(NOW + timedelta(days=60))
    assert {"kpi--stale", "kpi--source_error"} & set(later)
    assert later.count("kpi--normal") < forms(NOW).count("kpi--normal")


def test_rings_of_the_served_geometry_run_clockwise(home: Path) -> None:
    files = [path for path in (home / "published" / "geo").glob("51-*.json") if "outline" not in path.name]
    assert files
    shapes = json.loads(files[0].read_text(encoding="utf-8"))["features"]
    assert len({shape["id"] for shape in shapes}) == 96
    for shape in shapes:
        geometry = shape["geometry"]
        parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
        for part in parts:
            ring = part[0]
            area = sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring))
            assert area < 0, f"{shape['id']} runs counter-clockwise and would flood the map"


def test_a_new_version_changes_the_answer(wall_home: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(wall_home, tmp_path / "home"))
    client = create(home).test_client()
    before = client.get("/wall/pulse").json
    publish_next(home, 0.5, datetime(2026, 10, 6, 7, 20, tzinfo=UTC))
    server = create(home).test_client()
    after = server.get("/wall/pulse").json
    assert before is not None
    assert after is not None
    assert int(after["version"]) > int(before["version"])
    assert after["build"] == before["build"]

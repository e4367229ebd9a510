"""Scorecard files: the shipped editions load, structures refuse to score, errors name file, line and
remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from indicators.score import ScoreRefusedError, find_scorecard, load_scorecard, score_table
from indicators.score.exact import add
from indicators.score.reading import SHIPPED
from indicators.score.scorecard import declared_maximum
from ioc.errors import ConfigError

MINIMAL = """id: t
edition: "1"
name: {vi: Thử, en: Test}
legal_basis: none
legal_status: demonstration
nodes:
  - id: A
    name: {vi: A, en: A}
    form: ratio
    params: {max: 10}
"""


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda p: p.stem)
def test_shipped_editions_load_and_say_their_status(path: Path) -> None:
    card = load_scorecard(path)
    assert path.stem == f"{card.id}-{card.edition}"
    for criterion in card.criteria():
        if criterion.confidence in ("G", "NF"):
            assert criterion.legal_status in ("unverified", "demonstration"), criterion.id
        assert criterion.name.vi
        assert criterion.name.en


def test_shipped_sums() -> None:
    def whole(name: str) -> list[float]:
        return [declared_maximum(n).value() for n in load_scorecard(find_scorecard(name)).nodes]

    assert whole("qd11") == [85, 15, 6.5]
    assert [len(load_scorecard(find_scorecard(n)).criteria()) for n in ("qd11", "qd405", "commune-nine")] == [
        28,
        8,
        9,
    ]
    for name in ("nd307-xa", "nd307-phuong", "nd307-tinh"):
        assert whole(name) == [100, 10]
    assert whole("qd922") == [700, 150, 150]
    assert sum(whole("qd766")) == 88
    total = add(*[declared_maximum(n) for n in load_scorecard(find_scorecard("demo-commune-dti")).nodes[:2]])
    assert total.value() == 80


@pytest.mark.parametrize("name", ["qd405", "commune-nine"])
def test_structures_refuse_until_loaded(name: str) -> None:
    with pytest.raises(ScoreRefusedError, match="not loaded"):
        score_table(load_scorecard(find_scorecard(name)), {"unit_code": ["51"]})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("form: ratio", "form: ratioo", r"bad.yaml:9: unknown form 'ratioo'; did you mean 'ratio'"),
        ("params: {max: 10}", "params: {maxx: 10}", r"bad.yaml:10: "),
        ("edition:", "editon:", r"bad.yaml:2: unknown key 'editon'"),
        (
            "    form: ratio",
            "    form: ratio\n    directon: up",
            r":10: unknown key 'directon'.*did you mean 'direction'",
        ),
        ("max: 10", "max: mười", r":10: .*is not a number"),
        ("id: A", "id: A\n    id: B", r":8: key 'id' is written twice"),
        ("nodes:", "nodes", r"not readable as YAML"),
    ],
)
def test_errors_name_line_and_remedy(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(MINIMAL.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_scorecard(path)


def test_group_points_must_add_up(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    group = "nodes:\n  - id: G\n    name: {vi: G, en: G}\n    points: 12\n    children:\n"
    body = MINIMAL.replace("nodes:\n", group).replace(
        "  - id: A\n    name: {vi: A, en: A}\n    form: ratio\n    params: {max: 10}",
        "      - {id: A, name: {vi: A, en: A}, form: ratio, params: {max: 10}}",
    )
    path.write_text(body, encoding="utf-8")
    with pytest.raises(ConfigError, match="declares 12 points, its children give 10"):
        load_scorecard(path)


def test_overlay_comes_before_the_shipped_edition(tmp_path: Path) -> None:
    own = tmp_path / "qd405-2025.yaml"
    own.write_text(MINIMAL.replace("id: t", "id: qd405"), encoding="utf-8")
    assert find_scorecard("qd405", [tmp_path]) == own
    with pytest.raises(ConfigError, match="did you mean"):
        find_scorecard("qd406")

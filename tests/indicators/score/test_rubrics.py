"""Vietnamese rubrics by the book: METHODS 9.4 and the golden examples of DOMAIN 1.7, 3.4, 6.3."""

from __future__ import annotations

from typing import Any

import pytest

from indicators.score import ScoreError, ScoreResult, find_scorecard, load_scorecard, score_table
from indicators.score.exact import Exact, parse_exact, round_half_up
from indicators.score.forms import Checklist, Ratio, RatioToTarget, Steps
from indicators.score.forms_linear import Goalposts, Piecewise
from indicators.score.merge import merge_counts
from indicators.score.quantity import columns_of
from indicators.score.result import shown

HALF = {"form": "given"}


def full_row(name: str, **cells: Any) -> dict[str, list[Any]]:
    """One unit with every input the scorecard reads, empty unless given."""
    card = load_scorecard(find_scorecard(name))
    table: dict[str, list[Any]] = {"unit_code": ["51"]}
    for criterion in card.criteria():
        for column in columns_of(criterion, "2026-06"):
            table[column] = [None]
    for key, value in cells.items():
        table[key] = [value]
    return table


def score(name: str, cells: dict[str, Any], period: str = "2026-06", **options: Any) -> ScoreResult:
    return score_table(load_scorecard(find_scorecard(name)), full_row(name, **cells), period=period, **options)


def pair(name: str, num: int, den: int) -> dict[str, int]:
    return {f"{name}.num": num, f"{name}.den": den}


def test_94_steps_ratio_threshold() -> None:
    steps = [[">=", 4, 20], [">=", 3, 15], [">=", 2, 10], [">=", 1, 5]]
    form = Steps.model_validate({"kind": "steps", "steps": steps})
    assert [form.points(Exact(n, 1)).value() for n in range(6)] == [0, 5, 10, 15, 20, 20]
    assert Ratio(kind="ratio", max=20).points(Exact(3, 4)).value() == 15.0
    threshold = RatioToTarget(kind="ratio_to_target", max=10, target="0.8")
    assert threshold.points(Exact(799, 1000)).value() == 9.9875
    assert threshold.points(Exact(800, 1000)).value() == 10


def test_94_merge() -> None:
    x = merge_counts([(100, 120, 1), (45, 50, 1), (80, 100, "60%")])
    assert (x.num.value(), x.den.value()) == (193, 230)
    assert x.rate().value() == pytest.approx(0.8391, abs=5e-5)
    assert x.exact_share.value() == pytest.approx(0.739, abs=5e-4)
    y = merge_counts([(80, 100, "40%")])
    assert (y.num.value(), y.den.value()) == (32, 40)


def test_other_forms() -> None:
    line = Piecewise.model_validate({"kind": "piecewise", "knots": [[0, 0], ["50%", 2], ["100%", 10]]})
    assert [line.points(parse_exact(x)).value() for x in ("-1", "25%", "75%", "2")] == [0, 1, 6, 10]
    posts = Goalposts(kind="goalposts", max=10, low=0, high=20, direction="down")
    assert [posts.points(Exact(x, 1)).value() for x in (-5, 5, 30)] == [10, 7.5, 0]
    half = Checklist.model_validate({"kind": "checklist", "items": {"plan": "1/2", "report": "1/2"}, "max": 1})
    assert half.points_of(["plan"]).value() == 0.5


@pytest.mark.parametrize(
    ("node", "cells", "points"),
    [
        ("QD766.1.1", pair("QD766.1.1", 45, 50), 5.40),
        ("QD766.2.1", pair("QD766.2.1", 1120, 1200), 18.67),
        ("QD766.4.3", {"QD766.4.3": 60}, 1.50),
        ("QD766.4.3", {"QD766.4.3": "95%"}, 2.00),
        ("QD766.5.2", pair("QD766.5.2", 0, 0), 6),
        ("QD766.5.4", {"QD766.5.4": 96}, 6),
        ("QD766.5.4", {"QD766.5.4": "80"}, 5.33),
        ("QD766.5.4", {}, 0),
        ("QD766.5.4", pair("QD766.5.4", 0, 0), 0),
        ("QD766.3.6", pair("QD766.3.6", 0, 0), 0),
    ],
)
def test_17_qd766_indicators(node: str, cells: dict[str, Any], points: float) -> None:
    assert shown(score("qd766", cells).points("51", node), 2) == points


def test_17_synchronised_dossiers_and_fallback() -> None:
    node = "QD766.1.4"
    known = {f"{node}.synced": 980, f"{node}.received_report_system": 1000, f"{node}.received_portal": 1010}
    assert shown(score("qd766", known).points("51", node), 2) == 5.82
    none = {f"{node}.synced": 450, f"{node}.received_report_system": 0, f"{node}.received_portal": 0}
    last = {**none, f"{node}.received_last_year": 6000}
    assert shown(score("qd766", last).points("51", node), 2) == 5.40
    silent = {**last, f"{node}.received_portal": None}
    assert score("qd766", silent).points("51", node).value() == 0, "silence must not reach the kinder denominator"


def test_17_payment_group_is_half_up() -> None:
    cells = {**pair("QD766.3.6", 300, 500), **pair("QD766.3.5b", 20, 40), **pair("QD766.3.5a", 30, 40)}
    result = score("qd766", cells)
    parts = {p.node: p.points.value() for p in result.parts("51")}
    assert (parts["QD766.3.6"], parts["QD766.3.5b"], parts["QD766.3.5a"]) == (3.6, 1.25, 1.875)
    assert shown(result.points("51", "QD766.3.payment"), 2) == 6.73


def test_17_full_marks_stop_at_the_verified_88() -> None:
    card = load_scorecard(find_scorecard("qd766"))
    cells: dict[str, Any] = {c: 100 for x in card.criteria() for c in columns_of(x, "2026-06")}
    cells["QD766.5.3.unsatisfied"] = 0
    result = score("qd766", cells)
    unit = result.unit("51")
    assert (unit.score, unit.available) == (88, 88)
    caps = {"QD766.1": 18, "QD766.2": 20, "QD766.3": 10, "QD766.3.payment": 10, "QD766.4": 22, "QD766.5": 18}
    assert {n: result.points("51", n).value() for n in caps} == caps
    waiting = [p for p in result.parts("51") if p.kind == "not_scored"]
    assert [p.node for p in waiting] == ["QD766.3.online"]
    assert waiting[0].note is not None
    assert "12 điểm" in waiting[0].note.text("vi")
    assert any(n.code == "not_scored_points" and n.values["points"] == "12" for n in result.notes)


def test_766_province_rows_of_a_commune_follow_the_policy() -> None:
    result = score("qd766", {"level": "commune"})
    assert result.points("51", "QD766.1.1").value() == 6
    assert next(p.state for p in result.parts("51") if p.node == "QD766.1.1") == "off_level"


QD11_FULL: dict[str, Any] = {
    "QD11.I.1": 20,
    "QD11.I.2.1": 40,
    "QD11.I.2.2": 100,
    "QD11.I.3": "yes",
    "QD11.I.4": 2,
    "QD11.II.1.1": 100,
    "QD11.II.1.2": 100,
    "QD11.II.1.3": "regular",
    "QD11.II.2": "on_time",
    "QD11.II.3.1": 1,
    "QD11.II.3.2": 1,
    "QD11.II.4.1": 1,
    "QD11.II.4.2": 100,
    "QD11.II.5.1": 120,
    "QD11.II.5.2": 100,
    "QD11.II.6": 85,
    "QD11.II.7": 1,
    "QD11.IV.1": 2,
    "QD11.IV.2": 1,
    "QD11.IV.3.1": "pioneering",
    "QD11.IV.3.2": 5,
    "QD11.IV.3.3": "four_star",
    "QD11.IV.3.4": 1,
    "QD11.IV.3.5": 1,
    "QD11.V.1": 0,
    "QD11.V.2": 0,
    "QD11.V.3": 0,
    "QD11.V.4": 0,
}


def test_34_full_marks_and_golden_total() -> None:
    full = score("qd11", QD11_FULL).unit("51")
    assert (full.score, full.band) == (100, "A")
    cells = {
        **QD11_FULL,
        "QD11.I.1": 45,
        "QD11.II.1.1": 95,
        "QD11.II.3.1": 0,
        "QD11.II.5.1": 60,
        "QD11.IV.1": 0,
        "QD11.IV.3.1": "improvement",
        "QD11.IV.3.2": 5,
        "QD11.IV.3.4": 0,
        "QD11.V.2": 1,
        "QD11.V.3": 1,
    }
    # 85 - 1.5 - 2 - 4 - 1 = 76.5; make it 78.5 with the task band back at 10
    result = score("qd11", {**cells, "QD11.II.1.1": 100})
    parts = {p.node: p.points.value() for p in result.parts("51")}
    assert (parts["QD11.main"], parts["QD11.IV"], parts["QD11.V"]) == (78.5, 9, 1.5)
    assert (result.unit("51").score, result.unit("51").band) == (86, "B")


@pytest.mark.parametrize(("share", "points"), [("72", 8.47), ("59.99", 0), ("85", 10), ("60%", 7.06)])
def test_34_disbursement(share: str, points: float) -> None:
    assert score("qd11", {**QD11_FULL, "QD11.II.6": share}).points("51", "QD11.II.6").value() == points


def test_34_not_arising_reduces_the_maximum_and_unreported_malus_counts_in_full() -> None:
    result = score("qd11", {**QD11_FULL, "QD11.II.2": "n/a"})
    assert (result.unit("51").available, result.unit("51").score) == (77, 92)
    silent = score("qd11", {**QD11_FULL, "QD11.V.1": None})
    assert silent.unit("51").score == 96
    assert next(p.state for p in silent.parts("51") if p.node == "QD11.V.1") == "malus_withheld"


@pytest.mark.parametrize(
    ("card", "node", "cells", "points"),
    [
        ("nd307-xa", "ND307.XA.1", {"ND307.XA.1": 30400}, 17.20),
        ("nd307-xa", "ND307.XA.2", {"ND307.XA.2": 84}, 15.40),
        ("nd307-xa", "ND307.XA.3e", {"ND307.XA.3e": "46.2", "ND307.online_province_mean": 44}, 4.10),
        ("nd307-xa", "ND307.XA.3g", {"ND307.XA.3g": 93}, 5),
        ("nd307-xa", "ND307.XA.3d", {"ND307.XA.3d": "2.7"}, 4.80),
        ("nd307-xa", "ND307.XA.1", {"ND307.XA.1": 12000, "mountain": 1}, 10),
        ("nd307-xa", "ND307.XA.1", {"ND307.XA.1": 14000, "mountain": 1}, 11),
        ("nd307-xa", "ND307.XA.3a", {"ND307.XA.3a": 100}, 10),
        ("nd307-xa", "ND307.XA.3a", {"ND307.XA.3a": 99}, 8),
        ("nd307-xa", "ND307.XA.4.ethnic", {"ND307.XA.4.ethnic": "19.99"}, 0),
        ("nd307-xa", "ND307.XA.4.ethnic", {"ND307.XA.4.ethnic": 25}, 2),
        ("nd307-xa", "ND307.XA.4.ethnic", {"ND307.XA.4.ethnic": 40}, 2.5),
        ("nd307-tinh", "ND307.TINH.4.communes", {"ND307.TINH.4.communes": 96}, 2.80),
        ("nd307-tinh", "ND307.TINH.4.communes", {"ND307.TINH.4.communes": 124}, 4.20),
        ("nd307-tinh", "ND307.TINH.4.communes", {"ND307.TINH.4.communes": 148}, 5),
        ("nd307-tinh", "ND307.TINH.4.communes", {"ND307.TINH.4.communes": 54}, 2),
        ("nd307-tinh", "ND307.TINH.4.communes", {"ND307.TINH.4.communes": 78}, 2),
        ("nd307-tinh", "ND307.TINH.2", {"ND307.TINH.2": "14832.53"}, 25),
        ("nd307-tinh", "ND307.TINH.2", {"ND307.TINH.2": "9361.42"}, 13.40),
        ("nd307-tinh", "ND307.TINH.2", {"ND307.TINH.2": "6154.84"}, 10),
        ("nd307-tinh", "ND307.TINH.3k", {"ND307.TINH.3k": 10}, 3),
        ("nd307-tinh", "ND307.TINH.3k", {"ND307.TINH.3k": 20}, 2),
        ("nd307-tinh", "ND307.TINH.3k", {"ND307.TINH.3k": 34}, 1),
    ],
)
def test_63_decree_307(card: str, node: str, cells: dict[str, Any], points: float) -> None:
    assert score(card, cells).points("51", node).value() == points


def test_63_classes_and_overrides() -> None:
    best: dict[str, Any] = {
        "ND307.PH.1": 44000,
        "ND307.PH.1.start": 14000,
        "ND307.PH.2": 40,
        "ND307.PH.3a": 100,
        "ND307.PH.3b": 90,
        "ND307.PH.3c": 90,
        "ND307.PH.3d": 95,
        "ND307.PH.3đ": 1,
        "ND307.PH.3e": 60,
        "ND307.PH.3g": 100,
        "ND307.online_province_mean": 44,
        "ND307.PH.4.residents": 40,
        "ND307.PH.4.mountain": 1,
        "ND307.PH.4.heritage": 1,
        "ND307.PH.4.atk": 0,
        "priority.points": 10,
        "special_class_conditions": 1,
        "unit_type": "phường",
    }
    special = score("nd307-phuong", best).unit("51")
    assert (special.score, special.band) == (108, "special")
    assert score("nd307-phuong", {**best, "special_class_conditions": 0}).unit("51").band == "I"
    island = score("nd307-phuong", {**best, "ND307.PH.1": 950, "unit_type": "đặc khu"}).unit("51")
    assert island.band == "III"
    assert island.notes[0].code == "band_override"


def test_priority_counts_once_and_needs_a_number_within_its_maximum() -> None:
    with pytest.raises(ScoreError, match="11 points of 10"):
        score("nd307-xa", {"priority.points": 11})


def test_922_scales_and_merges_by_mean() -> None:
    from indicators.score.merge import merge_means

    card = load_scorecard(find_scorecard("qd922"))
    table: dict[str, list[Any]] = {"unit_code": ["51", "62"]}
    for criterion in card.criteria():
        maximum = criterion.maximum().value()
        table[criterion.id] = [maximum * 0.75, maximum * 0.5]
    result = score_table(card, table)
    assert (result.unit("51").score, result.unit("62").score) == (0.75, 0.5)
    assert merge_means(result, {"51": ["51", "62"]}) == {"51": 0.625}


def test_half_up_is_decimal() -> None:
    assert round_half_up(parse_exact("6.725"), 2).value() == 6.73
    assert round_half_up(parse_exact("-6.725"), 2).value() == -6.73
    assert round_half_up(parse_exact("2.675"), 2).value() == 2.68

"""Tables: wide and long give the same scores; what does not fit is refused with a remedy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from indicators.score import (
    ScoreError,
    build_table,
    find_scorecard,
    load_scorecard,
    read_csv,
    score_table,
)
from indicators.score.ranking import rank_scores
from indicators.score.scorecard import TableShape

CARD = load_scorecard(find_scorecard("demo-commune-dti"))
SOURCES = [c.source() for c in CARD.criteria()]


def wide() -> dict[str, list[Any]]:
    table: dict[str, list[Any]] = {
        "unit_code": ["21292", "21289", "21300"],
        "unit_name": ["Sơn Hạ", "Sơn Hà", "Ba Tơ"],
    }
    for position, name in enumerate(SOURCES):
        table[f"{name}.num"] = [80 + position, 90 - position, None]
        table[f"{name}.den"] = [100, 100, 0]
    return table


def test_wide_long_frame_and_csv_agree(tmp_path: Path) -> None:
    data = wide()
    rows = [
        {
            "unit_code": unit,
            "unit_name": data["unit_name"][i],
            "indicator": name,
            "value": None,
            "numerator": data[f"{name}.num"][i],
            "denominator": data[f"{name}.den"][i],
            "state": "missing" if i == 2 else "value",
        }
        for i, unit in enumerate(data["unit_code"])
        for name in SOURCES
    ]
    path = tmp_path / "table.csv"
    pd.DataFrame(data).to_csv(path, index=False, encoding="utf-8-sig")
    results = [
        score_table(CARD, data),
        score_table(CARD, pd.DataFrame(data)),
        score_table(CARD, pd.DataFrame(rows)),
        score_table(CARD, read_csv(path)),
    ]
    for result in results:
        assert [(u.unit, u.score, u.rank) for u in result.units] == [
            (u.unit, u.score, u.rank) for u in results[0].units
        ]
    assert results[0].unit("21300").score == 0
    assert results[0].unit("21300").available == 100, "silence does not lower what could be earned"
    assert results[0].unit("21289").name == "Sơn Hà"


def test_result_is_plain_json_in_both_languages() -> None:
    result = score_table(CARD, wide())
    for lang in ("vi", "en"):
        text = json.loads(json.dumps(result.to_dict(lang), ensure_ascii=False))
        assert text["units"][0]["rank"] == 1
        assert len(text["recipe_hash"]) == 64
        assert text["notes"][0]["code"] == "demonstration"
    silent = next(u for u in result.to_dict()["units"] if u["unit"] == "21300")
    assert {p["note"] for p in silent["parts"] if p["kind"] == "criterion"} == {"Không báo cáo: 0 điểm"}


def test_hash_ignores_row_order_and_sees_every_cell() -> None:
    data = wide()
    turned = {name: cells[::-1] for name, cells in data.items()}
    assert score_table(CARD, data).recipe_hash == score_table(CARD, turned).recipe_hash
    data[f"{SOURCES[0]}.num"][0] = 81
    assert score_table(CARD, data).recipe_hash != score_table(CARD, turned).recipe_hash


def test_misspelt_and_absent_inputs() -> None:
    data = wide()
    for part in ("num", "den"):
        data[f"procedures.ontime.{part}"] = data.pop(f"procedures.on_time.{part}")
    with pytest.raises(ScoreError, match=r"no input 'procedures.on_time'; did you mean column 'procedures.ontime'"):
        score_table(CARD, data)
    result = score_table(CARD, data, absent="not_reported")
    assert result.notes[0].values == {"input": "procedures.on_time"}
    assert result.points("21289", "DEMO.on_time").value() == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unit_code": ["1", "1", "2"]}, "unit 1 stands in the table twice"),
        ({"procedures.on_time.num": ["8,5", 1, 1]}, "unit 21292, procedures.on_time: '8,5' is not a number"),
        ({"procedures.on_time.num": [-1, 1, 1]}, "negative"),
        ({"procedures.on_time.state": ["vlaue", None, None]}, "unknown state 'vlaue'.*did you mean 'value'"),
    ],
)
def test_tables_that_do_not_fit(change: dict[str, list[Any]], message: str) -> None:
    with pytest.raises(ScoreError, match=message):
        score_table(CARD, {**wide(), **change})


def test_files_that_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("unit_code,x\n1,Sơn Hà\n".encode("cp1258", "replace") + b"\xff\xfe")
    with pytest.raises(ScoreError, match="--encoding"):
        read_csv(path)
    path.write_text("unit_code,x\n1,2,3\n", encoding="utf-8")
    with pytest.raises(ScoreError, match=r"t.csv:2: 3 cells, the header has 2"):
        read_csv(path)
    with pytest.raises(ScoreError, match="no unit column 'iso3'"):
        build_table({"iso": ["VNM"]}, TableShape(unit="iso3"))


def test_states_pending_rejected_and_not_applicable() -> None:
    data = wide()
    name = SOURCES[0]
    data[f"{name}.state"] = ["pending", "rejected", "not_applicable"]
    data["digital.task_on_time.state"] = ["not_due", None, None]
    result = score_table(CARD, data)
    states = {u: next(p.state for p in result.parts(u) if p.node == "DEMO.online") for u in ("21292", "21289", "21300")}
    assert states == {"21292": "pending", "21289": "rejected", "21300": "not_applicable"}
    assert result.points("21292", "DEMO.online").value() == 0
    assert result.unit("21292").provisional


def test_ties_are_named_and_the_chain_breaks_them() -> None:
    ranks, ties = rank_scores([0.1 + 0.2, 0.3, 0.2, None])
    assert ranks == [1, 1, 3, None]
    assert ties[0] == (1,)
    broken, _ = rank_scores([0.3, 0.3, 0.2], [[1.0, 2.0, 9.0]])
    assert broken == [2, 1, 3]
    silent, _ = rank_scores([0.3, 0.3], [[None, 0.0]])
    assert silent == [2, 1]

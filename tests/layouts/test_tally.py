"""The count of a level: every unit once, and no unit without a case among those that owe a number."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ioc.status import Status
from layouts.charts.commune_map import spread
from layouts.charts.tally import tally, word_key


def test_every_unit_is_counted_once() -> None:
    states: dict[str, Any] = {"a": "value", "b": "not_applicable", "c": "missing"}
    items: Any = [SimpleNamespace(unit=unit, state=state) for unit, state in states.items()]
    unknown = Status("unknown", None, None, "no_value")
    found = tally(("a", "b", "c", "d"), items, {"a": Status("bad", -1.0, None), "b": unknown, "c": unknown})
    assert found == {"bad": 1, "watch": 0, "good": 0, "unknown": 2, "not_applicable": 1}
    assert word_key("unknown", {"a": Status("unknown", None, None, "no_target")}) == "chart.count.no_target"


def test_markers_stand_clear_of_each_other() -> None:
    found = spread({"1": (108.0, 15.0), "2": (108.0, 15.001), "3": (107.0, 14.0)}, {"lat": (14.0, 15.5)})
    assert found["3"] == (107.0, 14.0)
    assert abs(found["2"][1] - found["1"][1]) > 1.5 * 0.06

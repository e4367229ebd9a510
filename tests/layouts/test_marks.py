"""Marks: a content that did not change is told from one that did, and nothing is withheld that was never sent."""

from __future__ import annotations

import pytest
from dash import html, no_update

from layouts.marks import ABSENT, WIDTH, compare, mark


def test_the_same_content_has_the_same_mark_in_any_order() -> None:
    assert mark({"a": 1, "b": [2, "ộ"]}) == mark({"b": [2, "ộ"], "a": 1})
    assert mark("97,6") != mark("97,7")
    assert len({mark(number) for number in range(20_000)}) == 20_000
    assert all(len(mark(content)) == WIDTH for content in (None, "", [], {"data": []}))
    with pytest.raises(TypeError):
        mark(html.P("not compacted"))


def test_only_news_is_sent() -> None:
    kinds = ["tree", "figure", "children"]
    sent, held = compare(["a", {"x": 1}, ""], kinds)
    assert sent == ["a", {"x": 1}, ""], "an empty content is sent too: the slot may hold something"
    sent, after = compare(["a", {"x": 2}, ""], kinds, held)
    assert sent == [no_update, {"x": 2}, no_update]
    assert after != held
    assert compare(["a", {"x": 2}, ""], kinds, after) == ([no_update] * 3, after)


def test_a_slot_that_was_left_alone_keeps_its_mark() -> None:
    _, held = compare(["a", "b"], ["tree", "tree"])
    sent, after = compare([no_update, "c"], ["tree", "tree"], held)
    assert sent == [no_update, "c"]
    assert after[:WIDTH] == held[:WIDTH]
    sent, _ = compare([no_update, "c"], ["tree", "tree"])
    assert sent == [no_update, "c"]


def test_marks_of_another_page_count_as_nothing() -> None:
    _, held = compare(["a", "b"], ["tree", "tree"])
    for strange in (held + ABSENT, held[1:], "/", ""):
        assert compare(["a", "b"], ["tree", "tree"], strange)[0] == ["a", "b"]


def test_what_a_person_changes_is_said_every_time() -> None:
    _, held = compare(["21289"], ["value"])
    assert compare(["21289"], ["value"], held)[0] == ["21289"]

"""What pages keep for as long as a version stands."""

from __future__ import annotations

import pytest

from layouts.facts import KeptCounts


def test_a_count_is_made_once_and_the_oldest_makes_room() -> None:
    kept, made = KeptCounts(most=2), list[str]()

    def count(name: str) -> str:
        made.append(name)
        return f"{name}!"

    assert [kept.of(name, lambda name=name: count(name)) for name in ("a", "b", "a")] == ["a!", "b!", "a!"]
    assert made == ["a", "b"]
    kept.of("c", lambda: count("c"))
    assert kept.of("a", lambda: count("a")) == "a!"
    assert made == ["a", "b", "c", "a"], "the first of three had to go"


def test_nothing_is_kept_of_a_count_that_failed() -> None:
    kept = KeptCounts()

    def fail() -> None:
        raise ValueError("not counted")

    for _ in range(2):
        with pytest.raises(ValueError, match="not counted"):
            kept.of("a", fail)
    assert kept.of("a", lambda: 1) == 1

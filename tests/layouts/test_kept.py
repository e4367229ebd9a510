"""What is made once and given again: by version, until a moment, within a number of bytes."""

from __future__ import annotations

import threading

import pytest

from layouts.kept import Kept, Made


def test_a_value_lasts_its_time_and_its_version() -> None:
    kept, made = Kept(), list[str]()

    def ask(name: str, *, version: int = 1, now: float = 0.0) -> str:
        def make() -> Made[str]:
            made.append(name)
            return Made(f"{name}{version}", 10, version, now + 60)

        return kept.of(name, make, version=version, now=now)

    assert [ask("a"), ask("a", now=59.0), ask("a", now=60.0)] == ["a1"] * 3
    assert made == ["a", "a"], "after a minute it is made anew"
    assert ask("b", version=2) == "b2"
    assert ask("a", version=2, now=61.0) == "a2", "a newer version takes all of the older one along"
    assert [ask("a", version=1, now=61.0) for _ in range(2)] == ["a1"] * 2, "and so does going back to a sound one"
    assert made == ["a", "a", "b", "a", "a"]
    found = kept.of("late", lambda: Made("of the next", 1, 2, 99.0), version=1, now=61.0)
    assert found == "of the next"
    assert kept.of("late", lambda: Made("of this", 1, 1, 99.0), version=1, now=61.0) == "of this", "it was not kept"


def test_bytes_are_bounded_and_the_least_asked_for_goes() -> None:
    kept, made = Kept(most_bytes=25), list[str]()

    def ask(name: str) -> None:
        kept.of(name, lambda: (made.append(name), Made(name, 10, 1, 9.0))[1], version=1, now=0.0)

    for name in ("a", "b", "a", "c", "a", "b"):
        ask(name)
    assert made == ["a", "b", "c", "b"]


def test_what_is_made_of_parts_lasts_no_longer_than_they_do() -> None:
    kept, made = Kept(), list[float]()

    def whole(now: float) -> str:
        def make() -> Made[str]:
            made.append(now)
            part = kept.of("part", lambda: Made("p", 1, 1, 10.0), version=1, now=now)
            return Made(part + "w", 1, 1, 100.0)

        return kept.of("whole", make, version=1, now=now)

    assert [whole(0.0), whole(9.0), whole(11.0), whole(12.0)] == ["pw"] * 4
    assert made == [0.0, 11.0, 12.0], "the part is over at 10; one that is over already makes nothing last"


def test_equal_questions_at_once_are_answered_once_and_a_failure_is_not_kept() -> None:
    kept, made, begun, go = Kept(), list[int](), threading.Event(), threading.Event()

    def make() -> Made[str]:
        made.append(1)
        begun.set()
        assert go.wait(10)
        return Made("x", 1, 1, 9.0)

    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(kept.of("a", make, version=1, now=0.0))) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    go.set()
    for thread in threads:
        thread.join(10)
    assert (found, made) == (["x"] * 3, [1])

    def fail() -> Made[str]:
        raise ValueError("not drawn")

    for _ in range(2):
        with pytest.raises(ValueError, match="not drawn"):
            kept.of("b", fail, version=1, now=0.0)
    assert kept.of("b", lambda: Made("y", 1, 1, 9.0), version=1, now=0.0) == "y"

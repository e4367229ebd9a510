"""JSON texts: what is no value, or says two things at once, is refused and never guessed (FAULTS C-07)."""

from __future__ import annotations

import json
from typing import Any, NoReturn


def read_json(body: str | bytes) -> Any:
    """The document. Raises ValueError (no JSON, NaN, a number of thousands of digits, a key that stands twice in one
    object) or RecursionError."""
    return json.loads(body, parse_constant=refuse_constant, object_pairs_hook=one_of_each)


def refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def one_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key '{twice[:60]}' stands twice in one object")
    return found

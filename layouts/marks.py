"""What a screen holds in each of its slots, as one short text that travels with every question.

A render compares the marks of the new contents with those the screen sent along and leaves out what did not change:
its nodes are not touched, and a refresh carries the news alone. The server keeps nothing, so any worker can answer.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from dash import no_update

WIDTH = 8  # letters of a mark: 48 bits
ABSENT = "-" * WIDTH  # nothing was put there yet; no mark of a content looks like it
# What a person changes in the browser is said again each time: the screen may hold something else than was sent.
CHANGED_BY_HAND = frozenset({"value"})


def mark_text(text: str) -> str:
    """The mark of a content by its JSON text."""
    return base64.urlsafe_b64encode(hashlib.blake2b(text.encode(), digest_size=6).digest()).decode()


def mark(content: Any) -> str:
    """The mark of one content (JSON data; a Dash component raises TypeError: compact it first)."""
    return mark_text(json.dumps(content, sort_keys=True, separators=(",", ":")))


def compare(contents: Sequence[Any], properties: Sequence[str], held: str = "") -> tuple[list[Any], str]:
    """The contents with `no_update` in the place of those the screen holds, and the marks it holds afterwards.

    `properties` names the property each content goes to; `held` is the text of the last answer, of WIDTH letters a
    content (anything else counts as nothing held).
    """
    known = held if len(held) == WIDTH * len(contents) else ABSENT * len(contents)
    before = [known[start : start + WIDTH] for start in range(0, len(known), WIDTH)]
    sent: list[Any] = []
    after: list[str] = []
    for content, prop, old in zip(contents, properties, before, strict=True):
        new = old if content is no_update else mark(content)
        sent.append(no_update if new == old and prop not in CHANGED_BY_HAND else content)
        after.append(new)
    return sent, "".join(after)

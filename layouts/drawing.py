"""A drawn page: the content of every slot as JSON text with its mark, ready to be sent to any screen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dash import no_update

from ioc.selection import Lang
from layouts.marks import ABSENT, CHANGED_BY_HAND, WIDTH, mark_text


@dataclass(frozen=True)
class Drawing:
    """The slots of a page in their order; None where a block left a slot as it is."""

    texts: tuple[str | None, ...]
    lang: Lang
    version: int

    @classmethod
    def of(cls, contents: Sequence[Any], lang: Lang, version: int) -> Drawing:
        """Out of contents (JSON data, or no_update)."""
        texts = (None if one is no_update else json.dumps(one, separators=(",", ":")) for one in contents)
        return cls(tuple(texts), lang, version)

    @property
    def is_whole(self) -> bool:
        """Whether every slot has a content: no block failed."""
        return None not in self.texts

    @property
    def weight(self) -> int:
        """How many letters it holds."""
        return sum(len(text) for text in self.texts if text is not None)

    @cached_property
    def marks(self) -> tuple[str | None, ...]:
        """The marks of the contents (`layouts/marks.py`)."""
        return tuple(None if text is None else mark_text(text) for text in self.texts)

    def contents(self) -> list[Any]:
        """The contents, each made anew: who gets them may change them."""
        return [no_update if text is None else json.loads(text) for text in self.texts]

    def news(self, properties: Sequence[str], held: str) -> tuple[list[Any], str]:
        """As `marks.compare`: what the screen that holds `held` lacks, and what it holds afterwards."""
        known = held if len(held) == WIDTH * len(self.texts) else ABSENT * len(self.texts)
        before = [known[start : start + WIDTH] for start in range(0, len(known), WIDTH)]
        sent: list[Any] = []
        for text, mark, prop, old in zip(self.texts, self.marks, properties, before, strict=True):
            is_held = text is None or (mark == old and prop not in CHANGED_BY_HAND)
            sent.append(no_update if is_held or text is None else json.loads(text))
        return sent, "".join(old if mark is None else mark for mark, old in zip(self.marks, before, strict=True))

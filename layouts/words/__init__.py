"""The texts of the screens: one file a subject and language, `<subject>.<lang>.yaml`."""

from __future__ import annotations

from pathlib import Path

from ioc.words import Words

__all__ = ["load_words"]


def load_words() -> Words:
    """All texts of pages, charts and wall; ConfigError with file and line when a file is wrong."""
    return Words.load(sorted(Path(__file__).parent.glob("*.yaml")))

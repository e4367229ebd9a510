"""How a junction is called: its streets as the register writes them, its kind in the language of the viewer."""

from __future__ import annotations

import re

from ioc.words import fold

KIND = re.compile(r"nga (ba|tu|nam|sau|bay) ")  # "three-way" ... "seven-way", which English names leave out
BETWEEN = "\u00a0– "  # the dash stays on the line of the first street


def junction_name(name: str, lang: str) -> str:
    """The name for a screen; in English the streets alone, in letters without marks."""
    if lang == "en":
        name = " ".join(word.capitalize() for word in KIND.sub("", fold(name)).split())
    return re.sub(r"\s+[-–]\s+", BETWEEN, name)

"""How a junction is called on a screen: by its streets, each of which keeps its line."""

from __future__ import annotations

import re

from ioc.words import fold

KIND = re.compile(r"nga (ba|tu|nam|sau|bay) ")  # "three-way" ... "seven-way": lists of junctions need not say it
BETWEEN = "\u00a0– "  # the dash stays on the line of the first street


def junction_name(name: str, lang: str) -> str:
    """The streets of a junction; in English in letters without marks. A name without a dash stands as it is."""
    streets = re.split(r"\s+[-–]\s+", name)
    if len(streets) > 1 and KIND.match(fold(name)):
        streets[0] = " ".join(streets[0].split()[2:])
    if lang == "en":
        streets = [" ".join(word.capitalize() for word in fold(street).split()) for street in streets]
    return BETWEEN.join(street.replace(" ", "\u00a0") for street in streets)

"""What digits in a text of a page are not values: days, hours, periods, names, and wording that never changes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import layouts.words
from indicators.answer import catalogue_of
from indicators.standing import published_editions
from ioc.period import Period
from ioc.published import Reader
from ioc.words import format_number
from ioc.yamlfile import load_yaml

LANGS = ("vi", "en")
DAY = r"\d{2}/\d{2}/\d{4}|\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{4}"
CLOCK = r"\b\d{2}:\d{2}(?::\d{2})?\b"
# counts of the rows that stand right below, in the title of a ledger
ROWS_BELOW = ("sources.quarantine", "sources.loads", "score.disputes_title")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


class Wording:
    """The names and periods of one version."""

    def __init__(self, reader: Reader) -> None:
        catalogue, texts = catalogue_of(reader), _texts()
        names = {unit.full_name for unit in reader.units()} | {unit.name_en for unit in reader.units()}
        for entry in catalogue.indicators.values():
            names |= {text.text(lang) for text in (entry.name, entry.short_name) for lang in LANGS}
        for card in published_editions(reader):
            names |= {card.name.vi, card.name.en}
            names |= {text for one in card.criteria() for text in (one.id, one.name.vi, one.name.en)}
        codes = {str(row["criterion"]) for row in reader.select("SELECT DISTINCT criterion FROM mart.appraisal")}
        editions = [rf"\b(?:bản|edition|version) {re.escape(card.edition)}\b" for card in published_editions(reader)]
        below = [
            re.escape(text.replace("{count}", "\0")).replace("\0", r"[\d.,]+")
            for key, text in texts
            if key in ROWS_BELOW
        ]
        self._fixed = {text for _, text in texts if "{" not in text and re.search(r"\d", text)}
        found = sorted(
            {re.escape(text) for text in (*names, *codes, *_periods(reader)) if re.search(r"\d", text)}, key=len
        )
        self._pattern = re.compile("|".join([*below, *reversed(found), *editions, DAY, CLOCK]))

    def without(self, text: str) -> str:
        """The text without what is no value; '' for wording that says the same whatever the data."""
        plain = text.replace("\u00a0", " ").strip()
        return "" if plain in self._fixed else self._pattern.sub(" ", plain)


def _texts() -> list[tuple[str, str]]:
    """Every text of the words files, by its key, as it stands in the file."""
    folder = Path(layouts.words.__file__).parent
    return [item for path in sorted(folder.glob("*.yaml")) for item in load_yaml(path).data.items()]


def _periods(reader: Reader) -> Iterator[str]:
    """Every period that has numbers and the one it is compared with, as pages write them."""
    for key in {*reader.periods(), *(str(row["period"]) for row in reader.select("SELECT period FROM mart.appraisal"))}:
        for period in (Period.parse(key), Period.parse(key).previous(), Period.parse(key).same_last_year()):
            for lang in LANGS:
                for text in (period.label(lang), period.short_label(lang)):
                    if (
                        re.search(r"[^\W\d]", text) and len(text) > 3
                    ):  # 'T9' or '20/10' would take parts of numbers along
                        yield text


def numbers_in(text: str, lang: str) -> list[float]:
    """The numbers that a text says, by the marks of its language."""
    found = []
    for match in NUMBER.findall(text):
        plain = match.replace(".", "").replace(",", ".") if lang == "vi" else match.replace(",", "")
        found.append(float(plain))
    return found


def said_by(card: Mapping[str, Any], lang: str) -> set[float]:
    """The numbers that a card says, rounded as pages round: as they are, and shares as percentages."""
    values = _values(card["numbers"])
    values += [value for row in (card.get("listed") or {}).get("rows", ()) for value in _values(row)]
    values += [value for one in card.get("inputs", ()) for value in _values(one)]
    said = set()
    for value in values:
        for scale in (1, 100):
            for digits in (0, 1, 2):
                said |= set(numbers_in(format_number(abs(value * scale), digits, lang), lang))
    return said


def _values(row: Mapping[str, Any]) -> list[float]:
    return [value for value in row.values() if isinstance(value, int | float)]

"""Vietnamese letters: one key for matching, one for sorting, one for search boxes.

The three are never interchangeable: 'Sơn Hà' and 'Sơn Hạ' are two communes, so matching keeps every accent.
"""

from __future__ import annotations

import re
import unicodedata

_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}  # huyền, hỏi, ngã, sắc, nặng
_LOOKALIKE = str.maketrans({"Ð": "Đ", "ð": "đ", "’": "'", "‘": "'", "ʼ": "'", "–": "-", "—": "-", "\u00a0": " "})
_WORD = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f]+[^\W\d_]*)*")
_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: index + 100 for index, letter in enumerate(_ALPHABET)}


def match_key(text: str) -> str:
    """The key under which two spellings of one name are equal; every letter and tone still counts.

    Unites NFC and NFD, hòa and hoà (the tone moves to the end of its syllable), Đ (U+0110) and Ð (U+00D0),
    upper and lower case, runs of blanks, and the kinds of apostrophe and dash.
    """
    plain = unicodedata.normalize("NFC", text).translate(_LOOKALIKE).lower()
    plain = re.sub(r"\s*-\s*", "-", " ".join(plain.split()))
    return _WORD.sub(lambda word: _tone_last(word[0]), plain)


def collation_key(text: str) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], str]:
    """Sort key in Vietnamese order: letters first (Đ after D, Ơ after Ô), then tones, then lower before
    upper case.

    Same order as ICU `COLLATE vi`.
    """
    letters: list[int] = []
    tones: list[int] = []
    cases: list[int] = []
    for char in unicodedata.normalize("NFC", text).translate(_LOOKALIKE):
        letter, tone = _split_tone(char.lower())
        if letter in _TONES:  # a tone that NFC could not join to its letter
            if tones:
                tones[-1] = _TONES[letter]
            continue
        for part in letter:
            rank = _RANK.get(part)
            if rank is None:
                rank = _RANK.get(fold(part), 1000 + ord(part)) if part.isalpha() else min(ord(part), 99)
            letters.append(rank)
            tones.append(tone)
            cases.append(int(char.isupper()))
    return tuple(letters), tuple(tones), tuple(cases), text


def fold(text: str) -> str:
    """Lower case without any accent, đ as d: for search boxes only, never to join data."""
    plain = unicodedata.normalize("NFD", text.translate(_LOOKALIKE).lower().replace("đ", "d"))
    return " ".join("".join(char for char in plain if not unicodedata.combining(char)).split())


def _tone_last(word: str) -> str:
    letters, tones = "", ""
    for char in unicodedata.normalize("NFD", word):
        if char in _TONES:
            tones += char
        else:
            letters += char
    if len(tones) > 1:  # not one syllable: leave each tone on its letter
        return unicodedata.normalize("NFC", word)
    return unicodedata.normalize("NFC", letters) + tones


def _split_tone(char: str) -> tuple[str, int]:
    """The letter without its tone, and the tone number (0 none, then huyền, hỏi, ngã, sắc, nặng)."""
    if char in _TONES:
        return char, 0
    parts = unicodedata.normalize("NFD", char)
    tone = next((_TONES[part] for part in parts if part in _TONES), 0)
    return unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONES)), tone

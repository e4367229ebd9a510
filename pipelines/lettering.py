"""Vietnamese letters of before Unicode: TCVN3 (ABC) and VNI fonts, and UTF-8 read in the wrong code page.

Such text arrives as valid UTF-8, but its letters are others (FAULTS 3.1): "ñy ban nh©n d©n" is TCVN3 for "ủy ban nhân
dân", "UÛy ban nhaân daân" is VNI for it. A form is told by how many words become Vietnamese syllables when it is read
as that form; nothing is transcoded unless the source declares its lettering.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import pyarrow as pa

from pipelines.spec import DatasetSpec

_TCVN3 = (
    "àµ á¸ ả¶ ã· ạ¹ ă¨ ằ» ắ¾ ẳ¼ ẵ½ ặÆ â© ầÇ ấÊ ẩÈ ẫÉ ậË đ® èÌ éÐ ẻÎ ẽÏ ẹÑ êª ềÒ ếÕ ểÓ ễÔ ệÖ ì× íÝ ỉØ ĩÜ ịÞ "
    "òß óã ỏá õâ ọä ô« ồå ốè ổæ ỗç ộé ơ¬ ờê ớí ởë ỡì ợî ùï úó ủñ ũò ụô ư\u00ad ừõ ứø ửö ữ÷ ựù ỳú ýý ỷû ỹü ỵþ "
    "Ă¡ Â¢ Ê£ Ô¤ Ơ¥ Ư¦ Đ§"
)
TCVN3: Mapping[str, str] = {pair[1]: pair[0] for pair in _TCVN3.split()}
_MARKS = {"a": "àøáùảûãõạï", "e": "èøéùẻûẽõẹï", "o": "òøóùỏûõõọï", "u": "ùøúùủûũõụï", "y": "ỳøýùỷûỹõ"}
_VNI = (
    "ăaê ằaè ắaé ẳaú ẵaü ặaë âaâ ầaà ấaá ẩaå ẫaã ậaä êeâ ềeà ếeá ểeå ễeã ệeä ôoâ ồoà ốoá ổoå ỗoã ộoä "
    "ơô ờôø ớôù ởôû ỡôõ ợôï ưö ừöø ứöù ửöû ữöõ ựöï đñ ìì íí ỉæ ĩó ịò ỵî"
)


def _vni() -> dict[str, str]:
    table = {pair[1:]: pair[0] for pair in _VNI.split()}
    for base, pairs in _MARKS.items():
        table |= {base + pairs[place + 1]: pairs[place] for place in range(0, len(pairs), 2)}
    for given, meant in list(table.items()):
        upper = given.upper()
        table[upper] = meant.upper()
        if len(given) == 2:  # one capital letter and a mark of small ones
            table[upper[0] + given[1]] = meant.upper()
    return table


VNI: Mapping[str, str] = _vni()
_VNI_FORM = re.compile("|".join(sorted(map(re.escape, VNI), key=len, reverse=True)))
_ONSET = "(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnpqrstvx])?"
_CODA = "(?:ch|ng|nh|[cmnpt])"
_NUCLEUS = (
    "(?:uyê|oai|oay|oao|oeo|uai|uay|uôi|ươi|ươu|iêu|yêu|uya|uyu|uây|iê|yê|uô|ươ|oa|oă|oe|oo|uâ|uê|uy|uơ|ua|uă|ue|ia|"
    "ưa|ai|ao|au|ay|âu|ây|eo|êu|iu|oi|ôi|ơi|ui|ưi|ưu|[aăâeêioôơuưy])"
)
_SYLLABLE = re.compile(f"{_ONSET}{_NUCLEUS}{_CODA}?$")
_TONE_ON_GLIDE = re.compile("^(?:[aăâeêôơưy][oiuy]|o[iy])$")  # ão carries its tone on the first vowel, never aõ
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_WORD = re.compile(r"[^\W\d_]+")
_RUN = re.compile(r"[^\s\d,.;:()\"'/–-]+")
# A letter or sign that Vietnamese in Unicode does not have, or two vowels that never stand beside each other in it.
SUSPECT = (
    r"[\x{80}-\x{9f}\x{a1}-\x{bf}ÄÅÆÇËÎÏÑÖ×ØÛÜÞßäåæçëîïñö÷øûüþÿ\x{fffd}]|[aA][âÂáÁàÀãÃéÉèÈêÊúÚùÙõÕ]|[eE][âÂáÁàÀãÃùÙõÕ]|[oO][âÂùÙõÕ]|"
    r"[uUyYôÔ][ùÙõÕ]|Ã.|Ä.|áº|á»"
)


def from_tcvn3(text: str) -> str:
    """TCVN3 (ABC) to Unicode, letter by letter."""
    return "".join(TCVN3.get(char, char) for char in text)


def from_vni(text: str) -> str:
    """VNI to Unicode; a letter and its mark are two characters."""
    return _VNI_FORM.sub(lambda match: VNI[match[0]], text)


def from_wrong_page(text: str) -> str:
    """UTF-8 that was read as Windows-1252, read right; unchanged when it is not that."""
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        try:
            return text.encode("latin-1").decode("utf-8")
        except UnicodeError:
            return text


FORMS: Mapping[str, Callable[[str], str]] = {"tcvn3": from_tcvn3, "vni": from_vni, "mojibake": from_wrong_page}


def syllables(text: str) -> float:
    """The share of the words of a text that can be Vietnamese syllables, each with one tone at most; single signs do
    not count."""
    words = [word for word in _RUN.findall(unicodedata.normalize("NFC", text)) if len(word) > 1]
    return sum(map(is_syllable, words)) / len(words) if words else 1.0


@lru_cache(maxsize=20_000)
def is_syllable(word: str) -> bool:
    """Whether a word has the shape of a Vietnamese syllable."""
    if not _WORD.fullmatch(word):
        return False
    letters, toned = "", []
    for char in word.lower():
        parts = unicodedata.normalize("NFD", char)
        letters += unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONES))
        if len(parts) > 1 and any(part in _TONES for part in parts):
            toned.append(len(letters) - 1)
    if len(toned) > 1 or _SYLLABLE.match(letters) is None:
        return False
    return not toned or _TONE_ON_GLIDE.search(letters[max(0, toned[0] - 1) : toned[0] + 1]) is None


def guess_lettering(text: str) -> str:
    """unicode, tcvn3, vni, mojibake, or broken (a replacement or control character stands in it)."""
    if any(char == "\ufffd" or "\x80" <= char <= "\x9f" for char in text) and from_wrong_page(text) == text:
        return "broken"
    best, score = "unicode", syllables(text)
    for form, read in FORMS.items():
        found = read(text)
        if found != text and syllables(found) > score + 1e-9:
            best, score = form, syllables(found)
    return best


def prepare_lettering(cursor: Any, spec: DatasetSpec, types: Mapping[str, str]) -> list[str]:
    """Look at the text columns of the view `landed`: transcode what the source declares, name what it does not.

    A declared lettering replaces the view by one with transcoded text. Otherwise the temp table `foreign_letters`
    (column_name, given) lists the values in another lettering, and their columns are returned.
    """
    columns = [
        name
        for name, column in spec.columns.items()
        if column.type == "text" and types.get(name) == "VARCHAR" and not column.values and not column.pattern
    ]
    found: list[tuple[str, str, str]] = []
    for name in columns:
        quoted = f'"{name}"'
        rows = cursor.execute(
            f"SELECT DISTINCT {quoted} FROM landed WHERE strlen({quoted}) <> length({quoted}) "
            f"AND regexp_matches(nfc_normalize({quoted}), '{SUSPECT}')"
        ).fetchall()
        if spec.lettering == "unicode":
            found += [(name, text, "") for (text,) in rows if guess_lettering(text) != "unicode"]
        else:
            found += [(name, text, FORMS[spec.lettering](text)) for (text,) in rows]
    if not found:
        return []
    names = sorted({name for name, _, _ in found})
    table = pa.table({key: [row[place] for row in found] for place, key in enumerate(("column_name", "given", "read"))})
    cursor.register("foreign_letter_batch", table)
    cursor.execute("CREATE OR REPLACE TEMP TABLE foreign_letters AS FROM foreign_letter_batch")
    cursor.unregister("foreign_letter_batch")
    if spec.lettering == "unicode":
        return names
    replaced = ", ".join(
        f"""coalesce((SELECT f."read" FROM foreign_letters f WHERE f.column_name = '{name}' AND f.given = l."{name}"),
        l."{name}") AS "{name}\""""
        for name in names
    )
    cursor.execute("CREATE OR REPLACE TEMP TABLE transcoded AS SELECT l.* REPLACE (" + replaced + ") FROM landed l")
    cursor.execute("CREATE OR REPLACE TEMP VIEW landed AS FROM transcoded")
    return []

"""What personal data looks like in Vietnamese text: patterns by kind, and the words for each kind.

Sources of the forms: FAULTS 3.2 (CCCD of 12 digits: province 001 to 096, century and sex, year of birth; CMND of 9;
telephone, e-mail, tax number, number plate), addresses and days of birth by the words that stand before them, names by
a family name before two or three capitalised words. Full-width digits and digits apart by blanks, points or dashes
count; separators of one kind only, so that a date with a time is no number; dashes only between the usual groups, so
that a code of several numbers is none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

KINDS: Mapping[str, tuple[str, str]] = {
    "cccd": ("số định danh cá nhân", "citizen number"),
    "cmnd": ("số chứng minh nhân dân", "identity card number"),
    "phone": ("số điện thoại", "telephone number"),
    "email": ("địa chỉ thư điện tử", "e-mail address"),
    "tax": ("mã số thuế", "tax number"),
    "plate": ("biển số xe", "number plate"),
    "birth": ("ngày sinh", "day of birth"),
    "address": ("địa chỉ nơi ở", "home address"),
    "name": ("họ tên", "name of a person"),
}
FAMILY = (
    "Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đinh|Đoàn|Lâm|Trịnh|Mai|Đào|Phùng|Cao|Tạ|"
    "Châu|Tô|Trương|Lương|Tăng|Quách|Vương|La|Thạch|Kiều|Doãn|Chu|Đàm|Triệu|Bạch|Nghiêm|Thân|Tống|Ông|Lưu|Hà|Thái"
)
FAMILY += "|" + FAMILY.upper()
DIGIT, SPREAD, COUNTRY = "[0-9]", "[ \u00a0]?", r"(?:\(?\+?84\)?|0)"
# Not inside a word or a longer code (keys are often hexadecimal), unless the word says what follows.
BEFORE = r"(?:^[.\-]?|[^0-9\w.\-]|[^0-9\w][.\-]|(?i:cccd|cmnd|cmt|sđt|sdt|đt|dt|tel|phone|số|no)[.:\-]?)"
AFTER = r"(?:[^0-9A-Za-z]|$)"


def digits(*counts: int) -> str:
    """Groups of digits apart by one point or dash."""
    return "[.\\-–]".join(f"{DIGIT}{{{count}}}" for count in counts)


CITIZEN = (
    f"(?:0{SPREAD}(?:0{SPREAD}[1-9]|[1-8]{SPREAD}{DIGIT}|9{SPREAD}[0-6]){SPREAD}[0-3]{SPREAD}{SPREAD.join([DIGIT] * 8)}"
    f"|0(?:0[1-9]|[1-8]{DIGIT}|9[0-6])[.\\-–][0-3](?:{digits(2, 3, 3)}|{digits(2, 6)}))"
)
MOBILE = f"{SPREAD}[35789]{SPREAD}{SPREAD.join([DIGIT] * 8)}"
NUMBERS: Mapping[str, str] = {
    "cccd": CITIZEN,
    "phone": f"(?:{COUNTRY}{MOBILE}|{COUNTRY}{SPREAD}2{SPREAD}{SPREAD.join([DIGIT] * 9)}|"
    f"{COUNTRY}[.\\-–]?[35789](?:{digits(2, 3, 3)}|{digits(1, 3, 4)}|{digits(3, 3, 2)}|{digits(2, 2, 2, 2)})|"
    f"{COUNTRY}2(?:{digits(2, 4, 3)}|{digits(2, 3, 4)}|{digits(1, 4, 4)}))",
    "cmnd": f"(?:{DIGIT}{{9}}|{DIGIT}{{3}}[ .]{DIGIT}{{3}}[ .]{DIGIT}{{3}})",
}
NUMBER_COLUMN = re.compile(rf"(?:^|[^0-9.,])(?:{CITIZEN}|(?:\+84|0){MOBILE})(?:[^0-9.,]|$)")
WORDED: Mapping[str, str] = {
    "email": r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*\.[A-Za-z]{2,}",
    "tax": r"(?i:mst|mã số thuế)[^0-9]{0,3}[0-9]{10}",
    "plate": r"(?:^|[^0-9A-Za-z.\-])[1-9][0-9][A-ZĐ]{1,2}[0-9]?[ \-.]?[0-9]{3}\.?[0-9]{2}(?:[^0-9A-Za-z]|$)",
    "birth": r"(?i:ngày sinh|sinh ngày|sinh năm|năm sinh)[^0-9]{0,3}[0-9]{1,4}",
    "address": r"(?i:(?:địa chỉ|thường trú|tạm trú|nơi ở|trú tại)\s*[:\-]?\s*[^\s:;,.][^;.\n]{0,60}|"
    r"(?:số|nhà)\s+[0-9]+[a-z]?(?:/[0-9]+)*\s*,?\s*(?:đường|phố|ngõ|ngách|hẻm|kiệt|thôn|xóm|ấp)[^;.,\n]{0,40})",
}
TITLE = r"(?i:ông|bà|anh|chị|em|cháu|họ tên|họ và tên|công dân|người nộp|người gửi|chủ hộ)\s*:?\s+"
NAME = re.compile(rf"(?:^|[:;,(\-]\s*)((?:{FAMILY})(?:\s+[^\W\d_]+){{2,3}})(?=\s*(?:$|[:;,.)(\-]|[0-9]))")
AFTER_TITLE = re.compile(rf"{TITLE}((?:{FAMILY})(?:\s+[^\W\d_]+){{1,3}})")
BY_MIDDLE = re.compile(rf"((?:{FAMILY})\s+(?:Văn|Thị|VĂN|THỊ)(?:\s+[^\W\d_]+){{1,2}})")
COMPILED = {
    **{kind: re.compile(BEFORE + f"(?P<hit>{form})" + AFTER) for kind, form in NUMBERS.items()},
    **{kind: re.compile(f"(?P<hit>{form})") for kind, form in WORDED.items()},
}
# What Arrow looks for first, in all cells at once: everything the exact patterns could find, and little else.
_WORDS = (
    "@|[\uff10-\uff19]|[1-9][0-9][A-ZĐ]{1,2}[0-9]?[ .\\-]?[0-9]{3}|"
    "(?i:mst|mã số thuế|sinh|địa chỉ|thường trú|tạm trú|nơi ở|trú tại|(?:số|nhà)\\s+[0-9])|"
    f"(?:{FAMILY})\\s"
)
ROUGH_NUMBER = f"{BEFORE}(?:{NUMBERS['cccd']}|{NUMBERS['phone']})|{_WORDS}"
ROUGH_TEXT = f"{BEFORE}(?:{NUMBERS['cccd']}|{NUMBERS['cmnd']}|{NUMBERS['phone']})|{_WORDS}"


def plain_digits(text: str) -> str:
    """Composed letters, full-width digits as plain ones, every kind of blank as a blank."""
    return unicodedata.normalize("NFKC", text)


def find_kind(text: str, *, is_number: bool = False) -> str | None:
    """The first kind of personal data in a text, None when there is none. In a column of numbers (`is_number`) nine
    bare digits are a number, twelve with a leading zero are not."""
    plain = plain_digits(text)
    if is_number and not any(map(str.isalpha, plain)) and "@" not in plain:
        plain = found[0] if (found := NUMBER_COLUMN.search(plain)) else ""
    for kind in (*NUMBERS, *WORDED):
        if COMPILED[kind].search(plain):
            return kind
    return "name" if names_in(plain) else None


def names_in(text: str) -> list[str]:
    """Names of persons: a family name with two or three capitalised words standing alone, with fewer behind a title, or
    with the middle name Văn or Thị anywhere."""
    found = []
    for pattern, least in ((NAME, 3), (AFTER_TITLE, 2), (BY_MIDDLE, 3)):
        for match in pattern.finditer(text):
            words = match[1].split()
            count = next((place for place, word in enumerate(words) if not word[0].isupper()), len(words))
            if count >= least and (pattern is not NAME or count == len(words)):
                found.append(" ".join(words[:count]))
    return found


def redact(text: str) -> str:
    """A message or a file name with what is personal in it masked; the rest stays readable."""
    plain = plain_digits(text)
    if find_kind(plain) is None:
        return text
    for pattern in COMPILED.values():
        plain = pattern.sub(lambda match: match[0].replace(match["hit"], "•••"), plain)
    for name in names_in(plain):
        plain = plain.replace(name, "•••")
    return plain

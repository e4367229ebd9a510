"""Messages of runs on the desk: in Vietnamese, and in step with what the pipelines really say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ioc_cli.beside import to_do
from layouts.desk.said import KNOWN, told
from layouts.words import load_words

ROOT, WORDS = Path(__file__).resolve().parents[2], load_words()
SAMPLES = {
    "nothing new since 2026-06-30 08:15": "Không có gì mới từ 2026-06-30 08:15",
    "one_stop/ho_so: held: 40 of 900 rows were refused (limit 20)": "Giữ lại cả lô: 40 trong 900 dòng không đạt",
    "a.csv: line 302: a text is opened with a quotation mark and never closed": "Tệp a.csv: ở dòng 302",
    "https://a/b answered 503": "Dịch vụ trả lời mã lỗi 503",
    "https://a/b answered a web page instead of data (a login or an error page)": "trang đăng nhập",
    "a.xlsx: refused: the name says .xlsx, the content is a PDF; ask for the file itself": "nội dung là loại tệp khác",
    "a.xlsx: refused: 90000 parts": "Tệp a.xlsx bị từ chối",
    "a.xlsm: refused: the workbook carries macros; save it without them (.xlsx)": "lưu lại thành .xlsx không có macro",
    "x: held: the form changed; columns are absent: so; so may now be called số": "cột so có thể đã đổi tên thành số",
    "ho_so: (psycopg) canceling statement due to statement timeout": "trả lời quá chậm",
    "a.csv: byte 7 is no UTF-8; say 'encoding' (latin-1, cp1258, utf-16 ...)": "khai báo đúng bảng mã",
    "unexpected ZeroDivisionError: division by zero": "Lỗi của hệ thống (ZeroDivisionError)",
    "b.csv: the last line has no end, left for the next run; nothing came yet: x": "Tệp b.csv còn đang được ghi",
}


@pytest.mark.parametrize(("message", "meaning"), SAMPLES.items())
def test_a_message_is_told_in_vietnamese(message: str, meaning: str) -> None:
    assert meaning in told(message, WORDS, "vi")
    assert told(message, WORDS, "en") not in ("", told(message, WORDS, "vi"))


def test_what_is_not_known_is_left_as_it_is() -> None:
    assert told("something nobody says", WORDS, "vi") == ""
    assert told("", WORDS, "vi") == ""


def test_every_known_message_is_one_the_pipelines_say() -> None:
    """A sentence that is changed there must be changed here; in code a sentence may run over two lines."""
    said = "".join(path.read_text(encoding="utf-8") for path in ROOT.joinpath("pipelines").rglob("*.py"))
    joined = re.sub(r'"\s+f?"', "", said)
    for key, words, pattern in KNOWN:
        assert words in joined, f"nobody says: {words}"
        texts = WORDS(f"desk.said.{key}", "vi", **dict.fromkeys(re.findall(r"\?P<(\w+)>", pattern), "1"))
        assert "{" not in texts


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_kind_of_rule_says_what_to_do(lang: str) -> None:
    """P-11: the kinds of `pipelines/rules.py` have words of their own, a rule of a mapping the general one."""
    text = ROOT.joinpath("pipelines", "rules.py").read_text(encoding="utf-8")
    kinds = sorted(set(re.findall(r'f"([a-z]+):\{name\}"', text)))
    assert {"type", "place", "personal", "lettering"} <= set(kinds)
    other = to_do("ends_after_start", WORDS, lang)
    said = {kind: to_do(f"{kind}:ghi_chu", WORDS, lang) for kind in kinds}
    assert [kind for kind, told in said.items() if told == other] == []

"""What a run said, in words a head of office understands.

The run ledger keeps one technical sentence for the person who mends a source. The desk shows what it means; the
sentence itself stands behind it. What is not known here is shown as it is.
"""

from __future__ import annotations

import re

from ioc.words import Words

# key of `desk.said.*`, words of the technical sentence that tell it, and the parts that are taken over
KNOWN: tuple[tuple[str, str, str], ...] = (
    ("nothing_new", "nothing new since", r"nothing new since (?P<when>\S+ \S+)"),
    ("no_file", "no file came yet", r"no file came yet: nothing in its box fits (?P<names>.+)"),
    ("nothing_yet", "nothing came yet", r"nothing came yet"),
    ("paused", "reading pauses", r"reading pauses"),
    ("bad_share", "rows were refused", r"held: (?P<refused>\d+) of (?P<rows>\d+) rows were refused"),
    ("volume", "are expected", r"held: (?P<rows>\d+) rows where (?P<low>\d+) to (?P<high>\d+) are expected"),
    ("scale", "of another order of magnitude", r"held: (?P<count>\d+) of (?P<whole>\d+) values of (?P<column>\S+) are"),
    ("weekday", "median of its weekday", r"held: (?P<day>\S+) would have (?P<rows>\d+) rows where (?P<middle>\d+) are"),
    ("certificate", "the certificate of the service is refused", r"the certificate of the service is refused"),
    ("web_page", "answered a web page instead of data", r"answered a web page"),
    ("redirect", "a redirect, which is not followed", r"a redirect, which is not followed"),
    ("late", "did not answer in time", r"did not answer in time"),
    ("unreachable", "cannot be reached", r"cannot be reached"),
    ("error", "answered an error", r"answered an error: (?P<text>.+)"),
    ("empty", "answered nothing", r"answered (?:nothing|null)"),
    ("status", "answered {status}", r"answered (?P<status>\d{3})"),
    ("too_long", "the run took longer than its limit of", r"the run took longer than its limit of (?P<seconds>\d+) s"),
    ("stopped", "the run was asked to stop", r"asked to stop"),
    ("folder", "the folder {folder} does not exist", r"the folder \S+ does not exist"),
    ("database", "the database file", r"the database file \S+ does not exist"),
    ("demo", "the demo's source systems are not running", r"the demo's source systems are not running"),
    ("waits", "waits for the first reading of", r"waits for the first reading of"),
    ("password", "protected by a password", r"^(?P<file>[^:]+): refused: the file is protected by a password"),
    ("macros", "the workbook carries macros", r"^(?P<file>[^:]+): refused: the workbook carries macros"),
    (
        "links",
        "takes values out of other files",
        r"^(?P<file>[^:]+): refused: the workbook takes values out of other files",
    ),
    ("binary", "a binary workbook (.xlsb)", r"^(?P<file>[^:]+): refused: a binary workbook"),
    (
        "kind",
        "the name says {suffix}, the content is",
        r"^(?P<file>[^:]+): refused: the name says (?P<suffix>[^,]+), the content is",
    ),
    ("far_cell", "the table reaches to cell", r"^(?P<file>[^:]+): refused: the table reaches to cell (?P<cell>\w+)"),
    (
        "calendar",
        "does not count its days from 1900",
        r"^(?P<file>[^:]+): refused: .*(?:count its days from 1900|does not say openly)",
    ),
    (
        "too_heavy",
        "too much for the limits of memory and time",
        r"^(?P<file>[^:]+): refused: .*too much for the limits",
    ),
    (
        "open_text",
        "a text is opened with a quotation mark and never closed",
        r"^(?P<file>.+): line (?P<line>\d+): a text is opened",
    ),
    ("no_header", "no header in the first line", r"^(?P<file>[^:]+): no header"),
    ("no_columns", "none of the columns", r"(?P<file>[^:]+): none of the columns"),
    ("optional_absent", "optional columns are absent", r"optional columns are absent: (?P<columns>.+)"),
    ("form_changed", "held: the form changed", r"held: the form changed"),
    ("columns_absent", "columns are absent:", r"columns are absent: (?P<columns>.+)"),
    ("new_columns", "new columns:", r"new columns: (?P<columns>.+)"),
    ("renamed", "may now be called", r"^(?P<old>.+) may now be called (?P<new>.+)"),
    ("retyped", "values not readable as their type in", r"values not readable as their type in (?P<names>.+)"),
    ("encoding", "byte {error.start} is no", r"^(?P<file>[^:]+): byte \d+ is no (?P<encoding>[^;]+)"),
    ("json", "not readable as JSON", r"not readable as JSON"),
    ("no_list", "no list of records at", r"no list of records at"),
    ("announced", "records and delivered", r"announced (?P<total>\d+) records and delivered (?P<seen>\d+)"),
    ("circle", "leads in a circle", r"leads in a circle"),
    ("too_many", "rows in one run", r"more than (?P<limit>\d+) (?P<what>rows|MB) in one run"),
    ("token", "the token endpoint answered no access token", r"the token endpoint answered no access token"),
    ("no_table", "no such (table|column)", r"no such (?:table|column)|(?:relation|column) \S+ does not exist"),
    ("permission", "permission denied", r"permission denied"),
    ("slow_question", "statement timeout", r"statement timeout"),
    ("unexpected", "unexpected {type(error).__name__}", r"^unexpected (?P<kind>\w+)"),
    ("unfinished", "left for the next run", r"^(?P<file>[^:]+): .*left for the next run"),
    ("refused_file", "refused: ", r"^(?P<file>[^:]+): refused: "),
    ("breaker", "the source failed several times", r"the source failed several times"),
)


def told(message: str, words: Words, lang: str) -> str:
    """The meaning of a run's message, its parts joined by semicolons; '' when no part is known here."""
    found = [_meaning(part, words, lang) for part in message.split("; ")] if message else []
    return "; ".join(dict.fromkeys(text for text in found if text))


def _meaning(part: str, words: Words, lang: str) -> str:
    for key, _, pattern in KNOWN:
        match = re.search(pattern, part)
        if match:
            return words(f"desk.said.{key}", lang, **match.groupdict())
    return ""

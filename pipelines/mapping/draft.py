"""`ioc source init`: a first mapping out of a sample file, every guess marked for a person to confirm."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from ioc.errors import IocError
from ioc.words.letters import fold
from ioc.yamlfile import did_you_mean, load_yaml
from pipelines.mapping.sample import Sample, merged
from pipelines.mapping.targets import CoreTable, core_tables

DOMAINS = {"dossier": "procedures", "report_value": "reporting", "traffic_flow": "traffic"}
DOMAINS |= {"field_report": "reporting", "task": "digital"}
ZONED = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")
DATE_FORMS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%m/%d/%Y")
TIMES = ("", " %H:%M", " %H:%M:%S")
IDENTITY = re.compile(r"0\d{11}|\d{9}|0\d{9}|[^@\s]+@[^@\s]+\.[a-z]+")
WORDS_OF_A_LIST = 12
FEW = 2  # values that may be no such type although the column is


@lru_cache(maxsize=1)
def hints() -> dict[str, Any]:
    """Usual names of columns by core table, and of personal ones."""
    found: dict[str, Any] = load_yaml(Path(__file__).with_name("hints.yaml")).data
    return found


def draft_mapping(
    sample: Sample, *, source: str, glob: str, into: str, is_unit: Callable[[str], str] = lambda _text: ""
) -> str:
    """The text of a mapping file for one dataset that feeds `into`; it has to be confirmed before it is used.

    `is_unit` tells whether a text is the code or the name of a unit of the province ('code', 'name' or '').
    """
    if into not in DOMAINS:
        raise IocError(f"no draft for '{into}'", remedy=did_you_mean(into, DOMAINS))
    known = core_tables()[into]
    names = named(sample.headings)
    values = {name: [row[place] for row in sample.rows if row[place]] for name, place in names.items()}
    headings = {name: sample.headings[place] for name, place in names.items()}
    personal = {name: why for name in names if (why := personal_reason(headings[name], values[name]))}
    offered = {name: heading for name, heading in headings.items() if name not in personal}
    chosen = choose(known, offered)
    key = chosen.get(known.key[0])
    repeated = key is not None and len(set(values[key])) < len(values[key])
    grouped = bool(repeated and into == "dossier")
    lines = heading_lines(sample, source, into)
    lines += [f"    request: {flow({'glob': glob, **sample.request})}"]
    if grouped and key:
        lines += [f"    shape:  # guess: '{headings[key]}' comes in several rows; one dossier is made of them"]
        lines += [f"      group: {{by: [{key}]}}"]
    unit = chosen.get("unit_code", "")
    if unit and not grouped and merged(sample, names[unit]):
        lines += [f"    shape: {{fill_down: [{unit}]}}  # guess: merged cells, an empty one repeats the one above"]
    years = sum(bool(re.search(r"(19|20)\d\d", heading)) for heading in sample.headings)
    if years >= 4:
        lines += ["    # guess: years stand in the headings; shape.unpivot makes rows of them, see docs/sources.md"]
    lines += ["    columns:"]
    varying = varying_in(sample, names, key) if grouped and key else set()
    units = unit_kind(values.get(chosen.get("unit_code", ""), []), is_unit)
    if "unit_code" in chosen and not units:
        lines += [
            f"      # '{headings[chosen['unit_code']]}' looks like a unit, but its values are none of the province"
        ]
        del chosen["unit_code"]
    used = set(chosen.values())
    for name, heading in offered.items():
        told = column_lines(name, heading, values[name], known, chosen, name in varying, units)
        lines += [told if name in used else f"      # not used: {told.strip()}"]
    lines += [f"      # left out, {why}: {headings[name]}" for name, why in personal.items()]
    order = [chosen[name] for name in known.key if name in chosen]
    lines += [f"    key: {flow(order or ['CONFIRM'])}", "    into:", f"      {into}:", "        set:"]
    lines += set_lines(known, chosen, units, candidates(known, offered))
    return "\n".join(lines) + "\n"


def heading_lines(sample: Sample, source: str, into: str) -> list[str]:
    """What is known of the source itself, and what a person has to fill in."""
    return [
        "# A draft: every line with 'guess' has to be confirmed, every CONFIRM filled in. Then: ioc source preview.",
        *(f"# guess: {text}" for text in sample.guesses),
        f"id: {source}",
        f"domain: {DOMAINS[into]}",
        "kind: files",
        f"name: {{vi: {source}, en: {source}}}  # CONFIRM the name people know",
        "owner:",
        "  office: {vi: CONFIRM, en: CONFIRM}  # the office that answers for the data",
        "  contact: {vi: CONFIRM, en: CONFIRM}  # whom to call, by position",
        'freshness: {due: "+1d 17:00", grace: 2h}  # CONFIRM by when it must have come',
        f'reach: {{every: 1h, path: "{{home}}/inbox/{source}"}}',
        "datasets:",
        "  rows:",
    ]


def named(headings: Sequence[str]) -> dict[str, int]:
    """A short name in small letters for each heading, and its place."""
    found: dict[str, int] = {}
    for place, heading in enumerate(headings):
        if not heading:
            continue
        base = re.sub(r"[^a-z0-9]+", "_", fold(heading)).strip("_") or "column"
        base = f"c_{base}" if base[0].isdigit() else base
        name, number = base[:48], 2
        while name in found:
            name, number = f"{base[:44]}_{number}", number + 1
        found[name] = place
    return found


def personal_reason(heading: str, values: Sequence[str | None]) -> str:
    """Why a column is likely to hold personal data; '' when nothing says so."""
    plain = re.sub(r"[^a-z0-9]+", " ", fold(heading)).strip()
    if any(re.search(rf"\b{re.escape(word)}\b", plain) for word in hints()["personal"]):
        return "its heading names persons"
    looked = [value for value in values[:500] if value]
    hits = sum(bool(IDENTITY.fullmatch(value.strip())) for value in looked)
    return "its values look like identity or telephone numbers" if looked and hits > len(looked) * 0.5 else ""


def choose(known: CoreTable, headings: dict[str, str]) -> dict[str, str]:
    """For each core column the field whose heading is most like its usual names; each field once."""
    found: dict[str, str] = {}
    for column, name in candidates(known, headings):
        if column not in found and name not in found.values():
            found[column] = name
    return found


def candidates(known: CoreTable, headings: dict[str, str]) -> list[tuple[str, str]]:
    """Core column and field whose heading is like one of its usual names, the likest first."""
    scored = [
        (max(likeness(heading, word) for word in words), column, name)
        for column, words in hints()[known.name].items()
        for name, heading in headings.items()
    ]
    scored.sort(key=lambda item: (-item[0], item[1], item[2]))
    return [(column, name) for score, column, name in scored if score >= 0.75]


def likeness(heading: str, word: str) -> float:
    """How alike a heading and a usual name are, 0 to 1."""
    plain = re.sub(r"[^a-z0-9]+", " ", fold(heading)).strip()
    if plain == word:
        return 1.0
    if plain.endswith(" " + word) or plain.startswith(word + " "):
        return 0.9
    return SequenceMatcher(None, plain, word).ratio() * 0.95


def column_lines(
    name: str,
    heading: str,
    values: Sequence[str | None],
    known: CoreTable,
    chosen: dict[str, str],
    varies: bool,
    units: str,
) -> str:
    """One column of the draft, with its guessed type and form."""
    told: dict[str, Any] = {"path": heading} if heading != name else {}
    kind, form, note = nearly([value for value in values if value])
    target = next((column for column, field in chosen.items() if field == name), "")
    if target.endswith("_code") or target == "period":
        kind, form, note = "text", {}, ""
    if kind != "text":
        told["type"] = kind
    told |= form
    if target in known.need:
        told["required"] = True
    if target == "unit_code":
        told["place"] = {"kind": "unit"}
        if units == "name":
            told.pop("required", None)
            del told["place"]
            return (
                f"      {name}: {flow(told)}\n"
                f"      {name}_code: {{place: {{kind: unit, name: {name}}}}}"
                "  # guess: units by name; an unknown one is refused"
            )
    words = known.words.get(target)
    if words:
        given = sorted({value.strip() for value in values if value})[:WORDS_OF_A_LIST]
        told["codes"] = {value: value if value in words else "CONFIRM" for value in given}
        note = f"each to one of {', '.join(words)}"
    if varies:
        told["take"] = "last" if target == "updated_at" else "first"
        note = (note + "; " if note else "") + "rows of one dossier differ: first, last, min or max?"
    return f"      {name}: {flow(told)}" + (f"  # guess: {note}" if note else "")


def nearly(values: Sequence[str]) -> tuple[str, dict[str, str], str]:
    """The type of all values, or of all but a few (one in twenty, two at least), which are named: an impossible date
    must not make a column of dates a text."""
    found = type_of(values)
    if found[0] != "text" or len(values) < FEW * 4:
        return found
    first = next((known for value in values[:FEW] if (known := type_of([value]))[0] != "text"), None)
    if first is None:
        return found
    strange = [value for value in values if type_of([value])[:2] != first[:2]]
    kept = [value for value in values if value not in strange]
    most = max(FEW, len(values) // 20)
    if len(strange) > most or type_of(kept)[0] == "text":
        return found
    kind, form, note = type_of(kept)
    told = f"{len(strange)} of {len(values)} values cannot be read so, the first is {strange[0]!r}"
    return kind, form, f"{note}; {told}" if note else told


def type_of(values: Sequence[str]) -> tuple[str, dict[str, str], str]:
    """The type all values have, its form, and what is uncertain about it."""
    if not values:
        return "text", {}, "no value in the sample"
    if all(ZONED.fullmatch(value) for value in values):
        return "instant", {}, ""
    if all(re.fullmatch(r"\d{4}-\d\d-\d\d", value) for value in values):
        return "date", {}, ""
    if all(re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?", value) for value in values):
        return "local_time", {}, "times without a zone are taken as Vietnamese; else say zone:"
    for time in TIMES:
        fits = [form + time for form in DATE_FORMS if all(reads(value, form + time) for value in values)]
        if fits:
            doubt = f"also fits {', '.join(fits[1:])}" if len(fits) > 1 else ""
            return "date" if not time else "local_time", {"format": fits[0]}, doubt
    if all(re.fullmatch(r"[+-]?(0|[1-9]\d{0,17})", value) for value in values):
        return "integer", {}, ""
    if all(re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", value) for value in values):
        thousands = all(re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+", v) for v in values if "." in v)
        zeros = any(re.match(r"0\d", value) for value in values)
        if zeros:
            return "text", {}, ""
        if thousands:
            return "decimal", {}, "1.234 is read as one and a bit; when it is a thousand, say decimal: ','"
        return "decimal", {}, ""
    if all(re.fullmatch(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?", value) for value in values):
        return "decimal", {"decimal": ","}, "comma for decimals, point for thousands"
    return "text", {}, ""


def reads(value: str, form: str) -> bool:
    try:
        datetime.strptime(value, form)  # noqa: DTZ007 - only whether it can be read
    except ValueError:
        return False
    return True


def varying_in(sample: Sample, names: dict[str, int], key: str) -> set[str]:
    """The columns that are not the same in all rows of a key."""
    seen: dict[tuple[str, str], str | None] = {}
    found: set[str] = set()
    for row in sample.rows:
        for name, place in names.items():
            if seen.setdefault((name, row[names[key]] or ""), row[place]) != row[place]:
                found.add(name)
    return found


def unit_kind(values: Sequence[str | None], is_unit: Callable[[str], str]) -> str:
    """Whether most different values are codes or names of units of the province; '' when they are neither."""
    texts = {value for value in values[:2000] if value}
    kinds = Counter(is_unit(text) for text in texts)
    kind, count = kinds.most_common(1)[0] if kinds else ("", 0)
    return kind if count * 2 > len(texts) else ""


def set_lines(known: CoreTable, chosen: dict[str, str], units: str, likely: Sequence[tuple[str, str]]) -> list[str]:
    """`set` for what was found, and CONFIRM for what must be set and was not."""
    lines = []
    for column in known.settable:
        field = chosen.get(column)
        if column == "unit_code" and (field or column in known.need):
            value = "province()" if field is None else f"{field}{'_code' if units == 'name' else ''}__unit"
            lines.append(f"          unit_code: {value}  # guess")
        elif field:
            others = [name for one, name in likely if one == column and name not in chosen.values()]
            doubt = f", or is it {', '.join(others[:3])}?" if others else ""
            lines.append(f"          {column}: {field}  # guess{doubt}")
        elif column in known.need:
            lines.append(f"          {column}: CONFIRM  # no column was found")
    return lines


def flow(value: Any) -> str:
    """A value as YAML on one line."""
    text: str = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False)
    return text.strip()

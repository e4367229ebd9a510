"""YAML files that people edit: every value remembers its line, every error names file, line and remedy.

The reading is YAML 1.1 without its traps: `16:30` stays text (not 990), `04` stays text (not octal 4),
only true and false are booleans (`no` stays text), a key written twice is an error. Text is NFC.
"""

from __future__ import annotations

import re
import types
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from ioc.errors import ConfigError

Loc = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

MAX_NODES = 500_000  # a file of aliases of aliases must not fill the memory
_ROOT = Path(__file__).resolve().parents[1]
_QUOTED = re.compile(r"'([^']*)'")


class _Loader(yaml.CSafeLoader):
    """The parser of libyaml (eight times as fast as the one in Python) with the resolvers below."""


_TRAPS = {
    "tag:yaml.org,2002:bool",
    "tag:yaml.org,2002:int",
    "tag:yaml.org,2002:float",
    "tag:yaml.org,2002:timestamp",
}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _TRAPS]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)$"),
    list("-+0123456789"),
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:timestamp", re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), list("0123456789")
)


@dataclass(frozen=True)
class Document:
    """The content of one YAML file: `data` as plain Python, `lines` from place to 1-based line."""

    path: Path
    label: str  # how messages name the file
    data: Any
    lines: dict[Loc, int] = field(repr=False, default_factory=dict)

    def line(self, loc: Sequence[str | int] = ()) -> int | None:
        """The line of a place, or of the nearest place above it that has one."""
        place = tuple(loc)
        while place not in self.lines:
            if not place:
                return None
            place = place[:-1]
        return self.lines[place]

    def error(self, loc: Sequence[str | int], message: str, *, remedy: str = "") -> ConfigError:
        """A ConfigError that names this file and the line of `loc`."""
        return ConfigError(self.label, self.line(loc), message, remedy=remedy)

    def part(self, *loc: str | int) -> Document:
        """The document below a place, keeping its lines: one entry of a list, for example."""
        data = self.data
        for key in loc:
            data = data[key]
        size = len(loc)
        below = {place[size:]: line for place, line in self.lines.items() if place[:size] == loc}
        return Document(self.path, self.label, data, below)


def load_yaml(path: Path, *, label: str | None = None) -> Document:
    """Read one file; raises ConfigError when it is missing, not UTF-8, not YAML, or says a key twice."""
    name = label or _label(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(name, None, "the file does not exist", remedy="check the path") from None
    except UnicodeDecodeError as error:
        raise ConfigError(name, None, f"is not UTF-8 text (byte {error.start})", remedy="save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(name, None, f"cannot be read: {error.strerror}") from None
    return parse_yaml(text, path=path, label=name)


def parse_yaml(text: str, *, path: Path = Path("<text>"), label: str | None = None) -> Document:
    """Read YAML from a string; errors name `label`."""
    name = label or str(path)
    lines: dict[Loc, int] = {}
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        data = None if node is None else _Builder(loader, name, lines).build(node, (), [])
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else None
        problem, remedy = error.problem or error.context, "check indentation and quotes"
        if problem == "found undefined alias":
            problem, remedy = "a name with * stands for something written in another file", "write it out here"
        raise ConfigError(name, line, f"not YAML: {problem}", remedy=remedy) from None
    except yaml.YAMLError as error:
        raise ConfigError(name, None, f"not YAML: {error}") from None
    finally:
        loader.dispose()
    return Document(path, name, data, lines)


def unconfirmed(data: Any, loc: Loc) -> Iterator[Loc]:
    """Places that a draft left open (CONFIRM): the product never runs on them."""
    if isinstance(data, (dict, list)):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from unconfirmed(value, (*loc, key))
    elif data == "CONFIRM":
        yield loc


def check(model: type[BaseModel], doc: Document) -> list[ConfigError]:
    """Every fault of the document against the model, in the order of the lines; empty when it fits.

    A missing key that an unknown one was meant to be is one fault, not two.
    """
    try:
        model.model_validate(_content(doc))
    except ValidationError as error:
        items: list[dict[str, Any]] = [dict(item) for item in error.errors(include_url=False)]
        strange: list[Loc] = [tuple(item["loc"]) for item in items if item["type"] == "extra_forbidden"]
        faults = [_explain(model, doc, item) for item in items if not _was_misspelt(item, strange)]
        return sorted(faults, key=lambda fault: fault.line or 0)
    return []


def validate(model: type[Model], doc: Document) -> Model:
    """The document as a typed model; raises ConfigError for the first fault and counts the others."""
    try:
        return model.model_validate(_content(doc))
    except ValidationError:
        faults = check(model, doc)
        if len(faults) > 1:
            others = ", ".join(str(fault.line) for fault in faults[1:6])
            faults[0].args = (f"{faults[0]} (and {len(faults) - 1} more, line {others})",)
        raise faults[0] from None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean 'province'?`, or the known words when none is near; '' when there are none."""
    names = sorted(set(known))
    near = get_close_matches(str(word), names, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{near[0]}'?"
    return f"known: {', '.join(names[:20])}" if names else ""


def _content(doc: Document) -> Any:
    return {} if doc.data is None else doc.data


def _label(path: Path) -> str:
    full = path.resolve()
    for base in (Path.cwd(), _ROOT):
        if full.is_relative_to(base):
            return str(full.relative_to(base))
    return str(path)


@dataclass
class _Builder:
    """Turns composed nodes into Python values and notes the line of every place."""

    loader: _Loader
    name: str
    lines: dict[Loc, int]

    def build(self, node: yaml.Node, loc: Loc, above: list[yaml.Node]) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(loc, line)
        if len(self.lines) > MAX_NODES or node in above:
            raise ConfigError(self.name, line, "too many values or an alias of itself", remedy="write it out")
        inside = [*above, node]
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, loc, inside)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*loc, i), inside) for i, item in enumerate(node.value)]
        try:
            value = self.loader.construct_object(node, deep=True)
        except ValueError as error:
            raise ConfigError(self.name, line, f"cannot read '{node.value}': {error}") from None
        return unicodedata.normalize("NFC", value) if isinstance(value, str) else value

    def mapping(self, node: yaml.MappingNode, loc: Loc, inside: list[yaml.Node]) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self.build(key_node, (*loc, f"<key {line}>"), inside)
            if not isinstance(key, (str, int)) or isinstance(key, bool):
                key = str(key_node.value)
            if key in result:
                raise ConfigError(self.name, line, f"key '{key}' is written twice", remedy="keep one of them")
            self.lines[(*loc, key)] = line
            result[key] = self.build(value_node, (*loc, key), inside)
        return result


def _was_misspelt(item: dict[str, Any], strange: list[Loc]) -> bool:
    loc: Loc = tuple(item["loc"])
    beside = [str(other[-1]) for other in strange if other[:-1] == loc[:-1]]
    return item["type"] == "missing" and bool(get_close_matches(str(loc[-1]), beside, n=1, cutoff=0.6))


def _explain(model: type[BaseModel], doc: Document, item: dict[str, Any]) -> ConfigError:
    loc: Loc = tuple(item["loc"])
    kind, ctx = item["type"], item.get("ctx") or {}
    place = ".".join(str(part) for part in loc)
    last = str(loc[-1]) if loc else ""
    if kind == "extra_forbidden":
        return doc.error(loc, f"unknown key '{last}'", remedy=did_you_mean(last, _keys_at(model, loc[:-1])))
    if kind == "missing":
        return doc.error(loc[:-1], f"key '{place}' is missing", remedy=f"add '{last}:'")
    if kind in ("literal_error", "enum"):
        words = _QUOTED.findall(str(ctx.get("expected", "")))
        return doc.error(loc, f"{place} cannot be '{item['input']}'", remedy=did_you_mean(str(item["input"]), words))
    if kind == "string_type":
        return doc.error(
            loc,
            f"{place} must be text, not {item['input']!r}",
            remedy=f'write it in quotes: "{item["input"]}"',
        )
    message = str(ctx["error"]) if kind == "value_error" and "error" in ctx else str(item["msg"])
    return doc.error(loc, f"{place}: {message}" if place else message)


def _keys_at(model: type[BaseModel], loc: Loc) -> set[str]:
    """The keys the model knows at a place (union members are pooled, their tags skipped)."""
    here: list[Any] = [model]
    for part in loc:
        below = [kind for holder in here for kind in _step(holder, part)]
        here = below or here  # a union's tag is no place of the document
    return {key for holder in here if _is_model(holder) for key in _names(holder)}


def _names(model: type[BaseModel]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        yield info.alias or name


def _step(holder: Any, part: str | int) -> list[Any]:
    if _is_model(holder):
        for name, info in holder.model_fields.items():
            if part in (name, info.alias):
                return list(_unwrap(info.annotation))
        return []
    args = get_args(holder)
    if get_origin(holder) in (dict, list, tuple, set, frozenset) and args:
        return list(_unwrap(args[-1] if args[-1] is not Ellipsis else args[0]))
    return []


def _unwrap(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        yield from _unwrap(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, types.UnionType):
        for member in get_args(annotation):
            yield from _unwrap(member)
    else:
        yield annotation


def _is_model(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, BaseModel)

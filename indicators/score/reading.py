"""Read scorecard files; an error names file, line and the word that was probably meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from indicators.score import form, forms, forms_linear, recipe, scorecard
from indicators.score.exact import Exact, add, compare
from indicators.score.scorecard import Group, Scorecard, declared_maximum
from ioc.errors import ConfigError

PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
HEADER = re.compile(r"^(id|edition):\s*[\"']?([^\"'\s]+)", re.MULTILINE)
SHIPPED = Path(__file__).resolve().parent.parent / "scorecards"


def load_scorecard(path: Path | str) -> Scorecard:
    """Read and check one edition. Raises ConfigError with file, line and remedy."""
    return parse_scorecard(read_text(Path(path)), path)


def read_text(path: Path) -> str:
    """The text of a scorecard file. Raises ConfigError when there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(path, None, "no such scorecard file", remedy="check the path") from None
    except UnicodeDecodeError:
        raise ConfigError(path, None, "the file is not UTF-8", remedy="save it as UTF-8") from None


def parse_scorecard(text: str, path: Path | str) -> Scorecard:
    """Check the text of one edition; errors name `path`. Raises ConfigError with file, line and remedy."""
    path = Path(path)
    try:
        root = yaml.compose(text, Loader=PARSER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise ConfigError(path, line, f"not readable as YAML: {error.problem}") from None
    if not isinstance(root, yaml.MappingNode):
        raise ConfigError(path, 1, "a scorecard is a mapping", remedy="start with `id:`")
    loader = yaml.SafeLoader("")
    data = build(loader, root, path)
    try:
        card = Scorecard.model_validate(join_params(data))
    except ValidationError as error:
        raise explain(path, root, error) from None
    check_points(path, root, card)
    return card


def build(loader: yaml.SafeLoader, node: yaml.Node, path: Path) -> Any:
    """YAML node -> Python, refusing a key written twice (YAML itself keeps the last, silently)."""
    if isinstance(node, yaml.MappingNode):
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node)
            if key in result:
                raise ConfigError(path, key_node.start_mark.line + 1, f"key {key!r} is written twice")
            result[key] = build(loader, value_node, path)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [build(loader, child, path) for child in node.value]
    return loader.construct_object(node)


def join_params(value: Any) -> Any:
    """`form: ratio` + `params: {...}` is the written shape; the model keeps both in `form`."""
    if isinstance(value, list):
        return [join_params(item) for item in value]
    if not isinstance(value, dict):
        return value
    value = {key: join_params(item) for key, item in value.items()}
    if isinstance(value.get("form"), str):
        params = value.pop("params", {}) or {}
        value["form"] = {"kind": value["form"], **params}
    return value


def explain(path: Path, root: yaml.Node, error: ValidationError) -> ConfigError:
    """The first problem, with the line it stands on; the count of the others."""
    problems = [p for p in error.errors() if p["type"] != "too_short"] or error.errors()
    # a misspelt key shows up twice, as unknown and as missing: the unknown one is the cause
    first = next((p for p in problems if p["type"] == "extra_forbidden"), problems[0])
    line, key = find_line(root, first["loc"])
    message = str(first["msg"]).removeprefix("Value error, ")
    remedy = ""
    if first["type"] == "extra_forbidden":
        message = f"unknown key {key!r}"
        close = difflib.get_close_matches(str(key), known_keys(), n=1)
        remedy = f"did you mean {close[0]!r}?" if close else "remove it"
    elif first["type"] == "missing":
        message = f"key {key!r} is missing"
    elif first["type"] == "union_tag_invalid":
        kinds = first.get("ctx", {}).get("expected_tags", "").replace("'", "").split(", ")
        found = str(first.get("ctx", {}).get("tag", ""))
        close = difflib.get_close_matches(found, kinds, n=1)
        message = f"unknown form {found!r}"
        remedy = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(kinds)}"
    else:
        message = f"{key}: {message}"
    if len(problems) > 1:
        message += f" (and {len(problems) - 1} more)"
    return ConfigError(path, line, message, remedy=remedy)


def known_keys() -> list[str]:
    keys: set[str] = {"params"}
    for module in (forms, forms_linear, scorecard, recipe):
        for item in vars(module).values():
            if isinstance(item, type) and issubclass(item, form.Strict):
                keys |= set(item.model_fields)
    return sorted(keys)


def find_line(root: yaml.Node, loc: Iterable[int | str]) -> tuple[int, str]:
    """Follow a pydantic location through the YAML tree; tags of unions are no keys and are stepped over."""
    node, line, key = root, root.start_mark.line + 1, ""
    for part in loc:
        key = str(part)
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            entries = {k.value: (k, v) for k, v in node.value}
            if part in entries:
                key_node, node = entries[part]
                line = key_node.start_mark.line + 1
                if part == "form" and "params" in entries:
                    node = entries["params"][1]
    return line, key


def check_points(path: Path, root: yaml.Node, card: Scorecard) -> None:
    """A group that declares its points must be the sum of its children (unless they are capped or not
    scored)."""
    for node, _ in card.walk():
        if not isinstance(node, Group) or node.points is None:
            continue
        total = declared_maximum(node)
        for leaf in unscored_points(node):
            total = add(total, leaf)
        if compare(total, node.points) != 0 and not any(c in card.to_be_loaded() for c in leaf_ids(node)):
            raise ConfigError(
                path,
                line_of_id(root, node.id),
                f"group {node.id!r} declares {node.points.fraction()} points, its children give {total.fraction()}",
                remedy="correct the points of the group or of its criteria",
            )


def unscored_points(group: Group) -> list[Exact]:
    found = []
    for child in group.children:
        if isinstance(child, scorecard.NotScored) and child.points is not None:
            found.append(child.points)
        elif isinstance(child, Group):
            found += unscored_points(child)
    return found


def leaf_ids(group: Group) -> list[str]:
    ids: list[str] = []
    for child in group.children:
        ids += leaf_ids(child) if isinstance(child, Group) else [child.id]
    return ids


def line_of_id(node: yaml.Node, wanted: str) -> int | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "id" and value.value == wanted:
                return int(key.start_mark.line) + 1
            found = line_of_id(value, wanted)
            if found:
                return found
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            found = line_of_id(child, wanted)
            if found:
                return found
    return None


def find_scorecard(name: str, folders: Iterable[Path] = ()) -> Path:
    """A shipped or overlaid edition by file name, `id@edition`, or `id` (its newest edition); overlays
    come first.

    Raises ConfigError naming the nearest known id.
    """
    known: dict[str, Path] = {}
    for folder in [*folders, SHIPPED]:
        for path in sorted(folder.glob("*.yaml")):
            known.setdefault(path.stem, path)
    if name in known:
        return known[name]
    editions: dict[str, Path] = {}
    newest: dict[str, str] = {}
    for path in known.values():
        header = dict(HEADER.findall(path.read_text(encoding="utf-8")))
        identity, edition = header.get("id", path.stem), header.get("edition", "")
        editions.setdefault(f"{identity}@{edition}", path)
        if identity not in newest or newest[identity] < edition:
            newest[identity] = edition
            editions[identity] = path
    if name in editions:
        return editions[name]
    close = difflib.get_close_matches(name, [*editions, *known], n=1)
    remedy = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(known))}"
    raise ConfigError("scorecards", None, f"no scorecard {name!r}", remedy=remedy)

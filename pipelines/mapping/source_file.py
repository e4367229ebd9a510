"""Mapped sources: YAML of the province (`home/sources/*.yaml`, or `mapping:` in config.yaml), checked and completed.

Every fault is a ConfigError with file, line and remedy: unknown keys, fields, functions, core tables and columns, words
a core column does not take, a needed column that is not set, foreign units where only the register's count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ioc.errors import IocError
from ioc.settings import Settings, SourceSettings, refuse_secrets
from ioc.yamlfile import Document, did_you_mean, load_yaml, unconfirmed, validate
from pipelines.mapping.expression import Compiler, constants_of
from pipelines.mapping.requests import check_request
from pipelines.mapping.targets import CoreTable, core_table
from pipelines.spec import ColumnSpec, DatasetSpec, RowRule, Shape, SourceSpec, Target, in_order, load_sources

VARIES = RowRule(
    id="same_in_group",
    field="varies",
    test="varies IS NULL",
    vi="Các dòng của cùng một hồ sơ ghi khác nhau",
    en="the rows of one group differ in a column that should be the same",
)


@dataclass(frozen=True)
class SetAside:
    """A file of `home/sources` that cannot be used: its source is off until it is mended, the others go on."""

    source: str  # the id it gives itself, else the name of the file
    error: IocError


def load_all_sources(settings: Settings) -> dict[str, SourceSpec]:
    """Shipped and mapped sources, what is needed first. A mapped source replaces a shipped one of the same id.

    Any fault is an error; who goes on with the sound ones asks `load_sound_sources`.
    """
    mapped = {spec.id: spec for spec in mapped_sources(settings)}
    return in_order({**load_sources(), **mapped}) if mapped else load_sources()


def load_sound_sources(settings: Settings) -> tuple[dict[str, SourceSpec], list[SetAside]]:
    """The sources that can be used, and the files of `home/sources` that cannot: a draft stops no other source.

    A shipped source that such a file replaces is off too: its data must not come another way for a slip of the pen.
    """
    aside: list[SetAside] = []
    mapped = {spec.id: spec for spec in mapped_sources(settings, aside)}
    off = {one.source for one in aside}
    if not mapped and not off:
        return load_sources(), []
    return in_order({k: v for k, v in {**load_sources(), **mapped}.items() if k not in off}), aside


def without(settings: Settings, aside: Sequence[SetAside]) -> Settings:
    """Settings that do not name the sources set aside."""
    off = {one.source for one in aside}
    kept = {name: entry for name, entry in settings.sources.items() if name not in off}
    return settings.model_copy(update={"sources": kept}) if len(kept) < len(settings.sources) else settings


def with_mapped(settings: Settings, specs: Mapping[str, SourceSpec]) -> Settings:
    """Settings in which a mapped source that config.yaml does not mention is reached as its own file says."""
    own = {
        name: SourceSettings(**spec.reach)
        for name, spec in specs.items()
        if spec.is_mapped and spec.reach and name not in settings.sources
    }
    return settings.model_copy(update={"sources": {**settings.sources, **own}}) if own else settings


def mapped_sources(settings: Settings, aside: list[SetAside] | None = None) -> Iterator[SourceSpec]:
    """The mapped sources of a home, from its folder `sources` and from config.yaml.

    `aside` takes the faults of the folder's files; without it the first fault ends the reading.
    """
    for path in sorted((Path(settings.home) / "sources").glob("*.yaml")):
        name = path.stem
        try:
            document = load_yaml(path)
            name = str(document.data.get("id") or name) if isinstance(document.data, dict) else name
            spec = read_mapping(document)
        except IocError as error:
            if aside is None:
                raise
            aside.append(SetAside(name, error))
        else:
            yield spec
    if settings.config_path is None:
        return
    for name, entry in settings.sources.items():
        given = entry.connection.get("mapping")
        if isinstance(given, str):
            document = load_yaml(Path(settings.config_path).parent / given)
        elif isinstance(given, dict):
            document = load_yaml(settings.config_path).part("sources", name, "mapping")
        else:
            continue
        spec = read_mapping(document)
        if spec.id != name:
            raise document.error(("id",), f"id '{spec.id}' differs from sources.{name} of config.yaml")
        yield spec


def read_mapping(document: Document) -> SourceSpec:
    """One mapped source, checked and complete."""
    refuse_secrets(document)
    open_places = list(unconfirmed(document.data, ()))
    if open_places:
        lines = sorted({line for loc in open_places if (line := document.line(loc)) is not None})
        also = f" (so are lines {', '.join(map(str, lines[1:]))})" if len(lines) > 1 else ""
        raise document.error(
            open_places[0], f"this is still to be filled in{also}", remedy="replace CONFIRM by what is right"
        )
    spec = validate(SourceSpec, document)
    if spec.reach:
        validate(SourceSettings, document.part("reach"))
    return spec.model_copy(
        update={
            "datasets": {name: complete(document, name, dataset, spec.kind) for name, dataset in spec.datasets.items()},
            "folder": document.path.parent,
            "file": document.path,
        }
    )


def complete(document: Document, name: str, dataset: DatasetSpec, kind: str) -> DatasetSpec:
    """A dataset with its tests compiled, its targets filled in, and everything in it checked."""
    place = ("datasets", name)
    check_request(document, place, kind, dataset.request)
    check_shape(document, place, dataset)
    columns = {column: with_values(spec) for column, spec in dataset.columns.items()}
    rules = [*dataset.rules]
    if dataset.shape is not None and dataset.shape.group is not None:
        columns["varies"] = ColumnSpec()
    done = dataset.model_copy(update={"columns": columns})
    compiled = {
        which: tuple(
            rule.model_copy(update={"test": compiled_at(document, (*place, which, i, "test"), rule.test, done.fields)})
            for i, rule in enumerate(found)
        )
        for which, found in (("rules", rules), ("flags", dataset.flags))
    }
    if "varies" in columns:
        compiled["rules"] = (VARIES, *compiled["rules"])
    into = {}
    for table, target in dataset.into.items():
        known = table_at(document, (*place, "into", table), table)
        check_target(document, (*place, "into", table), done, known, target)
        into[known.table] = Target(key=known.key, order_by=known.order_by, span=known.span, set=target.set)
    by_content = dataset.by_content or kind in ("files", "download", "ckan")
    return done.model_copy(update={**compiled, "into": into, "by_content": by_content})


def with_values(column: ColumnSpec) -> ColumnSpec:
    """A translated column takes the words of its translation only."""
    if not column.codes or column.values:
        return column
    words = dict.fromkeys(column.codes.values())
    extra = {column.otherwise: None} if column.otherwise is not None else {}
    return column.model_copy(update={"values": tuple(words | extra)})


def table_at(document: Document, place: tuple[str | int, ...], name: str) -> CoreTable:
    try:
        return core_table(name)
    except IocError as error:
        raise document.error(place, error.message, remedy=error.remedy) from None


def compiled_at(document: Document, place: tuple[str | int, ...], text: str, fields: set[str]) -> str:
    """SQL of an expression; its fault at its line."""
    try:
        return Compiler(text, fields).compile()
    except IocError as error:
        raise document.error(place, error.message, remedy=error.remedy) from None


def check_shape(document: Document, place: tuple[str | int, ...], dataset: DatasetSpec) -> None:
    """Patterns that can be read, names that are there, expressions over the right fields."""
    shape = dataset.shape or Shape()
    at = (*place, "shape")
    if shape.unpivot is not None and not re.compile(shape.unpivot.columns).groupindex:
        raise document.error(
            (*at, "unpivot", "columns"), "the pattern has no named group", remedy="write '(?P<year>[0-9]{4}) .+'"
        )
    fields = set(dataset.delivered)
    for name, text in shape.add.items():
        compiled_at(document, (*at, "add", name), text, fields)
        fields.add(name)
    if shape.where:
        compiled_at(document, (*at, "where"), shape.where, fields)
    if shape.unpivot is not None:
        fields |= {*re.compile(shape.unpivot.columns).groupindex, shape.unpivot.value}
    group = shape.group
    for where, names, known in (
        ("fill_down", shape.fill_down, fields),
        ("group", group.by if group else (), set(dataset.columns)),
        ("group", group.order_by if group else (), fields),
        ("number_within", shape.number_within, set(dataset.columns)),
        ("number_by", shape.number_by, set(dataset.columns)),
    ):
        for name in names:
            if name not in known:
                raise document.error((*at, where), f"unknown field '{name}'", remedy=did_you_mean(name, known))
    for name, column in dataset.columns.items():
        if (column.take != "same" or column.when) and group is None:
            raise document.error((*place, "columns", name), "'take' and 'when' need shape.group")
        if column.when:
            compiled_at(document, (*place, "columns", name, "when"), column.when, fields)
        if column.extract:
            try:
                re.compile(column.extract)
            except re.error as error:
                raise document.error((*place, "columns", name, "extract"), f"no pattern: {error}") from None


def check_target(
    document: Document, place: tuple[str | int, ...], dataset: DatasetSpec, known: CoreTable, target: Target
) -> None:
    """What is set exists, what must be set is, and words are those the core column takes."""
    if not target.set:
        raise document.error(place, f"'set' is missing: what does each column of {known.name} become?")
    for name, given in target.set.items():
        at = (*place, "set", name)
        if name not in known.settable:
            raise document.error(
                at, f"{known.name} has no column '{name}' to set", remedy=did_you_mean(name, known.settable)
            )
        compiler = Compiler(str(given), dataset.fields)
        try:
            compiler.compile()
        except IocError as error:
            raise document.error(at, error.message, remedy=error.remedy) from None
        if compiler.schemes and not known.foreign:
            raise document.error(
                at,
                f"units of another register cannot count in {known.name}",
                remedy="set a unit of the province, or province()",
            )
        check_words(document, at, dataset, known.words.get(name, ()), str(given))
    absent = [name for name in known.need if name not in target.set]
    if absent:
        raise document.error((*place, "set"), f"{known.name} needs {', '.join(absent)}", remedy="set them")


def check_words(
    document: Document, place: tuple[str | int, ...], dataset: DatasetSpec, words: tuple[str, ...], given: str
) -> None:
    """A column of closed words takes constants, or a field whose values are known, and only its own words."""
    if not words:
        return
    column = dataset.columns.get(given.strip())
    said: Any = {str(value) for value in column.values} if column is not None else constants_of(given)
    if column is not None and not column.values:
        raise document.error(
            place,
            f"the values of '{given}' are not known",
            remedy=f"give the column codes: {{theirs: ours}} with {', '.join(words)}",
        )
    for value in sorted(said or ()):
        if value not in words:
            raise document.error(place, f"'{value}' is not taken here", remedy=did_you_mean(value, words))


__all__ = [
    "SetAside",
    "load_all_sources",
    "load_sound_sources",
    "read_mapping",
    "with_mapped",
    "without",
]

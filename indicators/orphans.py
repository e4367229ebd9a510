"""What stands in the files and leads nowhere: columns nobody reads, targets of nothing, sources that feed nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from indicators.measure.plan import compile_indicator
from ioc.catalogue import Catalogue, ShippedCatalogue, Target
from ioc.catalogue.entry import suggest
from ioc.errors import ConfigError

_CODE = re.compile(r"\d{2}|\d{5}|[A-Z]\d{2}(\.[A-Z0-9]+)*|src\..+")  # 51, 21289, H48.01, src.one_stop
LEVELS = ("province", "commune", "department", "source", "dataset")


@dataclass(frozen=True)
class Supply:
    """One dataset of a source: the core tables it fills, and what it is read for where no number is made of it."""

    tables: frozenset[str]
    use: str
    is_mapped: bool
    error: Callable[..., ConfigError]  # message, remedy= -> the fault at its line


def orphans(loaded: ShippedCatalogue, supplies: Mapping[str, Supply]) -> Iterator[ConfigError]:
    """Every orphan with file, line and remedy. `supplies`: '<source>/<dataset>' -> what it fills."""
    yield from _columns(loaded)
    yield from _targets(loaded)
    yield from _sources(loaded, supplies)


def columns_read(catalogue: Catalogue) -> dict[str, set[str]]:
    """Dataset -> the columns that expressions and slices of its definitions read, replaced ones included."""
    used: dict[str, set[str]] = {name: set() for name in catalogue.datasets}
    for entry in (*catalogue.indicators.values(), *catalogue.earlier):
        used[entry.dataset] |= set(entry.slices)
        if entry.is_measured:
            used[entry.dataset] |= compile_indicator(catalogue, entry).columns()
    return used


def _columns(loaded: ShippedCatalogue) -> Iterator[ConfigError]:
    catalogue = loaded.catalogue
    measured = {entry.dataset for entry in catalogue.indicators.values()}
    for name, read in columns_read(catalogue).items():
        dataset, origin = catalogue.datasets[name], loaded.origins[f"dataset {name}"]
        if name not in measured:
            yield origin.error("table", f"no indicator is measured from dataset {name!r}", remedy="take it out")
            continue
        for column, entry in dataset.columns.items():
            is_read = column in read or column in dataset.structural() or entry.in_records
            message, remedy = "", ""
            if not is_read and entry.kept is None:
                message = f"no expression and no record list reads column {column!r} of dataset {name!r}"
                remedy = "take it out, show it (in_records: true), or say who reads it (kept: ...)"
            elif is_read and entry.kept is not None:
                message = f"column {column!r} of dataset {name!r} says why it is kept and is read anyway"
                remedy = "take 'kept' out"
            if message:
                yield origin.document.error(("columns", column), message, remedy=remedy)


def _targets(loaded: ShippedCatalogue) -> Iterator[ConfigError]:
    catalogue = loaded.catalogue
    for target in catalogue.targets:
        origin = loaded.origins[target_place(target)]
        entry = catalogue.indicator(target.indicator)
        if target.unit != "*" and target.unit not in entry.levels and not _CODE.fullmatch(target.unit):
            known = (*entry.levels, "*")
            message = f"{target.indicator} is not measured for unit {target.unit!r}{suggest(target.unit, known)}"
            yield origin.error("unit", message, remedy=f"use {', '.join(known)} or the code of a unit")
        if target.valid_to is not None and target.valid_to < target.valid_from:
            yield origin.error("valid_to", f"ends on {target.valid_to}, before it begins", remedy="exchange the days")
        if entry.direction == "none":
            yield origin.error("indicator", f"{entry.id} has no direction, so its target judges nothing")


def _sources(loaded: ShippedCatalogue, supplies: Mapping[str, Supply]) -> Iterator[ConfigError]:
    catalogue = loaded.catalogue
    sources = {name.partition("/")[0] for name in supplies}
    fed: set[str] = set()
    for name, dataset in catalogue.datasets.items():
        for source in dataset.sources:
            if source not in supplies and source not in sources:
                message = f"no source {source!r} fills dataset {name!r}{suggest(source, supplies)}"
                yield loaded.origins[f"dataset {name}"].error("sources", message, remedy="`ioc sources` lists them")
            fed |= {one for one in supplies if source in (one, one.partition("/")[0])}
    tables = {dataset.table for dataset in catalogue.datasets.values()}
    for name, supply in supplies.items():
        if name in fed or supply.use or (supply.is_mapped and supply.tables & tables):
            continue
        message = f"no dataset of the catalogue takes what {name!r} delivers"
        yield supply.error(message, remedy="name it under sources: of a dataset, or say what it is read for (use: ...)")


def target_place(target: Target) -> str:
    """The key of a target among the origins of a loaded catalogue."""
    return f"target {target.indicator} {target.unit} {target.valid_from}"

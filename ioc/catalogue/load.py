"""Reads the catalogue files: shipped ones, overlaid by those of the home, every fault with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from pydantic import Field

from ioc.catalogue.model import Catalogue, Dataset, Entry, Indicator, Owner, Target, suggest
from ioc.errors import ConfigError
from ioc.yamlfile import Document, load_yaml, unconfirmed, validate


class _IndicatorFile(Entry):
    """One indicators/catalogue/*.yaml: definitions; `owners` holds the anchors that they point to."""

    owners: dict[str, Owner] = Field(default_factory=dict)
    indicators: list[Indicator] = Field(default_factory=list)
    datasets: dict[str, Dataset] = Field(default_factory=dict)


class _TargetFile(Entry):
    """One indicators/targets/*.yaml."""

    targets: list[Target] = Field(default_factory=list)


@dataclass(frozen=True)
class Origin:
    """Where an entry stands, so that a later check can name file and line."""

    document: Document

    def error(self, field_name: str, message: str, *, remedy: str = "") -> ConfigError:
        """A ConfigError at that field of the entry."""
        return self.document.error((field_name,), message, remedy=remedy)


@dataclass(frozen=True)
class ShippedCatalogue:
    """A catalogue with the place of every indicator, dataset and target."""

    catalogue: Catalogue
    origins: dict[str, Origin] = field(repr=False)


def load_catalogue(shipped: Path, overlay: Path | None = None) -> Catalogue:
    """The catalogue of a folder (`*.yaml`, targets in `../targets/*.yaml` or `targets/*.yaml`).

    `overlay` (home/catalogue) may add entries or replace a shipped indicator by the same or a higher version;
    a lower version loses, so an upgrade is never masked. A definition whose successor says what changed (`change`)
    stays as an earlier one until the day before; without `change` the successor is a correction for all time.
    Raises ConfigError with file, line and a suggestion.
    """
    return load_with_origins(shipped, overlay).catalogue


def load_with_origins(shipped: Path, overlay: Path | None = None) -> ShippedCatalogue:
    """As `load_catalogue`, with the place of each entry kept for checks of expressions."""
    if not shipped.is_dir():
        raise ConfigError(shipped, None, "the catalogue folder does not exist", remedy="name the folder of *.yaml")
    found: dict[tuple[str, int], Indicator] = {}
    datasets: dict[str, Dataset] = {}
    targets: dict[tuple[str, str, object], Target] = {}
    origins: dict[str, Origin] = {}
    for folder in [shipped, *([overlay] if overlay is not None and overlay.is_dir() else [])]:
        own: set[tuple[str, int]] = set()
        for document in _documents(folder):
            for loc in unconfirmed(document.data, ()):
                raise document.error(loc, "this is still to be filled in", remedy="replace CONFIRM by what is right")
            content = validate(_IndicatorFile, document)
            for name, dataset in content.datasets.items():
                datasets[name] = dataset
                origins[f"dataset {name}"] = Origin(document.part("datasets", name))
            for place, entry in enumerate(content.indicators):
                key = (entry.id, entry.version)
                if key in own:
                    raise document.error(("indicators", place, "id"), f"indicator {entry.id!r} is defined twice")
                own.add(key)
                found[key] = entry
                origins[_place(key)] = Origin(document.part("indicators", place))
        known = {indicator for indicator, _ in found}
        for document in _documents(_targets_folder(folder)):
            for place, target in enumerate(validate(_TargetFile, document).targets):
                if target.indicator not in known:
                    message = f"no indicator {target.indicator!r}{suggest(target.indicator, known)}"
                    raise document.error(("targets", place, "indicator"), message)
                targets[(target.indicator, target.unit, target.valid_from)] = target
                place_of = f"target {target.indicator} {target.unit} {target.valid_from}"
                origins[place_of] = Origin(document.part("targets", place))
    indicators, earlier = _in_force(found, origins)
    for entry in (*indicators.values(), *earlier):
        if entry.dataset not in datasets:
            origin = origins[_place((entry.id, entry.version))]
            raise origin.error("dataset", f"no dataset {entry.dataset!r}{suggest(entry.dataset, datasets)}")
    origins |= {entry.id: origins[_place((entry.id, entry.version))] for entry in indicators.values()}
    catalogue = Catalogue(
        datasets=datasets, indicators=indicators, targets=tuple(targets.values()), earlier=tuple(earlier)
    )
    return ShippedCatalogue(catalogue, origins)


def _in_force(
    found: dict[tuple[str, int], Indicator], origins: dict[str, Origin]
) -> tuple[dict[str, Indicator], list[Indicator]]:
    """The newest definition of each indicator, and the replaced ones: those that say when they ended."""
    newest: dict[str, Indicator] = {}
    earlier: list[Indicator] = []
    for key in sorted(found, key=lambda one: (one[0], -one[1])):
        entry, origin = found[key], origins[_place(key)]
        after = next((one for one in reversed(earlier) if one.id == entry.id), newest.get(entry.id))
        if after is None:
            newest[entry.id] = entry
        elif entry.valid_to is None and after.change is None:
            continue  # a correction, or an old file of the home: the newer one counts for all time
        elif entry.valid_to is None:  # the newer one says what changed: it ends this one the day before
            if entry.valid_from >= after.valid_from:
                message = f"version {after.version} begins on {after.valid_from}, version {entry.version} not before"
                raise origins[_place((after.id, after.version))].error("valid_from", message)
            earlier.append(entry.model_copy(update={"valid_to": after.valid_from - timedelta(days=1)}))
        elif entry.valid_to >= after.valid_from:
            message = f"version {entry.version} ends on {entry.valid_to}, version {after.version} begins before"
            raise origin.error("valid_to", message, remedy=f"end it before {after.valid_from}")
        elif after.change is None:
            message = f"version {after.version} of {entry.id!r} replaces another and does not say what changed"
            raise origins[_place((after.id, after.version))].error("version", message, remedy="add change: {vi:, en:}")
        else:
            earlier.append(entry)
    order = {entry_id: place for place, (entry_id, _) in enumerate(found)}
    kept = {key: newest[key] for key in sorted(newest, key=lambda one: order[one])}
    return kept, sorted(earlier, key=lambda one: (one.id, one.version))


def _place(key: tuple[str, int]) -> str:
    return f"{key[0]} {key[1]}"


def _documents(folder: Path) -> Iterator[Document]:
    for path in sorted(folder.glob("*.yaml")):
        yield load_yaml(path)


def _targets_folder(folder: Path) -> Path:
    beside = folder / "targets"
    return beside if beside.is_dir() else folder.parent / "targets"

"""Reads the catalogue files: shipped ones, overlaid by those of the home, every fault with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field

from ioc.catalogue.model import Catalogue, Dataset, Entry, Indicator, Owner, Target, suggest
from ioc.errors import ConfigError
from ioc.yamlfile import Document, load_yaml, validate


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
    """A catalogue with the place of every indicator and dataset."""

    catalogue: Catalogue
    origins: dict[str, Origin] = field(repr=False)


def load_catalogue(shipped: Path, overlay: Path | None = None) -> Catalogue:
    """The catalogue of a folder (`*.yaml`, targets in `../targets/*.yaml` or `targets/*.yaml`).

    `overlay` (home/catalogue) may add entries or replace a shipped indicator by the same or a higher version;
    a lower version loses, so an upgrade is never masked. Raises ConfigError with file, line and a suggestion.
    """
    return load_with_origins(shipped, overlay).catalogue


def load_with_origins(shipped: Path, overlay: Path | None = None) -> ShippedCatalogue:
    """As `load_catalogue`, with the place of each entry kept for checks of expressions."""
    if not shipped.is_dir():
        raise ConfigError(shipped, None, "the catalogue folder does not exist", remedy="name the folder of *.yaml")
    indicators: dict[str, Indicator] = {}
    datasets: dict[str, Dataset] = {}
    targets: dict[tuple[str, str, object], Target] = {}
    origins: dict[str, Origin] = {}
    for folder in [shipped, *([overlay] if overlay is not None and overlay.is_dir() else [])]:
        own: set[str] = set()
        for document in _documents(folder):
            content = validate(_IndicatorFile, document)
            for name, dataset in content.datasets.items():
                datasets[name] = dataset
                origins[f"dataset {name}"] = Origin(document.part("datasets", name))
            for place, entry in enumerate(content.indicators):
                if entry.id in own:
                    raise document.error(("indicators", place, "id"), f"indicator {entry.id!r} is defined twice")
                own.add(entry.id)
                if entry.id in indicators and indicators[entry.id].version > entry.version:
                    continue
                indicators[entry.id] = entry
                origins[entry.id] = Origin(document.part("indicators", place))
        for document in _documents(_targets_folder(folder)):
            for place, target in enumerate(validate(_TargetFile, document).targets):
                if target.indicator not in indicators:
                    message = f"no indicator {target.indicator!r}{suggest(target.indicator, indicators)}"
                    raise document.error(("targets", place, "indicator"), message)
                targets[(target.indicator, target.unit, target.valid_from)] = target
    for entry in indicators.values():
        if entry.dataset not in datasets:
            raise origins[entry.id].error("dataset", f"no dataset {entry.dataset!r}{suggest(entry.dataset, datasets)}")
    catalogue = Catalogue(datasets=datasets, indicators=indicators, targets=tuple(targets.values()))
    return ShippedCatalogue(catalogue, origins)


def _documents(folder: Path) -> Iterator[Document]:
    for path in sorted(folder.glob("*.yaml")):
        yield load_yaml(path)


def _targets_folder(folder: Path) -> Path:
    beside = folder / "targets"
    return beside if beside.is_dir() else folder.parent / "targets"

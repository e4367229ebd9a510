"""Which mapped sources fill which core table, so that the catalogue counts their age and completeness too."""

from __future__ import annotations

from collections.abc import Mapping

from ioc.catalogue import Catalogue
from ioc.settings import Settings
from pipelines.spec import SourceSpec


def with_feeds(catalogue: Catalogue, specs: Mapping[str, SourceSpec], settings: Settings) -> Catalogue:
    """The catalogue in which every dataset names the mapped sources that are switched on and feed its table."""
    feeds: dict[str, list[str]] = {}
    for spec in specs.values():
        entry = settings.sources.get(spec.id)
        if not spec.is_mapped or entry is None or not entry.enabled:
            continue
        for name, dataset in spec.datasets.items():
            for table in dataset.into:
                feeds.setdefault(table, []).append(f"{spec.id}/{name}")
    if not feeds:
        return catalogue
    datasets = {
        name: dataset.model_copy(
            update={"sources": tuple(dict.fromkeys([*dataset.sources, *feeds.get(dataset.table, [])]))}
        )
        for name, dataset in catalogue.datasets.items()
    }
    return catalogue.model_copy(update={"datasets": datasets})

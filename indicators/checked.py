"""The catalogue as a whole: expressions that fit their tables, nothing orphaned, everything owned and exampled."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from indicators.expression import ExpressionError
from indicators.measure.plan import compile_indicator
from ioc.catalogue import Catalogue, ShippedCatalogue
from ioc.catalogue.load import load_with_origins
from ioc.errors import ConfigError

SHIPPED = Path(__file__).resolve().parent / "catalogue"
LOG = logging.getLogger(__name__)
_FIELDS = ("where", "numerator", "denominator", "enters_on", "leaves_on", "period_by")


def load_checked(shipped: Path = SHIPPED, overlay: Path | None = None) -> Catalogue:
    """The catalogue with every expression read and typed; ConfigError with file, line and remedy.

    Read once for each state of its files: the ingest process asks before every measurement.
    """
    folders = [shipped, shipped.parent / "targets", *([overlay] if overlay else [])]
    return _read(shipped, overlay, tuple(_look(path) for folder in folders for path in sorted(folder.rglob("*.yaml"))))


class CatalogueKeeper:
    """The catalogue of a process that lives long: an edit counts when it holds, else the last good one stays.

    Each fault is logged once. What was wrong from the beginning is raised.
    """

    def __init__(self) -> None:
        self._kept: dict[Path | None, Catalogue] = {}
        self._told = ""

    def load(self, overlay: Path | None, *, home: Path) -> Catalogue:
        """As `load_checked`; `home` tells the homes of a process apart."""
        try:
            self._kept[home] = load_checked(overlay=overlay)
            self._told = ""
        except ConfigError as error:
            if home not in self._kept:
                raise
            if str(error) != self._told:
                LOG.error("the catalogue stays as it was: %s", error)
            self._told = str(error)
        return self._kept[home]


def _look(path: Path) -> tuple[str, int, int]:
    state = path.stat()
    return str(path), state.st_mtime_ns, state.st_size


@lru_cache(maxsize=2)
def _read(shipped: Path, overlay: Path | None, _state: tuple[tuple[str, int, int], ...]) -> Catalogue:
    loaded = load_with_origins(shipped, overlay)
    for fault in faults(loaded):
        raise fault
    return loaded.catalogue


def faults(loaded: ShippedCatalogue) -> Iterator[ConfigError]:
    """Everything that would make a measurement wrong or impossible, each at its file and line."""
    for entry in (*loaded.catalogue.indicators.values(), *loaded.catalogue.earlier):
        origin = loaded.origins[f"{entry.id} {entry.version}"]
        dataset = loaded.catalogue.datasets[entry.dataset]
        for dim in entry.slices:
            if dim not in dataset.columns:
                yield origin.error("slices", f"dataset {entry.dataset!r} has no column {dim!r}")
        if not entry.is_measured:
            continue
        try:
            item = compile_indicator(loaded.catalogue, entry)
        except ExpressionError as error:
            yield origin.error(_field_of(entry, error), error.message, remedy=error.remedy)
            continue
        if item.enters is not None and item.leaves is not None and item.enters.type != item.leaves.type:
            message = f"leaves_on is a {item.leaves.type}, enters_on a {item.enters.type}"
            yield origin.error("leaves_on", message, remedy="use two dates or two timestamps")


def notes(catalogue: Catalogue) -> Iterator[str]:
    """What a careful owner would mend although nothing is wrong: bands that nothing is judged by."""
    for entry in catalogue.indicators.values():
        aimed = any(target.indicator == entry.id for target in catalogue.targets)
        if entry.direction in ("up", "down") and entry.bands is not None and not aimed:
            yield f"{entry.id}: has bands but no target"


def _field_of(entry: object, error: ExpressionError) -> str:
    """The field whose text the message quotes."""
    for name in _FIELDS:
        text = getattr(entry, name)
        if text is not None and repr(text) in error.message:
            return name
    return "id"

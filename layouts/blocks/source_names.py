"""What sources and datasets are called."""

from __future__ import annotations

from layouts.blocks.sources_meter import covenant_name
from layouts.view import View


def source_name(view: View, source: str) -> str:
    """The name of a source system in the viewer's language."""
    return covenant_name(view, source)


def dataset_name(view: View, dataset: str) -> str:
    """A dataset in words; its key where the words files do not know it."""
    key = f"desk.dataset.{dataset}"
    return view.word(key) if key in view.words else dataset

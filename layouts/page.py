"""A page is a plain value: a path, a title and a list of blocks. Nothing here knows what a block shows.

A block has slots (component property pairs that a render fills), a frame (its nodes, made once and kept) and a
`draw` (a pure function of the view). The nodes of a page are made once; a new selection or a new version changes
the slots only, so a plot survives every refresh.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dash import html, no_update
from dash.development.base_component import Component

from ioc.errors import IocError, StorageError, UnknownUnitError
from ioc.selection import Lang
from layouts.drawing import Drawing
from layouts.tree import compact, plant
from layouts.view import View

LOG = logging.getLogger(__name__)
NOTE = "note"  # every block has this slot: the sentence shown when the block could not be drawn
# How a slot is filled: contents as a tree, "text" as a child that callbacks read again, anything else as it is.
PROPERTIES = {"children": "tree", "text": "children"}
EMPTY_FIGURE: dict[str, Any] = {"data": [], "layout": {}}


class Put:
    """Ids and first contents of one block's slots, for its frame."""

    def __init__(self, prefix: str, filled: Mapping[str, Any], lang: str, word: Callable[..., str]) -> None:
        self._prefix = prefix
        self._filled = filled
        self.lang = lang
        self.word = word

    def id(self, name: str) -> str:
        """The component id of a slot."""
        return f"{self._prefix}-{name}"

    def content(self, name: str, empty: Any = None) -> Any:
        """The first content of a slot."""
        found = self._filled.get(name, no_update)
        return empty if found is no_update else found

    @property
    def main(self) -> str:
        """The id of the page's main part, which a keyboard may go to at once."""
        return f"{self._prefix.rpartition('-')[0]}-main"

    def grid(self, look: str = "") -> Component:
        """A table whose slots are its head and its rows."""
        head = html.Thead(self.content("head", []), id=self.id("head"))
        rows = html.Tbody(self.content("rows", []), id=self.id("rows"))
        return html.Table([head, rows], className=f"grid {look}".strip())

    def note(self) -> Component:
        """The place of the sentence that stands in for a block that failed; empty otherwise."""
        return html.P(self.content(NOTE, ""), id=self.id(NOTE), className="note", role="status")


@dataclass(frozen=True)
class Block:
    """One piece of a page. `indicators` are those it names.

    `slots` maps slot names to properties: "figure" of the component of that name, or "options@unit" of another one.
    """

    kind: str
    slots: Mapping[str, str]
    draw: Callable[[View], dict[str, Any]]
    frame: Callable[[Put], Component]
    area: str = ""
    indicators: tuple[str, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)  # slots whose change steers: name -> property

    @property
    def all_slots(self) -> dict[str, str]:
        """The slots with the note."""
        return {**self.slots, NOTE: "children"}

    def fill(self, view: View) -> dict[str, Any]:
        """The contents of all slots; a failure leaves them as they are and puts one sentence into the note.

        This is a boundary of the process: whatever goes wrong in one block must not take the page along.
        """
        try:
            return {NOTE: "", **self.draw(view)}
        except (StorageError, UnknownUnitError) as error:
            return self._failed(view, error)
        except Exception as error:
            return self._failed(view, error)

    def _failed(self, view: View, error: Exception) -> dict[str, Any]:
        reference = secrets.token_hex(4)
        LOG.error(
            "block %s failed, reference %s: %s",
            self.kind,
            reference,
            error,
            exc_info=not isinstance(error, IocError),
        )
        return {
            **dict.fromkeys(self.slots, no_update),
            NOTE: view.word("page.block_failed", reference=reference),
        }


@dataclass(frozen=True)
class Page:
    """A page: `key` names its ids and words (`page.<key>`), `path` its address, `blocks` what it shows."""

    key: str
    path: str
    blocks: tuple[Block, ...]
    in_menu: bool = True

    @property
    def title_key(self) -> str:
        """The word key of the title."""
        return f"page.{self.key}"

    @property
    def standing(self) -> str:
        """The id of the hidden text that says what the page shows, "unit|period" (in the block `head`)."""
        place = next(place for place, block in enumerate(self.blocks) if block.kind == "head")
        return f"{self.prefix(place)}-standing"

    @property
    def marks(self) -> str:
        """The id of the hidden text that says what each slot holds (`layouts/marks.py`)."""
        return f"{self.key}-marks"

    @property
    def indicators(self) -> frozenset[str]:
        """All numbers the page names."""
        return frozenset(key for block in self.blocks for key in block.indicators)

    @property
    def has_figures(self) -> bool:
        """Whether the page draws charts."""
        return any("figure" in block.slots.values() for block in self.blocks)

    def prefix(self, place: int) -> str:
        """The id prefix of a block."""
        return f"{self.key}-{place}"

    def slots(self) -> list[tuple[str, str]]:
        """Every slot of the page as (component id, property), in a fixed order: the outputs of its render."""
        return [
            (f"{self.prefix(place)}-{owner or name}", PROPERTIES.get(prop, prop))
            for place, block in enumerate(self.blocks)
            for name, slot in block.all_slots.items()
            for prop, _, owner in (slot.partition("@"),)
        ]

    def inputs(self) -> list[tuple[str, str, str]]:
        """What steers: (component id, property, what it means)."""
        return [
            (f"{self.prefix(place)}-{name}", prop, name)
            for place, block in enumerate(self.blocks)
            for name, prop in block.inputs.items()
        ]

    def fill(self, view: View, *, only: str = "") -> list[dict[str, Any]]:
        """The contents of all blocks, in order; with `only`, of blocks of that kind, the others as they are."""
        if not only:
            try:
                view.prepare(self.indicators)
            except IocError as error:  # each block then reads for itself, and says what it cannot show
                LOG.warning("reading ahead failed: %s", error)
        return [
            block.fill(view) if only in ("", block.kind) else dict.fromkeys(block.all_slots, no_update)
            for block in self.blocks
        ]

    def contents(self, filled: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The contents in the order of `slots`, as their components take them."""
        found = []
        for content, block in zip(filled, self.blocks, strict=True):
            for name, prop in block.all_slots.items():
                value = content.get(name, no_update)
                found.append(compact(value) if prop == "children" and value is not no_update else value)
        return found

    def body(self, drawing: Drawing, word: Callable[..., str]) -> Component:
        """The nodes of the page with their first contents."""
        framed: dict[str, list[Component]] = {}
        contents, lang = drawing.contents(), drawing.lang
        _, held = drawing.news([prop for _, prop in self.slots()], "")
        ready = iter(contents)
        for place, block in enumerate(self.blocks):
            put = Put(self.prefix(place), {name: next(ready) for name in block.all_slots}, lang, word)
            trees = [put.id(name) for name, prop in block.all_slots.items() if prop == "children"]
            framed.setdefault(block.area, []).append(plant(block.frame(put), trees))
        return html.Div(
            [
                *framed.get("nav", []),
                html.Div(
                    [
                        *framed.get("head", []),
                        html.Main(
                            [
                                html.Div(framed[area], className=f"area area--{area}")
                                for area in framed
                                if area not in ("nav", "head", "drawer")
                            ],
                            id=f"{self.key}-main",
                            className="main",
                            tabIndex="-1",
                        ),
                    ],
                    className="column",
                ),
                *framed.get("drawer", []),
                html.Span(held, id=self.marks, hidden=True),
            ],
            className=f"page page--{self.key}",
            **{"data-page": self.key},
        )

    def drawing(self, filled: Sequence[Mapping[str, Any]], lang: Lang, version: int) -> Drawing:
        """What the blocks filled in, ready to be sent."""
        return Drawing.of(self.contents(filled), lang, version)

    def skeleton(self, lang: Lang, word: Callable[..., str]) -> Component:
        """The page without contents, for the validation of callbacks."""
        return self.body(self.drawing([{} for _ in self.blocks], lang, 0), word)

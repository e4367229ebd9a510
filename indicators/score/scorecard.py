"""The scorecard: a versioned tree of groups and criteria with its policies (METHODS 2; DOMAIN 10).

An edition never changes once it has been used; a new decision, weight or threshold is a new edition.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

from pydantic import Field, model_validator

from indicators.score.exact import ZERO, Exact, ExactNumber, add
from indicators.score.form import Strict
from indicators.score.node import (
    AggregateName,
    Confidence,
    Criterion,
    Group,
    LegalStatus,
    Node,
    NotApplicable,
    NotScored,
    Operation,
    Quantity,
    Text,
    ZeroDenominator,
)
from indicators.score.policy import (
    Band,
    BandOverride,
    Bands,
    Condition,
    Policies,
    Rounding,
    RowFilter,
    Scale,
    TableShape,
    TieBreak,
)
from indicators.score.recipe import Recipe

__all__ = [
    "AggregateName",
    "Band",
    "BandOverride",
    "Bands",
    "Condition",
    "Confidence",
    "Criterion",
    "Group",
    "LegalStatus",
    "Node",
    "NotApplicable",
    "NotScored",
    "Operation",
    "Policies",
    "Quantity",
    "Rounding",
    "RowFilter",
    "Scale",
    "Scorecard",
    "TableShape",
    "Text",
    "TieBreak",
    "ZeroDenominator",
    "declared_maximum",
]


class Scorecard(Strict):
    """One edition of one scorecard."""

    id: str
    edition: str
    name: Text
    legal_basis: str
    legal_status: LegalStatus
    valid_from: date | None = None
    valid_to: date | None = None
    replaces: str | None = None
    note: str = ""
    layer: Literal["official", "analytical"] = "official"
    levels: tuple[str, ...] = ()
    points: ExactNumber | None = None
    policies: Policies = Policies()
    rounding: Rounding = Rounding()
    scale: Scale | None = None
    bands: Bands | None = None
    tie_break: tuple[TieBreak, ...] = ()
    tie_vote: bool = False
    merge: Literal["mean", "sum_num_den", "none"] = "none"
    views: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    table: TableShape = TableShape()
    recipe: Recipe | None = None
    nodes: tuple[Node, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def check_tree(self) -> Scorecard:
        seen: set[str] = set()
        for node, _ in self.walk():
            if node.id in seen:
                raise ValueError(f"node id {node.id!r} is used twice")
            seen.add(node.id)
        for view, ids in self.views.items():
            unknown = [i for i in ids if i not in seen]
            if unknown:
                raise ValueError(f"view {view!r} names {', '.join(unknown)}, which is no node of the tree")
        if self.bands:
            known = {band.id for band in self.bands.of}
            for override in self.bands.overrides:
                if override.band not in known:
                    raise ValueError(f"band override names {override.band!r}, which is no band")
        if self.layer == "analytical" and self.recipe is None:
            raise ValueError("an analytical scorecard needs a recipe")
        return self

    def walk(self) -> Iterator[tuple[Group | Criterion | NotScored, tuple[str, ...]]]:
        """Every node with the ids on the path above it, in the order of the file."""

        def visit(nodes: tuple[Node, ...], path: tuple[str, ...]) -> Iterator[tuple[Any, tuple[str, ...]]]:
            for node in nodes:
                yield node, path
                if isinstance(node, Group):
                    yield from visit(node.children, (*path, node.id))

        return visit(self.nodes, ())

    def criteria(self) -> list[Criterion]:
        return [node for node, _ in self.walk() if isinstance(node, Criterion)]

    def not_scored(self) -> list[NotScored]:
        return [node for node, _ in self.walk() if isinstance(node, NotScored)]

    def to_be_loaded(self) -> list[str]:
        """Criteria whose points are not loaded: the edition refuses to score while there is one."""
        return [c.id for c in self.criteria() if c.status == "to_be_loaded"]

    def key(self) -> str:
        return f"{self.id}@{self.edition}"


def declared_maximum(node: Group | Criterion | NotScored) -> Exact:
    """Points a node can give when everything applies; bonus and malus count on their own side."""
    if isinstance(node, Criterion):
        return node.maximum()
    if isinstance(node, NotScored):
        return ZERO
    total = ZERO
    for child in node.children:
        best = declared_maximum(child)
        if node.mode == "highest":
            total = max(total, best, key=Exact.fraction)
        elif not (isinstance(child, Group) and child.role != "core"):
            total = add(total, best)
    return min(total, node.cap, key=Exact.fraction) if node.cap else total


Scorecard.model_rebuild()
